"""Icons: SVG files of assets/icons, tinted by the palette."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

FOLDER: Final = Path(__file__).parent.parent / "assets" / "icons"


@cache
def _drawing(name: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray((FOLDER / f"{name}.svg").read_bytes()))


@cache
def _tinted(name: str, colour: str, pixels: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(pixels * ratio), round(pixels * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _drawing(name).render(painter, QRectF(pixmap.rect()))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(pixmap.rect(), QColor(colour))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def pixmap(name: str, colour: str, pixels: int, ratio: float = 1.0) -> QPixmap:
    """The icon called `name` in one colour, `pixels` wide and high on a screen of this pixel ratio."""
    return _tinted(name, colour, pixels, ratio)


def icon(name: str, colour: str, pixels: int = 16) -> QIcon:
    """The icon for menus and plain buttons; sharp on screens of one and two device pixels a pixel."""
    made = QIcon(pixmap(name, colour, pixels))
    made.addPixmap(pixmap(name, colour, pixels, 2.0))
    return made


def paint(painter: QPainter, name: str, colour: str, area: QRectF) -> None:
    """Paint the icon into a square at the painter's own resolution."""
    ratio = painter.device().devicePixelRatioF()
    painter.drawPixmap(area.topLeft(), pixmap(name, colour, round(area.width()), ratio))
