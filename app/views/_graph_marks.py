"""How one vertex and one link of a graph are painted, in the units of the layout: pixels at 100 %."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen

from app.numbers import human
from app.style import mix
from app.theme import theme
from app.views._graph_layout import HIGH, WIDE, Place
from app.widgets._lines import set_in
from app.widgets.base import box, focus_ring
from app.widgets.formula import paint as paint_formula
from engine.explanations import Vertex
from engine.formulas import Number

NAME: Final = 0.0145
"""The size of names, in units of the layout for one of the typesetter."""
NAMED: Final = 18.0
"""The height of a name."""
FAR: Final = 0.56
"""The scale below which a vertex shows no name."""
MIDDLE: Final = 0.4
"""The scale from which it shows its gradient too."""
TINY: Final = 0.34
"""The scale below which it shows no number."""
LONGEST: Final = 9
"""Characters of a fraction that is written as one."""
CENTRE: Final = Qt.AlignmentFlag.AlignCenter


def told(value: Any, digits: int = 4) -> str:
    """A value as it stands at a vertex: a short fraction as one, a condition as a word."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        whole = str(value).replace("-", "−")
        return whole if len(whole) <= LONGEST else human(float(value), digits)
    return human(float(value), digits)


def place_of(at: Place) -> QRectF:
    """The box of a vertex around its centre."""
    return QRectF(at[0] - WIDE / 2, at[1] - HIGH / 2, WIDE, HIGH)


def curve(route: tuple[Place, ...], bend: float = 0.0) -> QPainterPath:
    """A link from the right edge of one vertex to the left edge of another, level where it passes a column."""
    (x, y), *rest = route
    path = QPainterPath(QPointF(x + WIDE / 2, y))
    for k, (to_x, to_y) in enumerate(rest):
        from_x = path.currentPosition().x()
        passes = k < len(rest) - 1
        left = to_x - WIDE / 2
        middle = (from_x + left) / 2
        start = path.currentPosition().y()
        path.cubicTo(QPointF(middle, start + bend), QPointF(middle, to_y + bend), QPointF(left, to_y))
        if passes:
            path.lineTo(QPointF(to_x + WIDE / 2, to_y))
    return path


def paint_link(painter: QPainter, path: QPainterPath, *, lit: bool, dim: bool) -> None:
    """A link; one that is lit is thicker and ends in an arrow."""
    palette = theme().palette
    colour = palette.colour("accent") if lit else QColor(mix(palette.panel, palette.muted, 0.3 if dim else 0.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 2.2 if lit else 1.2))
    painter.drawPath(path)
    if lit:
        tip, size = path.currentPosition(), 6.0
        head = QPainterPath(tip)
        head.lineTo(tip + QPointF(-size, -size * 0.6))
        head.lineTo(tip + QPointF(-size, size * 0.6))
        painter.fillPath(head, colour)


def paint_slope(painter: QPainter, path: QPainterPath, share: float, text: str, *, lit: bool) -> None:
    """The local derivative on its link, on a ground of its own."""
    palette = theme().palette
    painter.setFont(_font(10.5, 500 if lit else 400))
    wide = painter.fontMetrics().horizontalAdvance(text) + 4.0
    at = path.pointAtPercent(share)
    ground = QRectF(at.x() - wide / 2, at.y() - 7, wide, 14)
    box(painter, ground, 4, palette.colour("panel"))
    painter.setPen(palette.colour("accent" if lit else "muted"))
    painter.drawText(ground, CENTRE, text)


