"""The places where views stand: a pane of tabs, and a window of its own for one that is torn off."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import SPACE, theme

if TYPE_CHECKING:
    from app.views._base import ViewWidget


class Pane(QWidget):
    """A stack of views; tabs appear with the second one, and the first one's own line is then without a title."""

    tear = Signal(str)
    drop = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.keys: list[str] = []
        self.tabs, self.stack = QTabBar(), QStackedWidget()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setTabsClosable(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        for arrow in self.tabs.findChildren(QToolButton):
            arrow.setAutoRaise(True)
        self.tabs.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.tabs.setAccessibleName(f"views of the {name} pane")
        self.tabs.currentChanged.connect(self.stack.setCurrentIndex)
        self.tabs.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tabs.customContextMenuRequested.connect(self._menu)
        self.tabs.tabBarDoubleClicked.connect(lambda k: self.tear.emit(self.keys[k]) if k >= 0 else None)
        self.head = QWidget()
        self._row = QHBoxLayout(self.head)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.tabs)
        self._row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        column.addWidget(self.head)
        column.addWidget(self.stack, 1)
        # A stack is as wide as its widest page; one that is not in front must not widen the column.
        self.stack.setMinimumWidth(1)
        self._show()

    def add(self, key: str, title: str, widget: ViewWidget) -> None:
        """Put a view in front."""
        self.keys.append(key)
        self.stack.addWidget(widget)
        self.tabs.setCurrentIndex(self.tabs.addTab(title))
        self._show()

    def take(self, key: str) -> None:
        """Let go of a view."""
        place = self.keys.index(key)
        widget = self.stack.widget(place)
        self.keys.pop(place)
        self.tabs.removeTab(place)
        if widget is not None:
            self.stack.removeWidget(widget)
        self._show()

    def view(self) -> ViewWidget | None:
        """The view in front."""
        return cast("ViewWidget | None", self.stack.currentWidget())

    def seat(self, corner: QWidget) -> None:
        """Put the buttons of the column at the end of the first line: that of the tabs, or of the only view."""
        view = self.view()
        row = view.head if view is not None and len(self.keys) == 1 else self._row
        row.addWidget(corner)
        corner.show()
        if not self.keys:
            self.head.show()
            self.show()

    def _show(self) -> None:
        tabbed = len(self.keys) > 1
        self.head.setVisible(tabbed)
        self.setVisible(bool(self.keys))
        for place in range(self.stack.count()):
            cast("ViewWidget", self.stack.widget(place)).show_title(not tabbed)

    def _menu(self, where: QPoint) -> None:
        place = self.tabs.tabAt(where)
        if place < 0:
            return
        menu = QMenu(self)
        menu.addAction("Own window", partial(self.tear.emit, self.keys[place]))
        menu.addAction("Close view", partial(self.drop.emit, self.keys[place]))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.tabs.mapToGlobal(where))


class Torn(QWidget):
    """A view in a window of its own; closing it puts the view back."""

    returned = Signal(str)

    def __init__(self, key: str, title: str, widget: QWidget, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.key, self.view = key, widget
        self.setWindowTitle(f"{title} – Learnscope")
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[3])
        column.addWidget(widget)
        widget.show()
        self.resize(theme().px(560), theme().px(600))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The panel's ground."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), theme().palette.colour("panel"))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Give the view back."""
        self.returned.emit(self.key)
        super().closeEvent(event)
