"""What a window sees, what that is multiplied with, and what comes of it: painted number by number."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.numbers import human
from app.theme import theme
from app.views._kernel import outline, paint
from engine.layers._receptive import Box
from engine.producers.cell import Patch

LEFT: Final = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
MIDDLE: Final = Qt.AlignmentFlag.AlignCenter


def paint_patch(painter: QPainter, patch: Patch, name: str, room: QRectF, limit: float, most: float) -> None:
    """What is seen × what it is multiplied with = what it adds; `limit` and `most` have the full colours."""
    look, line = theme(), theme().px(18)
    rows, columns = patch.seen.shape
    sign, number = look.px(22), look.px(64)
    wide, tall = (room.width() - sign * 2 - number) / 2, room.height() - line - look.px(8)
    side, larger = min(wide, tall), min((room.width() - sign) / 2, tall - line)
    # What it adds stands beside the filter, or below where that makes the numbers larger.
    below = larger > side
    side = max(side, larger)
    seen = fitted(QRectF(room.left(), room.top() + line, side, side), rows, columns)
    caption(painter, seen, f"{name} × filter" if patch.weights is not None else name)
    paint(painter, patch.seen, seen, limit)
    _hatch(painter, patch, seen)
    outline(painter, seen, chosen=True)
    if patch.weights is None:
        return
    painter.setFont(look.font("normal", 500))
    painter.setPen(look.palette.colour("text"))
    painter.drawText(QRectF(seen.right(), seen.top(), sign, seen.height()), MIDDLE, "×")
    filters = seen.translated(seen.width() + sign, 0)
    paint(painter, patch.weights, filters, most)
    outline(painter, filters, chosen=False)
    painter.setFont(look.font("normal", 500))
    painter.setPen(look.palette.colour("text"))
    beside = QRectF(filters.right() + look.px(6), filters.top(), number + sign, filters.height())
    told = QRectF(seen.left(), seen.bottom() + look.px(2), room.width(), line) if below else beside
    painter.drawText(told, LEFT, f"→ {human(part_of(patch))}")


def caption(painter: QPainter, place: QRectF, text: str) -> None:
    """A few words above a picture."""
    look = theme()
    painter.setFont(look.font("small"))
    painter.setPen(look.palette.colour("muted"))
    painter.drawText(QRectF(place.left(), place.top() - look.px(18), look.px(260), look.px(16)), LEFT, text)


def mark(painter: QPainter, place: QRectF, box: Box, rows: int, columns: int) -> None:
    """Paint the edge of a box of a picture in a place, so that it is seen on any ground."""
    look, tall, wide = theme(), place.height() / rows, place.width() / columns
    at = QRectF(place.left() + box.left * wide, place.top() + box.top * tall, (box.right - box.left) * wide,
                (box.bottom - box.top) * tall)  # fmt: skip
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in (("panel", 4), ("accent", 2)):
        painter.setPen(QPen(look.palette.colour(colour), look.px(width)))
        painter.drawRect(at)


def part_of(patch: Patch) -> float:
    """What a map adds to the sum."""
    return float((patch.seen * patch.weights).sum()) if patch.weights is not None else 0.0


def signed(value: float) -> str:
    """A number as one term of a sum."""
    return f"({human(value)})" if value < 0 else human(value)


def fitted(room: QRectF, rows: int, columns: int) -> QRectF:
    """The largest place of this form at the upper left of a room."""
    tall = min(room.height(), room.width() * rows / columns)
    return QRectF(room.left(), room.top(), tall * columns / rows, tall)


def _hatch(painter: QPainter, patch: Patch, place: QRectF) -> None:
    """Darken what hangs over the edge."""
    rows, columns = patch.seen.shape
    tall, wide = place.height() / rows, place.width() / columns
    colour = QColor(theme().palette.colour("muted"))
    colour.setAlpha(70)
    for row, column in np.argwhere(~patch.inside).tolist():
        painter.fillRect(QRectF(place.left() + column * wide, place.top() + row * tall, wide, tall), colour)
