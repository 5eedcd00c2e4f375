"""Shapes: the labelled axes of what a layer makes of one sample."""

from __future__ import annotations

from math import prod
from typing import NamedTuple


class Axis(NamedTuple):
    """One axis of a shape: its name (feature, unit, channel, time ...) and the label of each place on it."""

    name: str
    labels: tuple[str, ...]

    @property
    def size(self) -> int:
        """The number of places on it."""
        return len(self.labels)


Shape = tuple[Axis, ...]
"""The labelled axes of one sample; the batch axis is never part of it.

The last axis is of what a layer has: its units, its channels; those before it are the places where it has them, such as
rows and columns.
"""


def size(shape: Shape) -> int:
    """How many numbers one sample has."""
    return prod(axis.size for axis in shape)


def spoken(shape: Shape) -> str:
    """A shape in a sentence: 8 rows × 8 columns × 1 channel."""
    return " × ".join(f"{a.size} {a.name}{'s' if a.size != 1 else ''}" for a in shape)
