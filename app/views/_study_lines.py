"""The lines of a study's figure: which numbers they are, and how each is told from the others."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from app.theme import theme
from engine.study import ROLES, Measure, Point, Spread

What = Measure | Literal["parts"]
"""What a figure shows: a measure of the errors, or what the squared error is of."""
PARTS: Final = "parts"


class Sign(NamedTuple):
    """How a line is told from others: colour (of the palette or of a class), form of its marks, and stroke."""

    colour: str | int
    form: int
    filled: bool
    dash: tuple[float, ...] = ()

    @property
    def ink(self) -> str:
        """Its colour."""
        palette = theme().palette
        return palette.classes[self.colour] if isinstance(self.colour, int) else str(getattr(palette, self.colour))

    def pen(self, width: float) -> QPen:
        """Its line."""
        pen = QPen(QColor(self.ink), width)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if self.dash:
            pen.setDashPattern(list(self.dash))
        return pen


SIGNS: Final = {
    "train": Sign("accent", 1, True),
    "test": Sign(0, 0, False, (5, 2.5)),
    "bias²": Sign(2, 2, True, (7, 2, 1.2, 2)),
    "variance": Sign(3, 3, False, (5, 2.5)),
    "noise": Sign("muted", 5, True, (1.2, 2)),
    "sum": Sign("text", 1, False),
}


class Line(NamedTuple):
    """The means of one number along the axis and their deviations [point]; NaN where there is none."""

    name: str
    x: NDArray[np.float64]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


def lines_of(points: Sequence[Point], what: What) -> list[Line]:
    """The lines of a figure; those without a single number are left out."""
    parts = {
        "bias²": lambda p: p.parts.bias,
        "variance": lambda p: p.parts.variance,
        "noise": lambda p: p.parts.noise,
        "sum": lambda p: p.parts.total,
    }
    if what == "parts":
        found = [_line(points, name, _of_parts(get)) for name, get in parts.items()]
    else:
        found = [_line(points, role, lambda p, r=role: p.scores.get((r, what))) for role in ROLES]  # type: ignore[misc] # r of this turn
    return [line for line in found if np.isfinite(line.mean).any()]


def _of_parts(get: Callable[[Point], float | None]) -> Callable[[Point], Spread | None]:
    def spread(point: Point) -> Spread | None:
        value = get(point) if point.parts is not None else None
        return None if value is None else Spread(value)

    return spread


def _line(points: Sequence[Point], name: str, get: Callable[[Point], Spread | None]) -> Line:
    rows = [(p.value, s.mean, math.nan if s.deviation is None else s.deviation) for p in points if (s := get(p))]
    table = np.array(rows, np.float64).reshape(-1, 3)
    return Line(name, table[:, 0], table[:, 1], table[:, 2])
