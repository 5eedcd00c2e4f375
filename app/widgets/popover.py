"""The box that opens under a button and holds controls."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.theme import theme
from app.widgets.base import Themed


class Popover(Themed):
    """A box that opens under a widget; Escape or a click elsewhere closes it. What the screen can't hold is scrolled.

    Its corners are square, as those of menus are: without a compositor, round ones would be black.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._anchor = parent
        self._content = QWidget()
        self._content.installEventFilter(self)
        self.body = QVBoxLayout(self._content)
        edge = theme().px(12)
        self.body.setContentsMargins(edge, edge, edge, edge)
        self.body.setSpacing(theme().px(8))
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._content)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.addWidget(self._scroll)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with QPainter(self) as painter:
            painter.setPen(theme().palette.colour("line"))
            painter.setBrush(theme().palette.colour("panel"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def open_under(self, anchor: QWidget) -> None:
        """Open under a widget, inside the screen."""
        self._anchor = anchor
        self._fit()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """What is inside grew or shrank: so does the box."""
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._fit()
        return False

    def _fit(self) -> None:
        """As large as what is inside, under its widget, and inside the screen."""
        self._content.ensurePolished()
        self.body.activate()
        wanted, room = self._content.sizeHint(), self._anchor.screen().availableGeometry()
        height = min(wanted.height() + 2, room.height())
        bar = self._scroll.verticalScrollBar().sizeHint().width() if height < wanted.height() + 2 else 0
        width = max(wanted.width() + 2, theme().px(280)) + bar
        at = self._anchor.mapToGlobal(QPoint(0, self._anchor.height() + 4))
        x = max(room.left(), min(at.x(), room.right() - width))
        y = max(room.top(), min(at.y(), room.bottom() + 1 - height))
        self.setGeometry(x, y, width, height)
