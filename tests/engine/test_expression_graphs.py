"""The computational graph: values, slopes on the edges, gradients and paths, worked by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.errors import ExpressionError
from engine.expressions import Expression, evaluate, graph, parse
from tests.engine.test_expressions import trees


@pytest.mark.parametrize("exact", [False, True])
def test_relu_of_one_weight_and_bias(exact: bool) -> None:
    """a = relu(w x + b) at x = 3, w = 2, b = 1: u = 6, v = 7, a = 7; ∂a/∂w = x = 3, ∂a/∂b = 1, ∂a/∂x = w = 2."""
    net = graph(parse("relu(w*x + b)"))
    assert [n.operation for n in net.nodes] == ["w", "x", "*", "b", "+", "relu"]
    found = net.backward({"x": 3, "w": 2, "b": 1}, exact=exact)
    assert found.values == (2, 3, 6, 1, 7, 7)
    assert found.edges == ((), (), (3, 2), (), (1, 1), (1,))
    assert found.gradients == (3, 2, 1, 1, 1, 1)
    assert all(isinstance(v, Fraction if exact else np.float64) for v in found.values)
    assert [found.gradient(name) for name in "wbx"] == [3, 1, 2]
    assert found.paths("w") == (((5, 4, 2, 0), 3),)
    assert net.backward({"x": 3, "w": 2, "b": 1}, seed=10, exact=exact).gradient("w") == 30
    # w x + b = -5: nothing gets through
    assert net.backward({"x": -3, "w": 2, "b": 1}, exact=exact).gradient("w") == 0


def test_a_single_path() -> None:
    """L = (y - σ(w1 x1))² at w1 = 0, x1 = 2, y = 1: s = 1/2, ∂L/∂s = -1, ∂s/∂u = 1/4, ∂u/∂w1 = 2, so -1/2."""
    found = graph(parse("(y - σ(w1*x1))^2")).backward({"y": 1, "w1": 0, "x1": 2})
    assert found.values[-1] == 0.25
    assert found.gradient("w1") == -0.5
    (path,) = found.paths("w1")
    # from the square through the difference, the sigmoid and the product down to the weight
    assert [found.graph.nodes[k].operation for k in path.nodes] == ["^", "-", "σ", "*", "w1"]
    assert path.product == -0.5


def test_a_shared_weight_is_one_leaf_and_its_gradients_add() -> None:
    """L = (y - (w x1) (w x2))² at w = 2, x1 = 3, x2 = 1/2, y = 5: the product is 6 · 1 = 6, L = 1, ∂L/∂product = 2.

    Over the first w: 2 · 1 · 3 = 6; over the second: 2 · 6 · 1/2 = 6; together 12 = 2 · d(w² 3/2)/dw = 2 · 3 w.
    """
    net = graph(parse("(y - (w*x1)*(w*x2))^2"))
    assert sum(n.operation == "w" for n in net.nodes) == 1
    found = net.backward({"w": 2, "x1": 3, "x2": Fraction(1, 2), "y": 5}, exact=True)
    assert found.values[-1] == 1
    assert found.gradient("w") == 12
    assert [p.product for p in found.paths("w")] == [6, 6]
    assert found.count("w") == 2
    squared = graph(parse("w*w")).backward({"w": 3}, exact=True)
    assert (squared.gradient("w"), squared.count("w")) == (6, 2), "two edges between the same two nodes"


def test_the_two_paths_of_a_fully_connected_graph() -> None:
    """The unit that w11 feeds feeds both units of the next layer: two paths.

    x = 2, w11 = 3: a1 = 6; a2 = w21 x = 2 with w21 = 1; second layer relu(a1 + 2 a2) = 10 and relu(-a1 + 4 a2) = 2;
    J = 5 · 10 + 7 · 2 = 64. ∂J/∂w11 = 5 · 1 · x + 7 · (-1) · x = 10 - 14 = -4.
    """
    first, second = "w11*x", "w21*x"
    j = f"5*relu(1*relu({first}) + 2*relu({second})) + 7*relu(-1*relu({first}) + 4*relu({second}))"
    found = graph(parse(j)).backward({"x": 2, "w11": 3, "w21": 1}, exact=True)
    assert found.values[-1] == 64
    assert [p.product for p in found.paths("w11")] == [10, -14]
    assert found.gradient("w11") == -4
    # over w21: 5 · 2 · 2 + 7 · 4 · 2
    assert [p.product for p in found.paths("w21")] == [20, 56]


def test_a_chain_of_four_weights() -> None:
    """a3 = w3 a4, a2 = w2 a3, a1 = w1 a2, a0 = w0 a1, C = (a0 - y)².

    With a4 = 1, w3 = 2, w2 = 3, w1 = 1/2, w0 = 4: a0 = 12, y = 10: C = 4, ∂C/∂a0 = 4. ∂C/∂w3 = a4 w2 w1 w0 · 4 = 24,
    and so on: each weight has the product of all the others.
    """
    given_values = {"a4": 1, "w3": 2, "w2": 3, "w1": Fraction(1, 2), "w0": 4, "y": 10}
    found = graph(parse("(w0*(w1*(w2*(w3*a4))) - y)^2")).backward(given_values, exact=True)
    assert found.values[-1] == 4
    assert {k: found.gradient(k) for k in given_values} == {"a4": 48, "w3": 24, "w2": 16, "w1": 96, "w0": 12, "y": -4}


def test_nothing_flows_through_a_condition_nor_into_what_is_not_taken() -> None:
    net = graph(parse("1/z if z > 0 else a*z"))
    found = net.backward({"z": 0, "a": 3}, exact=True)
    assert found.values[-1] == 0
    assert found.gradient("z") == 3
    quotient = next(k for k, n in enumerate(net.nodes) if n.operation == "/")
    assert found.values[quotient] is None
    assert found.edges[quotient] == (None, None)
    assert found.edges[-1] == (None, None, 1)
    assert found.count("z") == 1
    assert net.backward({"z": 2, "a": 3}, exact=True).gradient("z") == Fraction(-1, 4)
    assert net.backward({"z": 2, "a": 3}, exact=True).gradient("a") == 0


def test_powers_know_which_side_varies() -> None:
    assert graph(parse("x^3")).backward({"x": 2}, exact=True).gradient("x") == 12
    assert graph(parse("x^0")).backward({"x": 0}, exact=True).gradient("x") == 0
    assert graph(parse("2^x")).backward({"x": 3}).gradient("x") == pytest.approx(8 * math.log(2))


def test_paths_are_counted_without_being_listed() -> None:
    """(x + x)^20 as a product: 40 leaves lead to x; the slope of 2^20 x^20 at 1 is 20 · 2^20."""
    found = graph(parse("*".join(["(x + x)"] * 20))).backward({"x": 1}, exact=True)
    assert found.count("x") == 40
    assert len(found.paths("x", most=7)) == 7
    assert sum(p.product for p in found.paths("x")) == found.gradient("x") == 20 * 2**20


def test_what_a_graph_refuses() -> None:
    with pytest.raises(ExpressionError, match="“Σ” is over all outputs"):
        graph(parse("Σ(x)"))
    with pytest.raises(ExpressionError, match="takes one number for each name"):
        graph(parse("x + 1")).forward({"x": [1.0, 2.0]})
    with pytest.raises(ExpressionError, match="b must be given; given is x"):
        graph(parse("x + b")).forward({"x": 1})
    with pytest.raises(ExpressionError, match="there is no q in the expression; it has x"):
        graph(parse("x + 1")).backward({"x": 1}).gradient("q")
    with pytest.raises(ExpressionError, match="“exp” makes no fractions"):
        graph(parse("exp(x)")).backward({"x": 1}, exact=True)


@settings(max_examples=200, database=None)
@given(trees(), st.floats(0.1, 1).map(lambda v: v + math.e - 2), st.floats(0.1, 1).map(lambda v: v + math.pi / 10))
def test_a_gradient_is_the_sum_over_its_paths_and_the_slope_of_the_value(tree: Expression, x: float, y: float) -> None:
    net = graph(tree)
    assume("x" in net.leaves and x != y)
    given_values = {"x": x, "y": y}
    found = net.backward(given_values)
    slope = found.gradient("x")
    ends = [evaluate(tree, {"x": x + s * 1e-5, "y": y}) for s in (-1, 1)]
    middle = evaluate(tree, given_values)
    assume(np.isfinite([slope, middle, *ends]).all() and max(map(abs, (slope, middle, *ends))) < 1e4)
    # where the value bends sharply or jumps, a difference says nothing; at equal or round numbers it would do so often
    left, right = (middle - ends[0]) / 1e-5, (ends[1] - middle) / 1e-5
    assert math.isclose(sum(p.product for p in found.paths("x")), slope, rel_tol=1e-9, abs_tol=1e-9)
    assert found.values[-1] == middle
    assume(abs(left - right) < 1e-3 * (1 + abs(left)))
    assert slope == pytest.approx((left + right) / 2, rel=1e-3, abs=1e-3)
