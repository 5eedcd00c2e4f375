"""Where views stand: two panes of tabs in the output column, and windows of their own for those torn off."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QSplitter, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app.context import Context
from app.theme import SPACE, theme
from app.views import View
from app.widgets.buttons import Button, IconButton
from app.widgets.panels import Card
from engine.machines import MachineKind

PANES: Final = ("top", "bottom")


def offered(machine: str) -> tuple[str, ...]:
    """The keys of the views whose record this kind of experiment yields."""
    records = MachineKind.registry[machine].kind.records
    return tuple(
        entry.key
        for entry in View.registry
        if entry.kind.record in records and issubclass(records[entry.kind.record], entry.kind.draws)
    )


class Pane(QWidget):
    """A stack of views; tabs appear with the second one."""

    tear = Signal(str)
    drop = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.keys: list[str] = []
        self._head_stays = False
        self.tabs, self.stack = QTabBar(), QStackedWidget()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setTabsClosable(False)
        self.tabs.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.tabs.setAccessibleName(f"views of the {name} pane")
        self.tabs.currentChanged.connect(self.stack.setCurrentIndex)
        self.tabs.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tabs.customContextMenuRequested.connect(self._menu)
        self.tabs.tabBarDoubleClicked.connect(lambda k: self.tear.emit(self.keys[k]) if k >= 0 else None)
        self.head = QWidget()
        row = QHBoxLayout(self.head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[0])
        row.addWidget(self.tabs)
        row.addStretch(1)
        self.detach = IconButton("tear-off", "Open this view in its own window", side=24, glyph=14)
        self.detach.clicked.connect(self._tear_current)
        row.addWidget(self.detach)
        self._buttons = row
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        column.addWidget(self.head)
        column.addWidget(self.stack, 1)
        self._show()

    def add(self, key: str, title: str, widget: QWidget) -> None:
        """Put a view in front."""
        self.keys.append(key)
        self.stack.addWidget(widget)
        self.tabs.setCurrentIndex(self.tabs.addTab(title))
        self._show()

    def take(self, key: str) -> QWidget | None:
        """Take a view out."""
        place = self.keys.index(key)
        widget = self.stack.widget(place)
        self.keys.pop(place)
        self.tabs.removeTab(place)
        if widget is not None:
            self.stack.removeWidget(widget)
        self._show()
        return widget

    def keep_head(self, button: QWidget) -> None:
        """Show the head even for a single view, with a button beside the tabs."""
        self._head_stays = True
        self._buttons.insertWidget(1, button)
        self._show()

    def _tear_current(self) -> None:
        if self.keys:
            self.tear.emit(self.keys[self.tabs.currentIndex()])

    def _show(self) -> None:
        self.head.setVisible(self._head_stays or len(self.keys) > 1)
        self.detach.setVisible(bool(self.keys))
        self.setVisible(self._head_stays or bool(self.keys))

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
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().palette.colour("panel"))
        painter.end()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Give the view back."""
        self.returned.emit(self.key)
        super().closeEvent(event)


