"""Receptive fields of one layer: which places of what it reads some of its own can follow from."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from engine.layers._picture import Picture, Reach, Window
from engine.shapes import Shape


class Box(NamedTuple):
    """Rows top <= y < bottom and columns left <= x < right."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def of(cls, row: int, column: int) -> Box:
        """One place."""
        return cls(row, column, row + 1, column + 1)

    def joined(self, other: Box) -> Box:
        """The least box around both."""
        return Box(min(self.top, other.top), min(self.left, other.left), max(self.bottom, other.bottom),
                   max(self.right, other.right))  # fmt: skip

    def within(self, rows: int, columns: int) -> Box:
        """What of it lies in a map."""
        return Box(max(self.top, 0), max(self.left, 0), min(self.bottom, rows), min(self.right, columns))


@runtime_checkable
class Windowed(Protocol):
    """A layer whose window moves over what it reads."""

    def stands(self, inputs: tuple[Shape, ...]) -> Window:
        """Where its window stands; the dilation is negative where taps count from the other end."""


@runtime_checkable
class Placing(Protocol):
    """A layer without a window whose places are others than those it reads."""

    def origin(self, box: Box, read: Picture) -> Box:
        """The least box around the places that those of a box come from; what lies beyond the edge does not count."""


def seen(stands: Window, box: Box) -> Box:
    """From the first to the last place that a window sees from the places of a box."""
    (top, bottom), (left, right) = (
        _span(reach, first, end)
        for reach, first, end in zip(stands, (box.top, box.left), (box.bottom, box.right), strict=True)
    )
    return Box(top, left, bottom, right)


def _span(reach: Reach, first: int, end: int) -> tuple[int, int]:
    """From the first place that the window sees at place `first` to behind the last at `end` - 1."""
    start, stop = (place * reach.stride - reach.before for place in (first, end - 1))
    return start, stop + (reach.kernel - 1) * reach.dilation + 1
