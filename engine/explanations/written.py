"""Expressions written as formulas, and the same with numbers in place of their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np

from engine.expressions import (
    FUNCTIONS,
    Assignment,
    Call,
    Comparison,
    Conditional,
    Expression,
    Name,
    Negation,
    Number,
    Operation,
    evaluate,
    exactly,
    follow,
)
from engine.formulas import (
    BigSum,
    Brackets,
    Cases,
    Chain,
    Formula,
    Negative,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
    Symbol,
    Word,
    call,
)
from engine.formulas import Number as Value
from engine.formulas.tree import Sign
from engine.tracing.exactly import typed

LOW: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
SIGNS: Final = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}

_ONE, _NONE = Fraction(1), Fraction(0)
Leaf = Callable[[str], Formula]
Real: TypeAlias = float | Fraction
"""A number of the run, or an exact one."""


class Line(NamedTuple):
    """A line of a calculation: a formula, the same with its numbers up to the result, and the result."""

    formula: Chain
    filled: Chain
    value: Real


def real(value: Any) -> Real:
    """A number by itself; a fraction stays one."""
    return value if isinstance(value, Fraction) else float(value)


def valued(part: Expression, values: Mapping[str, Any]) -> Any:
    """An expression worked out: exactly where its numbers are fractions."""
    return exactly(part, values) if _are_exact(values) else evaluate(part, values)


def _are_exact(values: Mapping[str, Any]) -> bool:
    return any(isinstance(value, Fraction) for value in values.values())


def worked(
    lines: tuple[Assignment, ...], symbols: Mapping[str, Formula], values: Mapping[str, Any], unit: int = 0
) -> tuple[Line, ...]:
    """Assignments worked out for one unit of those whose values [unit] are given; helpers come first, each a line.

    What had a value before gets another by an arrow: w ← w − η g. Fractions are worked out exactly, unit by unit.
    """
    every = _of_unit(values, unit)
    seen, found, exact = every, [], _are_exact(every)
    for line in lines:
        every = every | follow((line,), every, exact=exact)  # type: ignore[call-overload] # by what the numbers are
        result = at(every[line.name], unit)
        left = symbol(line.name, symbols)
        right = written(line.expression, lambda name: symbol(name, symbols))
        numbers = filled(line.expression, seen, unit)
        sign: Sign = "←" if line.name in seen else "="
        seen = every
        whole = Chain((left, numbers), (sign,))
        if not _is_figure(numbers):
            whole = Chain((left, numbers, Value(result)), (sign, "="))
        found.append(Line(Chain((left, right), (sign,)), whole, result))
    return tuple(found)


def _is_figure(formula: Formula) -> bool:
    """Whether it is a number already, so that its value need not be said again."""
    if isinstance(formula, Negative) and isinstance(formula.body, Value):
        return formula.body.value >= 0
    return isinstance(formula, Value)


def _of_unit(values: Mapping[str, Any], unit: int) -> dict[str, Any]:
    """The values, where they are exact those of one unit alone."""
    if not any(np.asarray(value).dtype == object for value in values.values() if value is not None):
        return dict(values)
    return {name: _exact(at(value, unit)) for name, value in values.items() if value is not None}


def _exact(value: Real) -> Fraction:
    return value if isinstance(value, Fraction) else typed(value)


def at(value: Any, unit: int) -> Real:
    """The number of one unit; a single number is that of all."""
    whole = np.atleast_1d(np.asarray(value)).ravel()
    return real(whole[unit if len(whole) > 1 else 0])


def symbol(name: str, symbols: Mapping[str, Formula]) -> Formula:
    """How a name of an expression is written: as `symbols` say, else by its letters: β₁, m̂, a′."""
    if name in symbols:
        return symbols[name]
    plain = name.rstrip("'")
    index = "".join(c for c in plain if c in "₀₁₂₃₄₅₆₇₈₉" or c.isdigit()).translate(LOW)
    letters = "".join(c for c in plain if not (c in "₀₁₂₃₄₅₆₇₈₉" or c.isdigit()))
    if sum(c.isalpha() for c in letters) > 1:
        return Word(letters)
    return Symbol(letters, index, primes=len(name) - len(plain))


def filled(part: Expression, values: Mapping[str, Any], unit: int) -> Formula:
    """An expression with the numbers of one unit; of a choice the case that holds, of a sum over all its value."""

    def leaf(name: str) -> Formula:
        return Value(at(values[name], unit))

    return _written(part, leaf, lambda inner: Value(at(evaluate(inner, values), unit)), values, unit)


def written(part: Expression, leaf: Leaf) -> Formula:
    """An expression as a formula, its names written by `leaf`."""
    return _written(part, leaf, None, {}, 0)


def _written(
    part: Expression, leaf: Leaf, across: Callable[[Call], Formula] | None, values: Mapping[str, Any], unit: int
) -> Formula:
    def inner(p: Expression) -> Formula:
        return _written(p, leaf, across, values, unit)

    match part:
        case Number(value):
            return Value(float(value), 7)
        case Name(name):
            return leaf(name)
        case Negation(of):
            return Negative(inner(of))
        case Operation(sign, left, right):
            return _joined(sign, inner(left), inner(right))
        case Call(function, arguments):
            if FUNCTIONS[function].across:
                return across(part) if across else _all(function, inner(arguments[0]))
            return _called(function, [inner(a) for a in arguments])
        case Conditional(condition, then, otherwise):
            if across:
                return inner(then if _holds(condition, values, unit) else otherwise)
            return _cases(part, inner)


def _joined(sign: str, left: Formula, right: Formula) -> Formula:
    match sign:
        case "+":
            return Sum((*_terms(left), *_terms(right)))
        case "-":
            return Sum((*_terms(left), Negative(right)))
        case "*" | "/" if isinstance(left, Negative):
            return Negative(_joined(sign, left.body, right))  # people write the sign of the whole: −a·b
        case "*":
            return Product((*_factors(left), *_factors(right)))
        case "/":
            return Quotient(left, right)
        case _:
            return Power(left, right)


def _terms(formula: Formula) -> tuple[Formula, ...]:
    return formula.terms if isinstance(formula, Sum) else (formula,)


def _factors(formula: Formula) -> tuple[Formula, ...]:
    return formula.factors if isinstance(formula, Product) else (formula,)


def _called(function: str, arguments: list[Formula]) -> Formula:
    if function == "exp":
        return Power(Symbol("e"), arguments[0])
    if function == "√":
        return Root(arguments[0])
    if function == "abs":
        return Brackets(arguments[0], "||")
    return call(function, *arguments)


def _all(function: str, body: Formula) -> Formula:
    return BigSum(body, Symbol("k")) if function == "Σ" else call("max", body)


def _holds(condition: Comparison, values: Mapping[str, Any], unit: int) -> bool:
    """Whether a comparison of numbers holds for one unit."""
    chosen = Conditional(condition, Number(_ONE), Number(_NONE))
    return at(valued(chosen, values), unit) > 0


def _cases(part: Conditional, inner: Callable[[Expression], Formula]) -> Formula:
    rows: list[tuple[Formula, Formula]] = []
    rest: Expression = part
    while isinstance(rest, Conditional):
        rows.append((inner(rest.then), _compared(rest.condition, inner)))
        rest = rest.otherwise
    return Cases((*rows, (inner(rest), Word("otherwise"))))


def _compared(condition: Comparison, inner: Callable[[Expression], Formula]) -> Formula:
    signs: Any = tuple(SIGNS[r] for r in condition.relations)
    return Chain(tuple(inner(t) for t in condition.terms), signs)
