"""A truth table to be written: a row for each combination of the inputs, and its answer, 0 or 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from app.theme import theme
from engine import features

CENTRE: Final = Qt.AlignmentFlag.AlignCenter
DIGITS: Final = {Qt.Key.Key_0: 0, Qt.Key.Key_1: 1}
TOGGLES: Final = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TruthGrid(QTableWidget):
    """A click on a row turns its answer over; so does Space, and 0 and 1 write it and go on. `changed` follows."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.outputs: tuple[int, ...] = ()
        self.setAccessibleName("Truth table")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def inputs(self) -> int:
        """How many inputs the table has."""
        return len(self.outputs).bit_length() - 1

    def restyle(self) -> None:
        """Follow the theme."""
        look = theme()
        self.setFont(look.font())
        self.verticalHeader().setDefaultSectionSize(look.px(24))
        self.show_outputs(self.outputs)

    def show_outputs(self, outputs: Sequence[int]) -> None:
        """Show another table; nothing is emitted."""
        afresh = len(outputs) != len(self.outputs)
        self.outputs = tuple(outputs)
        if afresh:
            self._lay_out()
        for row in range(len(self.outputs)):
            self._write(row)

    def _lay_out(self) -> None:
        names = [features.title(f"x{k + 1}") for k in range(self.inputs)]
        self.setColumnCount(len(names) + 1)
        self.setHorizontalHeaderLabels([*names, "y"])
        self.setRowCount(len(self.outputs))
        for row in range(len(self.outputs)):
            for column in range(self.columnCount()):
                item = QTableWidgetItem(str(row >> (self.inputs - 1 - column) & 1) if column < self.inputs else "")
                item.setTextAlignment(CENTRE)
                self.setItem(row, column, item)
        self.setCurrentCell(0, self.inputs)
        self.scrollToTop()

    def _write(self, row: int) -> None:
        look, answer = theme(), self.outputs[row]
        for column in range(self.columnCount()):
            item = self.item(row, column)
            if item is not None:
                last = column == self.inputs
                item.setFont(look.font("normal", 600 if last and answer else 400))
                item.setForeground(look.palette.colour("text" if answer else "muted"))
        answered = self.item(row, self.inputs)
        if answered is not None:
            answered.setText(str(answer))
            inputs = " ".join(f"{row:0{self.inputs}b}")
            answered.setData(Qt.ItemDataRole.AccessibleTextRole, f"inputs {inputs}, answer {answer}")

    def _set(self, row: int, answer: int) -> None:
        if 0 <= row < len(self.outputs) and answer != self.outputs[row]:
            self.outputs = (*self.outputs[:row], answer, *self.outputs[row + 1 :])
            self._write(row)
            self.changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Turn the answer of a row over."""
        super().mousePressEvent(event)
        at: QModelIndex = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and at.isValid():
            self._set(at.row(), 1 - self.outputs[at.row()])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The second of two quick clicks is a click."""
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Space turns the answer over; 0 and 1 write it and go to the next row."""
        row, key = self.currentRow(), Qt.Key(event.key())
        if key in TOGGLES and row >= 0:
            self._set(row, 1 - self.outputs[row])
        elif key in DIGITS and row >= 0:
            self._set(row, DIGITS[key])
            self.setCurrentCell(min(row + 1, self.rowCount() - 1), self.inputs)
        else:
            super().keyPressEvent(event)
