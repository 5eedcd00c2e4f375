"""What is explained is what the engine computes: for every activation, loss and optimiser, on random networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.activations import Activation
from engine.activations.classic import Sigmoid, Tanh
from engine.activations.shares import Softmax
from engine.adapt import adapt
from engine.errors import LearnscopeError
from engine.experiment import Experiment, check, decode, nodes
from engine.explanations import NOTATIONS, Notation, Step, explain, notation, of_network
from engine.formulas import text
from engine.layers import Layer
from engine.layers.dense import Dense
from engine.layers.neighbours import Neighbours
from engine.layers.output import Output
from engine.layers.prototypes import PrototypeOutput, Prototypes
from engine.losses import Loss
from engine.losses.entropy import CategoricalCrossEntropy
from engine.losses.unsupervised import Competitive, Covariance, Hebb, Oja
from engine.machines.supervised import Supervised
from engine.optimisers import Optimiser
from engine.optimisers.descent import SGD
from engine.penalties import NoPenalty
from engine.producers.calculation import Calculation
from engine.records import Want
from engine.registry import key_of
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
        sources = next((p.labels[0] for p in node.parameters if p.name == "weight"), ())
        for k, unit in enumerate(node.units.labels):
            for source in ("", *sources):
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
    data = {"binary": "spiral", "classes": "three-spirals", "regression": "plane", "unsupervised": "spiral"}[task]
    base = spiral(3, activation=Tanh(), batch=4 if loss.whole_batch and loss.unwritten else 1)
    base = fitted(replace(base, data=examples.load(data).data, training=replace(base.training, loss=loss)))
    training = replace(base.training, loss=loss)
    for key in loss.outputs(task):
        output = replace(base.model.output, activation=Activation.registry[key].kind())
        model = replace(base.model, layers=(*base.model.hidden_layers, output))
        machine = Supervised(check(replace(base, model=model, training=training)))
        machine.advance("sample", 2, 60)
        same(machine)


def alone(loss: Loss, **changes: Any) -> Supervised:
    """A rule without a teacher on the spiral, in batches of one."""
    base = spiral(batch=1)
    base = replace(base, model=replace(base.model, layers=(base.model.output,)))
    base = fitted(
        replace(base, training=replace(base.training, loss=loss, optimiser=SGD(rate=0.5), penalty=NoPenalty()))
    )
    output = replace(base.model.output, **changes)
    return Supervised(check(replace(base, model=replace(base.model, layers=(output,)))))


def written(machine: Supervised, unit: str, source: str = "") -> dict[str, str]:
    """What is said of a unit of the output, by title."""
    steps = explain(calculation(machine, "out"), machine.experiment, "out", unit, source)
    return {step.title: "; ".join(text(line.formula) for line in step.lines) for step in steps}


@pytest.mark.parametrize("loss", [Hebb(), Oja(), Competitive()], ids=lambda x: x.key)
def test_a_rule_without_a_teacher_moves_its_weights_as_it_says(loss: Loss) -> None:
    machine = alone(loss)
    machine.advance("sample", 3, 60)
    units = machine.experiment.model.output.ids
    said = {
        (source, k): explain(calculation(machine, "out"), machine.experiment, "out", f"out/{k}", f"input/{source}")
        for k in units
        for source in ("x1", "x2")
    }
    before = next(n for n in machine.state().numbers if n.name == "out.weight").values.values.copy()
    machine.advance("sample", 1, 60)
    after = next(n for n in machine.state().numbers if n.name == "out.weight").values.values
    for (source, k), steps in said.items():
        at = (["x1", "x2"].index(source), units.index(k))
        assert steps[-2].title == "gradient"
        assert before[at] - 0.5 * float(steps[-2].value) == pytest.approx(after[at], rel=1e-5, abs=1e-6)
        assert steps[-1].value == pytest.approx(after[at], rel=1e-5, abs=1e-6)


def test_the_rule_of_oja_says_what_it_forgets_and_that_it_has_no_bias() -> None:
    machine = alone(Oja())
    assert written(machine, "out/0", "input/x2")["gradient"] == "∂L/∂w₂₁ = δ₁·x₂ + a₁²·w₂₁"
    bias = explain(calculation(machine, "out"), machine.experiment, "out", "out/0")
    gradient = next(step for step in bias if step.title == "gradient")
    assert (text(gradient.lines[0].formula), gradient.value) == ("∂L/∂b₁ = 0", 0)
    assert gradient.hint == "by this rule a neuron has no bias, so it stays as it is"


@pytest.mark.parametrize(("key", "said"), [("plain", "the slope of the loss at the sum"), ("err", "the share of the ")])
def test_a_delta_that_is_not_written_is_named_as_the_notation_has_it(key: str, said: str) -> None:
    machine = alone(Covariance())
    steps = explain(calculation(machine, "out"), machine.experiment, "out", "out/0", "", notation(key))
    delta = next(step for step in steps if step.title == "delta")
    assert delta.hint.startswith(said)
    assert delta.hint.endswith("; it takes the mean over the batch, which one sample does not show")


def test_the_distance_from_a_place_is_told_term_by_term() -> None:
    machine = alone(Competitive())
    said = written(machine, "out/0", "input/x1")
    assert said["weighted sum"] == "z₂ = −(1/2)·((x₁ − w₁₂)² + (x₂ − w₂₂)²)"
    assert said["gradient"] == "∂L/∂w₁₂ = δ₂·(x₁ − w₁₂)"
    assert said["loss"] == "L = −a₂·z₂; L = ∑_(k) L_k"
    assert "update" in said
    (sum_, *_) = explain(calculation(machine, "out"), machine.experiment, "out", "out/0")
    assert (sum_.called, sum_.hint) == ("nearness", "minus half the squared distance from the neuron's place")
    assert list(written(machine, "out/0")) == ["weighted sum", "output", "loss", "delta"]


def placed(*hidden: Layer) -> Supervised:
    """Places that answer for three classes, with a teacher."""
    base = spiral(batch=1)
    output = PrototypeOutput(id="out", units=3, activation=Softmax())
    model = replace(base.model, layers=(*hidden, output))
    training = replace(base.training, loss=CategoricalCrossEntropy())
    return Supervised(check(replace(base, data=examples.load("three-spirals").data, model=model, training=training)))


HIDDEN_PLACES: dict[str, tuple[Layer, ...]] = {
    "none": (),
    "prototypes": (Prototypes(id="h1", units=3, activation=Sigmoid()),),
    "dense and prototypes": (Dense(id="h1", units=3), Prototypes(id="h2", units=2, activation=Tanh())),
}


@pytest.mark.parametrize("hidden", HIDDEN_PLACES.values(), ids=HIDDEN_PLACES.keys())
def test_places_with_a_teacher_are_explained_by_their_distances(hidden: tuple[Layer, ...]) -> None:
    machine = placed(*hidden)
    for _ in range(3):
        same(machine)
        machine.advance("sample", 1, 60)
    if hidden:
        shown = calculation(machine, hidden[-1].id)
        steps = explain(shown, machine.experiment, hidden[-1].id, f"{hidden[-1].id}/0")
        delta = text(next(s for s in steps if s.title == "delta").lines[-1].formula)
        upper = len(hidden)
        assert f"δ₁^({upper + 1})·(w₁₁^({upper + 1}) − a₁^({upper}))" in delta


def test_a_network_that_can_not_be_drawn_says_why() -> None:
    base = spiral(batch=1)
    output = Neighbours(id="out", units=1, neighbours=3)
    machine = Supervised(fitted(replace(base, model=replace(base.model, layers=(output,)))))
    shown = calculation(machine, "out")
    with pytest.raises(LearnscopeError, match="no layer of neurons with weighted sums"):
        of_network(shown, machine.experiment)
    places = placed()
    with pytest.raises(LearnscopeError, match="no layer of neurons with weighted sums"):
        of_network(calculation(places, "out"), places.experiment)


OUTPUTS = [e.kind for e in Layer.registry if issubclass(e.kind, Output)]


@pytest.mark.parametrize("kind", [pytest.param(k, id=key_of(k)) for k in OUTPUTS])
def test_every_kind_of_output_is_explained_or_says_why_not(kind: type[Output]) -> None:
    base = spiral(3, batch=1)
    hidden = base.model.hidden_layers if kind.learns else ()
    model = replace(base.model, layers=(*hidden, kind(id="out", units=1)))
    machine = Supervised(fitted(replace(base, model=model)))
    if kind.unwritten:
        with pytest.raises(LearnscopeError, match=kind.unwritten):
            explain(calculation(machine, "out"), machine.experiment, "out", "out/0")
    else:
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


def test_a_layer_of_too_many_weights_is_not_written_out() -> None:
    machine = Supervised(spiral(3))
    found = calculation(machine, "out")
    without = replace(found, numbers={k: v for k, v in found.numbers.items() if k != "out.weight"})
    with pytest.raises(LearnscopeError, match="“out” has too many weights to be written out"):
        explain(without, machine.experiment, "out", "out/0")


def test_what_has_no_sum_is_not_explained_here() -> None:
    machine = Supervised(digits())
    with pytest.raises(LearnscopeError, match="explained in “Cell”"):
        explain(calculation(machine, "c1"), machine.experiment, "c1", "c1/0")
    with pytest.raises(LearnscopeError, match="no weight from"):
        explain(calculation(machine, "out"), machine.experiment, "out", "out/0", "nobody")


def test_a_tied_or_plain_layer_is_no_trouble() -> None:
    machine = Supervised(fitted(spiral(3, 3, batch=1)))
    assert isinstance(machine.experiment.model.layers[0], Dense)
    same(machine)


@pytest.mark.parametrize("chosen", [pytest.param(n, id=n.key) for n in NOTATIONS])
def test_every_notation_tells_the_same_numbers(chosen: Notation) -> None:
    machine = Supervised(examples.load("tutorial"))
    shown = calculation(machine, "h")
    plain = explain(shown, machine.experiment, "h", "h/1", "input/x3")
    other = explain(shown, machine.experiment, "h", "h/1", "input/x3", chosen)
    for a, b in zip(plain, other, strict=True):
        sign = -1 if chosen.blame and a.title == "delta" else 1
        assert b.value == pytest.approx(sign * a.value), a.title
    assert not any("regularisation" in text(line.formula) for step in other for line in step.lines)


def test_the_letters_of_the_tutorial_and_of_the_slides() -> None:
    machine = Supervised(examples.load("tutorial"))
    shown = calculation(machine, "out")

    def lines(key: str, source: str = "") -> list[str]:
        steps = explain(shown, machine.experiment, "out", "out/0", source, notation(key))
        return [text(line.formula) for step in steps for line in step.lines]

    err = lines("err")
    assert err[0] == "I₆ = w₄₆·O₄ + w₅₆·O₅ + θ₆"
    assert any(line.startswith("Err₆ = −(∂E/∂O₆)·O′₆") for line in err), err
    net = lines("net", "h/0")
    assert net[0] == "net₆ = w₆₄·o₄ + w₆₅·o₅ + w₆₀"
    assert "∂E/∂w₆₄ = −δ₆·o₄" in net
    theta = lines("theta")
    assert theta[0].startswith("z₁^(3) = Θ₁₁^(2)·a₁^(2)"), theta[0]


def test_delta_is_what_the_tutorial_prints() -> None:
    machine = Supervised(examples.load("tutorial"))
    shown = calculation(machine, "out")
    steps = explain(shown, machine.experiment, "out", "out/0", "", notation("err"))
    assert next(s for s in steps if s.title == "delta").value == pytest.approx(0.1311, abs=1e-4)


def branched() -> Experiment:
    """Two layers side by side, added and multiplied, bent, and put side by side again."""
    layers = [
        {"kind": "dense", "id": "h1", "units": 2},
        {"kind": "dense", "id": "h2", "units": 2, "inputs": ["input"]},
        {"kind": "add", "id": "sum", "inputs": ["h1", "h2"]},
        {"kind": "multiply", "id": "product", "inputs": ["h1", "h2"]},
        {"kind": "function", "id": "bent", "inputs": ["sum"], "activation": {"kind": "tanh"}},
        {"kind": "concatenate", "id": "both", "inputs": ["bent", "product"]},
        {"kind": "output", "id": "out", "units": 1, "activation": {"kind": "tanh"}},
    ]
    told = {
        "data": {"source": {"kind": "spiral"}},
        "model": {"layers": layers},
        "training": {"loss": {"kind": "squared-error"}, "optimiser": {"kind": "sgd"}, "batch": 1},
    }
    return check(decode(told))


def test_layers_without_weights_tell_what_they_read() -> None:
    machine = Supervised(branched())
    found: dict[str, list[str]] = {}
    hints: dict[str, str] = {}
    for node in nodes(machine.experiment):
        shown = calculation(machine, node.layer.id)
        for k, unit in enumerate(node.units.labels):
            steps = explain(shown, machine.experiment, node.layer.id, unit)
            output = next(s for s in steps if s.title == "output")
            assert output.value == pytest.approx(shown.layers[node.layer.id].a[k], rel=CLOSE, abs=CLOSE)
            assert not any("regularisation" in text(line.formula) for step in steps for line in step.lines)
            found.setdefault(node.layer.id, []).append(text(output.lines[-1].formula))
            hints[node.layer.id] = output.hint
    assert found["sum"][1] == "a₂^(3) = a₂^(1) + a₂^(2)"
    assert found["product"][0] == "a₁^(4) = a₁^(1)·a₁^(2)"
    assert found["bent"][0] == "a₁^(5) = tanh(a₁^(3))"
    assert found["both"] == ["a₁^(6) = a₁^(5)", "a₂^(6) = a₂^(5)", "a₃^(6) = a₁^(4)", "a₄^(6) = a₂^(4)"]
    assert hints["h1"] == "the function of the neuron at this sum"
    assert (hints["sum"], hints["product"]) == ("the sum of what it reads", "the product of what it reads")
    assert (hints["bent"], hints["both"]) == ("the function of what it reads", "what it reads, passed on")


def test_what_comes_back_through_another_layer_is_said() -> None:
    machine = Supervised(branched())
    shown = calculation(machine, "h1")
    delta = next(s for s in explain(shown, machine.experiment, "h1", "h1/0") if s.title == "delta")
    assert "what comes back through “sum”, “product”" in text(delta.lines[-1].formula)
    here = shown.layers["h1"].delta
    assert here is not None
    assert delta.value == here[0]
