"""What an expression is: a tree of seven closed types, frozen and compared by value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias, final

Sign = Literal["+", "-", "*", "/", "^"]
Relation = Literal["<", "<=", ">", ">=", "==", "!="]


@final
@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was typed, exactly: 0.1 is one tenth. It is never negative."""

    value: Fraction


@final
@dataclass(frozen=True, slots=True)
class Name:
    """A quantity that is given: w, β₁, a'."""

    name: str


@final
@dataclass(frozen=True, slots=True)
class Negation:
    """-x."""

    of: Expression


@final
@dataclass(frozen=True, slots=True)
class Operation:
    """Left and right joined by one of + - * / ^."""

    sign: Sign
    left: Expression
    right: Expression


@final
@dataclass(frozen=True, slots=True)
class Call:
    """A function of the table, by its first name, and what it is a function of."""

    function: str
    arguments: tuple[Expression, ...]


@final
@dataclass(frozen=True, slots=True)
class Comparison:
    """Terms with relations between them; 0 < z < 1 has three terms. It stands only as a condition."""

    terms: tuple[Expression, ...]
    relations: tuple[Relation, ...]


@final
@dataclass(frozen=True, slots=True)
class Conditional:
    """`then` where the condition holds, else `otherwise`."""

    condition: Comparison
    then: Expression
    otherwise: Expression


Expression: TypeAlias = Number | Name | Negation | Operation | Call | Conditional
Part: TypeAlias = Expression | Comparison
"""Anything that stands in a tree."""

ALONE: Final = 9
RANKS: Final = {"+": 2, "-": 2, "*": 3, "/": 3, "^": 5}
"""How tightly a sign binds; a conditional is 0, a comparison 1, a negation 4, what needs no brackets `ALONE`."""

PLAIN: Final = 20
"""Digits that a number is written with at most, before it has a power of ten."""


def parts(part: Part) -> tuple[Part, ...]:
    """What stands directly under a part, in the order in which it is written (the condition of a conditional first)."""
    match part:
        case Negation(of):
            return (of,)
        case Operation(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case Comparison(terms, _):
            return terms
        case Conditional(condition, then, otherwise):
            return (condition, then, otherwise)
        case _:
            return ()


def walk(part: Part) -> Iterator[Part]:
    """Every part of a tree, what it is made of before itself."""
    for inner in parts(part):
        yield from walk(inner)
    yield part


def names(part: Part) -> tuple[str, ...]:
    """The quantities that must be given, in the order of their first use."""
    return tuple(dict.fromkeys(p.name for p in walk(part) if isinstance(p, Name)))


def text(part: Part) -> str:
    """The expression as it would be typed, with no more brackets than it needs; `parse` reads the same tree from it."""
    return _written(part)[0]


def _written(part: Part) -> tuple[str, int]:
    """The text of a part and how tightly it binds."""
    match part:
        case Number(value):
            return _number(value), ALONE
        case Name(name):
            return name, ALONE
        case Negation(of):
            return f"-{_within(of, 4)}", 4
        case Operation(sign, left, right):
            rank = RANKS[sign]
            first, last = _within(left, rank + (sign == "^")), _within(right, 4 if sign == "^" else rank + 1)
            return (f"{first} {sign} {last}" if rank == 2 else f"{first}{sign}{last}"), rank
        case Call(function, arguments):
            return f"{function}({', '.join(map(text, arguments))})", ALONE
        case Comparison(terms, relations):
            rest = (f" {r} {_within(t, 2)}" for r, t in zip(relations, terms[1:], strict=True))
            return _within(terms[0], 2) + "".join(rest), 1
        case Conditional(condition, then, otherwise):
            return f"{_within(then, 1)} if {text(condition)} else {text(otherwise)}", 0


def _within(part: Part, rank: int) -> str:
    written, own = _written(part)
    return written if own >= rank else f"({written})"


def _number(value: Fraction) -> str:
    """A decimal: what was typed had an end. Where that takes too many digits, a power of ten is split off."""
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = str(int(value * 10**places)).rjust(places + 1, "0")
    if len(digits) > PLAIN:
        short = digits.strip("0")
        return f"{short}e{len(digits.rstrip('0')) * -1 + len(digits) - places}"
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits
