"""The lines of which a network was made, over the plane, each with an arrow to the side on which its neuron fires."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.context import Context
from app.cutting import CUTS
from app.theme import theme
from app.views._points import edge_colour
from app.views._viewport import Viewport
from engine.design.lines import Line, lines_of

ARROW: Final = 18
"""Pixels from the line to the tip of its arrow, at 100 %."""

STEPS: Final = 400
"""Places along a line of which the middle one that is seen carries the arrow."""


def cuts(painter: QPainter, context: Context, view: Viewport) -> None:
    """Draw the lines while the tool that makes them is in the hand."""
    if context.drawing.tool != CUTS:
        return
    known = lines_of(context.session.experiment)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(view.rect)
    for line in known[0] if known else ():
        _draw(painter, line, view)
    painter.restore()


def _draw(painter: QPainter, line: Line, view: Viewport) -> None:
    left, right, bottom, top = view.shown
    (a, b), middle = line.normal, ((left + right) / 2, (bottom + top) / 2)
    above, far = line.above(middle), (right - left) + (top - bottom)
    foot = (middle[0] - above * a, middle[1] - above * b)
    drawn = QLineF(*(view.to_widget(foot[0] + way * far * b, foot[1] - way * far * a) for way in (-1, 1)))
    seen = [at for k in range(STEPS + 1) if view.rect.contains(at := drawn.pointAt(k / STEPS))]
    if not seen:
        return
    at = seen[len(seen) // 2]
    towards = view.to_widget(foot[0] + a, foot[1] + b) - view.to_widget(*foot)
    side = QLineF(at, at + _upright(drawn, towards))
    side.setLength(theme().px(ARROW))
    for width, colour in ((4.2, edge_colour()), (1.8, theme().palette.text)):
        painter.setPen(QPen(QColor(colour), theme().px(width), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(drawn)
        painter.drawLine(side)
        painter.drawPolyline(_head(side))


def _upright(drawn: QLineF, towards: QPointF) -> QPointF:
    """The direction that stands upright on a line on screen, on the side of `towards`."""
    normal = drawn.normalVector()
    found = QPointF(normal.dx(), normal.dy())
    return found if QPointF.dotProduct(found, towards) > 0 else -found


def _head(side: QLineF) -> QPolygonF:
    """The head of an arrow at the end of a line."""
    tip, back = side.p2(), QLineF(side.p2(), side.p1())
    back.setLength(side.length() * 0.4)
    wings = []
    for angle in (35, -35):
        wing = QLineF(back)
        wing.setAngle(back.angle() + angle)
        wings.append(wing.p2())
    return QPolygonF([wings[0], tip, wings[1]])
