"""Samples that nobody drew: columns moved, inputs computed from them anew, pairs mixed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import examples, features
from engine.draws import key, symmetric_beta, uniform
from engine.errors import ExperimentError
from engine.experiment import Experiment, check
from engine.kernels.record import Floats, Ints, Out, kernel
from engine.kernels.record import inline as inlined
from engine.regularisers.noise import InputNoise
from engine.regularisers.points import Jitter, Mixup, Rotation, mix_up, turn
from tests.engine.guarded import close, run
from tests.engine.nets import spiral, with_training
from tests.engine.test_layer_kernels import DTYPES, normal
from tests.engine.test_regularisers import after_one_step

F = NDArray[np.float64]
EVERY = ("x1", "x2", *features.DERIVED)


def with_inputs(experiment: Experiment, *keys: str) -> Experiment:
    """The experiment with other inputs."""
    return replace(experiment, data=replace(experiment.data, features=keys))


# -- columns and inputs -------------------------------------------------------------------------------------------


@DTYPES
@pytest.mark.parametrize("name", list(features.DERIVED))
def test_compute_input(dtype: Any, name: str) -> None:
    columns, x = normal(0, 6, 9), normal(1, 6, 1)
    function = features.DERIVED[name].function
    filled = features.compute_input.filled(function.__name__, derived=inlined(function))
    ran = run(filled, dtype, rows=[5], across=2, up=8, stride=16, x_stride=8, columns=columns, x=x)["x"]
    close(dtype, ran[:5, 0], function(columns[:5, 2], columns[:5, 8]))
    assert ran[5, 0] == dtype(x[5, 0])


@DTYPES
def test_copy_input(dtype: Any) -> None:
    columns = normal(0, 6, 9)
    ran = run(features.copy_input, dtype, rows=[5], column=7, stride=16, x_stride=8, columns=columns,
              x=np.full((6, 1), 3.0))["x"]  # fmt: skip
    assert np.array_equal(ran[:5, 0], columns[:5, 7].astype(dtype))
    assert ran[5, 0] == 3


def seen(experiment: Experiment, *extras: Any) -> tuple[Any, Any, Any, Any]:
    """Inputs, columns and targets of a step over one piece, and the columns as they are in the data."""
    plan, _ = after_one_step(experiment, *extras)
    buffers, prepared = plan.lowered.layout.buffers, plan.prepared
    order = plan.i[plan.lowered.order.at :][: plan.lowered.piece]
    columns = plan.view(buffers["train.columns"]) if "train.columns" in buffers else np.zeros((0, 0))
    there = prepared.samples.x[prepared.source[order]]
    return plan.view(buffers["train.x"]), columns, plan.view(buffers["train.y"]), there


def test_inputs_are_those_of_the_moved_points() -> None:
    base = with_inputs(spiral(), *EVERY)
    x, columns, _, there = seen(base, Jitter(deviation=0.2), Rotation(angle=30.0))
    assert np.abs(columns - there).max() > 0.2
    expected = features.compute(EVERY, ("x1", "x2"), ("x1", "x2"), np.asarray(columns, np.float64))
    assert np.allclose(x, expected, atol=1e-12)


def test_jitter_moves_by_so_much() -> None:
    _, columns, _, there = seen(spiral(), Jitter(deviation=0.2))
    moves = (columns - there).ravel()
    assert moves.std() == pytest.approx(0.2, rel=0.15)
    assert abs(moves.mean()) < 0.03


def test_input_noise_comes_on_top_of_the_inputs_of_moved_points() -> None:
    base = with_inputs(spiral(), "x1^2", "x1")
    x, columns, _, _ = seen(base, InputNoise(deviation=0.1), Jitter(deviation=0.2))
    assert (x[:, 0] - columns[:, 0] ** 2).std() == pytest.approx(0.1, rel=0.2)


def test_a_step_without_moved_points_computes_no_inputs() -> None:
    plan, _ = after_one_step(with_inputs(spiral(), *EVERY), Mixup(), InputNoise())
    assert "columns" not in plan.lowered.layout.buffers
    assert not any(k.function in (features.copy_input.function, features.compute_input.function)
                   for k in plan.lowered.table.kernels)  # fmt: skip


@DTYPES
def test_turn(dtype: Any) -> None:
    x = normal(0, 3000, 4)
    given: dict[str, Any] = {"stride": 8, "across": 3, "up": 1, "most": 0.5, "stream": 9}
    ran = run(turn, dtype, rows=[2990], seen=[10], x=x, **given)["x"]
    assert np.array_equal(ran[:, [0, 2]], x[:, [0, 2]].astype(dtype))
    assert np.array_equal(ran[2990:], x[2990:].astype(dtype))
    close(dtype, np.hypot(ran[:, 3], ran[:, 1]), np.hypot(x[:, 3], x[:, 1]), scale=5)
    turned = np.angle((ran[:, 3] + 1j * ran[:, 1]) / (x[:, 3] + 1j * x[:, 1]))[:2990]
    assert np.abs(turned).max() <= 0.5 + 1e-5
    assert turned.std() == pytest.approx(0.5 / math.sqrt(3), rel=0.05)
    later = run(turn, dtype, rows=[5], seen=[13], x=x[3:8], **given)["x"]
    close(dtype, later, ran[3:8].astype(np.float64))


def test_rotation_needs_a_plane() -> None:
    with pytest.raises(ExperimentError, match="“rotation” needs two columns in the plane"):
        check(with_training(examples.load("sine"), regularisers=(Rotation(),)))


# -- mixing -------------------------------------------------------------------------------------------------------


@kernel
def betas(f: Floats, i: Ints, count: int, a: float, b: Out) -> None:
    """Numbers of Beta(a, a) of neighbouring places."""
    for k in range(count):
        f[b + k] = symmetric_beta(key(7, k // 100, k % 100), a)


@pytest.mark.parametrize("a", [0.1, 0.5, 1.0, 4.0, 10.0])
def test_symmetric_beta_has_the_moments_of_its_distribution(a: float) -> None:
    n = 20_000
    found = run(betas, np.float64, count=n, a=a, b=np.zeros((1, n)))["b"][0]
    assert found.min() >= 0
    assert found.max() <= 1
    assert found.mean() == pytest.approx(0.5, abs=0.015)
    # variance of Beta(a, a): 1 / (4 (2a + 1))
    assert found.var() == pytest.approx(1 / (4 * (2 * a + 1)), rel=0.04)
    even = (np.arange(n) + 0.5) / n
    if a == 1.0:  # Beta(1, 1) is uniform
        assert np.abs(np.sort(found) - even).max() < 0.015
    if a == 0.5:  # Beta(1/2, 1/2) is the arcsine law
        assert np.abs(np.sort(found) - np.sin(math.pi / 2 * even) ** 2).max() < 0.02


@kernel
def pairs(f: Floats, i: Ints, count: int, seen_before: int, stream: int, alpha: float, share: Out, other: Out) -> None:
    """What mixup draws: the share of a sample, and a number that picks the other one."""
    for r in range(count):
        f[share + r] = symmetric_beta(key(stream, seen_before + r, 0), alpha)
        f[other + r] = uniform(key(stream, seen_before + r, 1))


@DTYPES
def test_mix_up(dtype: Any) -> None:
    data, x = normal(0, 20, 3), normal(2, 8, 3)
    drawn = run(pairs, np.float64, count=8, seen_before=40, stream=77, alpha=0.4, share=np.zeros((1, 8)),
                other=np.zeros((1, 8)))  # fmt: skip
    share, other = drawn["share"][0][:, None], (drawn["other"][0] * 16).astype(int)
    ran = run(mix_up, dtype, clean=("x", "data"), rows=[7], seen=[40], train=[16], stride=8, alpha=0.4, stream=77,
              data=data, x=x)["x"]  # fmt: skip
    close(dtype, ran[:7], (share * x + (1 - share) * data[other])[:7])
    assert np.array_equal(ran[7], x[7].astype(dtype))


def test_mixup_in_a_run_mixes_inputs_and_targets_alike() -> None:
    x, _, t, _ = seen(with_inputs(spiral(), "x1", "x2"), Mixup(alpha=1.0))
    assert ((t > 0.01) & (t < 0.99)).mean() > 0.3
    assert t.min() >= 0
    assert t.max() <= 1
    assert np.isfinite(x).all()


def test_mixup_with_a_little_alpha_hardly_mixes() -> None:
    _, _, t, _ = seen(spiral(), Mixup(alpha=0.1))
    assert ((t < 0.05) | (t > 0.95)).mean() > 0.7
