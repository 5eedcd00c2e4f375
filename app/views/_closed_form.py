"""The view of the best weights: the formula, and a table of the weights now, the best, and what is between."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView

from app import names
from app.context import Context
from app.numbers import MINUS, beat, count, human
from app.theme import theme
from app.views._base import ViewWidget
from app.views._closed_form_words import summary, words
from app.widgets.base import Label
from app.widgets.buttons import Button
from app.widgets.sheet import Sheet
from app.widgets.table import LINE, Table
from engine.experiment import Experiment
from engine.machines.base import Snapshot
from engine.producers.closed_form import ClosedForm, Pair
from engine.records import Want

TAKE: Final = "Take these weights"
TOLD: Final = "Set the weights of the run to these, as one step that can be undone"
DIGITS: Final = 4
"""Decimals of the largest number of a kind that is below 10."""
ROUNDING: Final = 1e-13
"""What is smaller, in relation to the largest number of a kind, is 0: floats have sixteen digits."""
TITLES: Final = {"identity": ("", "now", "solution", "difference")}
OTHERS: Final = ("", "now", "minimum", "difference")
HINTS: Final = ("", "where the run stands", "the best there are", "now, less the best")
LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

Index = QModelIndex | QPersistentModelIndex
NOWHERE: Final = QModelIndex()


class Line(NamedTuple):
    """A row of the table, its numbers written with so many decimals; a distance has one number only."""

    title: str
    pair: Pair
    places: int
    apart: bool = False

    def text(self, column: int) -> str:
        """What stands in a cell."""
        if column == 0:
            return self.title
        now, best = self.pair
        if self.apart:
            return human(now) if column == 3 else ""
        if column == 3:
            return human(now - best)
        value = (now, best)[column - 1]
        if math.isnan(value):
            return "–"
        small = 0 < abs(value) < 10.0**-self.places
        if small or math.isinf(value) or abs(value) >= 1e6:
            return human(value)
        return f"{value:.{self.places}f}".replace("-", MINUS)


def lines_of(record: ClosedForm, experiment: Experiment) -> list[Line]:
    """The losses, the distance, then the weights of each output, its bias first."""
    costs = [("training loss", record.train), ("penalty", record.penalty), ("test loss", record.test)]
    costs = [(t, p) for t, p in costs if not math.isnan(p.now) and (t != "penalty" or record.rate)]
    places, least = _scale([v for _, pair in costs for v in pair])
    found = [Line(t, _whole(p, least), places) for t, p in costs]
    found.append(Line("‖w − w*‖", Pair(record.distance, 0.0), places, apart=True))
    weights = [*record.now.ravel().tolist(), *record.best.ravel().tolist()]
    places, least = _scale(weights)
    sources = ["bias", *(names.symbol(experiment, label) for label in record.inputs)]
    for k, output in enumerate(record.outputs):
        of = f"{names.unit(experiment, output)}: " if len(record.outputs) > 1 else ""
        pairs = zip(record.now[:, k].tolist(), record.best[:, k].tolist(), strict=True)
        found += [
            Line(f"{of}{'' if of or s == 'bias' else 'weight of '}{s}", _whole(Pair(*p), least), places)
            for s, p in zip(sources, pairs, strict=True)
        ]
    return found


def _scale(values: list[float]) -> tuple[int, float]:
    """The decimals of numbers of a kind, and what is only the rounding of their arithmetic."""
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    return (max(0, min(DIGITS, DIGITS - math.floor(math.log10(largest)))) if largest else DIGITS), ROUNDING * largest


def _whole(pair: Pair, least: float) -> Pair:
    return Pair(*(0.0 if abs(v) < least else v for v in pair))


class Lines(QAbstractTableModel):
    """The rows of the table and their titles."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.titles: tuple[str, ...] = OTHERS

    def show_lines(self, lines: list[Line], titles: tuple[str, ...]) -> bool:
        """Show other numbers; tell whether the rows are others too."""
        others = titles != self.titles or [x.title for x in lines] != [x.title for x in self.lines]
        if others:
            self.beginResetModel()
        self.lines, self.titles = lines, titles
        if others:
            self.endResetModel()
        elif lines:
            self.dataChanged.emit(self.index(0, 1), self.index(len(lines) - 1, 3))
        return others

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """What it is, now, the best, the difference."""
        return 0 if parent.isValid() else len(OTHERS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell."""
        line, column = self.lines[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return line.text(column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column else LEFT
        if role == Qt.ItemDataRole.ForegroundRole and column != 1:
            return theme().palette.colour("text" if column == 2 else "muted")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{line.title} {self.titles[column]} {line.text(column)}" if column else line.title
        return None

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The name of a column, and what it means."""
        if orientation == Qt.Orientation.Vertical or section >= len(self.titles):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.titles[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return HINTS[section]
        if role == Qt.ItemDataRole.FontRole:  # a font that is set is gone when the size of text changes
            return theme().font("small", 500)
        return RIGHT if role == Qt.ItemDataRole.TextAlignmentRole else None


class LinesTable(Table):
    """The table: as wide as what stands in it."""

    def __init__(self) -> None:
        self.rows = Lines()
        self._needed = [0] * len(OTHERS)
        super().__init__(self.rows, "weights now and the best there are")
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)

    def restyle(self) -> None:
        """Follow the size of text."""
        self.setMinimumHeight(theme().px(LINE) * 4)
        super().restyle()

    def fit(self) -> None:
        """Make every column as wide as what stands in it, those of numbers alike."""
        super().fit()
        self._needed = [self.columnWidth(k) for k in range(self.rows.columnCount())]
        self._spread()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Spread the columns over the width."""
        super().resizeEvent(event)
        self._spread()

    def _spread(self) -> None:
        """The room there is goes to the numbers, up to a width at which a row is still read as one."""
        name, *numbers = self._needed
        share = min((self.viewport().width() - name) // len(numbers), theme().px(150))
        for k, needed in enumerate(numbers, 1):
            self.setColumnWidth(k, max(needed, share))


class ClosedFormView(ViewWidget):
    """How far the run is from the best weights, and the way to take them."""

    def __init__(self, context: Context, title: str) -> None:
        super().__init__(context, title)
        self.record: ClosedForm | None = None
        self._beat = 0
        self.take = Button(TAKE, "link", "put", TOLD, "small", short="Take")
        self.take.clicked.connect(self.take_weights)
        self.told = Label("", "small", 400, "muted")
        self.head.insertWidget(1, self.told)
        self.head.addWidget(self.take)
        self.sheet, self.table = Sheet(), LinesTable()
        self.body.addWidget(self.sheet)
        self.body.addWidget(self.table, 1)
        self.body.addStretch()
        self.table.hide()
        self.take.setEnabled(False)
        self.restyle()

    def wants(self) -> frozenset[Want]:
        return frozenset({Want("closed-form")})

    def restyle(self) -> None:
        self.table.restyle()
        self.sheet.restyle()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        found = snapshot.get("closed-form")
        if not isinstance(found, ClosedForm):
            return
        # Numbers that change with every picture can't be read: while a run goes on they change with the beat.
        if self.context.session.run_state == "running" and self.record is not None and beat() == self._beat:
            return
        self._beat, self.record = beat(), found
        self.sheet.show_entries((words(found),))
        self.told.setText("" if found.needs else count(found.samples, "training sample"))
        lines = [] if found.needs else lines_of(found, snapshot.experiment)
        if self.table.rows.show_lines(lines, TITLES.get(found.link, OTHERS)):
            self.table.fit()
        self.table.setVisible(bool(lines))
        self.table.setAccessibleDescription(summary(found))
        self.take.setEnabled(bool(found.numbers))

    def take_weights(self) -> None:
        """Set the weights of the run to the best, as one undo step."""
        if self.record is not None and self.record.numbers:
            self.context.session.assign(TAKE, self.record.numbers)
