"""The experiments of learning without a teacher, and of learning by memory: each shows what its notes say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import examples, paths
from engine.experiment import check
from engine.machines import build
from engine.machines.base import Machine, MachineKind
from engine.optimisers.descent import SGD
from engine.records import Want

F = NDArray[np.float64]


def after(name: str, epochs: int, **changes: Any) -> Machine:
    experiment = examples.load(name)
    for path, value in changes.items():
        experiment = paths.assign(experiment, path.replace("__", "."), value)
    machine = build(check(experiment))
    machine.advance("epoch", epochs, 60)
    return machine


def weights(machine: Machine) -> F:
    """A row for each neuron."""
    return next(n.values.values for n in machine.state().numbers if n.name == "out.weight").astype(np.float64).T


def middles(machine: Machine) -> F:
    """The mean of the points of each class."""
    samples = machine.experiment.data.source.samples(machine.experiment.seeds.data)
    return np.stack([samples.x[samples.y == c].mean(axis=0) for c in range(len(samples.classes))])


def points(machine: Machine) -> F:
    return machine.experiment.data.source.samples(0).x.astype(np.float64)


def angle(a: F, b: F) -> float:
    """Between two directions, whatever their sense, in degrees."""
    return float(np.degrees(np.arccos(min(1.0, abs(float(a @ b)) / float(np.linalg.norm(a) * np.linalg.norm(b))))))


def test_each_of_three_prototypes_finds_a_cloud_of_its_own() -> None:
    machine = after("competitive", 20)
    far = np.linalg.norm(weights(machine)[:, None] - middles(machine), axis=2)
    assert sorted(far.argmin(axis=1).tolist()) == [0, 1, 2]
    assert far.min(axis=1).max() < 0.5


def test_k_means_settles_in_a_few_passes_on_the_means_of_the_clouds() -> None:
    machine = after("k-means", 8)
    settled = weights(machine)
    far = np.linalg.norm(settled[:, None] - middles(machine), axis=2)
    assert sorted(far.argmin(axis=1).tolist()) == [0, 1, 2, 3]
    assert far.min(axis=1).max() < 0.05
    machine.advance("epoch", 5, 60)
    assert weights(machine) == pytest.approx(settled, abs=1e-5)


def test_hebb_turns_to_the_middle_and_grows_and_covariance_to_the_spread() -> None:
    hebb, covariance = after("hebb-alone", 300), after("covariance", 600)
    x = points(hebb)
    spread = np.linalg.svd(x - x.mean(axis=0))[2][0]
    second_moment = np.linalg.svd(x)[2][0]
    assert angle(weights(hebb)[0], second_moment) < 5
    assert angle(weights(hebb)[0], x.mean(axis=0)) < 10
    assert angle(weights(covariance)[0], spread) < 5
    assert angle(spread, x.mean(axis=0)) > 75
    longer = after("hebb-alone", 400)
    assert np.linalg.norm(weights(longer)) > 1.2 * np.linalg.norm(weights(hebb))


def test_oja_keeps_length_one_in_the_first_principal_direction() -> None:
    machine = after("oja", 60)
    x = points(machine)
    assert np.linalg.norm(weights(machine)) == pytest.approx(1, abs=0.02)
    assert angle(weights(machine)[0], np.linalg.svd(x - x.mean(axis=0))[2][0]) < 3


def test_one_neighbour_knows_every_point_and_more_are_right_more_often() -> None:
    one, seven = (after("nearest-neighbours", 1, model__layers__0__neighbours=k) for k in (1, 7))
    assert isinstance(one.experiment.training.optimiser, SGD)
    (train, test), (smooth, smooth_test) = one.scores(), seven.scores()
    assert train.accuracy == 1.0
    assert (smooth.accuracy or 1) < 1
    assert (smooth_test.accuracy or 0) > (test.accuracy or 1)


@pytest.mark.parametrize("name", ["competitive", "k-means", "hebb-alone", "covariance", "oja", "nearest-neighbours"])
def test_everything_that_is_shown_of_them_can_be_made(name: str) -> None:
    machine = after(name, 2)
    wants = frozenset(map(Want, MachineKind.registry["supervised"].kind.shown(machine.experiment)))
    assert len(wants) > 8
    machine.snapshot(wants)
