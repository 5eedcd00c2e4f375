"""Computational graphs: the numbers of the engine for every function and loss, those worked by hand, and the rules."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.activations import Activation
from engine.activations.classic import Tanh
from engine.errors import ExpressionError, LearnscopeError
from engine.experiment import check
from engine.explanations import EXAMPLES, ComputationGraph, From, of_network, of_typed, read, rule_of
from engine.formulas import text
from engine.losses import Loss
from engine.losses.unsupervised import Hebb
from engine.machines.supervised import Supervised
from engine.producers.calculation import Calculation
from engine.records import Want
from engine.ties import Shared, Turned
from tests.engine.nets import digits, spiral
from tests.engine.test_explanations import CLOSE, HIDDEN, LOSSES, fitted, hidden


def record(machine: Supervised) -> Calculation:
    found = machine.snapshot(frozenset({Want("graph")})).get("graph")
    assert isinstance(found, Calculation)
    return found


def near(a: Any, b: Any) -> Any:
    return pytest.approx(a, rel=CLOSE, abs=CLOSE) == b


def same(machine: Supervised) -> ComputationGraph:
    """Values, δ and the gradients of all weights are the engine's own; the weights learn from one sample at a time."""
    found = record(machine)
    graph = of_network(found, machine.experiment)
    for vertex in graph.vertices:
        kind, layer, *where = vertex.key if len(vertex.key) > 2 else ("", "")
        if kind in ("w", "b"):
            moved = found.numbers[f"{layer}.{'weight' if kind == 'w' else 'bias'}"]
            assert vertex.value == moved.before[tuple(where)]
            assert near(vertex.gradient, moved.gradient[tuple(where)]), vertex.key
        elif kind == "z":
            here = found.layers[layer]
            assert here.z is not None
            assert here.delta is not None
            assert near(vertex.value, here.z[where[0]])
            # of a fused loss too, through its output
            assert near(vertex.gradient, here.delta[where[0]]), vertex.key
        elif kind == "a" and layer != "input":
            assert near(vertex.value, found.layers[layer].a[where[0]])
    assert near(graph.vertices[-1].value, found.loss)
    return graph


@pytest.mark.parametrize("activation", [pytest.param(a, id=a.key) for a in HIDDEN])
def test_every_function_has_the_numbers_of_the_engine(activation: Activation) -> None:
    machine = Supervised(hidden(activation))
    for _ in range(3):
        same(machine)
        machine.advance("sample", 1, 60)


@pytest.mark.parametrize(
    ("loss", "task"), [pytest.param(x, t, id=f"{x.key}-{t}") for x, t in LOSSES if t != "unsupervised"]
)
def test_every_loss_has_the_numbers_of_the_engine_with_every_output(loss: Loss, task: Any) -> None:
    if loss.unwritten:
        pytest.skip(loss.unwritten)
    source = {"binary": "spiral", "classes": "three-spirals", "regression": "plane"}[task]
    base = fitted(replace(spiral(3, activation=Tanh(), batch=1), data=examples.load(source).data))
    for key in loss.outputs(task):
        output = replace(base.model.output, activation=Activation.registry[key].kind())
        model = replace(base.model, layers=(*base.model.hidden_layers, output))
        machine = Supervised(check(replace(base, model=model, training=replace(base.training, loss=loss))))
        machine.advance("sample", 2, 60)
        same(machine)


def test_the_tutorial_by_hand() -> None:
    """3-2-1 at (1, 0, 1): 8 weights with a product each, 3 biases, sums and outputs, 3 inputs, target and loss."""
    graph = same(Supervised(examples.load("tutorial")))
    assert len(graph.vertices) == 3 * 8 - 8 + 3 + 3 + 3 + 3 + 1 + 1
    at = graph.places
    assert graph.vertices[at["z", "h", 0]].value == pytest.approx(-0.7)
    # δ₆ = a (1 - a) (a - 1) = -0.1312
    assert graph.vertices[at["z", "out", 0]].gradient == pytest.approx(-0.1312, abs=5e-5)
    weight = at["w", "h", 0, 0]
    assert graph.counts[weight] == 1
    (way,) = graph.ways(weight)
    assert [graph.vertices[graph.links[e].target].operation for e in way.links] == [
        "×", "+", "Sigmoid", "×", "+", "Sigmoid", "loss"
    ]  # fmt: skip
    assert way.product == pytest.approx(graph.vertices[weight].gradient)
    assert near(graph.vertices[-1].value, 0.5 * 0.526111**2)
    # ∂a/∂z = a (1 - a) = 0.4739 · 0.5261
    assert text(rule_of(graph, at["z", "out", 0])[2]).endswith("·(1 − a₁^(2)) = 0.2493")
    assert text(rule_of(graph, at["a", "out", 0])[-1]) == "∂L/∂a₁^(2) = a₁^(2) − t = −0.5261"


