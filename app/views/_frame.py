"""The frame of a small chart painted by ourselves: a rectangle of numbers with a quiet grid and named axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from app.numbers import human
from app.theme import theme


class Frame(NamedTuple):
    """Where a chart stands on screen, and the numbers at its edges."""

    rect: QRectF
    left: float
    right: float
    bottom: float
    top: float

    def place(self, x: float, y: float) -> QPointF:
        """Where a pair of numbers stands."""
        across = (x - self.left) / (self.right - self.left)
        up = (y - self.bottom) / (self.top - self.bottom)
        return QPointF(self.rect.left() + across * self.rect.width(), self.rect.bottom() - up * self.rect.height())

    def places(self, xy: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Where many pairs [pair, 2] stand."""
        share = (xy - (self.left, self.bottom)) / (self.right - self.left, self.top - self.bottom)
        corner = np.array([self.rect.left(), self.rect.bottom()])
        found: NDArray[np.float64] = corner + share * (self.rect.width(), -self.rect.height())
        return found

    def line(self, painter: QPainter, xy: NDArray[np.float64]) -> None:
        """Draw a line through pairs with the painter's pen."""
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in self.places(xy).tolist()]))

    def axes(
        self, painter: QPainter, across: Sequence[float], up: Sequence[float], across_name: str, up_name: str,
        *, powers: bool = False, texts: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Paint the grid, the numbers beside it, and the names of the axes at their ends.

        `powers` of ten go up; `texts` stand below instead of the numbers across, none where one is empty.
        """
        look = theme()
        painter.setFont(look.font("small"))
        row = look.px(14)
        for k, value in enumerate(across):
            at = self.place(value, self.bottom)
            painter.setPen(QPen(look.palette.colour("line"), 1))
            painter.drawLine(QPointF(at.x(), self.rect.top()), QPointF(at.x(), self.rect.bottom()))
            painter.setPen(look.palette.colour("muted"))
            where = QRectF(at.x() - look.px(30), at.y() + look.px(2), look.px(60), row)
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, texts[k] if texts else human(value))
        for value in up:
            at = self.place(self.left, value)
            painter.setPen(QPen(look.palette.colour("line"), 1))
            painter.drawLine(QPointF(self.rect.left(), at.y()), QPointF(self.rect.right(), at.y()))
            painter.setPen(look.palette.colour("muted"))
            where = QRectF(at.x() - look.px(64), at.y() - row / 2, look.px(60), row)
            painter.drawText(
                where,
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                human(10**value if powers else value),
            )
        below = QRectF(self.rect.left(), self.rect.bottom() + look.px(2) + row, self.rect.width(), row)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, across_name)
        above = QRectF(self.rect.left() - look.px(4), self.rect.top() - row - look.px(2), self.rect.width(), row)
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, up_name)


def inside(rect: QRectF, square: bool = True) -> QRectF:
    """What is left of a place for the numbers themselves, beside the texts of the axes."""
    look = theme()
    inner = rect.adjusted(look.px(34), look.px(18), -look.px(8), -look.px(34))
    if not square:
        return inner
    side = max(min(inner.width(), inner.height()), 1.0)
    return QRectF(inner.left(), inner.top(), side, side)


def steps(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers between two ends."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(float(power * k) for k in (1, 2, 5, 10) if power * k >= rough)
    first = np.ceil(low / step - 1e-9)
    return [float(step * k) for k in np.arange(first, np.floor(high / step + 1e-9) + 1)]
