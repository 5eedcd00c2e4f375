"""Every number of the selected neuron, by its formula and with the numbers of the next sample filled in."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app import names
from app.context import Context
from app.numbers import beat
from app.selection import Target, is_own
from app.theme import SPACE, theme
from app.views._base import ViewWidget
from app.widgets.base import Label
from app.widgets.formula import FormulaView
from engine.errors import LearnscopeError
from engine.explanations import Line, Step, explain
from engine.formulas import NOTHING, Aligned, Chain, Formula, Mark
from engine.machines.base import Snapshot
from engine.producers.calculation import Calculation
from engine.records import Want
from engine.stepping import phases

HINTS: Final = {
    "weighted sum": "what the neuron reads, each times its weight, and the bias",
    "output": "the function of the neuron at this sum",
    "loss": "how wrong the answer is",
    "delta": "δ = ∂L/∂z, the slope of the loss at the sum; books that write Δw = + η δ x mean −δ",
    "gradient": "how the loss of this sample moves with the number",
    "update": "how the optimiser moves the number",
}


class Block(QWidget):
    """One step: what it is, its formula, and beneath each line the same with numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.title = Label("", "normal", 600)
        self.hint = Label("", "small", 400, "muted").wrapped()
        self.lines = FormulaView(NOTHING)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, SPACE[2])
        column.setSpacing(SPACE[0])
        for part in (self.title, self.hint, self.lines):
            column.addWidget(part)

    def show_step(self, step: Step, *, known: bool, now: bool) -> None:
        """Show a step; its numbers only once its phase has come."""
        self.title.setText(f"{'▸ ' if now else ''}{step.title}")
        self.hint.setText(HINTS[step.title] if known else f"{HINTS[step.title]}; it comes in a later phase")
        rows = [row for line in step.lines for row in _rows(line, known)]
        self.lines.show_formula(Aligned(tuple(rows)))


def _rows(line: Line, known: bool) -> list[Formula]:
    """The formula, and below it the numbers, aligned at the sign."""
    if not known:
        return [line.formula]
    filled = line.filled
    return [line.formula, Chain((NOTHING, *filled.parts[1:]), filled.signs)]


class CalculationView(ViewWidget):
    """The steps of the selected neuron or weight for the sample that is learned from next; a weight leads to its own.

    While the run goes phase by phase, numbers appear as they come about.
    """

    def __init__(self, context: Context, title: str) -> None:
        super().__init__(context, title)
        self.heading = Label("", "normal", 600).wrapped()
        self.where = Label("", "small", 400, "muted").wrapped()
        self.blocks: list[Block] = []
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, SPACE[2], 0)
        self._column.addWidget(self.heading)
        self._column.addWidget(self.where)
        self._column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self._list)
        self.body.addWidget(self.area)
        self._beat = 0
        context.selection.changed.connect(self._selected)
        self.restyle()

    # -- what is asked for --------------------------------------------------------------------------------------

    @property
    def target(self) -> Target:
        """What is explained: the selection, or the first output."""
        chosen, output = self.context.selection.target, self.context.session.experiment.model.output.id
        if chosen.unit and any(layer.id == chosen.layer for layer in self.context.session.experiment.model.layers):
            return chosen
        return Target(output, f"{output}/0")

    def wants(self) -> frozenset[Want]:
        return frozenset({Want("calculation", target=(self.target.layer,))})

    def dispose(self) -> None:
        self.context.selection.changed.disconnect(self._selected)
        super().dispose()

    def _selected(self, _target: Target) -> None:
        self._beat = 0
        self.look()
        self.refresh()

    # -- what is shown ------------------------------------------------------------------------------------------

    def restyle(self) -> None:
        self._column.setSpacing(theme().px(SPACE[1]))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        (want,) = self.wants()
        found = snapshot.records.get(want)
        # Numbers that change with every picture can't be read: while a run goes on they change with the beat.
        if self.context.session.run_state == "running" and found is not None and beat() == self._beat:
            return
        self._beat = beat()
        if not isinstance(found, Calculation):
            self._say("There is nothing to learn from yet; draw training samples, or choose a data set.")
            return
        target = self.target
        source = target.source if target.source and not is_own(target.source) else ""
        try:
            steps = explain(found, snapshot.experiment, target.layer, target.unit, source)
        except LearnscopeError as error:
            self._say(str(error))
            return
        self.heading.setText(names.target(snapshot.experiment, target))
        self.where.setText(_where(found, snapshot))
        self._show(steps, snapshot)

    def _say(self, sentence: str) -> None:
        self.heading.setText("")
        self.where.setText(sentence)
        for block in self.blocks:
            block.hide()

    def _show(self, steps: tuple[Step, ...], snapshot: Snapshot) -> None:
        done = snapshot.position.phase
        order = phases(snapshot.experiment, updates=True)
        while len(self.blocks) < len(steps):
            block = Block()
            block.lines.clicked.connect(self._follow)
            self.blocks.append(block)
            self._column.insertWidget(self._column.count() - 1, block)
        for block, step in zip(self.blocks, steps, strict=False):
            place = order.index(step.phase)
            block.show_step(step, known=not done or place < done, now=bool(done) and place == done - 1)
            block.show()
        for block in self.blocks[len(steps) :]:
            block.hide()

    def _follow(self, mark: Mark) -> None:
        """Go to the weight that was clicked."""
        if isinstance(mark, tuple) and len(mark) == 3:
            self.context.selection.select(Target(*mark))


def _where(found: Calculation, snapshot: Snapshot) -> str:
    """Which sample it is, and when its batch moves the weights."""
    position = snapshot.position
    batch = f"sample {position.sample + 1} of a batch of {found.batch}" if found.batch > 1 else "a batch of its own"
    ends = "" if found.updates or found.batch == 1 else "; the weights move with its last"
    return f"next sample: row {found.row + 1} of the data, {batch}{ends}; epoch {position.epoch}, step {position.step}"
