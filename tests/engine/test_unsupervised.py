"""Learning without a teacher: each rule against NumPy, step by step, and what it finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import edits, examples
from engine.activations.classic import Linear
from engine.activations.shares import silence, winner_forward
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.datasets.points import Points
from engine.errors import ExperimentError
from engine.experiment import Data, Experiment, Model, Training, answer_names, check, task
from engine.kernels.table import padded
from engine.layers import prototypes
from engine.layers.output import Auxiliary, Output
from engine.layers.prototypes import PrototypeOutput
from engine.losses import Loss
from engine.losses import unsupervised as rules
from engine.losses.distance import SquaredError
from engine.machines import build
from engine.machines.base import Machine
from engine.optimisers.descent import SGD
from engine.passes import settings
from engine.records import Want
from tests.engine.guarded import close, run

F = NDArray[np.float64]
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
SIZES = pytest.mark.parametrize(("m", "inputs", "units"), [(1, 1, 1), (2, 3, 5), (13, 17, 12), (9, 8, 8)])
NUMBERS: Any = settings(())


# kernels ---------------------------------------------------------------------------------------------------------


@DTYPES
@SIZES
def test_a_prototype_answers_by_its_distance_and_moves_towards_its_samples(
    dtype: Any, m: int, inputs: int, units: int
) -> None:
    rng = np.random.default_rng(m)
    x, w, d, dw = (rng.normal(size=s) for s in ((m, inputs), (inputs, units), (m, units), (inputs, units)))
    shape: dict[str, Any] = {"rows": [m], "inputs": inputs, "x_stride": padded(inputs), "stride": padded(units)}
    off = x[:, :, None] - w[None]
    linear = prototypes.distance_forward.filled("linear", value=Linear.value)
    ran = run(linear, dtype, **shape, **NUMBERS, x=x, w=w, z=d * 0, a=d * 0)
    close(dtype, ran["z"], -0.5 * (off**2).sum(axis=1), inputs)
    close(dtype, ran["a"], ran["z"])
    for fresh in (0, 1):
        found = run(prototypes.distance_gradient, dtype, **shape, clean=("d",), fresh=[fresh], x=x, w=w, d=d, dw=dw)
        close(dtype, found["dw"], (1 - fresh) * dw + (d[:, None] * off).sum(axis=0), m)
    start = rng.normal(size=(m, inputs))
    given: dict[str, Any] = {"x": x, "w": w, "d": d, "start": start, "start_stride": padded(inputs), "dx": x * 0}
    back = run(prototypes.distance_delta, dtype, clean=("w", "d", "start"), **shape, **given)["dx"]
    close(dtype, back, start - (d[:, None] * off).sum(axis=2), units)


@DTYPES
@SIZES
def test_the_kernels_of_the_rules_are_the_rules(dtype: Any, m: int, inputs: int, units: int) -> None:
    rng = np.random.default_rng(m)
    o, w, dw = (rng.normal(size=s) for s in ((m, units), (inputs, units), (inputs, units)))
    shape: dict[str, Any] = {"rows": [m], "units": units, "stride": padded(units)}
    for share in (1.0, 0.25):
        ran = run(rules.forget, dtype, **shape, inputs=inputs, share=share, o=o, w=w, dw=dw, db=np.ones((1, units)))
        close(dtype, ran["dw"], dw + share * w * (o**2).mean(axis=0), m)
        assert not ran["db"].any()
    judged: dict[str, Any] = {"gain": 1.0, **NUMBERS, "v": [[1.0]], "v_step": 0, "z": o, "o": o, "t": o * 0}
    spread = o - o.mean(axis=0)
    found = run(rules.slope_of_spread, dtype, **shape, **judged, whole=[m], d=o * 0)["d"]
    close(dtype, found, -spread / m, 2)
    total = run(rules.sum_of_spread, dtype, **shape, **judged, into=[0])["into"].view(np.float64)[0]
    close(dtype, total, -0.5 * (spread**2).sum(), m)
    wins = np.eye(units)[rng.integers(0, units, m)]
    found = run(rules.slope_by_wins, dtype, **shape, **{**judged, "o": wins}, whole=[m], d=o * 0)["d"]
    close(dtype, found, -wins / np.maximum(wins.sum(axis=0), 1))


@DTYPES
@pytest.mark.parametrize(("m", "units"), [(1, 1), (5, 3), (4, 8), (3, 21)])
def test_the_winner_takes_all_and_has_no_slope(dtype: Any, m: int, units: int) -> None:
    z = np.round(np.random.default_rng(m).normal(size=(m, units)))  # with equals: the first of them wins
    shape: dict[str, Any] = {"rows": [m], "stride": padded(units)}
    ran = run(winner_forward, dtype, **shape, units=units, z=z, a=z)
    assert np.array_equal(ran["a"], np.eye(units)[z.argmax(axis=1)])
    assert not run(silence, dtype, **shape, d=z)["d"].any()


# rules -----------------------------------------------------------------------------------------------------------

CLOUD: F = np.random.default_rng(3).normal(size=(60, 2)) @ np.array([[2.0, 0.8], [0.0, 0.5]])


def learner(rule: Loss, x: F, w: F, rate: float = 0.05, batch: int = 1) -> Machine:
    """A machine that learns from points in their order, from given weights [input, neuron]."""
    source = Points(xy=Array(x), labels=Array(np.zeros(len(x))), keys=Array(np.arange(len(x)) / len(x)), names=("1",))
    units, labels = w.shape[1], tuple(f"out/{k}" for k in range(w.shape[1]))
    last = PrototypeOutput if rule.least_units > 1 else Output
    output = last(id="out", units=units)
    start = (Labelled("out.weight", (("input/x1", "input/x2"), labels), Array(w)),)
    training = Training(loss=rule, optimiser=SGD(rate=rate), batch=batch, order="given")
    model = Model(layers=(output,), start=start)
    made = Experiment(data=Data(source=source, share=100.0), model=model, training=training)
    return build(check(adapt(made)[0]))


def weights(machine: Machine) -> F:
    return next(n.values.values for n in machine.state().numbers if n.name == "out.weight").astype(np.float64)


def test_hebb_by_hand() -> None:
    """x = (1, -2), w = (0.5, 0.25): o = 0, nothing moves; x = (1, 2): o = 1, Δw = 0.1 (1, 2)."""
    machine = learner(rules.Hebb(), np.array([[1.0, -2], [1, 2]]), np.array([[0.5], [0.25]]), 0.1)
    machine.advance("sample", 1)
    assert weights(machine).ravel() == pytest.approx([0.5, 0.25])
    machine.advance("sample", 1)
    assert weights(machine).ravel() == pytest.approx([0.6, 0.45])


def test_competitive_by_hand() -> None:
    """The nearest prototype goes half the way, the other stays."""
    machine = learner(rules.Competitive(), np.array([[1.0, 0], [0, 2]]), np.array([[2.0, 0], [0, 1]]), 0.5)
    machine.advance("sample", 1)
    assert weights(machine).tolist() == [[1.5, 0], [0, 1]]
    machine.advance("sample", 1)
    assert weights(machine).tolist() == [[1.5, 0], [0, 1.5]]


@pytest.mark.parametrize("batch", [1, 7, 0])
def test_every_rule_steps_as_numpy_does(batch: int) -> None:
    start = np.random.default_rng(1).normal(size=(2, 3)) * 0.3
    size = batch or len(CLOUD)

    def moved(rule: type[rules.Unsupervised], w: F, x: F) -> F:
        o = x @ w
        near = -0.5 * ((x[:, :, None] - w) ** 2).sum(axis=1)
        won = np.eye(3)[near.argmax(axis=1)]
        towards = x.T @ won - w * won.sum(axis=0)
        steps: dict[type[rules.Unsupervised], F] = {
            rules.Hebb: x.T @ o / len(x),
            rules.Oja: (x.T @ o - w * (o**2).sum(axis=0)) / len(x),
            rules.Covariance: (x - x.mean(axis=0)).T @ (o - o.mean(axis=0)) / len(x),
            rules.Competitive: towards / len(x),
            rules.KMeans: towards / np.maximum(won.sum(axis=0), 1),
        }
        return steps[rule]

    every = (rules.Hebb, rules.Oja, rules.Covariance, rules.Competitive, rules.KMeans)
    for rule in (r for r in every if r.least_batch <= size):
        x = CLOUD - CLOUD.mean(axis=0)
        machine, w = learner(rule(), x, start, 0.02, batch), start
        bias = np.zeros(3)
        for k in range(0, len(x) - size + 1, size):
            part = x[k : k + size]
            if rule is rules.Hebb:  # its bias is a weight of an input of 1
                o = part @ w + bias
                w, bias = w + 0.02 * part.T @ o / size, bias + 0.02 * o.mean(axis=0)
            else:
                w = w + 0.02 * moved(rule, w, part)
            machine.advance("batch", 1)
            assert weights(machine) == pytest.approx(w, rel=2e-5, abs=1e-5), rule.__name__


def test_oja_finds_the_first_principal_direction_with_length_one() -> None:
    x = CLOUD - CLOUD.mean(axis=0)
    machine = learner(rules.Oja(), x, np.array([[0.1], [0.9]]), 0.05, 0)
    machine.advance("epoch", 2000, 60)
    first = np.linalg.svd(x)[2][0]
    w = weights(machine).ravel()
    assert np.linalg.norm(w) == pytest.approx(1, abs=1e-4)
    assert abs(float(w @ first)) == pytest.approx(1, abs=1e-4)


def test_a_pass_with_rate_one_is_a_pass_of_k_means() -> None:
    rng = np.random.default_rng(5)
    middles = np.array([[2.0, 2], [-2, 1], [0, -3]])
    x = (middles[:, None] + 0.4 * rng.normal(size=(3, 30, 2))).reshape(-1, 2)
    w = x[[0, 31, 61]].T.copy()
    machine = learner(rules.KMeans(), x, w, 1.0, 0)
    for _ in range(5):
        nearest = ((x[:, :, None] - w) ** 2).sum(axis=1).argmin(axis=1)
        w = np.stack([x[nearest == k].mean(axis=0) for k in range(3)], axis=1)
        machine.advance("epoch", 1)
        assert weights(machine) == pytest.approx(w, abs=1e-5)
    error = 0.5 * ((x[:, :, None] - w) ** 2).sum(axis=1).min(axis=1).mean()
    assert machine.scores()[0].loss == pytest.approx(error, rel=1e-5)
    assert machine.scores()[0].accuracy is None


# the experiment around them --------------------------------------------------------------------------------------


def test_choosing_a_rule_fits_the_output_and_choosing_a_teacher_brings_the_classes_back() -> None:
    base = learner(rules.Hebb(), CLOUD, np.ones((2, 1))).experiment
    competing, told = adapt(replace(base, training=replace(base.training, loss=rules.Competitive())))
    assert isinstance(competing.model.output, PrototypeOutput)
    assert competing.model.output.units == 3
    assert "The output is now prototype output, to fit the loss." in told
    assert answer_names(check(competing)) == ("prototype 1", "prototype 2", "prototype 3")
    taught, _ = adapt(replace(competing, training=replace(base.training, loss=SquaredError())))
    assert task(check(taught)) == "binary"
    assert taught.model.output.units == 1


def test_what_an_auxiliary_output_forgets_counts_as_its_rule_does() -> None:
    """x = (1, 2), w = (0.5, 0.25), λ = 0.5: o = 1, Δw = 0.1 · 0.5 (x - w) = (0.025, 0.0875)."""
    base = learner(rules.Oja(), np.array([[1.0, 2]]), np.ones((2, 1)), 0.1).experiment
    start = Labelled("aux.weight", (("input/x1", "input/x2"), ("aux/0",)), Array(np.array([[0.5], [0.25]])))
    beside = Auxiliary(id="aux", inputs=("input",), units=1, activation=Linear(), strength=0.5)
    output = replace(base.model.output, inputs=("input",))
    machine = build(check(replace(base, model=Model(layers=(beside, output), start=(start,)))))
    machine.advance("sample", 1)
    found = next(n.values.values for n in machine.state().numbers if n.name == "aux.weight")
    assert found.ravel() == pytest.approx([0.525, 0.3375])


def test_a_rule_of_the_spread_needs_several_samples() -> None:
    base = learner(rules.Covariance(), CLOUD, np.ones((2, 1)), batch=2).experiment
    single = replace(base, training=replace(base.training, batch=1))
    with pytest.raises(ExperimentError, match=r"“covariance” compares the samples of a batch, so it needs 2 or more"):
        check(single)
    fitting, told = adapt(single)
    assert check(fitting).training.batch == 0
    assert told == ("The batch is all samples, as Covariance needs several.",)


def test_two_prototypes_are_the_fewest_that_compete() -> None:
    three = examples.load("competitive")
    two = edits.remove_unit(three, three.model.output.id)
    assert two.model.output.units == 2
    with pytest.raises(ExperimentError, match="two neurons, the fewest that compete"):
        edits.remove_unit(two, two.model.output.id)


def test_a_teacher_of_two_classes_gets_an_output_that_can_part_them() -> None:
    start = examples.load("lms-thirteen")
    alone, _ = adapt(replace(start, training=replace(start.training, loss=rules.Competitive())))
    assert isinstance(alone.model.output, PrototypeOutput)
    taught, told = adapt(replace(alone, training=replace(alone.training, loss=SquaredError())))
    assert type(taught.model.output) is Output
    assert taught.model.output.units == 1
    assert any("The output is now output" in sentence for sentence in told)
    with pytest.raises(ExperimentError, match="two classes"):
        edits.change_kind(start, "out", "prototype-output")


def test_a_rule_of_distances_refuses_weighted_sums() -> None:
    base = learner(rules.Hebb(), CLOUD, np.ones((2, 1))).experiment
    with pytest.raises(ExperimentError, match=r"needs an output .* “prototype-output”, but the output is .* “output”"):
        check(replace(base, training=replace(base.training, loss=rules.Competitive())))
    beside = Auxiliary(id="aux", inputs=("input",), units=1, activation=Linear())
    both = replace(base, model=replace(base.model, layers=(beside, replace(base.model.output, inputs=("input",)))))
    competing = adapt(replace(check(both), training=replace(base.training, loss=rules.Competitive())))[0]
    with pytest.raises(ExperimentError, match=r"the auxiliary output “aux” is of the kind “auxiliary”; take it out"):
        check(competing)


def test_what_judges_answers_is_not_offered_without_a_teacher() -> None:
    machine = learner(rules.Competitive(), CLOUD, np.eye(2))
    shown = machine.snapshot(frozenset(map(Want, ("surface", "roc", "confusion", "hardest", "findings", "loss"))))
    assert shown.get("surface").classes == ("prototype 1", "prototype 2")  # type: ignore[union-attr]
    assert {want.name for want in shown.records} == {"surface", "findings", "loss"}


@pytest.mark.parametrize("rule", [rules.Oja(), rules.Covariance(), rules.KMeans(), rules.Competitive(), rules.Hebb()])
def test_cutting_a_run_into_pieces_changes_no_bit(rule: Loss) -> None:
    start = np.random.default_rng(1).normal(size=(2, 3))
    whole, cut = (learner(rule, CLOUD, start, 0.01, 7) for _ in range(2))
    whole.advance("epoch", 3, 60)
    for _ in range(3 * len(CLOUD)):
        if whole.position.samples <= cut.position.samples:
            break
        cut.advance("sample", 1)
        other = build(cut.experiment)
        other.restore(cut.state())
        cut = other
    assert np.array_equal(weights(whole), weights(cut))
