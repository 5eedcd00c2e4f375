"""Where views stand: two panes of tabs in the output column, and windows of their own for those torn off."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSplitter, QWidget

from app.context import Context
from app.panes import Pane, Torn
from app.theme import SPACE, theme
from app.views import View
from app.widgets.buttons import IconButton
from app.widgets.panels import Card
from engine.experiment import Experiment
from engine.machines import MachineKind

if TYPE_CHECKING:
    from app.views._base import ViewWidget

PANES: Final = ("top", "bottom")

LOW: Final = 122
"""The height below which curves can't be read, in pixels at 100 %."""

ENOUGH: Final = 0.78
"""The share of the height it wants with which the view on top still makes room for others below it."""


def offered(experiment: Experiment) -> tuple[str, ...]:
    """The keys of the views whose record this experiment yields."""
    records = MachineKind.registry[experiment.machine].kind.shown(experiment)
    return tuple(
        entry.key
        for entry in View.registry
        if entry.kind.record in records and issubclass(records[entry.kind.record], entry.kind.draws)
    )


def home(key: str) -> str:
    """The pane in which a view stands where there is room for two."""
    place = View.registry[key].kind.place
    return place if place in PANES else "top" if place == "room" else "bottom"


class ViewsDock(Card):
    """The output column: a surface as large as it can be, curves below it, or behind a tab where the column is low."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._can: tuple[str, ...] = ()
        self._widgets: dict[str, ViewWidget] = {}
        self._torn: dict[str, Torn] = {}
        self._merged = self._by_hand = False
        self.setAccessibleName("Output")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.panes = {name: Pane(name) for name in PANES}
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setHandleWidth(SPACE[2])
        self.splitter.setChildrenCollapsible(False)
        for pane in self.panes.values():
            pane.tear.connect(self.tear)
            pane.drop.connect(self.close_view)
            self.splitter.addWidget(pane)
        self.splitter.splitterMoved.connect(self._moved)
        self.corner = self._corner()
        self.body.addWidget(self.splitter, 1)
        context.session.experiment_changed.connect(lambda _old, _new: self._refresh())
        theme().changed.connect(self._share)

    def _corner(self) -> QWidget:
        corner = QWidget(self)
        row = QHBoxLayout(corner)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.more = IconButton("plus", "Add a view", "Add a view, or open one in its own window", side=24, glyph=14)
        self.more.clicked.connect(self._choose)
        self.detach = IconButton("tear-off", "Open this view in its own window", side=24, glyph=14)
        self.detach.clicked.connect(self._tear_front)
        row.addWidget(self.more)
        row.addWidget(self.detach)
        corner.hide()
        return corner

    # -- which views --------------------------------------------------------------------------------------------

    def fill(self, pane: str) -> None:
        """Build the views that stand in a pane at first, or stood there last time."""
        can = self._can = self.offers()
        kept = self._context.settings.get(f"views/{pane}", "")
        keys = [k for k in kept.split(",") if k in can] or [k for k in can if View.registry[k].kind.place == pane]
        for key in keys:
            if key in can and key not in self._widgets:
                self.show_view(key)
        self._front(pane).tabs.setCurrentIndex(0)
        self._share()

    def remember(self) -> None:
        """Keep what stands where for the next start."""
        for name in PANES:
            keys = [k for pane in self.panes.values() for k in pane.keys if home(k) == name]
            self._context.settings.set(f"views/{name}", ",".join(keys))

    def reset(self) -> None:
        """Put every view back where it stands at first."""
        self._by_hand = False
        for key in list(self._widgets):
            self.close_view(key)
        for name in PANES:
            self._context.settings.set(f"views/{name}", "")
            self.fill(name)

    def offers(self) -> tuple[str, ...]:
        """The views this experiment can have."""
        return offered(self._context.session.experiment)

    def open_views(self) -> tuple[str, ...]:
        """The views that are open, torn off or not."""
        return tuple(self._widgets)

    def widget_of(self, key: str) -> ViewWidget:
        """The widget of an open view."""
        return self._widgets[key]

    def torn(self, key: str) -> bool:
        """Whether a view stands in its own window."""
        return key in self._torn

    def in_front(self, key: str) -> bool:
        """Whether a view is open and not behind another."""
        return key in self._widgets and self._widgets[key].isVisible()

    def show_view(self, key: str) -> None:
        """Open a view, or bring it to the front."""
        if key in self._torn:
            self._torn[key].raise_()
            self._torn[key].activateWindow()
            return
        if key not in self._widgets:
            self._widgets[key] = View.registry[key].kind().widget(self._context)
            self._add(key)
        pane = self._pane_of(key)
        assert pane is not None
        pane.tabs.setCurrentIndex(pane.keys.index(key))
        self.changed.emit()

    def show_named(self, notes: str) -> None:
        """Bring the view to the front that a note sends its reader to, in the way it names.

        As in “see Look inside: fooled”, “see the bars in ROC”, “in the view Filters”.
        """
        for key in self.offers():
            title = re.escape(View.registry[key].title)
            found = re.search(rf"\b(?:[Ss]ee|view|[Ss]ee the \w+ in) {title}\b(?:: ([\w-]+))?", notes)
            if found is not None:
                self.show_view(key)
                self._widgets[key].show_way(found[1] or "")
                return

    def close_view(self, key: str) -> None:
        """Close a view."""
        torn = self._torn.pop(key, None)
        if torn is not None:
            torn.hide()
            torn.deleteLater()
        self._take(key)
        widget = self._widgets.pop(key, None)
        if widget is not None:
            self._dispose(widget)
        self.changed.emit()

    def tear(self, key: str) -> None:
        """Give a view its own window."""
        self.show_view(key)
        if key in self._torn:
            return
        self._take(key)
        widget = self._widgets[key]
        widget.show_title(False)
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
        self._add(key)
        torn.hide()
        torn.deleteLater()
        self.changed.emit()

    def close_all(self) -> None:
        """Close every view, so that no plot is left open when the process ends."""
        for key in list(self._widgets):
            self.close_view(key)

    # -- where they stand ---------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The height is shared anew."""
        super().resizeEvent(event)
        self._share()

    def _front(self, name: str) -> Pane:
        return self.panes["top" if self._merged else name]

    def _pane_of(self, key: str) -> Pane | None:
        return next((p for p in self.panes.values() if key in p.keys), None)

    def _add(self, key: str) -> None:
        self._lift()
        self._front(home(key)).add(key, View.registry[key].title, self._widgets[key])
        self._seat()

    def _take(self, key: str) -> None:
        pane = self._pane_of(key)
        if pane is not None:
            self._lift()
            pane.take(key)
            self._seat()

    def _lift(self) -> None:
        """Take the buttons out of a view that may go; the focus stays in the column."""
        focused = self.window().focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.corner.hide()
        self.corner.setParent(self)

    def _seat(self) -> None:
        self.detach.setVisible(bool(self._seated().keys))
        self._seated().seat(self.corner)

    def _seated(self) -> Pane:
        """The lowest pane that has views; its line holds the buttons of the column."""
        return next((p for p in reversed(self.panes.values()) if p.keys), self._front("bottom"))

    def _tear_front(self) -> None:
        pane = self._seated()
        if pane.keys:
            self.tear(pane.keys[pane.tabs.currentIndex()])

    def _moved(self) -> None:
        self._by_hand = True

    def _share(self) -> None:
        """The view on top gets the height it wants, the others what is left; too little, and they become tabs."""
        self.layout().activate()  # type: ignore[union-attr] # it has one
        height = self.splitter.height() - self.splitter.handleWidth()
        front = next((k for k in self.panes["top"].keys if home(k) == "top"), "")
        if height < 100 or not front:
            return
        wish = self._widgets[front].wanted_height(self.splitter.width()) or round(0.58 * height)
        rest = max(theme().px(LOW), height - wish)
        self._merge(height - rest < ENOUGH * wish)
        if not self._by_hand:
            self.splitter.setSizes([height - rest, rest])

    def _merge(self, merged: bool) -> None:
        """Show the lower views as tabs of the upper ones, or below them again."""
        if merged == self._merged:
            return
        self._merged = merged
        seen = self.panes["top"].view()
        self._lift()
        moving = [k for pane in self.panes.values() for k in pane.keys if home(k) == "bottom"]
        for key in moving:
            pane = self._pane_of(key)
            assert pane is not None
            pane.take(key)
            self._front("bottom").add(key, View.registry[key].title, self._widgets[key])
        self._front("bottom").tabs.setCurrentIndex(0)
        for place, key in enumerate(self.panes["top"].keys):
            if self._widgets[key] is seen:  # what was in front stays there
                self.panes["top"].tabs.setCurrentIndex(place)
        self._seat()

    def _refresh(self) -> None:
        if self._can and self.offers() != self._can:
            for key in self._widgets.keys() - set(self.offers()):
                self.close_view(key)
            for name in PANES:
                self.fill(name)
        self._share()

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
    def _dispose(widget: ViewWidget) -> None:
        widget.hide()
        widget.dispose()
        widget.close()
        widget.setParent(None)
        widget.deleteLater()
