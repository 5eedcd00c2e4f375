"""Any picture of the window, to the clipboard or to a file: pixels at twice the size, or lines as SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QPoint, QRect, QSaveFile
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from app.choosers import ask_target
from app.context import Context
from app.messages import Message
from app.theme import theme

SCALE: Final = 2.0
KINDS: Final = "Pictures (*.png *.svg)"
ENDINGS: Final = (".png", ".svg")


def image(widget: QWidget, scale: float = SCALE) -> QImage:
    """Paint a widget and its children at a scale, on the ground of a panel."""
    picture = QImage(widget.size() * scale, QImage.Format.Format_ARGB32_Premultiplied)
    picture.setDevicePixelRatio(scale)
    picture.fill(theme().palette.colour("panel"))
    _render(widget, picture)
    return picture


def copy(widget: QWidget) -> None:
    """Put the picture of a widget on the clipboard."""
    QGuiApplication.clipboard().setImage(image(widget))


def save(widget: QWidget, path: Path) -> None:
    """Write the picture of a widget as `.png` or `.svg`; an `OSError` says why it can't be written."""
    if path.suffix.lower() == ".svg":
        _save_svg(widget, path)
        return
    file = QSaveFile(str(path))
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
        raise OSError(file.errorString())
    if not image(widget).save(file, "PNG") or not file.commit():  # type: ignore[call-overload] # a device is a file too
        raise OSError(file.errorString() or "the picture could not be encoded")


def ask_and_save(widget: QWidget, context: Context, name: str) -> None:
    """Ask where to write the picture of a widget, write it, and say so."""
    session = context.session

    def chosen(path: Path) -> None:
        target = path if path.suffix.lower() in ENDINGS else path.with_name(f"{path.name}{ENDINGS[0]}")
        try:
            save(widget, target)
        except OSError as error:
            session.tell(Message(f"{target.name} was not written ({error}); choose another folder.", "error"))
        else:
            session.tell(Message(f"Saved {target.name}."))

    title = f"{session.experiment.name} {name}{ENDINGS[0]}"
    ask_target(widget.window(), context.settings, "Save picture", KINDS, title, chosen)


def _save_svg(widget: QWidget, path: Path) -> None:
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(0, 0), widget.size()))
    generator.setTitle(widget.accessibleName() or "Learnscope")
    with QPainter(generator) as painter:
        if not painter.isActive():
            raise OSError("the file can't be opened for writing")
        painter.fillRect(widget.rect(), theme().palette.colour("panel"))
        widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)


def _render(widget: QWidget, picture: QImage) -> None:
    with QPainter(picture) as painter:
        widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
