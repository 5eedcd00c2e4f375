"""Classic rules that are worked in papers rather than in the course texts."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import examples
from engine.experiment import Experiment, Seeds
from engine.machines.supervised import Supervised

F = NDArray[np.float64]

PASSES = 40


def errors(experiment: Experiment) -> tuple[F, float]:
    """The share of wrong answers on the test samples after each of the last 20 passes, and that of the best line.

    The best line is that of least squares, which for two clouds of one form is the best there is.
    """
    run = Supervised(experiment)
    found = []
    for _ in range(PASSES):
        run.advance("epoch", 1, 60)
        accuracy = run.scores()[1].accuracy
        assert accuracy is not None
        found.append(1 - accuracy)
    prepared = run._running.prepared
    x, t, train = np.c_[prepared.x, np.ones(len(prepared.x))].astype(np.float64), prepared.y[:, 0], prepared.train
    line = np.linalg.lstsq(x[:train], t[:train], rcond=None)[0]
    return np.array(found[-20:]), float(np.mean((x[train:] @ line > 0) != (t[train:] > 0)))


@pytest.mark.parametrize("seed", range(5))
def test_the_mean_of_a_perceptron_rests_where_the_perceptron_jumps(seed: int) -> None:
    base = replace(examples.load("averaged-perceptron"), seeds=Seeds(data=seed, weights=seed, training=seed))
    mean, best = errors(base)
    plain, _ = errors(replace(base, training=replace(base.training, regularisers=())))
    assert np.abs(np.diff(mean)).mean() < 0.1 * np.abs(np.diff(plain)).mean()
    assert np.abs(np.diff(plain)).mean() > 0.01
    assert mean.mean() == pytest.approx(best, abs=0.02)
    assert mean.max() < plain.max() - 0.02


def test_the_experiment_shows_it() -> None:
    base = examples.load("averaged-perceptron")
    mean, best = errors(base)
    plain, _ = errors(replace(base, training=replace(base.training, regularisers=())))
    assert mean.mean() < best + 0.01
    assert plain.mean() > best + 0.03


# MADALINE --------------------------------------------------------------------------------------------------------


def learned(run: Supervised) -> tuple[list[list[float]], list[float]]:
    """Weights [ADALINE, input] and biases [ADALINE]."""
    held = {n.name: n.values.values for n in run.state().numbers}
    return held["out.weight"].T.tolist(), held["out.bias"].tolist()


def test_the_first_steps_of_a_madaline_on_xor() -> None:
    """x = (1, 1), t = -1: z = 0.55 and 0.45, both say 1, so both learn -1: Δw = 0.5 (-1 - z) x.

    Then x = (1, -1), t = 1: z = -0.725 + 0.575 - 0.475 = -0.625 and -0.625 + 0.525 - 0.575 = -0.675, neither says 1;
    the first is nearer to 0 and learns 1: Δw = 0.5 (1 + 0.625) x = 0.8125 x.
    """
    run = Supervised(examples.load("madaline"))
    weight, bias = learned(run)
    assert weight == [pytest.approx([0.05, 0.2]), pytest.approx([0.1, 0.2])]
    assert bias == pytest.approx([0.3, 0.15])
    run.advance("sample", 1, 60)
    weight, bias = learned(run)
    assert weight == [pytest.approx([-0.725, -0.575]), pytest.approx([-0.625, -0.525])]
    assert bias == pytest.approx([-0.475, -0.575])
    run.advance("sample", 1, 60)
    weight, bias = learned(run)
    assert weight == [pytest.approx([0.0875, -1.3875]), pytest.approx([-0.625, -0.525])]
    assert bias == pytest.approx([0.3375, -0.575])


def test_a_madaline_learns_xor_and_then_rests() -> None:
    run = Supervised(examples.load("madaline"))
    run.advance("epoch", 10, 60)
    assert run.scores()[0].accuracy == 1.0
    before = learned(run)
    run.advance("epoch", 5, 60)
    assert learned(run) == before
    said = run.answers(np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]]))
    assert said.ravel().tolist() == [-1, 1, 1, -1]
