"""Working an expression out: in float64, with arrays side by side, or exactly, in fractions.

Floats follow NumPy: 1/0 is infinite, √(-1) is not a number, and nothing is raised. Fractions know + - * /, powers with
whole exponents, comparisons, and the functions made of these; all else is refused, as no fraction would be true.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, Final, Protocol, TypeAlias, final

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import ExpressionError
from engine.expressions.functions import FUNCTIONS, Function
from engine.expressions.reading import parse
from engine.expressions.tree import (
    Call,
    Comparison,
    Conditional,
    Expression,
    Name,
    Negation,
    Number,
    Operation,
    names,
    text,
    walk,
)

Values: TypeAlias = Mapping[str, ArrayLike]
"""Numbers, or arrays that broadcast, by the names of quantities."""
Exact: TypeAlias = Mapping[str, Fraction | int]
"""Fractions by the names of quantities."""

MOST_BITS: Final = 20_000
"""Of a numerator or denominator: about 6 000 digits."""

SIGNS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip
RELATIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
SIGN_SLOPES: Final = {
    "+": ("1", "1"), "-": ("1", "-1"), "*": ("y", "x"), "/": ("1/y", "-x/y^2"),
    "^": ("y*x^(y - 1) if y != 0 else 0", "a*ln(x)"),
}  # fmt: skip
"""The slopes of x sign y, at x and at y, where a is the result."""


class Arithmetic(Protocol):
    """How numbers of one type are made and combined."""

    def given(self, name: str, value: Any) -> Any:
        """The number that was given for a quantity."""

    def number(self, value: Fraction) -> Any:
        """A number of the text."""

    def joined(self, tree: Operation, left: Any, right: Any) -> Any:
        """The result of + - * / ^."""

    def called(self, function: Function, arguments: tuple[Any, ...]) -> Any:
        """The value of a function that has no definition."""

    def both(self, one: Any, other: Any) -> Any:
        """Whether both hold."""

    def chosen(self, holds: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
        """One of two; what is not taken need not be worked out."""


@final
class Floats:
    """Float64, one number or an array of them."""

    def given(self, name: str, value: Any) -> Any:
        """The number or array, as float64."""
        return np.asarray(value, np.float64)[()]

    def number(self, value: Fraction) -> Any:
        """The nearest float64."""
        return np.float64(float(value))

    def joined(self, tree: Operation, left: Any, right: Any) -> Any:
        """As NumPy has it."""
        return np.power(left, right) if tree.sign == "^" else SIGNS[tree.sign](left, right)

    def called(self, function: Function, arguments: tuple[Any, ...]) -> Any:
        """As NumPy has it."""
        assert function.value is not None
        return function.value(*arguments)

    def both(self, one: Any, other: Any) -> Any:
        """Whether both hold, place by place."""
        return np.logical_and(one, other)

    def chosen(self, holds: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
        """Place by place."""
        if np.ndim(holds) == 0:
            return then() if holds else otherwise()
        return np.where(holds, then(), otherwise())


@final
class Fractions:
    """Fractions of whole numbers."""

    def given(self, name: str, value: Any) -> Any:
        """The fraction; a float is refused, as nobody can tell whether 0.1 was to be one tenth."""
        if not isinstance(value, Fraction | int):
            kind = type(value).__name__
            raise ExpressionError(f"{name} is {value!r}, a {kind}, but exact work takes fractions; give Fraction(…)")
        return Fraction(value)

    def number(self, value: Fraction) -> Any:
        """The number itself."""
        return value

    def joined(self, tree: Operation, left: Any, right: Any) -> Any:
        """The exact result, as long as it has one and is not too long."""
        if tree.sign == "^":
            return self._power(tree, left, right)
        if tree.sign == "/" and right == 0:
            raise ExpressionError(f"{text(tree)} divides by 0, which has no exact result; change what stands below")
        return self._held(SIGNS[tree.sign](left, right), tree)

    def _power(self, tree: Operation, base: Fraction, exponent: Fraction) -> Fraction:
        if exponent.denominator != 1:
            raise ExpressionError(
                f"{text(tree)} has the exponent {exponent}, so it is no fraction; "
                "exact work takes whole exponents, so work it out in floats"
            )
        if base == 0 and exponent < 0:
            raise ExpressionError(f"{text(tree)} divides by 0, which has no exact result; change what stands below")
        if abs(exponent) * _bits(base) > MOST_BITS and abs(base) not in (0, 1):
            self._refuse_long(tree)
        return base ** int(exponent)

    def _held(self, value: Fraction, tree: Operation) -> Fraction:
        if _bits(value) > MOST_BITS:
            self._refuse_long(tree)
        return value

    def _refuse_long(self, tree: Operation) -> None:
        raise ExpressionError(
            f"the exact result of {text(tree)} has more than {MOST_BITS} binary digits; work it out in floats"
        )

    def called(self, function: Function, arguments: tuple[Any, ...]) -> Any:
        """Refused: what comes from NumPy is no function of fractions."""
        raise _no_fraction(function)

    def both(self, one: Any, other: Any) -> Any:
        """Whether both hold."""
        return one and other

    def chosen(self, holds: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
        """The one that is chosen."""
        return then() if holds else otherwise()


FLOATS: Final = Floats()
FRACTIONS: Final = Fractions()


def evaluate(expression: Expression, values: Values) -> Any:
    """Work an expression out in float64; arrays broadcast, and both branches of a choice are worked out for them.

    A function of all outputs together, Σ or `largest`, is over the last axis, which stays, with one place.
    """
    with np.errstate(all="ignore"):
        return result(expression, FLOATS, _given(expression, FLOATS, values))


def exactly(expression: Expression, values: Exact) -> Fraction:
    """Work an expression out in fractions; `ExpressionError` where a function or a power leads out of them."""
    found: Fraction = result(expression, FRACTIONS, _given(expression, FRACTIONS, values))
    return found


def slopes(part: Operation | Negation | Call) -> tuple[Expression, ...]:
    """The slope of an operation at each thing it is made of: in x (the first), y (the second) and a (its value)."""
    match part:
        case Negation():
            written: tuple[str, ...] = ("-1",)
        case Operation(sign):
            written = SIGN_SLOPES[sign]
        case Call(function):
            written = FUNCTIONS[function].slopes
    return tuple(parse(slope) for slope in written)


@cache
def is_rational(function: Function) -> bool:
    """Whether it makes fractions of fractions."""
    if not function.definition:
        return False
    calls = (p for p in walk(parse(function.definition)) if isinstance(p, Call))
    return all(is_rational(FUNCTIONS[call.function]) for call in calls)


def _given(expression: Expression, arithmetic: Arithmetic, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: arithmetic.given(name, value) for name, value in needed(names(expression), values).items()}


def needed(wanted: tuple[str, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of what an expression names; one that was not given is an error."""
    missing = [name for name in wanted if name not in values]
    if missing:
        known = ", ".join(values) or "nothing"
        raise ExpressionError(f"{' and '.join(missing)} must be given; given is {known}")
    return {name: values[name] for name in wanted}


