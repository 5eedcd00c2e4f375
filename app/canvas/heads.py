"""The headers of the columns, and the small round buttons of the diagram."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPixmap

from app.canvas.colours import blend
from app.canvas.hit import Hit
from app.canvas.marks import paint_lock
from app.canvas.parts import Box, Column, around
from app.canvas.scene import Scene
from app.canvas.strokes import colour, fill, rect, ring, sign, write
from app.selection import Target
from app.theme import Size, theme

CENTRE: Final = Qt.AlignmentFlag.AlignCenter
HEAD: Final = ("head", "activation", "minus", "plus", "remove")
UNREAD: Final = 0.45
"""How strong what nobody reads is painted."""


def paint_heads(painter: QPainter, scene: Scene) -> None:
    """The headers: letters are dear, so they are painted again only when they look different."""
    layout, hover = scene.layout, scene.hover
    over = (hover.layer, hover.what) if hover.what in HEAD else (hover.layer, hover.what in ("link", "value"))
    chosen = scene.selected.layer if not scene.selected.unit else ""
    ratio = painter.device().devicePixelRatioF()
    key = (layout, over, chosen, scene.focused, scene.naming, scene.frozen_layers, theme().mode, ratio)
    if key != scene.heads[0]:
        height = layout.heads
        pixmap = QPixmap(round(layout.width * ratio), round(height * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as into:
            into.setRenderHint(QPainter.RenderHint.Antialiasing)
            for column in layout.columns:
                _paint_head(into, scene, column)
        scene.heads = (key, pixmap)
    painter.drawPixmap(QPointF(0, 0), scene.heads[1])


def _paint_head(painter: QPainter, scene: Scene, column: Column) -> None:
    head, hover = column.head, scene.hover
    here = hover.layer == column.id and hover.what not in ("link", "value")
    plain = column.role in ("slim", "join")
    size: Size = "small" if scene.layout.compact or plain else "normal"
    painter.setOpacity(1.0 if column.read else UNREAD)
    title = QRectF(head.x, head.y, head.w, head.h * 0.55)
    write(painter, title, column.title, "text", size, 500 if plain else 600, CENTRE)
    if column.id in scene.frozen_layers:
        letters = QFontMetricsF(theme().font(size, 600)).horizontalAdvance(column.title)
        side = 15 * scene.layout.scale
        paint_lock(painter, around(head.cx - min(letters, head.w) / 2 - side / 2, title.center().y(), side))
    below = QRectF(head.x, head.y + head.h * 0.5, head.w, head.h * 0.5)
    live = here and hover.what == "activation"
    if live:
        fill(painter, Box(below.x(), below.y(), below.width(), below.height()), "field", 5)
    below_text, token = (column.id, "accent") if scene.naming else (column.subtitle, "text" if live else "muted")
    write(painter, below, below_text, token, "small", 400, CENTRE)
    painter.setOpacity(1.0)
    for box, what in ((column.minus, "minus"), (column.plus, "plus")):
        if box is not None:
            button(painter, scene, box, Hit(what, column.id), what)  # type: ignore[arg-type] # the words above
    if column.remove is not None and here:
        button(painter, scene, column.remove, Hit("remove", column.id), "remove")
    if scene.selected == Target(column.id):
        width = min(head.w, 104 * scene.layout.scale)
        ring(painter, around(head.cx, head.cy, width, head.h), "accent", 2 if scene.focused else 1.5)


def button(painter: QPainter, scene: Scene, box: Box, hit: Hit, glyph: str) -> None:
    """A small round button, livelier under the pointer."""
    live = scene.hover == hit
    danger = glyph == "remove" and live
    painter.setPen(Qt.PenStyle.NoPen)
    fill = colour("danger") if danger else blend(colour("text"), colour("field"), 0.1) if live else colour("field")
    painter.setBrush(fill)
    painter.drawEllipse(rect(box))
    sign(painter, box, glyph, "panel" if danger else "text" if live else "muted")
