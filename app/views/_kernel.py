"""A small picture of numbers, such as a filter: a square for each, with the number in it where there is room."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app import painting
from app.numbers import human
from app.theme import theme

READABLE: Final = 26
"""The narrowest square in which a number can be read, in pixels at 100 %."""


def paint(
    painter: QPainter,
    values: NDArray[np.floating[Any]],
    place: QRectF,
    limit: float,
    *,
    numbers: bool = True,
    narrow: int = READABLE,
) -> None:
    """Paint numbers [row, column] into a place by their sign and size; `limit` has the full colour.

    Numbers are written where squares are at least `narrow` wide, in pixels at 100 %.
    """
    look = theme()
    lut = painting.signed_lut(look.palette)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(place, painting.lut_image(values, lut, -limit, limit))
    rows, columns = values.shape
    wide, tall = place.width() / columns, place.height() / rows
    if not numbers or wide < look.px(narrow) or tall < look.px(14):
        return
    painter.setFont(look.font("small"))
    levels = painting.levels_of(values, -limit, limit)
    for y in range(rows):
        for x in range(columns):
            ground = QColor.fromRgb(int(lut[levels[y, x]]))
            painter.setPen(QColor("#14171c" if ground.lightnessF() > 0.55 else "#ffffff"))
            square = QRectF(place.left() + x * wide, place.top() + y * tall, wide, tall)
            painter.drawText(square, Qt.AlignmentFlag.AlignCenter, human(float(values[y, x]), 2))


def outline(painter: QPainter, place: QRectF, chosen: bool) -> None:
    """Paint the edge of a small picture."""
    look = theme()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(look.palette.colour("accent" if chosen else "line"), look.px(2 if chosen else 1)))
    painter.drawRect(place)


def square_at(place: QRectF, rows: int, columns: int, at: QPointF) -> tuple[int, int] | None:
    """Row and column of the square at a point; None outside."""
    if not place.contains(at):
        return None
    y, x = (at.y() - place.top()) / place.height() * rows, (at.x() - place.left()) / place.width() * columns
    return min(int(y), rows - 1), min(int(x), columns - 1)


def packed(count: int, room: QRectF, ratio: float, name: float, gap: float, most: float) -> tuple[list[QRectF], int]:
    """Places of `count` pictures, as large as they fit and `ratio` times as wide as tall, with room for names below.

    Also how many stand beside each other.
    """
    best, columns = 0.0, 1
    for c in range(1, max(count, 1) + 1):
        rows = -(-count // c)
        tall = min((room.width() - gap * (c - 1)) / c / ratio, (room.height() - gap * (rows - 1)) / max(rows, 1) - name)
        if tall > best:
            best, columns = tall, c
    tall = max(min(best, most), 3.0)
    wide = tall * ratio
    return [
        QRectF(room.left() + k % columns * (wide + gap), room.top() + k // columns * (tall + gap + name), wide, tall)
        for k in range(count)
    ], columns
