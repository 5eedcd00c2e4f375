"""Losses that compare classes, and what classes weigh: by numbers worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import examples, gradcheck
from engine.adapt import adapt
from engine.arrays import Array
from engine.datasets.points import Points
from engine.errors import ExperimentError
from engine.experiment import Experiment, check, classifies
from engine.kernels.table import float_bits, padded
from engine.losses.base import weigh_samples
from engine.losses.margin import ClassHinge, ZeroOne, class_margins_slope, class_margins_sum
from engine.machines.supervised import Supervised
from engine.optimisers.descent import SGD
from engine.passes import settings
from engine.plan import prepare
from engine.plan.samples import class_weights
from engine.records import Curve, Want
from engine.regularisers.classes import BalancedClasses, ClassWeight
from tests.engine.guarded import close, run
from tests.engine.nets import numbers, spiral, with_training
from tests.engine.test_layer_kernels import DTYPES, normal

F = NDArray[np.float64]

# -- multi-class hinge --------------------------------------------------------------------------------------------


def shaped(units: int) -> dict[str, Any]:
    return {"units": units, "stride": padded(units), "gain": 1.0, **settings(())}


@DTYPES
def test_class_margins_by_hand(dtype: Any) -> None:
    # right class 0 of o = (1, 0.5, -3, 1.2): leads are 0.5, 4 and -0.2, so the losses are 0.5, 0 and 1.2
    o, t = np.array([[1.0, 0.5, -3.0, 1.2]]), np.array([[1.0, -1.0, -1.0, -1.0]])
    given = shaped(4) | {"z": o, "o": o, "t": t, "v": [[2.0]], "v_step": 0}
    ran = run(class_margins_sum, dtype, rows=[1], into=[float_bits(0.0)], **given)
    close(dtype, ran["into"].view(np.float64), np.array([2 * 1.7]))
    ran = run(class_margins_slope, dtype, rows=[1], whole=[5], d=np.ones((1, 4)), **given)
    close(dtype, ran["d"], np.array([[-2.0, 1.0, 0.0, 1.0]]) * 2 / 5)


@DTYPES
@pytest.mark.parametrize("units", [2, 3, 9])
def test_class_margins(dtype: Any, units: int) -> None:
    """Against plain loops, with targets that are mixtures of classes."""
    m = 6
    o, v = normal(0, m, units), np.linspace(0.5, 2, m)
    shares = np.abs(normal(1, m, units))
    shares /= shares.sum(axis=1, keepdims=True)
    shares[0] = np.eye(units)[1]
    loss, slope = 0.25, np.zeros((m, units))
    for r in range(m):
        for c in range(units):
            for k in range(units):
                lead = 1 + o[r, k] - o[r, c]
                if k != c and lead > 0:
                    loss += v[r] * shares[r, c] * lead
                    slope[r, k] += v[r] * shares[r, c] / 10
                    slope[r, c] -= v[r] * shares[r, c] / 10
    given = shaped(units) | {"z": o, "o": o, "t": 2 * shares - 1, "v": v[None], "v_step": 1}
    ran = run(class_margins_sum, dtype, rows=[m], into=[float_bits(0.25)], **given)
    close(dtype, ran["into"].view(np.float64), np.array([loss]), scale=10)
    ran = run(class_margins_slope, dtype, rows=[m], whole=[10], d=np.full((m, units), 9.0), **given)
    close(dtype, ran["d"], slope)


def test_a_multi_class_hinge_learns_classes() -> None:
    base, _ = adapt(with_training(examples.load("blobs"), loss=ClassHinge()))
    machine = Supervised(base)
    machine.advance("epoch", 30, 60)
    assert (machine.scores()[1].accuracy or 0) > 0.9


# -- weights of classes -------------------------------------------------------------------------------------------


@DTYPES
@pytest.mark.parametrize("units", [1, 3, 9])
def test_weigh_samples(dtype: Any, units: int) -> None:
    base, t, v = normal(0, 1, 1 + units), normal(1, 6, units), normal(2, 1, 6)
    ran = run(weigh_samples, dtype, rows=[5], units=units, stride=padded(units), base=base, t=t, v=v)["v"][0]
    close(dtype, ran[:5], base[0, 0] + t[:5] @ base[0, 1:])
    assert ran[5] == dtype(v[0, 5])


def rare(name: str, per: int) -> Experiment:
    """An example with every `per`-th point of the second class only, drawn as own points."""
    base = examples.load(name)
    samples = base.data.source.samples(base.seeds.data)
    kept = (samples.y != 1) | (np.cumsum(samples.y == 1) % per == 0)
    points = Points(xy=Array(samples.x[kept]), labels=Array(samples.y[kept]), keys=Array(samples.keys[kept]),
                    names=samples.classes)  # fmt: skip
    return replace(base, data=replace(base.data, source=points))


@pytest.mark.parametrize("name", ["spiral", "rings"])
def test_balanced_classes_weigh_alike(name: str) -> None:
    base = with_training(rare(name, 5), regularisers=(BalancedClasses(),))
    prepared = prepare(base)
    b = class_weights(base, prepared)
    weights = b[0] + prepared.y[: prepared.train] @ b[1:]
    labels = prepared.samples.y[prepared.source[: prepared.train]]
    sums = [weights[labels == c].sum() for c in range(len(base.data.source.class_names))]
    assert np.allclose(sums, sums[0])
    assert weights.mean() == pytest.approx(1)


def test_weights_by_hand() -> None:
    counts = np.array([30, 10, 0])
    # n = 40, k = 3: 40 / 90 and 40 / 30; a class without samples weighs 1
    assert BalancedClasses().class_weights(counts).tolist() == pytest.approx([4 / 9, 4 / 3, 1])
    assert ClassWeight(place=2, weight=3.0).class_weights(counts).tolist() == [1, 3, 1]
    assert ClassWeight(place=9, weight=3.0).class_weights(counts).tolist() == [1, 1, 1]
    twice = with_training(spiral(), regularisers=(ClassWeight(place=2, weight=3.0), ClassWeight(place=2, weight=0.5)))
    # targets 0 and 1 at one output: 1 + t (1.5 - 1)
    assert class_weights(twice, prepare(twice)).tolist() == pytest.approx([1, 0.5])


LOSSES = [c for c in gradcheck.gradient_cases() if c[0] == "loss" and classifies(c[3])]


@pytest.mark.parametrize("case", LOSSES, ids=[c[2] for c in LOSSES])
def test_class_weights_multiply_loss_and_slope_of_every_loss(case: gradcheck.Case) -> None:
    """With weight 3 for every class the loss is three times as large, and so is a step."""
    base = with_training(case[3], optimiser=SGD(rate=0.001), batch=0)
    extras = tuple(ClassWeight(place=k + 1, weight=3.0) for k in range(len(base.data.source.class_names)))
    plain, weighted = Supervised(base), Supervised(with_training(base, regularisers=extras))
    losses = [m.scores()[0].loss or 0 for m in (plain, weighted)]
    assert losses[1] == pytest.approx(3 * losses[0], rel=1e-5)
    assert plain.scores()[0].accuracy == weighted.scores()[0].accuracy
    before = numbers(plain)["h1.weight"].astype(np.float64)
    for machine in (plain, weighted):
        machine.advance("batch", 1, 60)
    moves = [numbers(m)["h1.weight"] - before for m in (plain, weighted)]
    assert np.allclose(moves[1], 3 * moves[0], rtol=1e-2, atol=1e-6)


def test_a_class_that_weighs_nothing_is_not_learned_from() -> None:
    machine = Supervised(with_training(spiral(), regularisers=(ClassWeight(place=1, weight=0.0),)))
    machine.advance("epoch", 100, 60)
    train, _ = machine.scores()
    assert train.loss == pytest.approx(0, abs=0.05)
    assert train.accuracy == pytest.approx(0.5, abs=0.1), "everything is taken for the second class"


# -- 0-1 ----------------------------------------------------------------------------------------------------------


def test_nothing_is_trained_on_the_0_1_loss() -> None:
    with pytest.raises(ExperimentError, match="“zero-one” does not serve this data"):
        check(with_training(spiral(), loss=ZeroOne()))
    fitted, told = adapt(with_training(spiral(), loss=ZeroOne()))
    assert fitted.training.loss != ZeroOne()
    assert told


def test_error_is_a_curve() -> None:
    machine = Supervised(spiral())
    machine.advance("epoch", 5, 60)
    found = machine.snapshot(frozenset({Want("error"), Want("accuracy")}))
    error, accuracy = found.get("error"), found.get("accuracy")
    assert isinstance(error, Curve)
    assert isinstance(accuracy, Curve)
    assert error.y_axis == "error"
    assert len(error.lines) == 2
    for wrong, right in zip(error.lines, accuracy.lines, strict=True):
        assert np.allclose(wrong.y, 1 - right.y)
    assert found.test.error == pytest.approx(1 - (found.test.accuracy or 0))
    values = Supervised(examples.load("plane"))
    nothing = values.snapshot(frozenset({Want("error")}))
    assert nothing.get("error").lines == ()  # type: ignore[union-attr] # a curve without lines
    assert nothing.train.error is None
