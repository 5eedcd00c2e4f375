"""Connections that run around columns, and the handle from which a layer is connected."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from app.canvas.links import plain, plain_pen
from app.canvas.parts import Layout, Wire
from app.canvas.routes import distance
from app.canvas.scene import Scene
from app.canvas.strokes import colour, rect
from app.selection import Target
from app.theme import theme

REACH = 6.0
"""Pixels from a wire within which it is meant."""


def path(wire: Wire) -> QPainterPath:
    """The line of a wire."""
    made = QPainterPath()
    made.addPolygon(QPolygonF([QPointF(x, y) for x, y in wire.points.tolist()]))
    return made


def paint(painter: QPainter, scene: Scene) -> None:
    """All wires; the one that is selected or under the pointer stands out."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for wire in scene.layout.wires:
        column = scene.layout.column(wire.target)
        token, width = _look(scene, wire.source, wire.target)
        if token == "muted" and not wire.skips:
            token = "faint"
        pen = plain_pen(1, token)
        pen.setWidthF(pen.widthF() * width)
        painter.setPen(pen)
        painter.setOpacity(1.0 if column is None or column.read else 0.5)
        painter.drawPath(path(wire))
        if wire.tip:
            _paint_tip(painter, wire, token)
        painter.setOpacity(1.0)
    for bundle in scene.layout.bundles:
        if not bundle.weights:
            token, width = _look(scene, bundle.source, bundle.target)
            if token != "muted":
                painter.setPen(QPen(colour(token), width * theme().percent / 100))
                painter.drawPath(plain(bundle))


def _look(scene: Scene, source: str, target: str) -> tuple[str, float]:
    """Token and width of a connection."""
    if scene.selected == Target(target, "", source):
        return "accent", 1.5
    hover = scene.hover
    live = hover.what == "wire" and (hover.layer, hover.source) == (target, source)
    return ("text", 1.25) if live else ("muted", 1.0)


def _paint_tip(painter: QPainter, wire: Wire, token: str) -> None:
    """An arrow where the wire reaches its layer."""
    (x0, y0), (x1, y1) = wire.points[-2], wire.points[-1]
    length = max(float(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5), 1e-6)
    dx, dy = float((x1 - x0) / length), float((y1 - y0) / length)
    side = 6.0 * theme().percent / 100
    corners = [(0.0, 0.0), (-side, side * 0.55), (-side, -side * 0.55)]
    painter.setBrush(colour(token))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawPolygon(QPolygonF([QPointF(x1 + a * dx - b * dy, y1 + a * dy + b * dx) for a, b in corners]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_port(painter: QPainter, scene: Scene) -> None:
    """The handle of the layer that is under the pointer or selected: a ring with an arrow out of it."""
    column = scene.layout.column(scene.port)
    if column is None or column.port is None:
        return
    live = scene.hover.what == "port"
    box = column.port.grown(-2)
    painter.setPen(QPen(colour("panel"), 2))
    painter.setBrush(colour("accent" if live else "muted"))
    painter.drawEllipse(rect(box))
    painter.setPen(QPen(colour("panel"), 1.4))
    r = box.w * 0.2
    painter.drawLine(QPointF(box.cx - r, box.cy), QPointF(box.cx + r, box.cy))
    painter.drawLine(QPointF(box.cx + r * 0.2, box.cy - r * 0.8), QPointF(box.cx + r, box.cy))
    painter.drawLine(QPointF(box.cx + r * 0.2, box.cy + r * 0.8), QPointF(box.cx + r, box.cy))


def wire_at(layout: Layout, x: float, y: float) -> tuple[str, str] | None:
    """The connection without weights at a point, as (source, target): the nearest within reach."""
    best, found = REACH * max(1.0, layout.scale), None
    for wire in layout.wires:
        far = distance(wire.points, x, y)
        if far < best:
            best, found = far, (wire.source, wire.target)
    for bundle in layout.bundles:
        if bundle.weights or not bundle.x0 <= x <= bundle.x1:
            continue
        low, high = min(bundle.y0.min(), bundle.y1.min()), max(bundle.y0.max(), bundle.y1.max())
        if len(bundle.y0) > 1 and low - best < y < high + best:
            # Many thin lines are one thing to the hand.
            far = 0.5 * best
        else:
            share = (x - bundle.x0) / max(bundle.x1 - bundle.x0, 1e-9)
            rise = float(bundle.y1[0] - bundle.y0[0]) * (3 * share**2 - 2 * share**3)
            far = abs(y - float(bundle.y0[0]) - rise)
        if far < best:
            best, found = far, (bundle.source, bundle.target)
    return found
