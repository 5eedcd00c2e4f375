"""Memory-based learning: the nearest samples answer, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import examples, paths
from engine.adapt import adapt
from engine.edits import change_kind
from engine.errors import ExperimentError
from engine.experiment import Experiment, check
from engine.kernels.table import padded
from engine.kernels.words import LANES
from engine.layers.neighbours import Neighbours, nearest_answers
from engine.losses.unsupervised import KMeans, Oja
from engine.machines.supervised import Supervised
from engine.records import Want
from tests.engine.guarded import close, run

F = NDArray[np.float64]


def answers(x: F, known: F, targets: F, most: int, nearness: bool, scale: F) -> F:
    distances = np.square((x[:, None] - known[None]) * scale).sum(axis=2)
    order = np.argsort(distances, axis=1, kind="stable")[:, :most]
    shares = 1 / (np.take_along_axis(distances, order, 1) + 1e-6) if nearness else np.ones(order.shape)
    found: F = (targets[order] * shares[:, :, None]).sum(axis=1) / shares.sum(axis=1)[:, None]
    return found


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("nearness", [False, True])
@pytest.mark.parametrize(("n", "inputs", "units", "most"), [(1, 1, 1, 3), (7, 2, 1, 1), (40, 9, 3, 5), (12, 8, 8, 12)])
def test_the_kernel_answers_as_the_nearest_do(
    dtype: Any, nearness: bool, n: int, inputs: int, units: int, most: int
) -> None:
    rng = np.random.default_rng(n)
    x, known, targets = rng.normal(size=(5, inputs)), rng.normal(size=(n, inputs)), rng.normal(size=(n, units))
    scale = rng.uniform(0.5, 2, (1, inputs))
    shape: dict[str, Any] = {"inputs": inputs, "x_stride": padded(inputs), "units": units, "stride": padded(units)}
    ran = run(
        nearest_answers, dtype, **shape, rows=[5], count=[n], most=most, far_stride=padded(2 * most),
        nearness=int(nearness), x=x, s=scale, known_x=known, known_y=targets, turned=np.zeros((inputs + 1, LANES)),
        far=np.zeros((5, 2 * most)), z=np.zeros((5, units)), a=np.zeros((5, units)),
    )  # fmt: skip
    close(dtype, ran["a"], answers(x, known, targets, most, nearness, scale[0]), 10)
    assert np.array_equal(ran["a"], ran["z"])


def test_of_samples_equally_far_the_first_answer_whether_a_vector_is_full_or_not() -> None:
    x, known, targets = np.zeros((5, 1)), np.tile([[1.0], [-1.0]], (20, 1)), np.arange(40.0)[:, None]
    shape: dict[str, Any] = {"inputs": 1, "x_stride": 8, "units": 1, "stride": 8, "most": 3, "far_stride": 8}
    for n in (2, 3, 16, 17, 40):
        ran = run(
            nearest_answers, np.float32, **shape, rows=[5], count=[n], nearness=0, x=x, s=[[1.0]], known_x=known,
            known_y=targets, turned=np.zeros((2, LANES)), far=np.zeros((5, 6)), z=np.zeros((5, 1)), a=np.zeros((5, 1)),
        )  # fmt: skip
        assert np.array_equal(ran["far"][:, 3 : 3 + min(n, 3)], np.tile(np.arange(min(n, 3)), (5, 1)))
        assert ran["a"] == pytest.approx(0.5 if n == 2 else 1.0)


def remembering(name: str, k: int, vote: str = "equal") -> Experiment:
    base = paths.assign(examples.load(name), "data.source.noise", 0.1)  # or points are equally far
    base = replace(base, model=replace(base.model, layers=base.model.layers[-1:]))
    made = change_kind(adapt(base)[0], base.model.output.id, "neighbours")
    return check(paths.assign(paths.assign(made, "model.layers.0.neighbours", k), "model.layers.0.vote", vote))


@pytest.mark.parametrize(("name", "k"), [("spiral", 1), ("spiral", 7), ("three-spirals", 5), ("plane", 3)])
def test_a_run_answers_at_once_and_nothing_learns(name: str, k: int) -> None:
    machine = Supervised(remembering(name, k))
    before = [n.values.values.copy() for n in machine.state().numbers]
    scores = machine.scores()
    prepared = machine._running.prepared
    train = prepared.train
    x, y = prepared.x.astype(np.float64), prepared.y.astype(np.float64)
    said = answers(x[train:], x[:train], y[:train], k, False, np.ones(2))
    assert scores[1].loss == pytest.approx(float(np.square(said - prepared.y[train:]).sum(axis=1).mean()) / 2, rel=1e-4)
    if name == "spiral":
        right = (said[:, 0] > 0) == (prepared.y[train:, 0] > 0)
        assert scores[1].accuracy == pytest.approx(float(right.mean()))
        assert k > 1 or scores[0].accuracy == 1.0
    machine.advance("epoch", 2, 60)
    assert machine.stop is None
    assert all(np.array_equal(a, n.values.values) for a, n in zip(before, machine.state().numbers, strict=True))
    assert machine.scores() == scores


def test_a_point_that_is_moved_is_remembered_where_it_is() -> None:
    machine = Supervised(remembering("spiral", 1))
    want = Want("surface", 32)
    before = machine.snapshot(frozenset({want})).records[want]
    machine.change(check(paths.assign(machine.experiment, "seeds.data", 5)))
    after = machine.snapshot(frozenset({want})).records[want]
    assert not np.array_equal(before.values, after.values)  # type: ignore[attr-defined]


def test_it_reads_the_inputs_or_says_so() -> None:
    base = examples.load("spiral")
    assert len(base.model.layers) > 1
    with pytest.raises(ExperimentError, match=r"remembers the samples as they come in.*take the layers before it out"):
        change_kind(base, base.model.output.id, "neighbours")


def test_without_a_teacher_there_are_no_answers_to_remember() -> None:
    base = remembering("spiral", 1)
    alone = replace(base, training=replace(base.training, loss=Oja()))
    with pytest.raises(ExperimentError, match=r"“neighbours”, which is for two classes or .*\(learning without a t"):
        check(alone)
    for loss, kind in ((Oja(), "output"), (KMeans(), "prototype-output")):
        made, told = adapt(replace(base, training=replace(base.training, loss=loss)))
        assert check(made).model.output.key == kind
        assert told[0] == f"The output is now {kind.replace('-', ' ')}, to fit learning without a teacher."
        assert sum(sentence.startswith("The output is now") for sentence in told) == 1


def test_the_loss_follows_and_the_answer_is_not_bent() -> None:
    base = paths.assign(examples.load("three-spirals"), "training.loss", "cross-entropy")
    base = adapt(replace(base, model=replace(base.model, layers=base.model.layers[-1:])))[0]
    made = change_kind(base, "out", "neighbours")
    assert isinstance(made.model.output, Neighbours)
    assert made.training.loss.key == "squared-error"
    assert made.model.output.activation.key == "linear"
    assert change_kind(made, "out", "output").model.output.activation.key == "linear"
