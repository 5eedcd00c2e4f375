"""Cards of layers that are no columns of neurons: one file each, found by themselves.

A file registers a painter for a base class of layers::

    @card.register
    def paint(layer: Convolution, painter: QPainter, area: QRectF) -> None: ...
"""

from __future__ import annotations

from functools import singledispatch

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from app.theme import theme
from engine.discover import discover
from engine.layers import Layer


@singledispatch
def card(layer: Layer, painter: QPainter, area: QRectF) -> None:
    """Paint the inside of a layer's card; a layer without a painter of its own shows its title."""
    painter.setPen(theme().palette.colour("muted"))
    painter.setFont(theme().font("small"))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, Layer.registry.title(layer))


discover(__name__)
