"""The nodes of a formula and how to make them: operators for arithmetic, a few functions for the rest."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from engine.formulas.letters import LETTERS, split_accent

Mark = Hashable
"""What a part stands for, such as "weight" or a place in a network: windows colour it and make it clickable."""

Sign = Literal["=", "≈", "≠", "<", ">", "≤", "≥", "←", "∈"]


class Formula(Struct, frozen=True):
    """Base of all nodes; + − · / ** make sums, products, fractions and powers, of numbers too."""

    def marked(self, mark: Mark) -> Marked:
        """The same with a mark."""
        return Marked(self, mark)

    def __add__(self, other: Formula | float) -> Sum:
        return Sum((*_terms(self), *_terms(_formula(other))))

    def __sub__(self, other: Formula | float) -> Sum:
        return Sum((*_terms(self), Negative(_formula(other))))

    def __mul__(self, other: Formula | float) -> Formula:
        # Python reads −a·b as (−a)·b; people write the sign of the whole.
        if isinstance(self, Negative):
            return Negative(self.body * other)
        return Product((*_factors(self), *_factors(_formula(other))))

    def __truediv__(self, other: Formula | float) -> Formula:
        if isinstance(self, Negative):
            return Negative(self.body / other)
        return Quotient(self, _formula(other))

    def __pow__(self, other: Formula | float) -> Power:
        return Power(self, _formula(other))

    def __neg__(self) -> Negative:
        return Negative(self)

    def __radd__(self, other: float) -> Sum:
        return Number(other) + self

    def __rsub__(self, other: float) -> Sum:
        return Number(other) - self

    def __rmul__(self, other: float) -> Formula:
        return Number(other) * self

    def __rtruediv__(self, other: float) -> Formula:
        return Number(other) / self


class Symbol(Formula, frozen=True):
    """A variable: w₄₆ is `Symbol("w", "46")`, a of layer 2 is `Symbol("a", "j", "(2)")`, ŷ and σ′ are written so.

    Raises ValueError for a letter that is not of the alphabets of formulas.
    """

    name: str
    index: str | Formula = ""
    upper: str | Formula = ""
    primes: int = 0

    def __post_init__(self) -> None:
        name, _accent = split_accent(self.name)
        strange = [c for c in name if not (c.isascii() and c.isalpha()) and c not in LETTERS]
        if strange or not name:
            raise ValueError(
                f"“{self.name}” is no name of a symbol; expected Latin or Greek letters with at most one accent. "
                "Write digits as index, other text as a Word."
            )


class Number(Formula, frozen=True):
    """A value, kept exactly, written with a number of significant digits; a fraction is written in full."""

    value: float | Fraction
    digits: int = 4


class Word(Formula, frozen=True):
    """Upright text: a function's name, or "otherwise"."""

    text: str


class Row(Formula, frozen=True):
    """Parts side by side, read as one: ∂E, Δw."""

    parts: tuple[Formula, ...]


class Sum(Formula, frozen=True):
    """Terms added; a Negative among them is taken away."""

    terms: tuple[Formula, ...]

    def __post_init__(self) -> None:
        _some("sum", self.terms)


class Negative(Formula, frozen=True):
    """−body."""

    body: Formula


class Product(Formula, frozen=True):
    """Factors multiplied; the dot is written where a reader needs it: between numbers, between fractions."""

    factors: tuple[Formula, ...]

    def __post_init__(self) -> None:
        _some("product", self.factors)


class Quotient(Formula, frozen=True):
    """A fraction."""

    above: Formula
    below: Formula


class Power(Formula, frozen=True):
    """base to the exponent."""

    base: Formula
    exponent: Formula


class Brackets(Formula, frozen=True):
    """Brackets that are part of the meaning: |w|, ‖w‖, [a]. Those of arithmetic come by themselves."""

    body: Formula
    shape: Literal["()", "[]", "||", "‖‖"] = "()"


class Call(Formula, frozen=True):
    """function(arguments)."""

    function: Formula
    arguments: tuple[Formula, ...]


class BigSum(Formula, frozen=True):
    """∑ of body, with what runs below, and the bound above."""

    body: Formula
    below: Formula
    above: Formula | None = None


