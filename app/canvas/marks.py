"""Marks at the pictures of neurons: the dot of the bias, dead ones, those held fast."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from app.canvas.colours import blend
from app.canvas.parts import Box, Cell
from app.canvas.scene import Scene
from app.canvas.strokes import colour, rect
from app.selection import BIAS
from app.theme import theme


def paint_dead(painter: QPainter, box: Box) -> None:
    """A neuron that says the same everywhere: struck out, with a dashed frame."""
    pen = QPen(colour("muted"), 1.2, Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect(box.grown(-0.5)), 5, 5)
    painter.setPen(QPen(colour("muted"), 1.2))
    edge = box.w * 0.28
    painter.drawLine(QPointF(box.x + edge, box.bottom - edge), QPointF(box.right - edge, box.y + edge))


def paint_dot(painter: QPainter, scene: Scene, cell: Cell, chosen: bool) -> None:
    """The dot of a bias: its colour is the sign, its strength the size."""
    value = scene.biases.get(cell.unit)
    if value is None:
        return
    live = scene.hover.what == "bias" and scene.hover.unit == cell.unit
    picked = chosen and scene.selected.source == BIAS
    frozen = scene.holds(cell.layer, f"{cell.layer}.bias", cell.unit)
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


def paint_lock(painter: QPainter, box: Box) -> None:
    """A small lock at the upper left corner: every number of this neuron is held fast."""
    side = min(9.0 * theme().percent / 100, box.w / 2)
    body = QRectF(box.x + 3, box.y + 3 + side * 0.4, side, side * 0.7)
    painter.setPen(QPen(colour("text"), 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(body.x() + side * 0.2, box.y + 3, side * 0.6, side * 0.8), 0, 180 * 16)
    painter.setBrush(colour("text"))
    painter.setPen(QPen(colour("panel"), 0.8))
    painter.drawRoundedRect(body, 1.5, 1.5)
