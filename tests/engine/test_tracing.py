"""Traces are the tables of the course, in fractions and in the engine's own numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.activations import Activation
from engine.activations.classic import BipolarStep, Linear, Step, Tanh, ThreeLevelStep
from engine.activations.rectifiers import ReLU
from engine.activations.shares import Softmax
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.datasets.points import Points
from engine.datasets.table import Table
from engine.experiment import Data, Experiment, check, nodes
from engine.layers.dropconnect import DropConnect
from engine.layers.prototypes import PrototypeOutput
from engine.losses import Loss
from engine.losses.distance import SquaredError
from engine.losses.rules import Correlation, LeastMeanSquares, Perceptron
from engine.losses.unsupervised import Oja
from engine.machines.supervised import Supervised, shared_library
from engine.optimisers import Optimiser
from engine.optimisers.adam import Adam
from engine.optimisers.descent import SGD, Momentum
from engine.penalties import L2, NoPenalty
from engine.plan.samples import prepare
from engine.records import Record, Want
from engine.tracing import Group, Trace, Tracer, Unit
from engine.tracing.exactly import typed
from tests.engine.nets import spiral, with_layers

FOREVER = 1e9
UNITS: tuple[Unit, ...] = ("sample", "batch", "epoch")

POINTS = (
    (1, 9, 1), (10, 9, 1), (4, 7, 1), (4, 5, 0), (5, 3, 0), (8, 9, 1), (4, 2, 0), (2, 5, 0), (7, 1, 0), (2, 10, 1),
    (8, 5, 1), (1, 2, 0), (8, 2, 0),
)  # fmt: skip
"""x1, x2, and whether it is green."""

SLIDE = """0.500 0.500 0.500 7|0.360 -0.120 0.100 6|0.300 -0.180 0.060 5|0.240 -0.140 0.140 4|0.180 -0.200 0.100 5
0.120 -0.160 0.180 4|0.080 -0.060 0.180 5|0.020 -0.120 0.140 4|-0.040 -0.180 0.100 5|-0.100 -0.140 0.180 4
-0.140 -0.040 0.180 5|-0.200 -0.100 0.140 3|-0.260 -0.160 0.100 4|-0.320 -0.120 0.180 3|-0.360 -0.020 0.180 3
-0.420 -0.080 0.140 2|-0.420 -0.080 0.240 2|-.48 -.14 .20 3|-.50 0 .22 3|-.56 -.06 .18 3|-.60 -.10 .18 2
-.60 -.10 .28 2|-.64 0 .28 3|-.66 -.08 .28 2|-.72 -.14 .24 2|-.72 -.02 .24 2|-.76 -.06 .24 3|-.78 -.02 .22 2
-.82 -.06 .22 3|-.84 -.02 .20 2|-.86 .02 .18 2|-0.900 -0.020 0.180 1|-0.900 -0.020 0.240 2|-0.920 0.020 0.220 2
-0.960 -0.020 0.220 3|-0.980 0.020 0.200 2|-1.000 0.060 0.180 2|-1.040 0.020 0.180 0"""
"""w0, w1, w2 before each pass, and how many points they answer wrongly; rows 17 to 30 are not printed."""


def neuron(
    data: Points | Table, function: Activation, start: tuple[float, ...], bias: float, rate: float, **training: Any
) -> Experiment:
    """One neuron that learns sample by sample, in the order of the data."""
    base = examples.load("spiral")
    features = data.columns
    output = replace(base.model.output, activation=function)
    settings = {
        "loss": Perceptron(),
        "optimiser": SGD(rate=rate),
        "batch": 1,
        "order": "given",
        "penalty": NoPenalty(),
        **training,
    }
    made = replace(
        base,
        data=Data(source=data, features=features, share=100.0),
        model=replace(base.model, layers=(output,), start=()),
        training=replace(base.training, **settings),
    )
    weight, offset = nodes(made)[-1].parameters
    given = (
        Labelled(f"{output.id}.weight", weight.labels, Array(np.array(start)[:, None])),
        Labelled(f"{output.id}.bias", offset.labels, Array(np.array([bias]))),
    )
    return replace(made, model=replace(made.model, start=given))


def thirteen(*, strict: bool = False, **training: Any) -> Experiment:
    """The points of the slides, from w0 = w1 = w2 = 0.5 at the rate 0.01."""
    values = np.array(POINTS, np.float64)
    keys = Array((np.arange(len(values)) + 0.5) / len(values))
    data = Points(xy=Array(values[:, :2]), labels=Array(values[:, 2]), keys=keys, names=("red", "green"))
    return neuron(data, BipolarStep(strict=strict), (0.5, 0.5), 0.5, 0.01, **training)


def traced(experiment: Experiment, unit: Unit, rows: int, *, exact: bool = False) -> Trace:
    """The whole table."""
    return Tracer(experiment, prepare(experiment), shared_library(), unit, exact).trace(rows, FOREVER)


def column(trace: Trace, *groups: Group) -> list[tuple[Any, ...]]:
    """The columns of some groups, row by row."""
    places = [k for k, c in enumerate(trace.columns) if c.group in groups]
    return [tuple(row[k] for k in places) for row in trace.rows]


def slide() -> list[list[Fraction]]:
    return [[Fraction(word) for word in row.split()] for row in SLIDE.replace("\n", "|").split("|")]


def test_the_thirteen_points_exactly() -> None:
    trace = traced(thirteen(), "epoch", 39, exact=True)
    assert [c.title for c in trace.columns] == ["pass", "w₁", "w₂", "b", "loss", "err", "Δw₁", "Δw₂", "Δb"]
    found = [[w0, w1, w2, err] for w1, w2, w0, err in column(trace, "weights", "err")]
    assert found[:38] == slide()
    assert found[38] == found[37]
    changed = [any(change) for change in column(trace, "changes")]
    assert changed == [True] * 37 + [False] * 2


def test_the_thirteen_points_in_the_engines_own_numbers() -> None:
    trace = traced(thirteen(), "epoch", 38)
    found = [[w0, w1, w2, err] for w1, w2, w0, err in column(trace, "weights", "err")]
    assert [row[3] for row in found] == [int(row[3]) for row in slide()]
    np.testing.assert_allclose(found, [[float(v) for v in row] for row in slide()], atol=1e-5)


def test_a_strict_threshold_answers_otherwise_where_the_sum_is_exactly_0() -> None:
    trace = traced(thirteen(strict=True), "epoch", 38, exact=True)
    rows = [(w0, w1, w2, err) for w1, w2, w0, err in column(trace, "weights", "err")]
    assert [list(row) for row in rows[:2]] == slide()[:2]
    assert rows[2] == (Fraction(3, 10), Fraction(-18, 100), Fraction(6, 100), 6)
    assert [row[3] for row in rows].index(0) == 36
    assert rows[36] == (Fraction(-102, 100), Fraction(2, 100), Fraction(18, 100), 0)


@pytest.mark.parametrize("exact", [False, True])
def test_three_inputs_and_a_bias(exact: bool) -> None:
    """Two samples, w = (0.5, -1, -0.5), b = 0.5, η = 1, targets 0 and 1."""
    data = Table(
        x=Array(np.array([[1.0, -1, -1], [1, 1, -1]])), y=Array(np.array([0.0, 1])), keys=Array(np.array([0.25, 0.75])),
        header=("a", "b", "c"), names=("0", "1"), scaling="none",
    )  # fmt: skip
    trace = traced(neuron(data, Step(), (0.5, -1, -0.5), 0.5, 1.0), "sample", 7, exact=exact)
    # row of the data, inputs, weights and bias before, v, y, d, e = d - y
    assert column(trace, "row", "inputs", "weights", "net", "output", "target", "error") == [
        (1, 1, -1, -1, 0.5, -1, -0.5, 0.5, 2.5, 1, 0, -1),
        (2, 1, 1, -1, -0.5, 0, 0.5, -0.5, -1.5, 0, 1, 1),
        (1, 1, -1, -1, 0.5, 1, -0.5, 0.5, 0.5, 1, 0, -1),
        (2, 1, 1, -1, -0.5, 2, 0.5, -0.5, 0.5, 1, 1, 0),
        (1, 1, -1, -1, -0.5, 2, 0.5, -0.5, -3.5, 0, 0, 0),
        (2, 1, 1, -1, -0.5, 2, 0.5, -0.5, 0.5, 1, 1, 0),
        (1, 1, -1, -1, -0.5, 2, 0.5, -0.5, -3.5, 0, 0, 0),
    ]
    assert column(trace, "changes")[:2] == [(-1, 1, 1, -1), (1, 1, -1, 1)]


def test_decimals_are_meant_as_they_are_typed() -> None:
    assert typed(0.1) == Fraction(1, 10)
    assert typed(-1e-5) == Fraction(-1, 100_000)
    assert typed(0.5) == Fraction(1, 2)
    assert typed(123456.789) == Fraction(123456789, 1000)
    assert typed(float(np.float32(0.3))) == Fraction(3, 10)
    assert typed(0.1 * 0.1) == Fraction(1, 100)
    assert typed(2.0**40) == 2**40


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("function", [Tanh(), ReLU()])
def test_the_table_is_what_a_machine_does_step_by_step(unit: Unit, batch: int, function: Activation) -> None:
    experiment = spiral(3, 2, batch=batch, activation=function)
    machine = Supervised(experiment)
    trace = traced(experiment, unit, 12)
    names = [f"{n.layer.id}.{q.name}" for n in nodes(experiment) for q in n.parameters]
    for row, loss in zip(column(trace, "weights"), column(trace, "loss"), strict=True):
        arrays = {x.name: x.values.values for x in machine.state().numbers if x.name in names}
        expected = [
            number
            for n in nodes(experiment)
            for k in range(n.units.size)
            for number in (*arrays[f"{n.layer.id}.weight"][:, k], arrays[f"{n.layer.id}.bias"][k])
        ]
        np.testing.assert_array_equal(np.array(row, np.float32), np.array(expected, np.float32))
        if unit != "sample":
            assert loss[0] == pytest.approx(machine.scores()[0].loss, rel=1e-6)
        machine.advance(unit, 1, FOREVER)


@pytest.mark.parametrize("optimiser", [SGD(rate=0.1), Momentum(rate=0.05)])
@pytest.mark.parametrize(
    ("loss", "function"),
    [(SquaredError(), Linear()), (LeastMeanSquares(), BipolarStep()), (Correlation(), Step()),
     (Perceptron(way="target"), ThreeLevelStep())],
)  # fmt: skip
def test_fractions_and_floats_tell_the_same_story(optimiser: Optimiser, loss: Loss, function: Activation) -> None:
    """A layer of ReLU, shuffled batches of 3: far from any edge the two differ by rounding only."""
    base = spiral(2, batch=3, activation=ReLU(), optimiser=optimiser, loss=loss, penalty=NoPenalty())
    layers = (*base.model.layers[:-1], replace(base.model.output, activation=function))
    experiment = replace(base, model=replace(base.model, layers=layers))
    for unit, rows in zip(UNITS, (7, 3), strict=False):
        floats, exact = (traced(experiment, unit, rows, exact=e) for e in (False, True))
        assert floats.columns == exact.columns
        assert not exact.told
        np.testing.assert_allclose(np.array(exact.rows, np.float64), np.array(floats.rows), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize(
    ("experiment", "name"),
    [(spiral(2, activation=Tanh()), "tanh"), (spiral(2, activation=ReLU(), penalty=NoPenalty()), "exp"),
     (thirteen(penalty=L2(rate=0.1)), "L2"), (thirteen(optimiser=Adam()), "√"),
     (with_layers(thirteen(), DropConnect(id="by chance", activation=Linear()), thirteen().model.output), "by chance")],
)  # fmt: skip
def test_what_leads_out_of_fractions_is_refused_by_name(experiment: Experiment, name: str) -> None:
    trace = traced(experiment, "epoch", 3, exact=True)
    assert trace.ended
    assert not trace.rows
    assert f"“{name}”" in trace.told
    assert trace.told.endswith("choose float32.")


def test_a_long_table_is_made_in_pieces_and_is_the_same() -> None:
    experiment = thirteen()
    whole = traced(experiment, "sample", 60, exact=True)
    tracer = Tracer(experiment, prepare(experiment), shared_library(), "sample", exact=True)
    first = tracer.trace(60, 0.0)
    assert first.unfinished
    while (trace := tracer.trace(60, 0.0)).unfinished:
        pass
    assert trace.rows == whole.rows
    assert tracer.trace(10, 0.0).rows == whole.rows[:10]


def test_a_large_network_has_no_columns_of_weights_and_says_so() -> None:
    trace = traced(spiral(20, 20), "epoch", 2)
    assert {c.group for c in trace.columns} == {"count", "loss", "err"}
    assert "at most 300 numbers" in trace.told


def test_divergence_ends_the_table_in_words() -> None:
    experiment = adapt(spiral(4, activation=ReLU(), optimiser=SGD(rate=100.0), loss=SquaredError()))[0]
    output = replace(experiment.model.output, activation=Linear())
    experiment = replace(experiment, model=replace(experiment.model, layers=(*experiment.model.layers[:-1], output)))
    trace = traced(experiment, "batch", 2000)
    assert trace.ended
    assert "diverges" in trace.told
    assert 0 < len(trace.rows) < 2000


def test_dense_layers_name_their_numbers_by_layer_neuron_and_input() -> None:
    trace = traced(spiral(2), "epoch", 1)
    titles = [c.title for c in trace.columns if c.group == "weights"]
    first = ["w₁₁⁽¹⁾", "w₁₂⁽¹⁾", "b₁⁽¹⁾", "w₂₁⁽¹⁾", "w₂₂⁽¹⁾", "b₂⁽¹⁾"]
    assert titles == [*first, "w₁₁⁽²⁾", "w₁₂⁽²⁾", "b₁⁽²⁾"]


def test_looking_at_the_table_leaves_the_run_alone_and_an_edit_makes_it_anew() -> None:
    experiment = thirteen()
    machine, alone = Supervised(experiment), Supervised(experiment)
    want = Want("trace", size=5, target=("epoch", "exact"))
    record: Record
    for _ in range(3):
        record = machine.snapshot(frozenset({want})).records[want]
        assert isinstance(record, Trace)
        for run in (machine, alone):
            run.advance("sample", 5, FOREVER)
    while (record := machine.snapshot(frozenset({want})).records[want]).unfinished:
        pass
    assert machine.state().counters == alone.state().counters
    for one, other in zip(machine.state().numbers, alone.state().numbers, strict=True):
        np.testing.assert_array_equal(one.values.values, other.values.values)
    faster = replace(experiment, training=replace(experiment.training, optimiser=SGD(rate=0.02)))
    machine.change(faster)
    while (anew := machine.snapshot(frozenset({want})).records[want]).unfinished:
        pass
    assert isinstance(anew, Trace)
    assert anew.rows == traced(faster, "epoch", 5, exact=True).rows
    assert isinstance(record, Trace)
    assert anew.rows[0][1:4] == record.rows[0][1:4]
    assert anew.rows[1] != record.rows[1]


def test_places_are_traced_in_float32_and_refused_in_fractions() -> None:
    base = examples.load("rings")
    output = PrototypeOutput(id="out", units=3, activation=Softmax())
    made = check(adapt(replace(base, model=replace(base.model, layers=(output,), start=())))[0])
    trace = Tracer(made, prepare(made), shared_library(), "sample").trace(5, FOREVER)
    titles = [c.title for c in trace.columns if c.group == "weights"]
    assert len(titles) == 2 * len(nodes(made)[-1].units.labels)
    machine = Supervised(made)
    machine.advance("sample", 4, 60)
    weights = next(n for n in machine.state().numbers if n.name == "out.weight").values.values
    last = [v for v, c in zip(trace.rows[4], trace.columns, strict=True) if c.group == "weights"]
    assert last == pytest.approx(weights.T.ravel().tolist(), rel=1e-6)
    refused = Tracer(made, prepare(made), shared_library(), "sample", exact=True).trace(5, FOREVER)
    assert "“out” is not one of weighted sums with weights of their own" in refused.told


def test_a_rule_of_whole_batches_is_refused_in_fractions() -> None:
    base = examples.load("hebb")
    made = check(adapt(replace(base, training=replace(base.training, loss=Oja())))[0])
    refused = Tracer(made, prepare(made), shared_library(), "sample", exact=True).trace(5, FOREVER)
    assert "the loss, “Oja”, is of a whole batch at once" in refused.told
