"""A formula as LaTeX of standard commands (with amsmath), which KaTeX reads too."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Final

from engine.formulas.arranged import arranged, dotted, tall
from engine.formulas.letters import ACCENTS, LETTERS, OTHERS, SIGNS, split_accent
from engine.formulas.numerals import numeral
from engine.formulas.tree import (
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
    Power,
    Product,
    Quotient,
    Root,
    Row,
    Sum,
    Symbol,
    Word,
)

_OPERATORS: Final = frozenset(("arctan", "cos", "cosh", "exp", "ln", "log", "max", "min", "sin", "sinh", "tan", "tanh"))
_SHAPES: Final = {"()": "()", "[]": "[]", "||": ("|", "|"), "‖‖": (r"\|", r"\|")}
_ESCAPED: Final = {
    "\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    **{c: f"\\{c}" for c in "#$%&_{}"},
}  # fmt: skip


def latex(formula: Formula) -> str:
    """Write a formula as LaTeX, to be pasted between dollar signs."""
    return _latex(arranged(formula))


def _latex(formula: Formula) -> str:
    match formula:
        case Symbol():
            return _symbol(formula)
        case Number(value, digits):
            return _number(value, digits)
        case Word(text):
            return _text(text)
        case Row(parts):
            return " ".join(map(_latex, parts))
        case Sum(terms):
            return "".join(_term(t, k) for k, t in enumerate(terms))
        case Negative(body):
            return f"-{_latex(body)}"
        case Product(factors):
            return _product(factors)
        case Marked(body):
            return _latex(body)
    return _built(formula)


def _built(formula: Formula) -> str:
    match formula:
        case Quotient(above, below):
            return rf"\frac{{{_latex(above)}}}{{{_latex(below)}}}"
        case Power(base, exponent):
            return f"{_latex(base)}^{{{_latex(exponent)}}}"
        case Brackets(body, shape):
            return _brackets(_latex(body), shape, tall(body))
        case Call(function, arguments):
            inner = ", ".join(map(_latex, arguments))
            return _function(function) + _brackets(inner, "()", any(map(tall, arguments)))
        case BigSum(body, below, above):
            bound = f"^{{{_latex(above)}}}" if above is not None else ""
            return rf"\sum_{{{_latex(below)}}}{bound} {_latex(body)}"
        case Root(body):
            return rf"\sqrt{{{_latex(body)}}}"
    return _lines(formula)


def _lines(formula: Formula) -> str:
    match formula:
        case Cases(rows):
            lines = [f"{_latex(v)} & {_condition(c)}" for v, c in rows]
            return rf"\begin{{cases}} {_broken(lines)} \end{{cases}}"
        case Chain(parts, signs):
            return _chain(parts, signs, "")
        case Aligned(rows):
            lines = [_chain(r.parts, r.signs, "&") if isinstance(r, Chain) else f"& {_latex(r)}" for r in rows]
            return rf"\begin{{aligned}} {_broken(lines)} \end{{aligned}}"
    raise TypeError(f"{type(formula).__name__} is no node of a formula")


def _broken(lines: list[str]) -> str:
    return r" \\ ".join(lines)


def _chain(parts: tuple[Formula, ...], signs: tuple[str, ...], tab: str) -> str:
    """Parts with their relations; a tab stands before the first sign."""
    text = _latex(parts[0])
    for k, (sign, part) in enumerate(zip(signs, parts[1:], strict=True)):
        text += f" {tab if k == 0 else ''}{SIGNS[sign]} {_latex(part)}"
    return text.strip()


def _condition(condition: Formula) -> str:
    return _latex(condition) if isinstance(condition, Word) else rf"\text{{if }} {_latex(condition)}"


def _term(term: Formula, place: int) -> str:
    if isinstance(term, Negative):
        return f" - {_latex(term.body)}" if place else _latex(term)
    return f" + {_latex(term)}" if place else _latex(term)


def _product(factors: tuple[Formula, ...]) -> str:
    text = _latex(factors[0])
    for left, right in pairwise(factors):
        text += (r" \cdot " if dotted(left, right) else " ") + _latex(right)
    return text


def _brackets(inner: str, shape: str, grow: bool) -> str:
    left, right = _SHAPES[shape]
    return rf"\left{left}{inner}\right{right}" if grow else f"{left}{inner}{right}"


def _function(function: Formula) -> str:
    if not isinstance(function, Word):
        return _latex(function)
    name = function.text.rstrip("′")
    primes = "'" * (len(function.text) - len(name))
    if name in _OPERATORS:
        return f"\\{name}{primes}"
    body = name if name.isascii() and name.isalpha() else _text(name)
    return rf"\operatorname{{{body}}}{primes}"


def _symbol(symbol: Symbol) -> str:
    letters, accent = split_accent(symbol.name)
    name = "".join(f"{LETTERS[c]} " if c in LETTERS else c for c in letters).strip()
    name = name if len(letters) == 1 else rf"\mathit{{{name}}}"
    name = rf"\{ACCENTS[accent]}{{{name}}}" if accent else name
    upper = f"^{{{_script(symbol.upper)}}}" if symbol.upper else ""
    index = f"_{{{_script(symbol.index)}}}" if symbol.index else ""
    return name + "'" * symbol.primes + upper + index


def _script(script: str | Formula) -> str:
    if isinstance(script, Formula):
        return _latex(script)
    return "".join(_character(c) for c in script).strip()


def _character(c: str) -> str:
    if c in LETTERS or c in OTHERS or c in SIGNS:
        return f"{(LETTERS | OTHERS | SIGNS)[c]} "
    if c == " ":
        return r"\, "
    return c if c.isascii() and (c.isalnum() or c in "()[],;.+-*/|!:") else _text(c)


def _number(value: float | Fraction, digits: int) -> str:
    written = numeral(value, digits)
    figures = {"∞": r"\infty", "NaN": r"\text{NaN}"}.get(written.figures, written.figures)
    power = rf" \times 10^{{{written.power}}}" if written.power is not None else ""
    return ("-" if written.negative else "") + figures + power


def _text(text: str) -> str:
    return rf"\text{{{''.join(_ESCAPED.get(c, c) for c in text)}}}"
