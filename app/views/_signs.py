"""The signs of units that do nothing: a cross where one is dead, a bar where it is saturated, a dot where it works."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from app.theme import theme


def sign(painter: QPainter, state: str, at: QPointF, size: float) -> None:
    """Paint the sign of a state around a place."""
    look = theme()
    if not state:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.palette.colour("faint"))
        painter.drawEllipse(at, size / 2, size / 2)
        return
    painter.setPen(QPen(look.palette.colour("danger"), max(1.0, size / 4)))
    half = QPointF(size / 2, size / 2 if state == "dead" else 0)
    painter.drawLine(at - half, at + half)
    if state == "dead":
        painter.drawLine(at + QPointF(-size / 2, size / 2), at + QPointF(size / 2, -size / 2))
