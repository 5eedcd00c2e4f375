"""What is explained is what the engine computes: for every activation, loss and optimiser, on random networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.activations import Activation
from engine.activations.classic import Tanh
from engine.adapt import adapt
from engine.errors import LearnscopeError
from engine.experiment import Experiment, check, nodes
from engine.explanations import Step, explain
from engine.formulas import text
from engine.layers.dense import Dense
from engine.losses import Loss
from engine.machines.supervised import Supervised
from engine.optimisers import Optimiser
from engine.producers.calculation import Calculation
from engine.records import Want
from tests.engine.nets import digits, spiral

CLOSE = 2e-4
LOSSES = [(e.kind(), task) for e in Loss.registry for task in e.kind.tasks if e.kind.outputs(e.kind(), task)]


def fitted(experiment: Experiment) -> Experiment:
    """The experiment with the fewest changes that make its parts fit."""
    return check(adapt(experiment)[0])


def calculation(machine: Supervised, layer: str) -> Calculation:
    found = machine.snapshot(frozenset({Want("calculation", target=(layer,))})).get("calculation")
    assert isinstance(found, Calculation)
    return found


def hidden(activation: Activation) -> Experiment:
    """A small network with this function in its hidden layers."""
    return fitted(spiral(3, 2, activation=activation, batch=1))


def every_step(machine: Supervised) -> list[tuple[Calculation, str, int, Step]]:
    """All that is explained of every neuron and every weight."""
    found = []
    for node in nodes(machine.experiment):
        layer = node.layer.id
        shown = calculation(machine, layer)
        weight = next(p for p in node.parameters if p.name == "weight")
        for k, unit in enumerate(node.units.labels):
            for source in ("", *weight.labels[0]):
                steps = explain(shown, machine.experiment, layer, unit, source)
                found += [(shown, layer, k, step) for step in steps]
    return found


def same(machine: Supervised) -> None:
    """Every number explained is the engine's own, and no line had to be added to say that it is not."""
    for shown, layer, k, step in every_step(machine):
        here = shown.layers[layer]
        engine = {"weighted sum": here.z, "output": here.a, "delta": here.delta}.get(step.title)
        if engine is not None:
            assert step.value == pytest.approx(engine[k], rel=CLOSE, abs=CLOSE), (
                step.title,
                text(step.lines[-1].filled),
            )
        if step.title == "loss":
            assert step.value == pytest.approx(shown.loss, rel=CLOSE, abs=CLOSE)
        assert not any("regularisation" in text(line.formula) for line in step.lines), step.title


HIDDEN = [e.kind() for e in Activation.registry if e.kind.hidden and not e.kind.unwritten]


@pytest.mark.parametrize("activation", [pytest.param(a, id=a.key) for a in HIDDEN])
def test_every_function_is_explained_by_the_numbers_it_has(activation: Activation) -> None:
    machine = Supervised(hidden(activation))
    for _ in range(3):
        same(machine)
        machine.advance("sample", 1, 60)


@pytest.mark.parametrize(("loss", "task"), [pytest.param(x, t, id=f"{x.key}-{t}") for x, t in LOSSES])
def test_every_loss_is_explained_with_every_output(loss: Loss, task: Any) -> None:
    if loss.unwritten:
        pytest.skip(loss.unwritten)
    source = {"binary": "spiral", "classes": "three-spirals", "regression": "plane"}[task]
    base = fitted(replace(spiral(3, activation=Tanh(), batch=1), data=examples.load(source).data))
    for key in loss.outputs(task):
        output = replace(base.model.output, activation=Activation.registry[key].kind())
        model = replace(base.model, layers=(*base.model.hidden_layers, output))
        training = replace(base.training, loss=loss)
        machine = Supervised(check(replace(base, model=model, training=training)))
        machine.advance("sample", 2, 60)
        same(machine)


@pytest.mark.parametrize("optimiser", [pytest.param(e.kind(), id=e.key) for e in Optimiser.registry])
def test_every_optimiser_is_explained_as_it_moves_the_weights(optimiser: Optimiser) -> None:
    if optimiser.needs_loss:
        pytest.skip("it learns from all samples at once")
    machine = Supervised(fitted(spiral(3, optimiser=optimiser, batch=1)))
    machine.advance("sample", 3, 60)
    shown = calculation(machine, "h1")
    steps = {
        (source, unit): explain(shown, machine.experiment, "h1", unit, source)[-1]
        for unit in ("h1/0", "h1/2")
        for source in ("input/x1", "input/x2")
    }
    machine.advance("sample", 1, 60)
    after = next(n for n in machine.state().numbers if n.name == "h1.weight").values.values
    for (source, unit), step in steps.items():
        assert step.title == "update"
        moved = after[["input/x1", "input/x2"].index(source), int(unit[-1])]
        assert step.value == pytest.approx(moved, rel=1e-5, abs=1e-6)


def test_the_run_goes_on_with_the_same_bits_however_much_is_explained() -> None:
    watched, alone = Supervised(spiral(3, batch=4)), Supervised(spiral(3, batch=4))
    for _ in range(10):
        watched.advance("sample", 1, 60)
        calculation(watched, "h1")
    alone.advance("sample", 10, 60)
    for a, b in zip(watched.state().numbers, alone.state().numbers, strict=True):
        assert np.array_equal(a.values.values, b.values.values)


def test_the_weights_move_with_the_last_sample_of_a_batch() -> None:
    machine = Supervised(spiral(3, batch=2))
    titles = [s.title for s in explain(calculation(machine, "out"), machine.experiment, "out", "out/0")]
    assert titles == ["weighted sum", "output", "loss", "delta", "gradient"]
    machine.advance("sample", 1, 60)
    titles = [s.title for s in explain(calculation(machine, "out"), machine.experiment, "out", "out/0")]
    assert titles[-1] == "update"


def test_a_long_sum_names_its_largest_terms() -> None:
    machine = Supervised(fitted(spiral(20, 1, batch=1)))
    shown = calculation(machine, "h2")
    (line,) = explain(shown, machine.experiment, "h2", "h2/0")[0].lines
    weight = shown.numbers["h2.weight"].before[:, 0]
    total = float(weight @ shown.layers["h1"].a + shown.numbers["h2.bias"].before[0])
    assert line.value == pytest.approx(total)
    assert "∑" in text(line.formula)


def test_what_has_no_sum_is_not_explained_here() -> None:
    machine = Supervised(digits())
    with pytest.raises(LearnscopeError, match="no layer of neurons"):
        explain(calculation(machine, "c1"), machine.experiment, "c1", "c1/0")
    with pytest.raises(LearnscopeError, match="no weight from"):
        explain(calculation(machine, "out"), machine.experiment, "out", "out/0", "nobody")


def test_a_tied_or_plain_layer_is_no_trouble() -> None:
    machine = Supervised(fitted(spiral(3, 3, batch=1)))
    assert isinstance(machine.experiment.model.layers[0], Dense)
    same(machine)
