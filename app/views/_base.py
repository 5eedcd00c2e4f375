"""What every view does: ask for its records while it is visible, show the newest, offer its picture."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QHideEvent, QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from app import pictures
from app.context import Context
from app.theme import theme
from app.widgets.base import Label, Themed
from engine.machines.base import Snapshot
from engine.records import Want

_ARROWS: Final = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


class Picture(Themed):
    """What a view paints by itself: as large as there is room, reached by Tab."""

    inked = True
    """Whether grey pictures of the data are ink; their view says it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room enough to read it."""
        return QSize(theme().px(360), theme().px(240))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The least in which something can be seen."""
        return QSize(theme().px(140), theme().px(100))


class ViewWidget(QWidget):
    """A view: a line with its title at the top (`head`), the picture below (`body`)."""

    def __init__(self, context: Context, title: str) -> None:
        super().__init__()
        self.context, self.name = context, title
        self.setAccessibleName(title)
        self.title = Label(title, "normal", 600)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.head, self.body = QHBoxLayout(), QVBoxLayout()
        self.head.addWidget(self.title)
        self.head.addStretch(1)
        column.addLayout(self.head)
        column.addLayout(self.body, 1)
        theme().changed.connect(self._theme_changed)
        context.session.snapshot_arrived.connect(self._arrived)
        context.session.experiment_changed.connect(self._experiment_changed)
        context.glass.changed.connect(self.look)
        self._space()

    # -- for the views ------------------------------------------------------------------------------------------

    def wants(self) -> frozenset[Want]:
        """The records the picture needs now."""
        raise NotImplementedError

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a snapshot; called only while visible."""
        raise NotImplementedError

    def show_experiment(self) -> None:
        """The experiment or its samples changed."""

    def restyle(self) -> None:
        """The theme changed."""

    def show_way(self, way: str) -> None:
        """Look in the way a note names, where there are several."""

    def fit(self) -> None:
        """Show everything again after zooming."""

    def wanted_height(self, width: int) -> int:
        """The height with which the picture makes the most of a width; 0 where any will do."""
        return 0

    def show_title(self, shown: bool) -> None:
        """Show the title, or not where a tab or a window says it already."""
        self.title.setVisible(shown)

    def extra_actions(self, menu: QMenu) -> None:
        """Add entries to the menu of the right button."""

    # -- for the window -----------------------------------------------------------------------------------------

    def copy_picture(self) -> None:
        """Put the picture on the clipboard."""
        pictures.copy(self)

    def save_picture(self) -> None:
        """Ask for a file and write the picture."""
        pictures.ask_and_save(self, self.context, self.name.lower())

    def dispose(self) -> None:
        """Ask for nothing any more and listen to nothing; called before the widget is destroyed."""
        session = self.context.session
        session.look(self, frozenset())
        session.snapshot_arrived.disconnect(self._arrived)
        session.experiment_changed.disconnect(self._experiment_changed)
        self.context.glass.changed.disconnect(self.look)
        theme().changed.disconnect(self._theme_changed)

    # -- what happens -------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Ask for what is needed now."""
        if self.isVisible():
            self.context.session.look(self, self.wants())

    def refresh(self) -> None:
        """Show the newest snapshot again."""
        snapshot = self.context.session.snapshot
        if snapshot is not None and self.isVisible():
            self.show_snapshot(snapshot)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Begin to look."""
        super().showEvent(event)
        self.context.session.look(self, self.wants())
        self.show_experiment()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Look no longer: what nobody sees is not computed."""
        super().hideEvent(event)
        self.context.session.look(self, frozenset())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Offer the picture."""
        menu = QMenu(self)
        menu.addAction("Copy picture", self.copy_picture)
        menu.addAction("Save picture …", self.save_picture)
        menu.addSeparator()
        menu.addAction("Fit", self.fit)
        self.extra_actions(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """F fits."""
        if event.key() == Qt.Key.Key_F and not event.modifiers():
            self.fit()
        else:
            super().keyPressEvent(event)

    def _arrived(self, snapshot: Snapshot) -> None:
        if self.isVisible():
            self.show_snapshot(snapshot)

    def _experiment_changed(self, old: object, new: object) -> None:
        if self.isVisible():
            self.show_experiment()

    def _theme_changed(self) -> None:
        self._space()
        self.restyle()
        self.update()

    def _space(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.setSpacing(theme().px(8))
        self.head.setSpacing(theme().px(8))
        self.body.setSpacing(theme().px(4))


def neighbour(event: QKeyEvent, place: tuple[int, int], rows: int, columns: int) -> tuple[int, int] | None:
    """Where an arrow leads in a grid (row, column); None for other keys."""
    step = _ARROWS.get(Qt.Key(event.key()))
    if step is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return None
    return min(max(place[0] + step[0], 0), rows - 1), min(max(place[1] + step[1], 0), columns - 1)


def explain(painter: QPainter, rect: QRect, sentence: str) -> None:
    """Say in the middle of an empty picture what would make it show something."""
    painter.setFont(theme().font("normal"))
    painter.setPen(theme().palette.colour("muted"))
    inner = rect.adjusted(theme().px(24), 0, -theme().px(24), 0)
    painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), sentence)
