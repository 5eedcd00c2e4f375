"""A kernel that somebody types, from scratch or going on from that of another filter."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

import numpy as np

from engine.errors import LearnscopeError
from engine.fields import hidden, number
from engine.filters.base import F, Filter
from engine.filters.linear import Linear
from engine.registry import register

SIDES: Final = (1, 2, 3, 5, 7)
"""The sides that are offered."""
MOST: Final = max(SIDES)


@register("Own kernel")
class Own(Linear, tag="own-filter", frozen=True):
    """A kernel of your own, up to 7 × 7: type its numbers and what they are divided by."""

    formula: ClassVar[str] = "S = Σ I K / divisor"
    source: ClassVar[str] = "typed"

    rows: Annotated[tuple[tuple[float, ...], ...], hidden("kernel", "its numbers, row by row")] = (
        (0.0, 0.0, 0.0),
        (0.0, 1.0, 0.0),
        (0.0, 0.0, 0.0),
    )
    over: Annotated[float, number("divisor", "what the numbers are divided by", low=-1e6, high=1e6)] = 1.0

    def __post_init__(self) -> None:
        widths = {len(row) for row in self.rows}
        if len(widths) != 1 or not 1 <= len(self.rows) <= MOST or not 1 <= max(widths) <= MOST:
            raise LearnscopeError(f"a kernel has 1 to {MOST} rows of 1 to {MOST} numbers; make all rows equally long")
        if not np.isfinite(self.rows).all():
            raise LearnscopeError("a number of the kernel is not finite; give a finite one")
        if self.over == 0:
            raise LearnscopeError("the divisor is 0, by which nothing can be divided; give another one")

    @property
    def numbers(self) -> F:
        return np.array(self.rows, np.float64)

    @property
    def divisor(self) -> float:
        return self.over


def typed(numbers: F, divisor: float) -> Filter:
    """A kernel of these numbers [tap row, tap column]; of more than can be typed, their middle."""
    cut = [max(0, n - MOST) // 2 for n in numbers.shape]
    middle = numbers[cut[0] : numbers.shape[0] - cut[0], cut[1] : numbers.shape[1] - cut[1]]
    return Own(rows=tuple(map(tuple, middle.tolist())), over=divisor)


def with_number(before: Filter, row: int, column: int, value: float) -> Filter:
    """The kernel of a filter with another number at a place."""
    found = before.numbers.copy()
    found[row, column] = value
    return typed(found, before.divisor)


def with_divisor(before: Filter, divisor: float) -> Filter:
    """The kernel of a filter with another divisor."""
    return typed(before.numbers, divisor)


def normalised(before: Filter) -> Filter:
    """The numbers of a filter divided by their sum, so that an even ground keeps its value."""
    total = float(before.numbers.sum())
    if abs(total) < 1e-12:
        raise LearnscopeError("the numbers of the kernel sum to 0, by which nothing can be divided; type a divisor")
    return with_divisor(before, total)


def sized(before: Filter, side: int) -> Filter:
    """The kernel of a filter in a square of this side: with zeros around it, or cut to its middle.

    Middles meet; that of an even side is the place below and right of its centre.
    """
    numbers = before.numbers
    found = np.zeros((side, side))
    for y in range(side):
        for x in range(side):
            row, column = (at - side // 2 + n // 2 for at, n in zip((y, x), numbers.shape, strict=True))
            if 0 <= row < numbers.shape[0] and 0 <= column < numbers.shape[1]:
                found[y, x] = numbers[row, column]
    return typed(found, before.divisor)
