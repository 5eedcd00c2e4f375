"""The view of the trace: what a row is, in which numbers, how many, which columns; and the table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMenu

from app.choosers import ask_target
from app.context import Context
from app.exports import write_file
from app.messages import Message
from app.numbers import count, exact
from app.selection import Target
from app.tables import lines
from app.theme import theme
from app.views._base import ViewWidget
from app.views._trace_table import HINTS, TraceTable
from app.widgets.base import Label
from app.widgets.buttons import Button
from app.widgets.choice import ChoiceBox, SegmentedControl
from app.widgets.flow import FlowLayout
from app.widgets.popup import Option, popup
from engine.experiment import Experiment, nodes
from engine.explanations import Title
from engine.machines.base import Snapshot
from engine.records import BETWEEN, Want
from engine.tracing import MOST_ROWS, Group, Trace, places

UNITS: Final = {"sample": "sample", "batch": "batch", "epoch": "pass"}
ARITHMETICS: Final = {
    "float32": "what the engine computes in",
    "exact": "fractions: nothing is rounded; layers of neurons with steps, ReLU or linear functions",
}
ROWS: Final = (20, 40, 100, 200, 500, 1000, MOST_ROWS)
NAMES: Final[dict[Group, str]] = {
    "inputs": "inputs",
    "weights": "weights",
    "net": "net (weighted sum)",
    "output": "output",
    "target": "target",
    "error": "error",
    "loss": "loss",
    "err": "err (wrong answers)",
    "changes": "changes of the weights",
}
STEPS: Final[dict[Group, Title]] = {
    "weights": "update",
    "changes": "update",
    "net": "weighted sum",
    "output": "output",
    "target": "loss",
    "error": "delta",
    "loss": "loss",
}
"""In which step of a calculation the number of a column comes about."""
KINDS: Final = "Tables (*.csv)"
STALE: Final = "These rows are from before the change; the table is being made anew."
LATE: Final = 150
"""Milliseconds after a change from which it is said that rows are old: most tables are there before."""


class TraceView(ViewWidget):
    """The experiment from its start; where the run stands now is marked."""

    def __init__(self, context: Context, title: str) -> None:
        super().__init__(context, title)
        self.unit, self.arithmetic, self.amount = "epoch", "float32", ROWS[1]
        self.hidden: set[Group] = {"changes"}
        self.trace: Trace | None = None
        self.units = SegmentedControl("what a row is", size="small")
        self.units.show_options([Option(k, t, chosen=k == self.unit) for k, t in UNITS.items()])
        self.units.chosen.connect(lambda key: self.choose(unit=key))
        self.arithmetics = SegmentedControl("in which numbers", size="small")
        self.arithmetics.show_options([Option(k, k, h, k == self.arithmetic) for k, h in ARITHMETICS.items()])
        self.arithmetics.chosen.connect(lambda key: self.choose(arithmetic=key))
        self.amounts = ChoiceBox("rows", lambda: [_rows(n, self.amount) for n in ROWS])
        self.amounts.chosen.connect(lambda key: self.choose(amount=int(key)))
        self.columns = Button("Columns", "link", "table", "Choose the columns", "small")
        self.columns.clicked.connect(self.offer_columns)
        self.save = Button("Save as CSV …", "link", "export", "Save the table as CSV", "small")
        self.save.clicked.connect(self.ask_and_save)
        self.bar = FlowLayout()
        for control in (self.units, self.arithmetics, self.amounts, self.columns, self.save):
            self.bar.addWidget(control)
        self.told = Label("", "small", 400, "muted").wrapped()
        self.table = TraceTable()
        self.table.copied.connect(self._copied)
        self.table.doubleClicked.connect(lambda index: self.explain(index.row(), index.column()))
        self.body.addLayout(self.bar)
        self.body.addWidget(self.told)
        self.body.addWidget(self.table, 1)
        self.body.addStretch()
        self._late = QTimer(self, singleShot=True, interval=LATE)
        self._late.timeout.connect(lambda: self.told.setText(STALE))
        self.choose()
        self.restyle()

    # -- what is asked for --------------------------------------------------------------------------------------

    def wants(self) -> frozenset[Want]:
        return frozenset({Want("trace", size=self.amount, target=(self.unit, self.arithmetic))})

    def choose(self, *, unit: str = "", arithmetic: str = "", amount: int = 0) -> None:
        """Let a row be something else, be told in other numbers, or let there be more."""
        self.unit, self.arithmetic = unit or self.unit, arithmetic or self.arithmetic
        self.amount = amount or self.amount
        self.units.show_choice(self.unit)
        self.arithmetics.show_choice(self.arithmetic)
        self.amounts.show_choice(str(self.amount), count(self.amount, "row"))
        self.look()

    def offer_columns(self) -> None:
        """Open the list of columns, with a mark at those that are shown."""
        there = {c.group for c in self.trace.columns} if self.trace is not None else set()
        options = [Option(g, t, HINTS[g], g not in self.hidden) for g, t in NAMES.items() if g in there]
        popup(self.columns, self.columns.rect(), options, self.toggle, several=True)

    def toggle(self, group: str) -> None:
        """Show columns that were hidden, or hide them."""
        self.hidden ^= {g for g in NAMES if g == group}
        self.refresh()

    # -- what is shown ------------------------------------------------------------------------------------------

    def restyle(self) -> None:
        self.bar.set_gaps(theme().px(12), theme().px(6))
        self.table.restyle()

    def show_experiment(self) -> None:
        self._late.start()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        (want,) = self.wants()
        found = snapshot.records.get(want)
        if not isinstance(found, Trace):
            return
        self._late.stop()
        self.trace, at = found, snapshot.position
        here = {"sample": at.samples, "batch": at.step, "epoch": at.epoch}[found.unit]
        self.table.show_trace(found, self.hidden, here)
        self.table.setVisible(bool(found.rows) or not found.ended)
        self.save.setEnabled(bool(found.rows))
        self.told.setText(_told(found, here))

    def explain(self, row: int, column: int) -> None:
        """Ask how the number in a cell is calculated; the answer is that of the row at which the run stands."""
        columns = self.table.rows.columns
        group, experiment = columns[column].group, self.context.session.experiment
        if group not in STEPS:
            return
        k = [n for n, c in enumerate(columns) if c.group == group].index(column)
        if row != self.table.rows.here:
            self.context.session.tell(Message("The calculation is that of the next sample, at the row marked ▸."))
        self.context.selection.ask(_target(experiment, group, k), STEPS[group])

    # -- what leaves the view -----------------------------------------------------------------------------------

    def _copied(self, text: str) -> None:
        self.context.session.tell(Message(f"{count(text.count(chr(10)), 'line')} of the table on the clipboard."))

    def ask_and_save(self) -> None:
        """Ask where, then write the shown columns of all rows as CSV."""
        ask_target(self, self.context.settings, "Save the table", KINDS, "trace.csv", self.write)

    def write(self, path: Path) -> None:
        """Write the shown columns of all rows as CSV in the job thread."""
        session, columns, rows = self.context.session, self.table.rows.columns, tuple(self.table.rows.rows)
        target = path if path.suffix else path.with_suffix(".csv")

        def work(_progress: Callable[..., None], _cancelled: Callable[[], bool]) -> Any:
            write_file(target, lines(columns, rows, ",").encode())

        told = Message(f"{count(len(rows), 'row')} written to {target.name}.")
        session.job(f"Writing {target.name}", work, lambda _none: session.tell(told))

    def extra_actions(self, menu: QMenu) -> None:
        menu.addSeparator()
        menu.addAction("Copy cells", self.table.copy_cells)
        menu.addAction("Save as CSV …", self.ask_and_save)


def _target(experiment: Experiment, group: Group, k: int) -> Target:
    """What the k-th column of a group tells: a learned number, or an output."""
    if group in ("weights", "changes"):
        place = places(nodes(experiment))[k]
        layer, _, parameter = place.array.partition(".")
        *sources, unit = place.labels
        own = sources if parameter == "weight" and sources else (parameter, *sources)
        return Target(layer, unit, BETWEEN.join(own))
    output = nodes(experiment)[-1]
    return Target(output.layer.id, output.units.labels[k if k < output.units.size else 0])


def _rows(amount: int, chosen: int) -> Option:
    return Option(str(amount), count(amount, "row"), chosen=amount == chosen)


def _told(trace: Trace, here: int) -> str:
    """What the table is, how far it is made, where the run stands outside it, and what is missing."""
    if not trace.rows:
        return trace.told
    made = f"; {len(trace.rows)} of {count(trace.asked, 'row')} so far" if trace.unfinished else ""
    unit = UNITS[trace.unit]
    past = f" The run is past the last row, at {unit} {exact(here)}." if not made and here >= len(trace.rows) else ""
    return f"from the start of the experiment; weights are those before a row{made}.{past} {trace.told}".strip(" .")
