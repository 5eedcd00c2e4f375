"""The table of a trace: a model over its rows, and cells that can be copied."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

from app.tables import Figures, lines, plain, shown
from app.theme import theme
from app.widgets.table import Table
from engine.tracing import Column, Group, Trace, Value

HERE: Final = "▸"
HINTS: Final[dict[Group, str]] = {
    "count": "how many came before, from the start of the experiment",
    "row": "the row of the data that was shown",
    "inputs": "what the network sees of it",
    "weights": "before the learning of this row",
    "net": "the weighted sum of the output",
    "output": "the answer",
    "target": "what the answer should have been",
    "error": "target less output",
    "loss": "of the sample; of a batch or a pass the mean over all training samples, at these weights",
    "err": "training samples answered wrongly at these weights",
    "changes": "what this row adds to the weights",
}

Index = QModelIndex | QPersistentModelIndex
NOWHERE: Final = QModelIndex()
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Rows(QAbstractTableModel):
    """The columns of a trace that are not hidden; `here` is the row at which the run stands."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: tuple[Column, ...] = ()
        self.rows: list[tuple[Value, ...]] = []
        self.here = -1
        self._figures: list[Figures] = []
        self._made: tuple[tuple[Value, ...], ...] = ()

    def show_trace(self, trace: Trace, hidden: set[Group], here: int) -> bool:
        """Show a trace; tell whether it is another table than before, not only a longer one."""
        kept = [k for k, c in enumerate(trace.columns) if c.group not in hidden]
        columns = tuple(trace.columns[k] for k in kept)
        before = len(self._made)
        goes_on = columns == self.columns and len(trace.rows) >= before and trace.rows[:before] == self._made
        fresh = [tuple(row[k] for k in kept) for row in trace.rows[before if goes_on else 0 :]]
        self._made = trace.rows
        if not goes_on:
            self.beginResetModel()
            self.columns, self.rows, self.here = columns, fresh, here
            self._figures = [Figures()] * len(columns)
            self._measure(fresh)
            self.endResetModel()
            return True
        if fresh:
            self.beginInsertRows(NOWHERE, before, before + len(fresh) - 1)
            self.rows += fresh
            self._measure(fresh)
            self.endInsertRows()
        if here != self.here:
            was, self.here = self.here, here
            for row in (was, here):
                if 0 <= row < len(self.rows):
                    self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))
        return False

    def _measure(self, fresh: list[tuple[Value, ...]]) -> None:
        """Take note of the decimals that more rows need."""
        for row in fresh:
            self._figures = [f.with_value(v) for f, v in zip(self._figures, row, strict=True)]

    def text(self, row: int, column: int) -> str:
        """What stands in a cell."""
        return shown(self.rows[row][column], self._figures[column].places)

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """How many columns are shown."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell."""
        value = self.rows[index.row()][index.column()]
        present = index.row() == self.here
        if role == Qt.ItemDataRole.DisplayRole:
            text = self.text(index.row(), index.column())
            return f"{HERE} {text}" if present and index.column() == 0 else text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT
        if role == Qt.ItemDataRole.FontRole:
            return theme().font("normal", 600 if present else 400)
        if role == Qt.ItemDataRole.ForegroundRole and self.columns[index.column()].group in ("count", "row"):
            return theme().palette.colour("text" if present else "muted")
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(value)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.columns[index.column()].title} {self.text(index.row(), index.column())}"
        return None

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The name of a column, and what it means."""
        if orientation == Qt.Orientation.Vertical or section >= len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            return HINTS[self.columns[section].group]
        if role == Qt.ItemDataRole.FontRole:  # a font that is set is gone when the size of text changes
            return theme().font("small", 500)
        return RIGHT if role == Qt.ItemDataRole.TextAlignmentRole else None


class TraceTable(Table):
    """Cells are chosen with the mouse or with Shift and the arrows; Ctrl+C copies them for a spreadsheet."""

    copied = Signal(str)

    def __init__(self) -> None:
        self.rows = Rows()
        self._followed = 0
        super().__init__(self.rows, "trace")

    def fit(self) -> None:
        """Make every column as wide as what stands in it."""
        super().fit()
        for k in range(self.rows.columnCount()):
            least = 44 if self.rows.columns[k].group in ("count", "row", "err") else 52
            self.setColumnWidth(k, max(self.columnWidth(k) + theme().px(4), theme().px(least)))

    def show_trace(self, trace: Trace, hidden: set[Group], here: int) -> None:
        """Show a trace as far as it is made."""
        known = self.rows.rowCount()
        if self.rows.show_trace(trace, hidden, here) or self.rows.rowCount() != known:
            self.fit()
        if here != self._followed and here < self.rows.rowCount():
            self._followed = here  # once: who scrolls away stays there until the run moves
            self.scrollTo(self.rows.index(here, max(self.columnAt(0), 0)))

    def copy_cells(self) -> None:
        """Copy the chosen cells, or all with the names of the columns where none or all are chosen."""
        chosen = {(i.row(), i.column()) for i in self.selectedIndexes()}
        if not chosen or len(chosen) == self.rows.rowCount() * self.rows.columnCount():
            text = lines(self.rows.columns, self.rows.rows, "\t")
        else:
            down, across = sorted({r for r, _ in chosen}), sorted({c for _, c in chosen})
            cells = [[plain(self.rows.rows[r][c]) if (r, c) in chosen else "" for c in across] for r in down]
            text = "".join("\t".join(line) + "\n" for line in cells)
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(text)

    def event(self, event: QEvent) -> bool:
        """Keep the keys of copying while the focus is here."""
        asked = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if asked and event.matches(QKeySequence.StandardKey.Copy):  # type: ignore[attr-defined] # it is one of a key
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Ctrl+C copies."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_cells()
        else:
            super().keyPressEvent(event)
