"""Formulas as values: signs and brackets, numbers for people, LaTeX, one line of text."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.formulas import (
    NOTHING,
    Aligned,
    BigSum,
    Brackets,
    Call,
    Cases,
    Chain,
    Formula,
    Marked,
    Negative,
    Number,
    Numeral,
    Power,
    Product,
    Quotient,
    Root,
    Row,
    Sum,
    Symbol,
    Word,
    call,
    chain,
    latex,
    number,
    numeral,
    replaced,
    stacked,
    text,
    with_digits,
)
from tests.engine.formula_values import FUNCTIONS, value

w46, w56, x4, x5, theta = Symbol("w", "46"), Symbol("w", "56"), Symbol("x", "4"), Symbol("x", "5"), Symbol("θ", "6")
net = Symbol("net", "6")
x, y = Symbol("x"), Symbol("y")


def n(amount: float) -> Number:
    return Number(amount, 17)


# -- worked by hand ---------------------------------------------------------------------------------------------


def test_the_net_input_of_the_tutorial_reads_as_in_the_course() -> None:
    formula = chain(net, w46.marked("weight") * x4 + w56 * x5 + theta)
    assert text(formula) == "net₆ = w₄₆·x₄ + w₅₆·x₅ + θ₆"
    assert latex(formula) == r"\mathit{net}_{6} = w_{46} x_{4} + w_{56} x_{5} + \theta_{6}"
    one = Number(1)
    filled = replaced(
        formula, {w46: Number(0.2), x4: one, w56: Number(-0.5), x5: one, theta: Number(-0.4), net: Number(-0.7)}
    )
    assert text(filled) == "−0.7 = 0.2·1 + (−0.5)·1 − 0.4"
    assert latex(filled) == r"-0.7 = 0.2 \cdot 1 + (-0.5) \cdot 1 - 0.4"
    assert isinstance(filled, Chain)
    assert isinstance(total := filled.parts[1], Sum)
    assert isinstance(product := total.terms[0], Product)
    assert product.factors[0] == Marked(Number(0.2), "weight")


@pytest.mark.parametrize(
    ("formula", "plain", "tex"),
    [
        (n(3) - n(-2), "3 − (−2)", "3 - (-2)"),
        (n(3) * -2, "3·(−2)", r"3 \cdot (-2)"),
        (n(-3) * x + n(-2) * y, "−3·x + (−2)·y", r"-3 \cdot x + (-2) \cdot y"),
        (-(n(-3) * x), "−(−3)·x", r"-(-3) \cdot x"),
        (-x * y + -x / y, "−x·y − x/y", r"-x y - \frac{x}{y}"),
        (Negative(-x), "−(−x)", "-(-x)"),
        (x - (x + y), "x − (x + y)", "x - (x + y)"),
        (x - y.marked(1) + (-x).marked(2), "x − y − x", "x - y - x"),
        (n(-2) ** 2, "(−2)²", "(-2)^{2}"),
        (-(x**2), "−x²", "-x^{2}"),
        ((x**2) ** 3, "(x²)³", "(x^{2})^{3}"),
        (Symbol("e") ** -x, "e^(−x)", "e^{-x}"),
        ((x + y) / (x * y), "(x + y)/(x·y)", r"\frac{x + y}{x y}"),
        ((x / y) / x, "(x/y)/x", r"\frac{\frac{x}{y}}{x}"),
        (x * (x / y), "x·(x/y)", r"x \frac{x}{y}"),
        ((x / y) ** 2, "(x/y)²", r"\left(\frac{x}{y}\right)^{2}"),
        (n(-0.5) / 2 * x, "((−0.5)/2)·x", r"\frac{-0.5}{2} x"),
        (call("σ′", x) * 2, "σ′(x)·2", r"\sigma'(x) \cdot 2"),
        (call("relu", x / y), "relu(x/y)", r"\operatorname{relu}\left(\frac{x}{y}\right)"),
        (call("max", 0, x), "max(0, x)", r"\max(0, x)"),
        (Root(x + y) ** 2, "(√(x + y))²", r"(\sqrt{x + y})^{2}"),
        (Brackets(x, "‖‖") ** 2, "‖x‖²", r"\|x\|^{2}"),
        (Symbol("a", "j", "(2)") ** 2, "(a_j^(2))²", "(a^{(2)}_{j})^{2}"),
        (Symbol("w", "kj") * Symbol("ŷ", "k j"), "w_kj·ŷ_(k j)", r"w_{kj} \hat{y}_{k\, j}"),
        (Symbol("E", Word("av")), "E_av", r"E_{\text{av}}"),
        (n(3.4e-5) * x, "3.4e-5·x", r"3.4 \times 10^{-5} \cdot x"),
        (Number(3.4e-5) ** 2, "(3.4e-5)²", r"(3.4 \times 10^{-5})^{2}"),
        (Row((Symbol("∂"), x)) / Row((Symbol("∂"), y)), "∂x/∂y", r"\frac{\partial x}{\partial y}"),
        (chain(x, y, sign="←"), "x ← y", r"x \leftarrow y"),
    ],
)
def test_signs_and_brackets_follow_from_the_tree(formula: Formula, plain: str, tex: str) -> None:
    assert text(formula) == plain
    assert latex(formula) == tex


def test_the_delta_of_a_hidden_neuron() -> None:
    o, k = Symbol("o", "h"), Symbol("k")
    paths = BigSum(Symbol("w", "kh") * Symbol("δ", "k"), chain(k, Symbol("K"), sign="∈"))
    formula = chain(Symbol("δ", "h"), o * (1 - o) * paths)
    assert text(formula) == "δ_h = o_h·(1 − o_h)·∑_(k ∈ K) w_kh·δ_k"
    assert latex(formula) == r"\delta_{h} = o_{h} (1 - o_{h}) \sum_{k \in K} w_{kh} \delta_{k}"
    assert text(paths * o) == "(∑_(k ∈ K) w_kh·δ_k)·o_h"
    assert text(paths / o) == "(∑_(k ∈ K) w_kh·δ_k)/o_h"
    assert text(BigSum(n(-1) * x, chain(k, 0), Symbol("m"))) == "∑_(k = 0)^(m) (−1)·x"


def test_cases_and_lines() -> None:
    step = chain(y, Cases(((n(1), chain(x, 0, sign="≥")), (n(-1), Word("otherwise")))))
    assert text(step) == "y = {1 if x ≥ 0; −1 otherwise}"
    assert latex(step) == r"y = \begin{cases} 1 & \text{if } x \geq 0 \\ -1 & \text{otherwise} \end{cases}"
    lines = stacked(chain(x, y + 1, 3))
    assert lines == Aligned((Chain((x, y + 1), ("=",)), Chain((NOTHING, Number(3)), ("=",))))
    assert text(lines) == "x = y + 1 = 3"
    assert latex(lines) == r"\begin{aligned} x &= y + 1 \\ &= 3 \end{aligned}"
    assert text(Aligned((chain(x, 1), chain(y, 2)))) == "x = 1; y = 2"


@pytest.mark.parametrize(
    ("amount", "digits", "written"),
    [
        (0.13114, 4, Numeral(False, "0.1311")),
        (-0.5, 4, Numeral(True, "0.5")),
        (-0.0, 4, Numeral(False, "0")),
        (12345.678, 4, Numeral(False, "12346")),
        (9999.96, 5, Numeral(False, "10000")),
        (1234567, 3, Numeral(False, "1234567")),
        (0.00099996, 4, Numeral(False, "0.001")),
        (0.000034, 4, Numeral(False, "3.4", -5)),
        (-6.02214076e23, 3, Numeral(True, "6.02", 23)),
        (9999999.9, 3, Numeral(False, "1", 7)),
        (math.inf, 3, Numeral(False, "∞")),
        (-math.inf, 3, Numeral(True, "∞")),
        (math.nan, 3, Numeral(False, "NaN")),
    ],
)
def test_numbers_are_written_for_people(amount: float, digits: int, written: Numeral) -> None:
    assert numeral(amount, digits) == written


def test_digits_change_how_a_number_is_written_not_its_value() -> None:
    formula = Number(1 / 3, 8) + Marked(Number(2 / 3, 8), "bias")
    short = with_digits(formula, 2)
    assert text(short) == "0.33 + 0.67"
    assert value(short) == 1


def test_exact_fractions_stay_fractions() -> None:
    assert text(number(Fraction(1, 3)) * x) == "(1/3)·x"
    assert text(1 + number(Fraction(-1, 3))) == "1 − 1/3"
    assert number(Fraction(6, 3)) == Number(2)


def test_a_name_that_is_no_letter_is_refused() -> None:
    with pytest.raises(ValueError, match="“w1” is no name of a symbol"):
        Symbol("w1")


def test_what_can_not_be_written_is_refused_when_it_is_made() -> None:
    for empty in (Sum, Product, Cases, Aligned):
        with pytest.raises(ValueError, match="has 0 parts; expected at least one"):
            empty(())
    with pytest.raises(ValueError, match="A chain of 2 parts has 0 signs"):
        Chain((x, y), ())


def test_what_latex_would_take_for_commands_is_escaped() -> None:
    assert latex(Word(r"a_b{50%}\x^~")) == r"\text{a\_b\{50\%\}\textbackslash{}x\textasciicircum{}\textasciitilde{}}"


# -- of any formula ---------------------------------------------------------------------------------------------

_amounts = st.one_of(st.integers(-9, 9), st.floats(-9, 9, allow_nan=False), st.sampled_from([1e-9, -2.5e-7, 3e8]))
_numbers = st.builds(n, _amounts)


def _grown(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    """Nodes of arithmetic over smaller ones."""
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    made: list[st.SearchStrategy[Formula]] = [
        st.builds(Sum, several),
        st.builds(Product, several),
        st.builds(Negative, inner),
        st.builds(Quotient, inner, inner),
        st.builds(Power, inner, st.sampled_from([n(2), n(3), n(-1), n(2) - n(1)])),
        st.builds(lambda body: Root(body**2), inner),
        st.builds(lambda name, body: Call(Word(name), (body,)), st.sampled_from(["tanh", "atan"]), inner),
        st.builds(Brackets, inner),
        st.builds(Marked, inner, st.just("weight")),
    ]
    return st.one_of(made)


numeric = st.recursive(_numbers, _grown, max_leaves=12)

_symbols = st.builds(
    Symbol,
    st.sampled_from(["w", "net", "δ", "ŷ", "Σ", "∂"]),
    st.sampled_from(["", "46", "k j", "i,j", "{_"]),
    st.sampled_from(["", "(2)", "T"]),
    st.integers(0, 2),
)


def _any(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    """All nodes."""
    pairs = st.lists(st.tuples(inner, inner), min_size=1, max_size=2).map(tuple)
    rest: list[st.SearchStrategy[Formula]] = [
        _grown(inner),
        st.builds(lambda a, b: chain(a, b, a, sign="≤"), inner, inner),
        st.builds(Cases, pairs),
        st.builds(BigSum, inner, inner, st.none() | inner),
        st.builds(lambda *rows: Aligned(rows), inner, inner),
        st.builds(lambda *parts: Row(parts), inner, inner),
        st.builds(Brackets, inner, st.sampled_from(["[]", "‖‖"])),
        st.builds(Word, st.text("ab _{}%\\", max_size=4)),
    ]
    return st.one_of(rest)


anything = st.recursive(_numbers | _symbols, _any, max_leaves=12)


POWERS = str.maketrans("−·", "-*") | {ord("²"): "**2", ord("³"): "**3"}


def _evaluated(line: str) -> float:
    """Read a line of text with Python's own grammar."""
    line = line.replace("⁻¹", "**-1").translate(POWERS)
    line = line.replace("^(", "**(").replace("√", "sqrt")
    return float(eval(line, {"__builtins__": {}}, FUNCTIONS | {"sqrt": math.sqrt}))