def test_the_gradient_is_the_sum_over_all_paths() -> None:
    graph = same(Supervised(spiral(3, 2, batch=1)))
    for k, vertex in enumerate(graph.vertices):
        if vertex.gradient is not None:
            ways = graph.ways(k, 1000)
            assert len(ways) == graph.counts[k]
            assert sum(w.product for w in ways) == pytest.approx(vertex.gradient)
            assert graph.lit(k) == {e for way in ways for e in way.links}


def test_layers_that_share_their_weights_have_one_vertex_for_each() -> None:
    for sharing in (Shared(of="h1"), Turned(of="h1")):
        base = spiral(2, 2, batch=1)
        first, second, output = base.model.layers
        tied = replace(base, model=replace(base.model, layers=(first, replace(second, weights=sharing), output)))
        machine = Supervised(check(tied))
        found = record(machine)
        graph = of_network(found, tied)
        assert not [v for v in graph.vertices if v.key[:2] == ("w", "h2")]
        for i in range(2):
            for k in range(2):
                vertex = graph.places["w", "h1", i, k]
                assert graph.counts[vertex] == 3, "over two units of the layer after, and by its second place"
                gradient = found.numbers["h1.weight"].gradient[i, k]
                assert near(graph.vertices[vertex].gradient, gradient)
        assert "path 3" in " ".join(map(text, rule_of(graph, graph.places["w", "h1", 0, 0])))


def test_of_a_large_network_only_paths_are_drawn() -> None:
    machine = Supervised(fitted(spiral(20, 12, batch=1)))
    found = record(machine)
    with pytest.raises(LearnscopeError, match=r"has \d+ nodes, and at most 200 are drawn; select a weight"):
        of_network(found, machine.experiment)
    graph = of_network(found, machine.experiment, From("h1", "h1/3", "input/x2"))
    first = graph.vertices[0]
    assert first.key == ("w", "h1", 1, 3)
    assert near(first.gradient, found.numbers["h1.weight"].gradient[1, 3])
    assert graph.counts[0] == 12
    unit = of_network(found, machine.experiment, From("h2", "h2/4"))
    assert near(unit.vertices[0].gradient, found.layers["h2"].delta[4])  # type: ignore[index] # it learns
    assert len(graph.vertices) == 4 + 12 * 3 + 12 + 2 + 1, "to the first output, 12 units, 12 products to the last, L"
    deep = Supervised(fitted(spiral(30, 30, 30, batch=1)))
    with pytest.raises(LearnscopeError, match=r"paths from here pass \d+ nodes, .* of a later layer"):
        of_network(record(deep), deep.experiment, From("h1", "h1/3", "input/x2"))
    with pytest.raises(LearnscopeError, match="no weight from “nobody”"):
        of_network(found, machine.experiment, From("h1", "h1/3", "nobody"))


def test_what_is_no_weighted_sum_or_more_than_one_is_refused() -> None:
    machine = Supervised(digits())
    with pytest.raises(LearnscopeError, match="“c1” is no layer of neurons with weighted sums"):
        of_network(record(machine), machine.experiment)
    base = spiral(3, batch=1)
    found = record(Supervised(base))
    with pytest.raises(LearnscopeError, match="without a teacher has no loss to lead back from"):
        of_network(found, replace(base, training=replace(base.training, loss=Hebb())))


def test_a_look_leaves_the_run_alone() -> None:
    watched, alone = Supervised(spiral(3)), Supervised(spiral(3))
    for _ in range(5):
        record(watched)
        watched.advance("sample", 1, 60)
    alone.advance("sample", 5, 60)
    for a, b in zip(watched.state().numbers, alone.state().numbers, strict=True):
        assert np.array_equal(a.values.values, b.values.values)


# what is typed -----------------------------------------------------------------------------------------------------


def typed(lines: str, exact: bool = False, **values: Any) -> ComputationGraph:
    return of_typed(read(lines), values, exact)


