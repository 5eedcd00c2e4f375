"""Line icons, 20 by 20, drawn for this window and tinted by the palette."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.theme import theme

FOLDER: Final = Path(__file__).resolve().parent.parent / "assets" / "icons"


def names() -> tuple[str, ...]:
    """The names of all icons."""
    return tuple(sorted(p.stem for p in FOLDER.glob("*.svg")))


def icon(name: str, colour: str = "text", pixels: int = 16) -> QIcon:
    """An icon in a colour of the palette (or `#rrggbb`); disabled it is faint. Ask again when the theme changed."""
    made = QIcon()
    for mode, token in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, "faint")):
        for ratio in (1.0, 2.0):
            made.addPixmap(pixmap(name, token, pixels, ratio), mode)
    return made


def pixmap(name: str, colour: str = "text", pixels: int = 16, ratio: float = 1.0) -> QPixmap:
    """An icon `pixels` wide and high for a screen of this pixel ratio."""
    return QPixmap.fromImage(_image(name, _hex(colour), pixels, ratio))


def paint(painter: QPainter, name: str, area: QRectF, colour: str | QColor = "text") -> None:
    """Paint an icon centred in an area, as large as fits, at the painter's own resolution."""
    side = round(min(area.width(), area.height()))
    tint = colour.name() if isinstance(colour, QColor) else _hex(colour)
    image = _image(name, tint, side, painter.device().devicePixelRatioF())
    at = area.center()
    painter.drawImage(QRectF(round(at.x() - side / 2), round(at.y() - side / 2), side, side), image)


def _hex(colour: str) -> str:
    return colour if colour.startswith("#") else theme().palette.colour(colour).name()


# Images, not pixmaps: they may outlive the application.
@lru_cache(maxsize=512)
def _image(name: str, colour: str, side: int, ratio: float) -> QImage:
    source = (FOLDER / f"{name}.svg").read_text("utf-8").replace("currentColor", colour)
    renderer = QSvgRenderer(QByteArray(source.encode()))
    image = QImage(QSize(round(side * ratio), round(side * ratio)), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        renderer.render(painter)
    image.setDevicePixelRatio(ratio)
    return image
