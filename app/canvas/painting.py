"""Painting of the diagram: headers, pictures, dots of biases, marks. The links have their own image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

from app.canvas import cards
from app.canvas.atlas import Atlas
from app.canvas.colours import blend
from app.canvas.hit import NOTHING, Hit, drop_box
from app.canvas.layout import Box, Cell, Column, Layout, around
from app.canvas.links import Links, curve
from app.canvas.strokes import CORNER, colour, fill, rect, ring, sign, write
from app.numbers import human
from app.selection import BIAS, Target
from app.theme import Size, theme

CENTRE: Final = Qt.AlignmentFlag.AlignCenter
HEAD: Final = ("head", "activation", "minus", "plus", "remove")


@dataclass
class Scene:
    """All that is on the picture now."""

    layout: Layout
    links: Links = field(default_factory=Links)
    atlas: Atlas = field(default_factory=Atlas)
    biases: Mapping[str, float] = field(default_factory=dict)
    weight_scale: float = 1.0
    selected: Target = Target()  # noqa: RUF009 - frozen
    selected_value: float | None = None
    hover: Hit = NOTHING
    focused: bool = False
    frozen: frozenset[tuple[str, ...]] = frozenset()
    held_units: frozenset[str] = frozenset()
    lifted: str = ""
    heads: tuple[object, QPixmap] = field(default_factory=lambda: (None, QPixmap()))


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
    _paint_gap(painter, scene)
    _paint_link(painter, scene)
    _paint_heads(painter, scene)
    for column in scene.layout.columns:
        _paint_column(painter, scene, column)
    _paint_more(painter, scene)
    if scene.focused and not scene.selected.layer:
        ring(painter, Box(4, 4, scene.layout.view[0] - 8, scene.layout.view[1] - 8), "accent", 2)


def paint_cell(painter: QPainter, scene: Scene, cell: Cell, box: Box) -> None:
    """The picture of one neuron, with round corners."""
    where = scene.atlas.place(cell.unit)
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


def _paint_heads(painter: QPainter, scene: Scene) -> None:
    """The headers: letters are dear, so they are painted again only when they look different."""
    layout, hover = scene.layout, scene.hover
    over = (hover.layer, hover.what) if hover.what in HEAD else (hover.layer, hover.what in ("link", "value"))
    chosen = scene.selected.layer if not scene.selected.unit else ""
    ratio = painter.device().devicePixelRatioF()
    key = (layout, over, chosen, scene.focused, theme().mode, ratio)
    if key != scene.heads[0]:
        height = 106 * layout.scale
        pixmap = QPixmap(round(layout.width * ratio), round(height * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as into:
            into.setRenderHint(QPainter.RenderHint.Antialiasing)
            for column in layout.columns:
                _paint_head(into, scene, column)
        scene.heads = (key, pixmap)
    painter.drawPixmap(QPointF(0, 0), scene.heads[1])


def _paint_column(painter: QPainter, scene: Scene, column: Column) -> None:
    if column.role == "card" and column.layer is not None:
        _paint_card(painter, scene, column)
    if column.condensed:
        _paint_strip(painter, scene, column)
    else:
        for cell in column.cells:
            if cell.unit != scene.lifted:
                paint_cell(painter, scene, cell, cell.box)
                _paint_marks(painter, scene, column, cell)
    if column.toggle is not None:
        _button(painter, scene, column.toggle, Hit("toggle", column.id), "open" if column.condensed else "close")


def _paint_head(painter: QPainter, scene: Scene, column: Column) -> None:
    head, hover = column.head, scene.hover
    here = hover.layer == column.id and hover.what not in ("link", "value")
    size: Size = "small" if scene.layout.compact else "normal"
    title = QRectF(head.x, head.y, head.w, head.h * 0.55)
    write(painter, title, column.title, "text", size, 600, CENTRE)
    below = QRectF(head.x, head.y + head.h * 0.5, head.w, head.h * 0.5)
    live = here and hover.what == "activation"
    if live:
        fill(painter, Box(below.x(), below.y(), below.width(), below.height()), "field", 5)
    write(painter, below, column.subtitle, "text" if live else "muted", "small", 400, CENTRE)
    for box, what in ((column.minus, "minus"), (column.plus, "plus")):
        if box is not None:
            _button(painter, scene, box, Hit(what, column.id), what)  # type: ignore[arg-type] # the words above
    if column.remove is not None and here:
        _button(painter, scene, column.remove, Hit("remove", column.id), "remove")
    if scene.selected == Target(column.id):
        width = min(head.w, 104 * scene.layout.scale)
        ring(painter, around(head.cx, head.cy, width, head.h), "accent", 2 if scene.focused else 1.5)


def _paint_card(painter: QPainter, scene: Scene, column: Column) -> None:
    fill(painter, column.body, "field", theme().px(CORNER))
    assert column.layer is not None
    cards.card(column.layer, painter, rect(column.body.grown(-4)))
    if scene.selected.layer == column.id:
        ring(painter, column.body.grown(2), "accent", 2)


def _paint_strip(painter: QPainter, scene: Scene, column: Column) -> None:
    live = scene.hover.layer == column.id and scene.hover.what in ("body", "toggle")
    ground = colour("line" if live else "field")
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(rect(column.body.grown(3)), 4, 4)
    if scene.selected.layer == column.id:
        ring(painter, column.body.grown(4), "accent", 2)
    rows = sum(c.box.x == column.cells[0].box.x for c in column.cells)
    image = scene.atlas.strip([c.unit for c in column.cells], rows, ground.rgb())
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
        if cell.unit in scene.atlas.flat:
            _paint_dead(painter, box)
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
            _button(painter, scene, drop_box(scene.layout, cell), Hit("drop", column.id, cell.unit), "remove")
    elif cell.box.w >= 12:
        _paint_dot(painter, scene, cell, chosen)
    if cell.unit in scene.held_units:
        _paint_lock(painter, box)


_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _paint_dead(painter: QPainter, box: Box) -> None:
    """A neuron that says the same everywhere: struck out, with a dashed frame."""
    pen = QPen(colour("muted"), 1.2, Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect(box.grown(-0.5)), 5, 5)
    painter.setPen(QPen(colour("muted"), 1.2))
    edge = box.w * 0.28
    painter.drawLine(QPointF(box.x + edge, box.bottom - edge), QPointF(box.right - edge, box.y + edge))


def _paint_dot(painter: QPainter, scene: Scene, cell: Cell, chosen: bool) -> None:
    value = scene.biases.get(cell.unit)
    if value is None:
        return
    live = scene.hover.what == "bias" and scene.hover.unit == cell.unit
    picked = chosen and scene.selected.source == BIAS
    frozen = bool(scene.frozen) and (f"{cell.unit.partition('/')[0]}.bias", cell.unit) in scene.frozen
    step = round(8 * max(-1.0, min(1.0, value / scene.weight_scale)))
    palette = theme().palette
    sign_colour = palette.positive if value > 0 else palette.negative if value < 0 else palette.faint
    edge = (palette.accent, 2.0) if picked or live else (palette.panel, 1.5)
    box = scene.layout.dot(cell)
    side = box.w + (2 if picked or live else 0)
    ratio = painter.device().devicePixelRatioF()
    at = QPointF(box.cx - side / 2 - 2, box.cy - side / 2 - 2)
    painter.drawPixmap(at, _dot(step, sign_colour, palette.panel, edge, side, frozen, ratio))


@lru_cache(maxsize=512)
def _dot(step: int, sign: str, panel: str, edge: tuple[str, float], side: float, frozen: bool, ratio: float) -> QPixmap:
    """The dot of a bias, in eighths of the largest one; held fast, it is a ring."""
    pixmap = QPixmap(round((side + 4) * ratio), round((side + 4) * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(edge[0]), edge[1]))
        painter.setBrush(blend(QColor(sign), QColor(panel), 0.25 + 0.75 * abs(step) / 8))
        painter.drawEllipse(QRectF(2, 2, side, side))
        if frozen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(panel))
            painter.drawEllipse(QRectF(2 + side * 0.3, 2 + side * 0.3, side * 0.4, side * 0.4))
    return pixmap


def _paint_lock(painter: QPainter, box: Box) -> None:
    """A small lock at the upper left corner: every number of this neuron is held fast."""
    side = min(9.0 * theme().percent / 100, box.w / 2)
    body = QRectF(box.x + 3, box.y + 3 + side * 0.4, side, side * 0.7)
    painter.setPen(QPen(colour("text"), 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(body.x() + side * 0.2, box.y + 3, side * 0.6, side * 0.8), 0, 180 * 16)
    painter.setBrush(colour("text"))
    painter.setPen(QPen(colour("panel"), 0.8))
    painter.drawRoundedRect(body, 1.5, 1.5)


def _paint_more(painter: QPainter, scene: Scene) -> None:
    box = scene.layout.more
    live = scene.hover.what == "more"
    painter.setBrush(colour("field") if live else Qt.BrushStyle.NoBrush)
    pen = QPen(colour("accent") if live else colour("faint"), 1.2, Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.drawRoundedRect(rect(box), 5, 5)
    sign(painter, box, "plus", "accent" if live else "muted")


def _paint_gap(painter: QPainter, scene: Scene) -> None:
    gap = next((g for g in scene.layout.gaps if g.place == scene.hover.place), None)
    if gap is None or scene.hover.what not in ("gap", "pill", "link"):
        return
    pen = QPen(colour("accent"), 1.3)
    pen.setDashPattern([3.5, 2.5])
    painter.setPen(pen)
    painter.drawLine(QPointF(gap.line, gap.box.y), QPointF(gap.line, gap.pill.y))
    fill(painter, gap.pill, "accent", gap.pill.h / 2)
    if scene.layout.compact:
        sign(painter, gap.pill, "plus", "on_accent")
    else:
        write(painter, rect(gap.pill), "+ layer", "on_accent", "small", 600, CENTRE)


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


def _paint_link(painter: QPainter, scene: Scene) -> None:
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
    if target.reference in scene.frozen:
        pen.setDashPattern([4.0, 2.5])
    painter.setPen(pen)
    painter.drawPath(found[0])


def paint_value(painter: QPainter, box: Box, value: float) -> None:
    """The value of the selected number, ready to be dragged up and down."""
    fill(painter, box, "accent", box.h / 2)
    write(painter, rect(box), human(value), "on_accent", "small", 600, CENTRE)


def _button(painter: QPainter, scene: Scene, box: Box, hit: Hit, glyph: str) -> None:
    live = scene.hover == hit
    danger = glyph == "remove" and live
    painter.setPen(Qt.PenStyle.NoPen)
    fill = colour("danger") if danger else blend(colour("text"), colour("field"), 0.1) if live else colour("field")
    painter.setBrush(fill)
    painter.drawEllipse(rect(box))
    sign(painter, box, glyph, "panel" if danger else "text" if live else "muted")