def result(part: Expression, arithmetic: Arithmetic, values: Mapping[str, Any]) -> Any:
    """The value of a part, in one arithmetic, from values of that arithmetic."""
    match part:
        case Number(value):
            return arithmetic.number(value)
        case Name(name):
            return values[name]
        case Conditional(condition, then, otherwise):
            return arithmetic.chosen(
                holds(condition, arithmetic, tuple(result(t, arithmetic, values) for t in condition.terms)),
                lambda: result(then, arithmetic, values),
                lambda: result(otherwise, arithmetic, values),
            )
        case Negation(of):
            return -result(of, arithmetic, values)
        case Operation(_, left, right):
            return arithmetic.joined(part, result(left, arithmetic, values), result(right, arithmetic, values))
        case Call(function, inner):
            return called(FUNCTIONS[function], arithmetic, tuple(result(a, arithmetic, values) for a in inner))


def called(function: Function, arithmetic: Arithmetic, arguments: tuple[Any, ...]) -> Any:
    """The value of a function, by its definition where it has one."""
    if not function.definition:
        return arithmetic.called(function, arguments)
    if arithmetic is FRACTIONS and not is_rational(function):
        raise _no_fraction(function)
    return result(parse(function.definition), arithmetic, dict(zip("xy", arguments, strict=False)))


def holds(condition: Comparison, arithmetic: Arithmetic, terms: tuple[Any, ...]) -> Any:
    """Whether every relation holds between its neighbours."""
    found: Any = True
    for k, relation in enumerate(condition.relations):
        one = RELATIONS[relation](terms[k], terms[k + 1])
        found = one if k == 0 else arithmetic.both(found, one)
    return found


def _no_fraction(function: Function) -> ExpressionError:
    rational = ", ".join(sorted({f.name for f in FUNCTIONS.values() if is_rational(f)}))
    return ExpressionError(
        f"“{function.name}” makes no fractions of fractions; exact work knows {rational}, so work it out in floats"
    )


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())