class ViewsDock(Card):
    """The output column."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._machine = ""
        self._widgets: dict[str, QWidget] = {}
        self._torn: dict[str, Torn] = {}
        self.setAccessibleName("Output")
        self.panes = {name: Pane(name) for name in PANES}
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setHandleWidth(SPACE[2])
        self.splitter.setChildrenCollapsible(False)
        for pane in self.panes.values():
            pane.tear.connect(self.tear)
            pane.drop.connect(self.close_view)
            self.splitter.addWidget(pane)
        self.more = Button("view", "ghost", "plus", "Add a view, or open one in its own window", "small")
        self.more.setAccessibleName("Add a view")
        self.more.clicked.connect(self._choose)
        self.panes["bottom"].keep_head(self.more)
        self.body.addWidget(self.splitter, 1)
        context.session.experiment_changed.connect(lambda _old, _new: self._refresh())

    def fill(self, pane: str) -> None:
        """Build the views that stand in a pane at first, or stood there last time."""
        self._machine = self._context.session.experiment.machine
        can = offered(self._machine)
        kept = self._context.settings.get(f"views/{pane}", "")
        keys = kept.split(",") if kept else [k for k in can if View.registry[k].kind.place == pane]
        for key in keys:
            if key in can and key not in self._widgets:
                self.show_view(key, pane)
        self.panes[pane].tabs.setCurrentIndex(0)
        self._share()

    def remember(self) -> None:
        """Keep what stands where for the next start."""
        for name, pane in self.panes.items():
            self._context.settings.set(f"views/{name}", ",".join(pane.keys))

    def reset(self) -> None:
        """Put every view back where it stands at first."""
        for key in list(self._widgets):
            self.close_view(key)
        for name in PANES:
            self._context.settings.set(f"views/{name}", "")
            self.fill(name)

    def offers(self) -> tuple[str, ...]:
        """The views this experiment can have."""
        return offered(self._context.session.experiment.machine)

    def open_views(self) -> tuple[str, ...]:
        """The views that are open, torn off or not."""
        return tuple(self._widgets)

    def widget_of(self, key: str) -> QWidget:
        """The widget of an open view."""
        return self._widgets[key]

    def torn(self, key: str) -> bool:
        """Whether a view stands in its own window."""
        return key in self._torn

    def show_view(self, key: str, pane: str = "") -> None:
        """Open a view, or bring it to the front."""
        if key in self._torn:
            self._torn[key].raise_()
            self._torn[key].activateWindow()
            return
        if key not in self._widgets:
            entry = View.registry[key]
            self._widgets[key] = entry.kind().widget(self._context)
            home = pane or (entry.kind.place if entry.kind.place in PANES else "bottom")
            self.panes[home].add(key, entry.title, self._widgets[key])
        for each in self.panes.values():
            if key in each.keys:
                each.tabs.setCurrentIndex(each.keys.index(key))
        self.changed.emit()

    def close_view(self, key: str) -> None:
        """Close a view."""
        torn = self._torn.pop(key, None)
        if torn is not None:
            torn.hide()
            torn.deleteLater()
        for pane in self.panes.values():
            if key in pane.keys:
                pane.take(key)
        widget = self._widgets.pop(key, None)
        if widget is not None:
            self._dispose(widget)
        self.changed.emit()

    def tear(self, key: str) -> None:
        """Give a view its own window."""
        self.show_view(key)
        pane = next((p for p in self.panes.values() if key in p.keys), None)
        if pane is None:
            return
        widget = pane.take(key)
        assert widget is not None
        torn = Torn(key, View.registry[key].title, widget, self.window())
        torn.returned.connect(self.put_back)
        self._torn[key] = torn
        torn.show()
        self.changed.emit()

    def put_back(self, key: str) -> None:
        """Take a torn view back into the column."""
        torn = self._torn.pop(key, None)
        if torn is None:
            return
        place = View.registry[key].kind.place
        self.panes[place if place in PANES else "bottom"].add(key, View.registry[key].title, torn.view)
        torn.hide()
        torn.deleteLater()
        self.changed.emit()

    def close_all(self) -> None:
        """Close every view, so that no plot is left open when the process ends."""
        for key in list(self._widgets):
            self.close_view(key)

    def _refresh(self) -> None:
        machine = self._context.session.experiment.machine
        if self._machine and machine != self._machine:
            self._machine = machine
            for key in self._widgets.keys() - set(self.offers()):
                self.close_view(key)
            for name in PANES:
                self.fill(name)

    def _share(self) -> None:
        height = max(self.splitter.height(), 100)
        self.splitter.setSizes([round(height * 0.58), round(height * 0.42)])

    def _choose(self) -> None:
        menu = QMenu(self)
        for key in self.offers():
            title = View.registry[key].title
            if key not in self._widgets:
                menu.addAction(f"Show {title}", partial(self.show_view, key))
        menu.addSeparator()
        for key in self._widgets:
            title = View.registry[key].title
            if key in self._torn:
                menu.addAction(f"Put {title} back", partial(self.put_back, key))
            else:
                menu.addAction(f"{title} in its own window", partial(self.tear, key))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    @staticmethod
    def _dispose(widget: QWidget) -> None:
        widget.hide()
        close = getattr(widget, "dispose", None)
        if callable(close):
            close()
        widget.close()
        widget.setParent(None)
        widget.deleteLater()
