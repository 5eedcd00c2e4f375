"""The lines of a declaration as people write them, with its hyper-parameters at hand."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from engine.expressions import (
    Assignment,
    Call,
    Comparison,
    Conditional,
    Expression,
    Name,
    Negation,
    Number,
    Operation,
    exactly,
    names,
)
from engine.registry import Kind

_ONE, _NONE = Number(Fraction(1)), Number(Fraction(0))


def readable(lines: tuple[Assignment, ...], kind: Kind) -> tuple[Assignment, ...]:
    """The lines without what does nothing.

    Hyper-parameters that are 1 and only multiply are left out, as nobody writes a steepness of 1; of a choice that is
    made only what was chosen is there; helpers that nobody needs then are gone.
    """
    ones = frozenset(name for name, value in kind.by_symbol.items() if value == 1)
    chosen = {name: Number(Fraction(kind.by_symbol[name])) for name in kind.switches}

    def simpler(part: Expression) -> Expression:
        if isinstance(part, Name):
            return chosen.get(part.name, part)
        return _settled(_without(_rebuilt(part, simpler), ones), part)

    found = tuple(Assignment(line.name, simpler(line.expression)) for line in lines)
    helpers, needed = ({n for line in some for n in names(line.expression)} for some in (lines, found))
    return tuple(line for line in found if line.name in needed or line.name not in helpers)


def _rebuilt(part: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """An expression with its parts changed."""
    match part:
        case Operation(sign, left, right):
            return Operation(sign, change(left), change(right))
        case Negation(of):
            return Negation(change(of))
        case Call(function, arguments):
            return Call(function, tuple(map(change, arguments)))
        case Conditional(condition, then, otherwise):
            terms = tuple(map(change, condition.terms))
            return Conditional(Comparison(terms, condition.relations), change(then), change(otherwise))
        case _:
            return part


def _without(part: Expression, ones: frozenset[str]) -> Expression:
    """A product without the names that are 1."""
    match part:
        case Operation("*", Name(name), right) if name in ones:
            return right
        case Operation("*", Negation(Name(name)), right) if name in ones:
            return Negation(right)
        case Operation("*" | "/", left, Name(name)) if name in ones:
            return left
        case _:
            return part


def _apart(above: Comparison, below: Comparison) -> bool:
    """Whether two conditions never hold at once: z > 0 and z < 0."""
    return above.terms == below.terms and (above.relations, below.relations) == ((">",), ("<",))


def _settled(part: Expression, before: Expression) -> Expression:
    """The result, where the choices that are made leave numbers alone; 1/2 stays, which was there before."""
    match part:
        case Operation(_, Number(), Number()) if part != before:
            value = exactly(part, {})
            return Number(value) if value >= 0 else Negation(Number(-value))
        case Conditional(condition, then, otherwise) if all(isinstance(term, Number) for term in condition.terms):
            return then if exactly(Conditional(condition, _ONE, _NONE), {}) else otherwise
        case Conditional(_, then, otherwise) if then == otherwise:
            return then
        case Conditional(above, then, Conditional(below, _, last) as rest) if then == last and _apart(above, below):
            return rest
        case _:
            return part
