"""The columns of a table to import: which are learned from, and the first rows as they were found."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.numbers import count, human
from app.style import mix
from app.theme import theme
from app.widgets.base import Label
from app.widgets.buttons import Button
from engine.datasets.importing import Column, Preview

SHOWN = 60
"""Columns in the table of first rows; a wider one would only be slow to scroll."""


class ColumnList(QWidget):
    """The number columns with a check each; `changed` comes with every check."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setAccessibleName("Features: the columns that are learned from")
        self.list.itemChanged.connect(lambda _item: self.changed.emit())
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(4))
        head = QHBoxLayout()
        head.addWidget(Label("features", "small", 400, "muted"))
        head.addStretch(1)
        for text, on in (("all", True), ("none", False)):
            button = Button(text, "link", size="small")
            button.setAccessibleName(f"{text} features")
            button.clicked.connect(lambda _checked=False, value=on: self._set_all(value))
            head.addWidget(button)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        theme().changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.setFixedWidth(theme().px(190))

    def show_columns(self, preview: Preview, target: str) -> None:
        """Offer the number columns but the target; those chosen before stay chosen when only the target moved."""
        before = {self.list.item(k).text(): self._on(k) for k in range(self.list.count())}
        blocker = QSignalBlocker(self.list)
        self.list.clear()
        for one in preview.columns:
            if one.type != "number" or one.name == target:
                continue
            item = QListWidgetItem(one.name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            kept = before.get(one.name, True)
            item.setCheckState(Qt.CheckState.Checked if kept else Qt.CheckState.Unchecked)
            item.setToolTip(_range(one))
            self.list.addItem(item)
        del blocker

    def chosen(self) -> tuple[str, ...]:
        """The checked columns."""
        return tuple(self.list.item(k).text() for k in range(self.list.count()) if self._on(k))

    def _on(self, k: int) -> bool:
        return self.list.item(k).checkState() == Qt.CheckState.Checked

    def _set_all(self, on: bool) -> None:
        blocker = QSignalBlocker(self.list)
        for k in range(self.list.count()):
            self.list.item(k).setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        del blocker
        self.changed.emit()


class PreviewTable(QTableWidget):
    """The first rows; the target stands out, columns that are not used are faint."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("The first rows")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.horizontalHeader().setStretchLastSection(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def show_rows(self, preview: Preview, target: str, features: tuple[str, ...]) -> None:
        """Show the first rows of a table."""
        columns = preview.columns[:SHOWN]
        self.clear()
        self.setColumnCount(len(columns))
        self.setRowCount(len(preview.rows))
        self.setHorizontalHeaderLabels([c.name for c in columns])
        for row, words in enumerate(preview.rows):
            for k, word in enumerate(words[: len(columns)]):
                item = QTableWidgetItem(" ".join(word.split())[:80])
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self.setItem(row, k, item)
        self.verticalHeader().setDefaultSectionSize(theme().px(26))
        self.mark(target, features)
        self.resizeColumnsToContents()
        for k in range(len(columns)):
            self.setColumnWidth(k, min(max(self.columnWidth(k) + theme().px(16), theme().px(64)), theme().px(180)))

    def mark(self, target: str, features: tuple[str, ...]) -> None:
        """Show by colour and header what each column is for."""
        colours = theme().palette
        used = set(features)
        for k in range(self.columnCount()):
            head = self.horizontalHeaderItem(k)
            if head is None:
                continue
            name = head.text().removesuffix(" ◂ learn")
            head.setText(f"{name} ◂ learn" if name == target else name)
            ink = colours.colour("text" if name == target or name in used else "faint")
            ground = mix(colours.panel, colours.accent, 0.1) if name == target else colours.colour("panel")
            head.setForeground(colours.colour("accent") if name == target else ink)
            for row in range(self.rowCount()):
                item = self.item(row, k)
                if item is not None:
                    item.setForeground(ink)
                    item.setBackground(ground)


def _range(one: Column) -> str:
    values = count(one.distinct, "different value")
    return (
        f"{human(one.low)} to {human(one.high)}, {values}"
        + (f", {one.missing} missing" if one.missing else "")
        + (f", {one.strays} not a number" if one.strays else "")
    )
