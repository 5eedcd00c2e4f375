"""Calculations in fractions: those of the exact trace, at every place that the run comes by, and why not elsewhere."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.activations.classic import Linear
from engine.activations.rectifiers import ReLU
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.experiment import Experiment, check, nodes
from engine.explanations import explain
from engine.formulas import Number, latex, text
from engine.losses.distance import SquaredError
from engine.machines.supervised import Supervised, shared_library
from engine.optimisers.descent import SGD, Momentum
from engine.penalties import NoPenalty
from engine.plan.samples import prepare
from engine.producers.calculation import Calculation
from engine.records import Want
from engine.tracing import Tracer, replay
from tests.engine.nets import spiral


def exact(machine: Supervised, layer: str = "out") -> Calculation:
    """The calculation in fractions, waited for."""
    want = Want("calculation", target=(layer, "fractions"))
    while True:
        found = machine.snapshot(frozenset({want})).records[want]
        assert isinstance(found, Calculation)
        if not found.unfinished:
            return found


def rational(*units: int, batch: int = 1) -> Experiment:
    """A network of fractions: rectifiers, a linear output, squared error, plain descent."""
    data = examples.load("thirteen-points").data
    base = adapt(replace(spiral(*units, batch=batch, activation=ReLU()), data=data))[0]
    output = replace(base.model.output, activation=Linear())
    training = replace(base.training, loss=SquaredError(), optimiser=SGD(rate=0.1), penalty=NoPenalty())
    return check(
        replace(base, model=replace(base.model, layers=(*base.model.hidden_layers, output)), training=training)
    )


def test_the_thirteen_points_have_the_numbers_of_the_exact_trace() -> None:
    experiment = examples.load("thirteen-points")
    machine = Supervised(experiment)
    trace = Tracer(experiment, prepare(experiment), shared_library(), "sample", exact=True).trace(60, 1e9)
    groups = [c.group for c in trace.columns]
    for row in trace.rows:
        found = exact(machine)
        told = {g: [v for v, other in zip(row, groups, strict=True) if other == g] for g in groups}
        (here,) = found.layers.values()
        moved = [*found.numbers["out.weight"].before.ravel(), *found.numbers["out.bias"].before]
        after = [*found.numbers["out.weight"].after.ravel(), *found.numbers["out.bias"].after]
        assert here.z is not None
        assert (list(found.x), list(here.z), list(here.a)) == (told["inputs"], told["net"], told["output"])
        assert (list(found.t), [found.loss], [found.row + 1]) == (told["target"], told["loss"], told["row"])
        assert moved == told["weights"]
        assert [a - b for a, b in zip(after, moved, strict=True)] == told["changes"]
        machine.advance("sample", 1, 60)
    steps = explain(exact(machine), experiment, "out", "out/0", "input/x1")
    assert all(isinstance(line.value, Fraction) for step in steps for line in step.lines)


@pytest.mark.parametrize("batch", [1, 3])
def test_all_that_is_explained_in_fractions_is_exact_and_near_the_run(
    batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "MOST_DIGITS", 500)
    machine = Supervised(rational(3, 2, batch=batch))
    for _ in range(3):
        for node in nodes(machine.experiment):
            layer = node.layer.id
            found = exact(machine, layer)
            floats = machine.snapshot(frozenset({Want("calculation", target=(layer,))})).get("calculation")
            assert isinstance(floats, Calculation)
            for unit in node.units.labels:
                for source in ("", node.parameters[0].labels[0][-1]):
                    pairs = zip(
                        explain(found, machine.experiment, layer, unit, source),
                        explain(floats, machine.experiment, layer, unit, source),
                        strict=True,
                    )
                    for mine, theirs in pairs:
                        assert isinstance(mine.value, Fraction)
                        assert float(mine.value) == pytest.approx(theirs.value, rel=1e-4, abs=1e-5), mine.title
                        assert not any("regularisation" in text(line.formula) for line in mine.lines)
        machine.advance("sample", 1, 60)


def test_momentum_remembers_in_fractions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_DIGITS", 500)
    base = rational(2)
    optimiser = Momentum(rate=0.1, momentum=0.5)
    machine = Supervised(check(replace(base, training=replace(base.training, optimiser=optimiser))))
    machine.advance("sample", 2, 60)
    (step,) = (s for s in explain(exact(machine), machine.experiment, "out", "out/0") if s.title == "update")
    machine.advance("sample", 1, 60)
    after = next(n for n in machine.state().numbers if n.name == "out.bias").values.values
    assert float(step.value) == pytest.approx(after[0], rel=1e-5)


def test_going_back_and_starting_anew_find_their_fractions() -> None:
    machine = Supervised(examples.load("thirteen-points"))
    first = exact(machine)
    machine.advance("sample", 30, 60)
    assert exact(machine).numbers["out.weight"].before.tolist() != first.numbers["out.weight"].before.tolist()
    machine.reset()
    assert exact(machine).numbers["out.weight"].before.tolist() == first.numbers["out.weight"].before.tolist()


def test_where_the_run_does_not_come_by_the_numbers_are_floats_and_it_is_said() -> None:
    machine = Supervised(examples.load("thirteen-points"))
    machine.advance("sample", 5, 60)
    labels = nodes(machine.experiment)[-1].parameters[0].labels
    machine.assign((Labelled("out.weight", labels, Array(np.array([[0.5], [0.25]]))),))
    found = exact(machine)
    assert found.not_exact.startswith("From its start the run does not come by here")
    assert found.x.dtype == np.float64
    machine.reset()
    assert exact(machine).x.dtype == object
    assert not exact(machine).not_exact


def test_long_runs_long_fractions_and_other_functions_are_refused_in_words() -> None:
    machine = Supervised(examples.load("thirteen-points"))
    machine.advance("sample", 20_001, 60)
    assert "at most 20,000; reset" in exact(machine).not_exact
    machine = Supervised(rational(2))
    machine.advance("sample", 2000, 60)
    assert "longer than 30 digits" in exact(machine).not_exact
    assert "needs “tanh”" in exact(Supervised(spiral(2, batch=1)), "h1").not_exact


def test_the_bits_of_the_run_do_not_change() -> None:
    watched, alone = (Supervised(examples.load("thirteen-points")) for _ in range(2))
    for _ in range(20):
        exact(watched)
        watched.advance("sample", 1, 60)
    alone.advance("sample", 20, 60)
    for a, b in zip(watched.state().numbers, alone.state().numbers, strict=True):
        assert np.array_equal(a.values.values, b.values.values)


def test_fractions_are_short_decimals_or_quotients() -> None:
    said = {
        Fraction(2, 5): "0.4", Fraction(1, 3): "1/3", Fraction(-7, 2): "−3.5", Fraction(-2, 7): "−2/7",
        Fraction(12): "12", Fraction(1, 10**6): "1e-6", Fraction(1, 10**7): "1/10000000",
        Fraction(123456789, 3): "41152263", Fraction(10**20 + 1, 3): "100000000000000000001/3",
    }  # fmt: skip
    for value, written in said.items():
        assert text(Number(value)) == written
    assert latex(Number(Fraction(-1, 3))) == r"-\frac{1}{3}"
    assert text(Number(Fraction(-1, 3)) * Number(Fraction(2, 3))) == "−1/3·(2/3)"
    assert text(Number(1) + Number(Fraction(-1, 3))) == "1 − 1/3"