class Root(Formula, frozen=True):
    """The square root."""

    body: Formula


class Cases(Formula, frozen=True):
    """Values with their conditions; a Word as condition stands as it is, before any other comes "if"."""

    rows: tuple[tuple[Formula, Formula], ...]

    def __post_init__(self) -> None:
        _some("choice of cases", self.rows)


class Chain(Formula, frozen=True):
    """Parts with a relation between each two: a = b ≈ c. An empty Row as first part goes on from the line above."""

    parts: tuple[Formula, ...]
    signs: tuple[Sign, ...]

    def __post_init__(self) -> None:
        if len(self.parts) != len(self.signs) + 1:
            raise ValueError(
                f"A chain of {len(self.parts)} parts has {len(self.signs)} signs; expected one between each two parts."
            )


class Aligned(Formula, frozen=True):
    """Lines one below the other, those that are chains aligned at their first sign."""

    rows: tuple[Formula, ...]

    def __post_init__(self) -> None:
        _some("group of lines", self.rows)


class Marked(Formula, frozen=True):
    """A part that stands for something, see `Mark`. It changes nothing in how the part is written."""

    body: Formula
    mark: Mark


NOTHING: Final = Row(())


def number(value: float | Fraction, digits: int = 4) -> Formula:
    """A number; an exact fraction that is no whole number as a fraction."""
    if isinstance(value, Fraction):
        if value.denominator != 1:
            above = Quotient(Number(abs(value.numerator), digits), Number(value.denominator, digits))
            return Negative(above) if value < 0 else above
        value = value.numerator
    return Number(value, digits)


def call(function: str, *arguments: Formula | float) -> Call:
    """A function of arguments; a name of one letter, with primes or not, is a symbol (σ′), a longer one a word."""
    name = function.rstrip("′'")
    primes = len(function) - len(name)
    # A Word has no primes of its own.
    head = Symbol(name, primes=primes) if len(name) == 1 else Word(name + "′" * primes)
    return Call(head, tuple(map(_formula, arguments)))


def chain(*parts: Formula | float, sign: Sign = "=") -> Chain:
    """Parts with one relation between them: a = b = c."""
    return Chain(tuple(map(_formula, parts)), (sign,) * (len(parts) - 1))


def stacked(formula: Chain) -> Aligned:
    """A chain with one line for each of its signs."""
    first, *rest = formula.parts
    lefts = (first, *(NOTHING for _ in rest[1:]))
    return Aligned(tuple(Chain((a, b), (s,)) for a, b, s in zip(lefts, rest, formula.signs, strict=True)))


def replaced(formula: Formula, values: Mapping[Formula, Formula]) -> Formula:
    """The formula with parts, mostly symbols, replaced by others, mostly numbers; marks stay."""
    return _mapped(formula, lambda part: values.get(part, part))


def with_digits(formula: Formula, digits: int) -> Formula:
    """The formula with all its numbers written with so many significant digits."""
    return _mapped(formula, lambda part: Number(part.value, digits) if isinstance(part, Number) else part)


def _mapped(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """Change every part; what was changed is not looked into."""
    changed = change(formula)
    if changed is not formula:
        return changed
    fields = {f: getattr(formula, f) for f in formula.__struct_fields__}
    new = {name: _within(value, change) for name, value in fields.items() if isinstance(value, Formula | tuple)}
    if isinstance(formula, Marked):
        new.pop("mark", None)
    return msgspec.structs.replace(formula, **new) if new else formula


def _within(value: Any, change: Callable[[Formula], Formula]) -> Any:
    if isinstance(value, tuple):
        return tuple(_within(v, change) for v in value)
    return _mapped(value, change) if isinstance(value, Formula) else value


def _some(what: str, parts: tuple[object, ...]) -> None:
    if not parts:
        raise ValueError(f"A {what} has 0 parts; expected at least one.")


def _formula(value: Formula | float) -> Formula:
    return value if isinstance(value, Formula) else Number(value)


def _terms(formula: Formula) -> tuple[Formula, ...]:
    return formula.terms if isinstance(formula, Sum) else (formula,)


def _factors(formula: Formula) -> tuple[Formula, ...]:
    return formula.factors if isinstance(formula, Product) else (formula,)
