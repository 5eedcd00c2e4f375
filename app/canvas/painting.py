"""Painting of the diagram: headers, pictures, dots of biases, marks. The links have their own image."""

from __future__ import annotations

from functools import cache
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from app.canvas import cards, phases, wires
from app.canvas.chosen import paint_link
from app.canvas.heads import CENTRE, UNREAD, button, paint_heads
from app.canvas.hit import Hit, drop_box
from app.canvas.marks import paint_dead, paint_dot, paint_lock
from app.canvas.parts import Box, Cell, Column
from app.canvas.scene import Scene
from app.canvas.strokes import CORNER, colour, fill, rect, ring, sign, write
from app.theme import theme


def paint_heading(painter: QPainter, width: float, left: str, right: str) -> None:
    """The title of the card, and its numbers at the right."""
    px = theme().px
    area = QRectF(px(16), px(8), width - px(32), px(28))
    write(painter, area, left, "text", "normal", 600, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    write(painter, area, right, "muted", "normal", 400, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def paint(painter: QPainter, scene: Scene) -> None:
    """The whole diagram, in its own coordinates."""
    links = scene.links
    painter.drawImage(QPointF(0, links.top), links.image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    wires.paint(painter, scene)
    _paint_gap(painter, scene)
    paint_link(painter, scene)
    paint_heads(painter, scene)
    for column in scene.layout.columns:
        _paint_column(painter, scene, column)
    _paint_more(painter, scene)
    phases.paint(painter, scene)
    wires.paint_port(painter, scene)
    if scene.focused and not scene.selected.layer:
        ring(painter, Box(4, 4, scene.layout.view[0] - 8, scene.layout.view[1] - 8), "accent", 2)


def paint_cell(painter: QPainter, scene: Scene, cell: Cell, box: Box) -> None:
    """The picture of one neuron, with round corners."""
    where = scene.atlas.place(cell.layer, cell.unit)
    corner = min(theme().px(CORNER), box.w * 0.16)
    if where is None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("field"))
        painter.drawRoundedRect(rect(box), corner, corner)
        return
    ratio = painter.device().devicePixelRatioF()
    if where.width() == box.w and ratio == 1:
        painter.drawImage(QPoint(round(box.x), round(box.y)), scene.atlas.image, where)
    else:
        painter.drawImage(rect(box), scene.atlas.image, QRectF(where))
    if box.w >= 12:
        painter.drawPixmap(QPointF(box.x, box.y), _corners(box.w, corner, ratio, theme().palette.panel))


@cache
def _corners(side: float, corner: float, ratio: float, panel: str) -> QPixmap:
    """What covers the corners of a square picture: cheaper than clipping each one."""
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    outside = QPainterPath()
    outside.addRect(-1, -1, side + 2, side + 2)
    inside = QPainterPath()
    inside.addRoundedRect(0, 0, side, side, corner, corner)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(outside - inside, QColor(panel))
    return pixmap


def _paint_column(painter: QPainter, scene: Scene, column: Column) -> None:
    painter.setOpacity(1.0 if column.read else UNREAD)
    if column.role == "card" and column.layer is not None:
        _paint_card(painter, scene, column)
    elif column.role == "join":
        _paint_join(painter, scene, column)
    elif column.condensed:
        _paint_strip(painter, scene, column)
    for cell in () if column.condensed else column.cells:
        if cell.unit != scene.lifted or column.role == "slim":
            paint_cell(painter, scene, cell, cell.box)
            _paint_marks(painter, scene, column, cell)
    painter.setOpacity(1.0)
    if column.toggle is not None:
        button(painter, scene, column.toggle, Hit("toggle", column.id), "open" if column.condensed else "close")


def _paint_card(painter: QPainter, scene: Scene, column: Column) -> None:
    fill(painter, column.body, "field", theme().px(CORNER))
    assert column.layer is not None
    cards.card(column.layer, painter, rect(column.body.grown(-4)))
    if scene.selected.layer == column.id:
        ring(painter, column.body.grown(2), "accent", 2)


def _paint_join(painter: QPainter, scene: Scene, column: Column) -> None:
    """A round node with the sign of what it does."""
    assert column.layer is not None
    live = scene.hover.layer == column.id and scene.hover.what in ("body", "cell")
    chosen = scene.selected.layer == column.id
    painter.setBrush(colour("field" if live else "panel"))
    painter.setPen(QPen(colour("accent" if chosen else "muted"), 2.0 if chosen else 1.5))
    painter.drawEllipse(rect(column.body.grown(-1)))
    write(painter, rect(column.body.grown(4)), column.layer.sign, "text", "large", 500, CENTRE)


def _paint_strip(painter: QPainter, scene: Scene, column: Column) -> None:
    live = scene.hover.layer == column.id and scene.hover.what in ("body", "toggle")
    ground = colour("line" if live else "field")
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(rect(column.body.grown(3)), 4, 4)
    if scene.selected.layer == column.id:
        ring(painter, column.body.grown(4), "accent", 2)
    rows = sum(c.box.x == column.cells[0].box.x for c in column.cells)
    image = scene.atlas.strip([(c.layer, c.unit) for c in column.cells], rows, ground.rgb())
    if image.isNull():
        return
    # So small, smoothing would only cost.
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
    painter.drawImage(rect(column.body), image)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)


def _paint_marks(painter: QPainter, scene: Scene, column: Column, cell: Cell) -> None:
    box, hover = cell.box, scene.hover
    over = hover.layer == column.id and hover.unit == cell.unit
    if column.role == "inputs":
        gap = theme().px(8)
        area = QRectF(0, box.y, box.x - gap, box.h)
        write(painter, area, cell.name, "text", "small", 400, _RIGHT)
    else:
        if (cell.layer, cell.unit) in scene.atlas.flat:
            paint_dead(painter, box)
        if column.role == "answer" and len(column.cells) > 1:
            write(painter, QRectF(box.right + 6, box.y, 200, box.h), cell.name, "muted", "small", 400, _LEFT)
    chosen = scene.selected.layer == column.id and scene.selected.unit == cell.unit
    if chosen:
        width = 2.5 if scene.focused else 2
        ring(painter, box.grown(1), "accent", width if not scene.selected.source else 1)
    elif over and hover.what in ("cell", "drop"):
        ring(painter, box.grown(1), "muted", 1.5)
    if column.role == "inputs":
        if over and hover.what in ("cell", "drop") and len(column.cells) > 1:
            button(painter, scene, drop_box(scene.layout, cell), Hit("drop", column.id, cell.unit), "remove")
    elif cell.box.w >= 12 and column.role != "slim":
        paint_dot(painter, scene, cell, chosen)
    if cell.unit in scene.held_units and column.role != "slim":
        paint_lock(painter, box)


_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _paint_more(painter: QPainter, scene: Scene) -> None:
    box = scene.layout.more
    if not box.w:
        return
    live = scene.hover.what == "more"
    painter.setBrush(colour("field") if live else Qt.BrushStyle.NoBrush)
    pen = QPen(colour("accent") if live else colour("faint"), 1.2, Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.drawRoundedRect(rect(box), 5, 5)
    sign(painter, box, "plus", "accent" if live else "muted")


def _paint_gap(painter: QPainter, scene: Scene) -> None:
    here = (scene.hover.place, scene.hover.gap)
    gap = next((g for g in scene.layout.gaps if (g.place, g.source) == here), None)
    if gap is None or scene.hover.what not in ("gap", "pill", "kinds", "link", "wire"):
        return
    pen = QPen(colour("accent"), 1.3)
    pen.setDashPattern([3.5, 2.5])
    painter.setPen(pen)
    painter.drawLine(QPointF(gap.line, gap.box.y), QPointF(gap.line, gap.pill.y))
    fill(painter, gap.pill, "accent", gap.pill.h / 2)
    plain = Box(gap.pill.x, gap.pill.y, gap.kinds.x - gap.pill.x, gap.pill.h)
    if scene.layout.compact:
        sign(painter, plain, "plus", "on_accent")
    else:
        write(painter, rect(plain), "+ layer", "on_accent", "small", 600, CENTRE)
    painter.setOpacity(0.35)
    painter.drawLine(QPointF(gap.kinds.x, gap.pill.y + 6), QPointF(gap.kinds.x, gap.pill.bottom - 6))
    painter.setOpacity(1.0 if scene.hover.what == "kinds" else 0.8)
    sign(painter, gap.kinds, "more", "on_accent")
    painter.setOpacity(1.0)
