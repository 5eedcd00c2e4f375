"""What the numbers of a formula come to: worked out from the tree."""

from __future__ import annotations

import math
from collections.abc import Callable

from engine.formulas import (
    Brackets,
    Call,
    Formula,
    Marked,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
    Word,
)

FUNCTIONS: dict[str, Callable[..., float]] = {"tanh": math.tanh, "atan": math.atan, "max": max}


def value(formula: Formula) -> float:
    """The value of a tree without symbols."""
    match formula:
        case Number(amount):
            return float(amount)
        case Sum(terms):
            return _folded([value(t) for t in terms], times=False)
        case Product(factors):
            return _folded([value(f) for f in factors], times=True)
        case Negative(body):
            return -value(body)
        case Quotient(above, below):
            return value(above) / value(below)
        case Power(base, exponent):
            return float(value(base) ** value(exponent))
        case Root(body):
            return math.sqrt(value(body))
        case Call(Word(name), arguments):
            return FUNCTIONS[name](*map(value, arguments))
        case Brackets(body) | Marked(body):
            return value(body)
    raise TypeError(formula)


def _folded(parts: list[float], times: bool) -> float:
    total, *rest = parts
    for part in rest:
        total = total * part if times else total + part
    return total
