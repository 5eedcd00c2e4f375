"""Expressions: what is read and what is refused, floats and fractions, by values worked by hand."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ExpressionError
from engine.expressions import (
    FUNCTIONS,
    Call,
    Comparison,
    Conditional,
    Expression,
    Name,
    Negation,
    Number,
    Operation,
    assignments,
    evaluate,
    exactly,
    follow,
    names,
    parse,
    slopes,
    text,
)

X, Y = Name("x"), Name("y")
ONE, TWO = Number(Fraction(1)), Number(Fraction(2))

TREES = [
    ("x + y*2", Operation("+", X, Operation("*", Y, TWO))),
    ("(x + y)*2", Operation("*", Operation("+", X, Y), TWO)),
    ("x - y - 1", Operation("-", Operation("-", X, Y), ONE)),
    ("-x^2", Negation(Operation("^", X, TWO))),
    ("x^y^2", Operation("^", X, Operation("^", Y, TWO))),
    ("x**2", Operation("^", X, TWO)),
    ("−x²·y", Operation("*", Negation(Operation("^", X, TWO)), Y)),
    ("+x", X),
    ("0.1", Number(Fraction(1, 10))),
    ("1e-2", Number(Fraction(1, 100))),
    ("1.25e90", Number(Fraction(125 * 10**88))),
    ("0e999999999", Number(Fraction(0))),
    ("12e-90", Number(Fraction(12, 10**90))),
    ("β₁", Name("β₁")),
    ("w12", Name("w12")),
    ("a′", Name("a'")),
    ("v̂", Name("v̂")),
    ("lambda", Name("lambda")),
    ("sqrt(x)", Call("√", (X,))),
    ("sigmoid(x)", Call("σ", (X,))),
    ("max(x, y)", Call("max", (X, Y))),
    ("x if x > 1 else y", Conditional(Comparison((X, ONE), (">",)), X, Y)),
    ("x if 1 ≤ y < 2 else 1", Conditional(Comparison((ONE, Y, TWO), ("<=", "<")), X, ONE)),
]


@pytest.mark.parametrize(("written", "tree"), TREES)
def test_a_text_is_read_as_the_field_writes_it(written: str, tree: Expression) -> None:
    assert parse(written) == tree
    assert parse(text(tree)) == tree


REFUSED = [
    ("", 0, "is empty"),
    ("w*x + @", 7, "stands “@”"),
    ("2x", 2, "write \\* for a product"),
    ("2 (x)", 3, "write \\* for a product"),
    ("a b", 3, "write \\* for a product"),
    ("w(x + 1)", 1, "a product is written w\\*"),
    ("(a", 2, "1 more closing bracket expected"),
    ("a) + (b", 2, "needs an opening bracket before it"),
    ("a +", 3, "stands the end"),
    ("a * / b", 5, "stands “/”"),
    ("exp + 1", 1, "it needs brackets"),
    ("1 + max(a)", 5, "it takes 2 arguments"),
    ("max(*x, y)", 5, "stands “\\*”"),
    ("exp(^x)", 1, "stands “exp”"),
    ("a < b", 1, "only between “if” and “else”"),
    ("1 + (a < b)", 6, "only between “if” and “else”"),
    ("a if b else c", 6, "a comparison such as x > 0"),
    ("a if b > 1", 1, "a choice is written"),
    ("a, b", 1, "only between the arguments"),
    ("x = 1", 3, "stands “=”"),
    ("1e999999999", 1, "at most 30 digits, from 1e-100 to 1e100"),
    ("9" * 31, 1, "at most 30 digits"),
    ("1e-400", 1, "at most 30 digits"),
    ("x*" + "9" * 900, 3, "at most 30 digits"),
    ("x" * 41, 1, "a name of 41 letters"),
    ("x + y " + "y" * 900, 7, "write \\* for a product"),
    ("½*x", 1, "stands “½”"),
    ("x.real", 2, "stands “.”"),
    ("x[0]", 2, "stands “\\[”"),
    ("'x'", 1, "stands “'”"),
    ("__import__('os')", 1, "stands “_”"),
    ("x if x > 0 else [y for y in x]", 17, "stands “\\[”"),
    ("x" * 1001, 0, "at most 1000 are read"),
    ("-" * 900 + "x", 101, "at most 100"),
    ("(" * 400 + "x" + ")" * 400, 101, "at most 100"),
    ("+".join("x" * 300), 1, "at most 100"),
]


@pytest.mark.parametrize(("written", "place", "why"), REFUSED)
def test_a_refusal_names_the_place_and_what_is_allowed(written: str, place: int, why: str) -> None:
    with pytest.raises(ExpressionError, match=why) as refused:
        parse(written)
    assert refused.value.place == place
    assert len(str(refused.value)) < 300


@settings(max_examples=300, database=None)
@given(st.text("abz ()+-*/^<>=!,.0123456789eifls'₁²σ√_\"[]{}:;@\\\n\x00", max_size=40))
def test_whatever_is_typed_is_a_tree_or_a_refusal(written: str) -> None:
    try:
        tree = parse(written)
    except ExpressionError:
        return
    assert parse(text(tree)) == tree


def trees() -> st.SearchStrategy[Expression]:
    numbers = st.fractions(min_value=0, max_value=50).map(lambda q: Number(Fraction(round(q * 8), 8)))
    leaves = st.one_of(numbers, st.sampled_from("xy").map(Name))

    def grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        relations: st.SearchStrategy[Any] = st.sampled_from(("<", "<=", ">", ">=", "==", "!="))
        conditions = st.tuples(inner, inner, relations).map(lambda p: Comparison(p[:2], p[2:]))
        return st.one_of(
            inner.map(Negation),
            st.builds(Operation, st.sampled_from("+-*/^"), inner, inner),
            st.tuples(inner, inner).map(lambda p: Call("max", p)),
            inner.map(lambda p: Call("tanh", (p,))),
            st.builds(Conditional, conditions, inner, inner),
        )

    return st.recursive(leaves, grow, max_leaves=12)


@settings(max_examples=200, database=None)
@given(trees())
def test_the_text_of_a_tree_reads_as_the_same_tree(tree: Expression) -> None:
    assert parse(text(tree)) == tree


def test_names_stand_in_the_order_of_their_use() -> None:
    assert names(parse("z if k > 0 else a*(exp(z) - k)")) == ("k", "z", "a")


def test_floats_by_hand() -> None:
    assert evaluate(parse("relu(w*x + b)"), {"w": 2, "x": 3, "b": 1}) == 7
    assert evaluate(parse("1/(1 + exp(-k*z))"), {"k": 2, "z": 0}) == 0.5
    assert evaluate(parse("(o - t)^2/2"), {"o": 3, "t": 1}) == 2
    assert evaluate(parse("Φ(x)"), {"x": 1.0}) == pytest.approx(0.8413447460685429)
    elu = evaluate(parse("z if z > 0 else a*(exp(z) - 1)"), {"z": np.array([-1.0, 0, 2]), "a": 2})
    assert elu == pytest.approx([2 / math.e - 2, 0, 2])
    shares = evaluate(parse("exp(z)/Σ(exp(z))"), {"z": np.log(np.array([[1.0, 2, 5], [1, 1, 2]]))})
    assert shares == pytest.approx(np.array([[0.125, 0.25, 0.625], [0.25, 0.25, 0.5]]))
    columns = evaluate(parse("x*y"), {"x": np.ones((2, 1)), "y": np.array([1.0, 2, 3])})
    assert columns.shape == (2, 3)


def test_floats_never_raise_for_what_has_no_value() -> None:
    assert evaluate(parse("1/x"), {"x": 0}) == math.inf
    assert math.isnan(evaluate(parse("√(x)"), {"x": -1}))
    assert evaluate(parse("1/(1 + exp(-x))"), {"x": -1000}) == 0
    for written in ("relu(x)", "max(0, x)", "max(x, 0)", "min(1, x)", "abs(x)", "Φ(x)"):
        assert math.isnan(evaluate(parse(written), {"x": math.nan})), "nothing that went wrong is hidden"


def test_fractions_by_hand() -> None:
    third = Fraction(1, 3)
    assert exactly(parse("x + 0.1"), {"x": third}) == Fraction(13, 30)
    assert exactly(parse("max(x, 0.25)^-2"), {"x": third}) == 9
    assert exactly(parse("relu(-x) + abs(-x) + sign(-x) + step(0) + min(x, 1)"), {"x": third}) == 2 * third
    assert exactly(parse("1/x if x != 0 else 7"), {"x": 0}) == 7, "what is not taken is not worked out"
    nine = exactly(parse("0.9^n"), {"n": 100})
    assert nine == Fraction(9**100, 10**100)


NOT_EXACT = [
    ("exp(x)", "“exp” makes no fractions"),
    ("σ(x)", "“σ” makes no fractions"),
    ("Σ(x)", "“Σ” makes no fractions"),
    ("x^0.5", "the exponent 1/2"),
    ("1/(x - 2)", "divides by 0"),
    ("0^(1 - x)", "divides by 0"),
    ("x^1000^1000", "binary digits"),
    ("x*missing", "missing must be given; given is x"),
]


@pytest.mark.parametrize(("written", "why"), NOT_EXACT)
def test_what_is_no_fraction_says_so(written: str, why: str) -> None:
    with pytest.raises(ExpressionError, match=why):
        exactly(parse(written), {"x": 2})


def test_a_float_is_not_taken_for_a_fraction() -> None:
    with pytest.raises(ExpressionError, match=r"x is 0\.1, a float"):
        exactly(parse("x"), {"x": 0.1})  # type: ignore[dict-item] # what is refused


def test_lines_are_worked_out_one_after_the_other() -> None:
    momentum = assignments(("v = μ*v - η*g", "w = w + v"))
    # v = 0.9 * 1 - 0.1 * 2 = 0.7, w = 5.7
    found = follow(momentum, {"v": 1, "w": 5, "g": 2, "μ": Fraction(9, 10), "η": Fraction(1, 10)}, exact=True)
    assert (found["v"], found["w"]) == (Fraction(7, 10), Fraction(57, 10))
    assert follow(momentum, {"v": 1, "w": 5, "g": 2, "μ": 0.9, "η": 0.1})["w"] == pytest.approx(5.7)
    assert follow(assignments(("x' = 2*x", "y = x' + 1")), {"x": 3})["y"] == 7


@pytest.mark.parametrize("line", ["v", "v == 2", "2*v = 3", "exp = 3", "= 2"])
def test_what_assigns_nothing_is_refused(line: str) -> None:
    with pytest.raises(ExpressionError, match="assigns nothing"):
        assignments((line,))


@pytest.mark.parametrize("name", [f.name for f in FUNCTIONS.values() if not f.across])
def test_the_slopes_of_a_function_are_those_of_its_value(name: str) -> None:
    call = Call(name, (X, Y)[: FUNCTIONS[name].arity])
    x, y = np.array([-1.7, -0.4, 0.3, 1.2, 2.5]), np.array([0.5, -0.6, 0.7, -2.0, 3.0])
    x = abs(x) if name in ("ln", "√") else x
    a = evaluate(call, {"x": x, "y": y})
    for slope, (dx, dy) in zip(slopes(call), ((1e-6, 0), (0, 1e-6)), strict=False):
        up, down = (evaluate(call, {"x": x + s * dx, "y": y + s * dy}) for s in (1, -1))
        assert evaluate(slope, {"x": x, "y": y, "a": a}) == pytest.approx((up - down) / 2e-6, rel=1e-7, abs=1e-8)
