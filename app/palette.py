"""The command palette: type a few letters of anything that can be done, Return does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.actions import Actions, Entry, key_text
from app.theme import SPACE, theme
from app.widgets.base import Label

_ENTRY: Final = Qt.ItemDataRole.UserRole
MOST: Final = 60


def score(wanted: str, text: str) -> float | None:
    """How well `text` holds the letters of `wanted` in their order; None when it does not. More is better.

    Letters at the start of words and letters in a row count more, a shorter text wins between equals.
    """
    total, place, before = 0.0, 0, -2
    text, wanted = text.lower(), "".join(wanted.lower().split())
    for letter in wanted:
        found = text.find(letter, place)
        if found < 0:
            return None
        # The start of a word is worth a jump, unless the letters go on in a row.
        if found != before + 1:
            start = next((k for k in range(found, len(text)) if text[k] == letter and _starts(text, k)), found)
            found = start
        total += 3.0 if found == before + 1 else 2.5 if _starts(text, found) else 0.5
        before, place = found, found + 1
    return total - len(text) / 100


def _starts(text: str, place: int) -> bool:
    return place == 0 or not text[place - 1].isalnum()


def best(wanted: str, text: str) -> float | None:
    """The better of a greedy match and a plain occurrence."""
    plain = text.lower().find(wanted.lower().strip())
    fuzzy = score(wanted, text)
    if plain < 0:
        return fuzzy
    starts = _starts(text.lower(), plain)
    # Inside a word a run of letters says less than the first letters of words do.
    exact = (3.5 if starts else 2.0) * len(wanted.strip()) + float(starts) - len(text) / 100
    return exact if fuzzy is None else max(exact, fuzzy)


def everything(actions: Actions) -> tuple[Entry, ...]:
    """All entries, and the entries inside submenus: examples, data sets, views, recent files."""
    found: list[Entry] = []
    for entry in actions:
        found += _inside(entry) if entry.children is not None else [entry]
    return tuple({entry.id: entry for entry in found}.values())


def _inside(entry: Entry) -> list[Entry]:
    found: list[Entry] = []
    for child in entry.children() if entry.children is not None else ():
        found += _inside(child) if child.children is not None else [child]
    return found


def matches(wanted: str, entries: tuple[Entry, ...]) -> list[Entry]:
    """The entries that fit, best first; all of them in their order when nothing is wanted.

    Of two with one name (a view, and the picture of it) the one that stands in the shorter path of menus is meant.
    """
    if not wanted.strip():
        return [e for e in entries if e.possible][:MOST]
    scored = []
    for k, entry in enumerate(entries):
        title, path = best(wanted, entry.label), best(wanted, f"{entry.menu.replace('/', ' ')} {entry.label}")
        if title is not None or path is not None:
            scored.append(
                (max(title or -9.0, (path or -9.0) - 1.0) - (0 if entry.possible else 5.0), -len(entry.menu), -k, entry)
            )
    return [entry for *_, entry in sorted(scored, key=lambda s: s[:3], reverse=True)][:MOST]


class _Row(QStyledItemDelegate):
    """What it is called, where it stands in the menus, and its keys."""

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(200, theme().px(34))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        palette, entry = theme().palette, index.data(_ENTRY)
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.colour("field"))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), 6, 6)
            painter.setBrush(palette.colour("accent"))
            painter.drawRoundedRect(QRect(area.left(), area.top() + 8, 3, area.height() - 16), 1, 1)
        inner = area.adjusted(SPACE[2], 0, -SPACE[2], 0)
        painter.setFont(theme().font("normal", 500))
        painter.setPen(palette.colour("text" if entry.possible else "faint"))
        title = painter.boundingRect(inner, int(Qt.AlignmentFlag.AlignVCenter), entry.label)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter), entry.label)
        painter.setFont(theme().font("small"))
        painter.setPen(palette.colour("muted"))
        aside = inner.adjusted(title.width() + SPACE[2], 0, 0, 0)
        keys = key_text(entry)
        room = painter.fontMetrics().horizontalAdvance(keys) + SPACE[3] if keys else 0
        path = painter.fontMetrics().elidedText(
            entry.menu.replace("/", " › "), Qt.TextElideMode.ElideRight, max(0, aside.width() - room)
        )
        painter.drawText(aside, int(Qt.AlignmentFlag.AlignVCenter), path)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), keys)
        painter.restore()


class CommandPalette(QWidget):
    """A line to type in and what fits; arrows choose, Return does, Escape leaves."""

    def __init__(self, actions: Actions, close: Callable[[], None]) -> None:
        super().__init__()
        self._close = close
        self._entries = everything(actions)
        self.line, self.list = QLineEdit(), QListWidget()
        self.line.setPlaceholderText("What do you want to do?")
        self.line.setAccessibleName("command")
        self.line.setClearButtonEnabled(True)
        self.list.setAccessibleName("commands that fit")
        self.list.setItemDelegate(_Row(self.list))
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.itemClicked.connect(lambda _item: self._do())
        self.line.textChanged.connect(self._show)
        self.line.returnPressed.connect(self._do)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        column.addWidget(self.line)
        column.addWidget(self.list, 1)
        self.nothing = Label("Nothing is called that; fewer letters find more.", colour="muted")
        column.insertWidget(1, self.nothing)
        self.line.setFont(theme().font("large"))
        self.setFocusProxy(self.line)
        self._show("")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows walk through the list while the line keeps the focus."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        place = self.list.currentRow() + step
        if abs(step) == 1:
            place %= max(1, self.list.count())
        self.list.setCurrentRow(max(0, min(self.list.count() - 1, place)))
        for item in self.list.selectedItems():
            self.line.setAccessibleDescription(item.text())

    def _show(self, wanted: str) -> None:
        self.list.clear()
        for entry in matches(wanted, self._entries):
            item = QListWidgetItem(entry.label)
            item.setData(_ENTRY, entry)
            item.setToolTip(entry.help)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.nothing.setVisible(self.list.count() == 0)

    def _do(self) -> None:
        chosen = self.list.selectedItems()
        if not chosen:
            return
        entry: Entry = chosen[0].data(_ENTRY)
        self._close()
        if entry.possible:
            entry.run()
