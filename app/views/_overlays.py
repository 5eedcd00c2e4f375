"""What stands over the surface: selection, brush, rounded corners, axes."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.context import Context
from app.cutting import CUTS
from app.numbers import human
from app.theme import theme
from app.views._points import draw_point, edge_colour, size_for
from app.views._viewport import Viewport, ticks
from engine import features
from engine.experiment import plane
from engine.producers.batch import Batch
from engine.producers.landmarks import Landmarks

INVITATION: Final = "No points to learn from yet. Take a tool under Draw and paint here, or pick a data set."


def selection(painter: QPainter, context: Context, view: Viewport, places: NDArray[np.float64]) -> None:
    """Rings around the selected points, the rubber band, the line being drawn."""
    drawing = context.drawing
    palette = theme().palette
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if drawing.selected is not None and len(drawing.selected) == len(places):
        painter.setBrush(Qt.BrushStyle.NoBrush)
        reach = size_for(len(places), view) * 0.9
        for width, colour in ((3.4, palette.panel), (1.8, palette.accent)):
            painter.setPen(QPen(QColor(colour), theme().px(width)))
            for x, y in view.all_to_widget(places[drawing.selected][:3000]).tolist():
                painter.drawEllipse(QPointF(x, y), reach, reach)
    if drawing.band is not None:
        start, end = (view.to_widget(*place) for place in drawing.band)
        painter.setPen(QPen(palette.colour("text"), 1.2, Qt.PenStyle.DashLine))
        if drawing.tool in ("line", CUTS):
            painter.drawLine(start, end)
        else:
            ground = palette.colour("accent")
            ground.setAlpha(36)
            painter.setBrush(ground)
            painter.drawRect(QRectF(start, end).normalized())


def pulls(painter: QPainter, batch: Batch, view: Viewport, places: NDArray[np.float64]) -> None:
    """A ring around each point of the next batch, the larger the harder it pulls."""
    known = batch.rows < len(places)
    rows, pull = batch.rows[known], batch.pull[known]
    least = size_for(len(places), view) * 0.75
    share = pull / max(float(pull.max(initial=0.0)), 1e-12)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for width, colour in ((3.2, edge_colour()), (1.6, theme().palette.text)):
        painter.setPen(QPen(QColor(colour), theme().px(width)))
        for (x, y), part in zip(view.all_to_widget(places[rows]).tolist(), share.tolist(), strict=True):
            reach = least + theme().px(14) * part
            painter.drawEllipse(QPointF(x, y), reach, reach)


def landmarks(painter: QPainter, found: Landmarks, view: Viewport) -> None:
    """Prototypes as numbered diamonds in their colours; directions as arrows from the middle of the plane."""
    look, origin = theme(), view.to_widget(0.0, 0.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(look.font("small", 700))
    for k, (x, y) in enumerate(view.all_to_widget(found.places).tolist()):
        colour = QColor(look.palette.class_colour(k) if not found.arrows else look.palette.accent)
        if found.arrows:
            _arrow(painter, origin, QPointF(x, y), colour)
            continue
        reach = look.px(11)
        path = QPainterPath()
        path.addPolygon([QPointF(x, y - reach), QPointF(x + reach, y), QPointF(x, y + reach), QPointF(x - reach, y)])
        path.closeSubpath()
        painter.setPen(QPen(QColor(edge_colour()), look.px(4), j=Qt.PenJoinStyle.MiterJoin))
        painter.drawPath(path)
        painter.setPen(QPen(look.palette.colour("text"), look.px(1.6), j=Qt.PenJoinStyle.MiterJoin))
        painter.setBrush(colour)
        painter.drawPath(path)
        painter.setPen(QColor(edge_colour()))
        painter.drawText(QRectF(x - reach, y - reach, 2 * reach, 2 * reach), Qt.AlignmentFlag.AlignCenter, str(k + 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)


def _arrow(painter: QPainter, start: QPointF, end: QPointF, colour: QColor) -> None:
    """An arrow with an edge that stands out from every ground."""
    along = end - start
    length = math.hypot(along.x(), along.y())
    if length < 1:
        return
    along, head = along / length, theme().px(9)
    across = QPointF(-along.y(), along.x()) * 0.5
    neck = end - along * head
    path = QPainterPath(end)
    path.addPolygon([end, neck + across * head, neck - across * head])
    path.closeSubpath()
    for width, ink in ((theme().px(6), QColor(edge_colour())), (theme().px(2.4), colour)):
        painter.setPen(QPen(ink, width, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(ink)
        painter.drawLine(start, neck)
        painter.drawPath(path)


def brush(painter: QPainter, context: Context, view: Viewport, pointer: QPointF | None) -> None:
    """What the tool would touch: its reach, or the point it would put."""
    drawing = context.drawing
    if pointer is None or not drawing.draws:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    across, up = view.reach(drawing.radius)
    if drawing.has_reach:
        for width, colour in ((3.0, edge_colour()), (1.4, theme().palette.text)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawEllipse(pointer, across, up)
    elif drawing.tool in ("put", "line"):
        palette, classes = theme().palette, context.session.samples.classes
        kind = drawing.class_index if classes else 1
        colour = palette.class_colour(kind) if classes else palette.muted
        painter.setOpacity(0.75)
        draw_point(painter, kind, True, colour, pointer, size_for(len(context.session.samples), view))
        painter.setOpacity(1.0)


def invitation(painter: QPainter, rect: QRectF) -> None:
    """Say on a plane without points how to get some, readable on any colour."""
    look, middle = theme(), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
    edge = look.px(12)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(look.font("normal"))
    room = rect.adjusted(4 * edge, edge, -4 * edge, -edge)
    words = painter.boundingRect(room, middle, INVITATION)
    painter.setPen(QPen(look.palette.colour("line"), 1))
    painter.setBrush(look.palette.colour("panel"))
    painter.drawRoundedRect(words.adjusted(-edge, -edge, edge, edge), look.px(8), look.px(8))
    painter.setPen(look.palette.colour("text"))
    painter.drawText(words, middle, INVITATION)


def corners(painter: QPainter, rect: QRectF) -> None:
    """Round the corners by painting the panel over them: cheaper than clipping every layer."""
    radius = theme().px(6)
    path = QPainterPath()
    path.addRect(rect)
    rounded = QPainterPath()
    rounded.addRoundedRect(rect, radius, radius)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(path.subtracted(rounded), theme().palette.colour("panel"))


def axes(painter: QPainter, context: Context, view: Viewport) -> None:
    """Names and a few round numbers along both sides."""
    look = theme()
    rect, samples = view.rect, context.session.samples
    across, up = plane(context.session.experiment.data)
    up = samples.target if across == up and not samples.classes else up
    painter.setFont(look.font("small"))
    metrics = painter.fontMetrics()
    painter.setPen(look.palette.colour("muted"))
    name, below = features.title(across), QRectF(rect.left(), rect.bottom() + look.px(3), rect.width(), look.px(15))
    painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
    free = rect.right() - metrics.horizontalAdvance(name) - look.px(6)
    for x in ticks(view.shown.left, view.shown.right):
        at, text = view.to_widget(x, 0).x(), human(x)
        width = metrics.horizontalAdvance(text)
        start = max(at - width / 2, rect.left())
        if start + width < free:
            painter.drawText(QRectF(start, below.top(), width + 2, below.height()), Qt.AlignmentFlag.AlignVCenter, text)
    _upright(painter, view, features.title(up))


def _upright(painter: QPainter, view: Viewport, name: str) -> None:
    look = theme()
    rect, metrics = view.rect, painter.fontMetrics()
    room = QRectF(0, 0, rect.left() - look.px(5), rect.height())
    row = metrics.height()
    taken = row
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    if metrics.horizontalAdvance(name) <= room.width():
        painter.drawText(QRectF(0, 0, room.width(), row), right, name)
    else:
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, round(rect.height() * 0.5))
        taken = metrics.horizontalAdvance(text) + look.px(4)
        painter.save()
        painter.translate(room.right(), 0)
        painter.rotate(90)
        painter.drawText(QRectF(0, 0, taken, row), Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()
    for y in ticks(view.shown.bottom, view.shown.top):
        at = view.to_widget(0, y).y()
        top = min(max(at - row / 2, 0), rect.bottom() - row)
        if top > taken:
            painter.drawText(QRectF(-look.px(6), top, room.width() + look.px(6), row), right, human(y))