def paint_vertex(
    painter: QPainter, vertex: Vertex, place: QRectF, known: tuple[bool, bool], *, chosen: bool, lit: bool, ring: bool
) -> None:
    """A vertex: what is done and its name, its value, and beneath it the gradient; numbers only where `known`."""
    palette = theme().palette
    scale = painter.worldTransform().m11() * 100 / theme().percent
    grounds = {"given": palette.field, "learned": mix(palette.panel, palette.accent, 0.16).name()}
    ground = grounds.get(vertex.role, palette.panel)
    line = palette.colour("accent") if chosen or lit else palette.colour("faint" if vertex.role != "given" else "line")
    radius = 7.0 if vertex.operation else HIGH / 2.6
    box(painter, place, radius, QColor(ground), line, 2.4 if chosen else 1.6 if lit or vertex.role == "result" else 1.0)
    if ring:
        focus_ring(painter, place.adjusted(-4, -4, 4, 4), radius + 4)
    value = told(vertex.value) if known[0] else ""
    if scale < TINY:
        return
    if scale < FAR:
        _paint_far(painter, vertex, place, known, scale)
        return
    _head(painter, vertex, QRectF(place.left() + 4, place.top() + 3, place.width() - 8, NAMED))
    painter.setPen(palette.colour("text"))
    painter.setFont(_fitting(painter, value, 12.5, place.width() - 8, 600))
    painter.drawText(QRectF(place.left(), place.top() + 21, place.width(), 16), CENTRE, value)
    slope = f"∂ {told(vertex.gradient)}" if known[1] and vertex.gradient is not None else ""
    painter.setPen(palette.colour("muted"))
    painter.setFont(_fitting(painter, slope, 10.5, place.width() - 8))
    painter.drawText(QRectF(place.left(), place.top() + 36, place.width(), 14), CENTRE, slope)


def _paint_far(painter: QPainter, vertex: Vertex, place: QRectF, known: tuple[bool, bool], scale: float) -> None:
    """From afar: the value with few digits and, where there is room, the gradient, in letters that can be read."""
    value = told(vertex.value, 2) if known[0] else ""
    slope = told(vertex.gradient, 2) if known[1] and scale >= MIDDLE else ""
    middle = QRectF(place.left(), place.top() + 3, place.width(), place.height() / 2 - 3)
    painter.setPen(theme().palette.colour("text"))
    painter.setFont(_fitting(painter, value, min(10.0 / scale, 24.0), place.width() - 6, 500))
    painter.drawText(middle if slope else place, CENTRE, value)
    if slope:
        painter.setPen(theme().palette.colour("muted"))
        painter.setFont(_fitting(painter, f"∂ {slope}", min(9.0 / scale, 22.0), place.width() - 6))
        painter.drawText(middle.translated(0, place.height() / 2 - 3), CENTRE, f"∂ {slope}")


def _head(painter: QPainter, vertex: Vertex, room: QRectF) -> None:
    """What is done, then the name; a number that was typed has no other name."""
    if isinstance(vertex.name, Number):
        return
    setting = set_in(vertex.name, math.inf)
    size = min(NAME, room.height() / max(setting.height, 1.0))
    wide, tall = setting.width * size, setting.height * size
    painter.setFont(_font(10.0))
    metrics = painter.fontMetrics()
    sign = metrics.elidedText(vertex.operation.lower(), Qt.TextElideMode.ElideRight, int(room.width() - wide - 5))
    before = metrics.horizontalAdvance(sign) + 5.0 if sign else 0.0
    left = room.center().x() - (before + wide) / 2
    painter.setPen(theme().palette.colour("muted"))
    painter.drawText(QRectF(left, room.top(), before, room.height()), Qt.AlignmentFlag.AlignVCenter, sign)
    painter.save()
    painter.translate(left + before, room.center().y() - tall / 2)
    paint_formula(painter, setting, size, lambda _marks: theme().palette.colour("text"))
    painter.restore()


def _font(pixels: float, weight: int = 400) -> QFont:
    font = QFont(theme().font("normal", weight))
    font.setPixelSize(max(1, round(pixels)))
    return font


def _fitting(painter: QPainter, text: str, pixels: float, width: float, weight: int = 400) -> QFont:
    """The font in which a text has room."""
    font = _font(pixels, weight)
    painter.setFont(font)
    wide = painter.fontMetrics().horizontalAdvance(text)
    return font if wide <= width else _font(pixels * width / wide, weight)
