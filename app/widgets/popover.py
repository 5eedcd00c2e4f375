"""The box that opens under a button and holds controls."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.theme import theme
from app.widgets.base import Themed


class Popover(Themed):
    """A box that opens under a widget; Escape or a click elsewhere closes it.

    Its corners are square, as those of menus are: without a compositor, round ones would be black.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.body = QVBoxLayout(self)
        edge = theme().px(12)
        self.body.setContentsMargins(edge, edge, edge, edge)
        self.body.setSpacing(theme().px(8))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with QPainter(self) as painter:
            painter.setPen(theme().palette.colour("line"))
            painter.setBrush(theme().palette.colour("panel"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def open_under(self, anchor: QWidget) -> None:
        """Open under a widget, inside the screen."""
        self.setMinimumWidth(theme().px(280))
        self.adjustSize()
        at = anchor.mapToGlobal(QPoint(0, anchor.height() + 4))
        room = anchor.screen().availableGeometry()
        at.setX(max(room.left(), min(at.x(), room.right() - self.width())))
        at.setY(max(room.top(), min(at.y(), room.bottom() - self.height())))
        self.move(at)
        self.show()
