"""The link, wire or number that is selected or under the pointer, drawn above all others."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPen

from app.canvas.links import curve
from app.canvas.parts import Box, Layout
from app.canvas.scene import Scene
from app.canvas.strokes import colour, fill, rect, write
from app.numbers import human
from app.selection import BIAS, Target
from app.theme import theme

CENTRE = Qt.AlignmentFlag.AlignCenter


def link_path(layout: Layout, target: Target) -> tuple[QPainterPath, QPointF] | None:
    """The curve of a weight and the place of its value."""
    for bundle in layout.bundles:
        if bundle.target == target.layer and target.source in bundle.sources and target.unit in bundle.targets:
            y0 = float(bundle.y0[bundle.sources.index(target.source)])
            y1 = float(bundle.y1[bundle.targets.index(target.unit)])
            middle = QPointF((bundle.x0 + bundle.x1) / 2, (y0 + y1) / 2)
            return curve(bundle.x0, y0, bundle.x1, y1), middle
    return None


def value_box(layout: Layout, target: Target, value: float | None) -> Box | None:
    """Where the value of the selected weight or bias stands: on its link, or below its dot."""
    if value is None or not target.source:
        return None
    if target.source == BIAS:
        cell = layout.cell(target.layer, target.unit)
        column = layout.column(target.layer)
        if cell is None or column is None or column.condensed:
            return None
        middle = QPointF(cell.box.cx, cell.box.bottom + 13 * layout.scale)
    else:
        found = link_path(layout, target)
        if found is None:
            return None
        middle = found[1]
    metrics = QFontMetricsF(theme().font("small", 600))
    w = metrics.horizontalAdvance(human(value)) + 14 * layout.scale
    return Box(middle.x() - w / 2, middle.y() - 10 * layout.scale, w, 20 * layout.scale)


def paint_link(painter: QPainter, scene: Scene) -> None:
    """The link under the pointer, and the one that is selected."""
    if scene.hover.what == "link" and scene.hover.target != scene.selected:
        _paint_curve(painter, scene, scene.hover.target, "text", 1.6)
    if scene.selected.source and scene.selected.source != BIAS:
        _paint_curve(painter, scene, scene.selected, "accent", 2.6)


def _paint_curve(painter: QPainter, scene: Scene, target: Target, token: str, width: float) -> None:
    found = link_path(scene.layout, target)
    if found is None:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour("panel"), width + 3))
    painter.drawPath(found[0])
    pen = QPen(colour(token), width)
    if scene.holds(target.layer, *target.reference):
        pen.setDashPattern([4.0, 2.5])
    painter.setPen(pen)
    painter.drawPath(found[0])


def paint_value(painter: QPainter, box: Box, value: float) -> None:
    """The value of the selected number, ready to be dragged up and down."""
    fill(painter, box, "accent", box.h / 2)
    write(painter, rect(box), human(value), "on_accent", "small", 600, CENTRE)
