"""The few strokes of which the diagram is painted."""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from app.canvas.parts import Box
from app.theme import Size, theme

CORNER = 6.0
"""Radius of the corners of a picture, at 100 %."""


def rect(box: Box) -> QRectF:
    """A box as Qt has it."""
    return QRectF(*box)


def colour(name: str) -> QColor:
    """A token of the palette."""
    return _colour(getattr(theme().palette, name))


@cache
def _colour(code: str) -> QColor:
    return QColor(code)


@cache
def _letters(size: Size, weight: int, _percent: int) -> tuple[QFont, QFontMetricsF]:
    font = theme().font(size, weight)
    return font, QFontMetricsF(font)


@lru_cache(maxsize=512)
def _elided(text: str, size: Size, weight: int, percent: int, width: int) -> str:
    return _letters(size, weight, percent)[1].elidedText(text, Qt.TextElideMode.ElideRight, width)


def sign(painter: QPainter, box: Box, sign: str, token: str) -> None:
    """A small drawn sign: plus, minus, a cross, or an arrow that opens, closes or offers more."""
    r, x, y = box.h * 0.2, box.cx, box.cy
    pen = QPen(colour(token), 1.5)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    strokes = {
        "minus": ((-r, 0, r, 0),),
        "plus": ((-r, 0, r, 0), (0, -r, 0, r)),
        "remove": ((-r * 0.8, -r * 0.8, r * 0.8, r * 0.8), (-r * 0.8, r * 0.8, r * 0.8, -r * 0.8)),
        "more": ((-r, -r * 0.5, 0, r * 0.5), (0, r * 0.5, r, -r * 0.5)),
        "open": (
            (-r, 0, -r * 0.2, -r * 0.8),
            (-r, 0, -r * 0.2, r * 0.8),
            (r, 0, r * 0.2, -r * 0.8),
            (r, 0, r * 0.2, r * 0.8),
        ),
        "close": (
            (-r, -r * 0.8, -r * 0.2, 0),
            (-r, r * 0.8, -r * 0.2, 0),
            (r, -r * 0.8, r * 0.2, 0),
            (r, r * 0.8, r * 0.2, 0),
        ),
    }[sign]
    for x0, y0, x1, y1 in strokes:
        painter.drawLine(QPointF(x + x0, y + y0), QPointF(x + x1, y + y1))


def fill(painter: QPainter, box: Box, token: str, corner: float) -> None:
    """A rounded box."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(token))
    painter.drawRoundedRect(rect(box), corner, corner)


def ring(painter: QPainter, box: Box, token: str, width: float) -> None:
    """A rounded frame."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour(token), width))
    corner = min(theme().px(CORNER) + 1, max(2.0, box.h * 0.2))
    painter.drawRoundedRect(rect(box), corner, corner)


def write(
    painter: QPainter, area: QRectF, text: str, token: str, size: Size, weight: int, align: Qt.AlignmentFlag
) -> None:
    """A line of text, shortened to its area."""
    percent = theme().percent
    painter.setFont(_letters(size, weight, percent)[0])
    painter.setPen(colour(token))
    painter.drawText(area, align, _elided(text, size, weight, percent, int(area.width())))