def told(graph: ComputationGraph, name: str) -> list[str]:
    k = next(k for k, v in enumerate(graph.vertices) if text(v.name) == name)
    return [text(line) for line in rule_of(graph, k)]


def test_relu_of_a_line() -> None:
    graph = typed("a = relu(w*x + b)", True, w=2, x=3, b=1)
    assert [text(v.name) for v in graph.vertices] == ["w", "x", "u₁", "b", "u₂", "a"]
    assert [v.operation for v in graph.vertices] == ["", "", "×", "", "+", "relu"]
    assert [v.value for v in graph.vertices] == [2, 3, 6, 1, 7, 7]
    assert [v.gradient for v in graph.vertices] == [3, 2, 1, 1, 1, 1]
    assert told(graph, "w") == [
        "∂u₁/∂w = x = 3",
        "∂a/∂w = (∂a/∂u₁)·(∂u₁/∂w)",
        "= 1·3 = 3",
        "path = (∂a/∂u₂)·(∂u₂/∂u₁)·(∂u₁/∂w) = 1·1·3 = 3",
    ]
    assert told(graph, "u₁")[:2] == ["u₁ = w·x", "= 2·3 = 6"]


def test_what_is_assigned_is_one_vertex_and_its_paths_add() -> None:
    """L = (w h - t)² with h = w x at w = 2, x = 3, t = 10: y = 12, L = 4; 4·x w by either place: 24 + 24."""
    graph = typed("h = w*x; y = w*h\nL = (y - t)^2", True, w=2, x=3, t=10)
    weight = graph.vertices[0]
    assert (text(weight.name), weight.gradient) == ("w", 48)
    lines = told(graph, "w")
    assert lines[-1] == "all paths = 24 + 24 = 48"
    assert sum(line.startswith("path") for line in lines) == 2
    assert typed("s = x*x; y = s*s", True, x=3).vertices[-1].value == 81
    assert len(typed("s = x*x; y = s*s", True, x=3).vertices) == 3


def test_a_line_that_the_result_does_not_need_is_not_drawn() -> None:
    graph = typed("a = w*x; b = a + c; L = a", True, w=2, x=3)
    assert [text(v.name) for v in graph.vertices] == ["w", "x", "L"]
    assert graph.vertices[-1].value == 6


def test_a_choice_shows_its_condition_and_what_is_taken() -> None:
    graph = typed("y = 2*z if z > 0 else z/4", True, z=Fraction(-1))
    assert graph.vertices[-1].value == Fraction(-1, 4)
    assert graph.vertices[0].gradient == Fraction(1, 4)
    assert ">" in [v.operation for v in graph.vertices]
    for k in range(len(graph.vertices)):
        rule_of(graph, k)


@pytest.mark.parametrize("example", [pytest.param(e, id=e.title) for e in EXAMPLES])
def test_ready_expressions_work(example: Any) -> None:
    found = read(example.text)
    assert set(found.names) == set(example.values)
    graph = of_typed(found, example.values)
    for k, vertex in enumerate(graph.vertices):
        rule_of(graph, k)
        if vertex.gradient is not None:
            assert sum(w.product for w in graph.ways(k)) == pytest.approx(vertex.gradient, abs=1e-12)
    if example.title.startswith("tutorial"):
        # the slides have w14 = 0.2 before and 0.192 after, at the rate 0.9: 0.2 - 0.9 · 0.00872 = 0.19215
        assert graph.vertices[graph.places["w₁₄", 0]].gradient == pytest.approx(0.008725, abs=1e-6)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", "there is no expression; type one such as"),
        ("relu(w*x + )", "place 12"),
        ("a = w*x\nL = (a - ", "line 2: "),
        ("a = w*x\nb", "line 2: “b” assigns nothing"),
        ("+".join(["x*y"] * 70), "at most 120 are drawn"),
        ("w_é = Σ(x)", "over all outputs"),
    ],
)
def test_what_cannot_be_read_says_where(lines: str, words: str) -> None:
    with pytest.raises(ExpressionError, match=words):
        read(lines)


def test_names_of_any_form_are_written() -> None:
    graph = typed("w_1*x_in + ж", w_1=1, x_in=2, ж=3)
    assert [text(v.name) for v in graph.vertices][:2] == ["w₁", "xin"]


def test_fractions_are_refused_where_there_are_none() -> None:
    with pytest.raises(ExpressionError, match="makes no fractions of fractions"):
        typed("exp(x)", True, x=1)
