"""Pages over the window that are not dialogs: gallery, import, palette, keys. Escape or a click beside closes them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.theme import RADIUS, SPACE, theme
from app.widgets.buttons import IconButton


class Page(QWidget):
    """The card of an overlay: a title, a way to close it, and what it is about."""

    def __init__(self, title: str, content: QWidget, close: Callable[[], None]) -> None:
        super().__init__()
        self.content = content
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[3])
        column.setSpacing(SPACE[1])
        if title:
            head = QHBoxLayout()
            label = QLabel(title)
            label.setFont(theme().font("large", 600))
            button = IconButton("close", "Close", "Close (Escape)")
            button.clicked.connect(close)
            head.addWidget(label)
            head.addStretch(1)
            head.addWidget(button)
            column.addLayout(head)
        column.addWidget(content, 1)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the card."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme().palette.colour("line"), 1))
            painter.setBrush(theme().palette.colour("panel"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS + 2, RADIUS + 2)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click on the card is not a click beside it."""
        event.accept()


class Overlay(QWidget):
    """One page at a time over the whole window, which stays visible behind."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._page: Page | None = None
        self._size = (640, 480)
        self._top = False
        self._before: QWidget | None = None
        host.installEventFilter(self)
        self.hide()

    @property
    def content(self) -> QWidget | None:
        """What the open page shows."""
        return self._page.content if self._page is not None else None

    def open(self, title: str, content: QWidget, width: int, height: int, *, top: bool = False) -> None:
        """Show a page of this size (at 100 % text, less where the window is small); `top` puts it near the top."""
        before = self._before if self._page is not None else self.window().focusWidget()
        self.close_page()
        self._before = before
        self._size, self._top = (width, height), top
        self._page = Page(title, content, self.close_page)
        self._page.setParent(self)
        self._page.show()
        self.show()
        self._place()
        self.raise_()
        content.setFocus(Qt.FocusReason.OtherFocusReason)
        if not content.hasFocus() and content.focusProxy() is None:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_page(self) -> None:
        """Close the page; the focus goes back to where it was."""
        if self._page is None:
            return
        page, self._page = self._page, None
        self.hide()
        page.hide()
        page.deleteLater()
        before, self._before = self._before, None
        # It may be gone meanwhile: the line of a palette that opened this page, a control of another experiment.
        if before is not None and isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Dim what is behind."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(0, 0, 0, 130 if theme().dark else 70))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click beside the page closes it."""
        self.close_page()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_page()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        """Tab stays inside the page."""
        inside = [w for w in self.findChildren(QWidget) if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus]
        if not inside:
            return True
        now = self.window().focusWidget()
        place = inside.index(now) if now in inside else -1 if forward else 0
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        inside[(place + (1 if forward else -1)) % len(inside)].setFocus(reason)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Cover the window whatever its size."""
        if event.type() == QEvent.Type.Resize and self._page is not None:
            self._place()
        return False

    def _place(self) -> None:
        self.setGeometry(self._host.rect())
        if self._page is not None:
            margin = SPACE[4]
            width = min(theme().px(self._size[0]), self.width() - 2 * margin)
            height = min(theme().px(self._size[1]), self.height() - 2 * margin)
            top = theme().px(64) if self._top else (self.height() - height) // 2
            self._page.setGeometry((self.width() - width) // 2, min(top, self.height() - height), width, height)