@given(numeric)
def test_the_text_of_numbers_means_what_the_tree_means(formula: Formula) -> None:
    try:
        worked = value(formula)
    except (ZeroDivisionError, OverflowError):
        assume(False)
    assert _evaluated(text(formula)) == pytest.approx(worked, rel=1e-9, nan_ok=True)


@given(numeric)
def test_no_sign_follows_a_sign(formula: Formula) -> None:
    line = text(formula).replace(" ", "").replace("e-", "e")
    assert not any(pair in line for pair in ("−−", "+−", "·−", "/−", "−+"))


@given(anything)
def test_braces_and_brackets_are_balanced(formula: Formula) -> None:
    tex = latex(formula).replace(r"\{", "").replace(r"\}", "")
    _balanced(tex, "{}")
    _balanced(tex, "()")
    assert tex.count(r"\left") - tex.count(r"\leftarrow") == tex.count(r"\right")
    _balanced(text(formula), "()")


def _balanced(line: str, pair: str) -> None:
    depth = 0
    for c in line:
        depth += (c == pair[0]) - (c == pair[1])
        assert depth >= 0, line
    assert depth == 0, line


@given(anything)
def test_marks_and_nothing_replaced_change_nothing(formula: Formula) -> None:
    assert replaced(formula, {}) == formula
    assert text(formula.marked("weight")) == text(formula)
    assert latex(formula.marked("weight")) == latex(formula)
