"""A formula as one line of plain Unicode, for screen readers and the clipboard."""

from __future__ import annotations

from typing import Final

from engine.formulas.arranged import arranged
from engine.formulas.numerals import numeral
from engine.formulas.tree import (
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
    Power,
    Product,
    Quotient,
    Root,
    Row,
    Sum,
    Symbol,
    Word,
)

MINUS: Final = "\u2212"

_BELOW: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ABOVE: Final = str.maketrans(f"0123456789{MINUS}", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def text(formula: Formula) -> str:
    """Write a formula on one line, with every bracket that it needs there."""
    return _text(arranged(formula, flat=True))


def _text(formula: Formula) -> str:
    match formula:
        case Symbol(name, index, upper, primes):
            return name + "′" * primes + _index(index) + _upper(upper)
        case Number(value, digits):
            written = numeral(value, digits)
            power = f"e{written.power}" if written.power is not None else ""
            return (MINUS if written.negative else "") + written.figures + power
        case Word(word):
            return word
        case Row(parts):
            return "".join(map(_text, parts))
        case Sum(terms):
            return "".join(_term(t, k) for k, t in enumerate(terms))
        case Negative(body):
            return MINUS + _text(body)
        case Product(factors):
            return "·".join(map(_text, factors))
        case Marked(body):
            return _text(body)
    return _built(formula)


def _built(formula: Formula) -> str:
    match formula:
        case Quotient(above, below):
            return f"{_text(above)}/{_text(below)}"
        case Power(base, exponent):
            return _text(base) + _exponent(_text(exponent))
        case Brackets(body, shape):
            return f"{shape[0]}{_text(body)}{shape[1]}"
        case Call(function, arguments):
            return f"{_text(function)}({', '.join(map(_text, arguments))})"
        case BigSum(body, below, above):
            bound = f"^({_text(above)})" if above is not None else ""
            return f"∑_({_text(below)}){bound} {_text(body)}"
        case Root(body):
            return f"√({_text(body)})"
    return _lines(formula)


def _lines(formula: Formula) -> str:
    match formula:
        case Cases(rows):
            return "{" + "; ".join(f"{_text(v)} {_condition(c)}" for v, c in rows) + "}"
        case Chain(parts, signs):
            pairs = zip(signs, parts[1:], strict=True)
            return (_text(parts[0]) + "".join(f" {sign} {_text(part)}" for sign, part in pairs)).strip()
        case Aligned(rows):
            return "".join(_row(row, k) for k, row in enumerate(rows))
    raise TypeError(f"{type(formula).__name__} is no node of a formula")


def _row(row: Formula, place: int) -> str:
    goes_on = isinstance(row, Chain) and row.parts[0] == NOTHING
    return ("" if place == 0 else " " if goes_on else "; ") + _text(row)


def _condition(condition: Formula) -> str:
    return _text(condition) if isinstance(condition, Word) else f"if {_text(condition)}"


def _term(term: Formula, place: int) -> str:
    if isinstance(term, Negative):
        return f" {MINUS} {_text(term.body)}" if place else _text(term)
    return f" + {_text(term)}" if place else _text(term)


def _index(index: str | Formula) -> str:
    written = _text(index) if isinstance(index, Formula) else index
    if not written:
        return ""
    if written.isascii() and written.isdigit():
        return written.translate(_BELOW)
    return f"_{written}" if written.isalnum() else f"_({written})"


def _upper(upper: str | Formula) -> str:
    written = _text(upper) if isinstance(upper, Formula) else upper
    if not written:
        return ""
    bracketed = written[0] + written[-1] == "()" and not set(written[1:-1]) & set("()")
    return f"^{written}" if bracketed or written.isalnum() else f"^({written})"


def _exponent(written: str) -> str:
    digits = written.removeprefix(MINUS)
    return written.translate(_ABOVE) if digits.isascii() and digits.isdigit() else f"^({written})"
