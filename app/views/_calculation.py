"""The view of a calculation: formulas with numbers, phase by phase, and the way from a term to its weight."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea

from app import names
from app.context import Context
from app.numbers import beat
from app.selection import Question, Target, first_output, is_own
from app.theme import theme
from app.views._base import ViewWidget
from app.widgets.base import Label
from app.widgets.buttons import Button
from app.widgets.choice import ChoiceBox
from app.widgets.popup import Option
from app.widgets.sheet import INDENT, Entry, Sheet
from engine.errors import LearnscopeError
from engine.explanations import NOTATIONS, Line, Notation, Step, explain, notation
from engine.formulas import NOTHING, Aligned, Chain, Formula, Mark
from engine.machines.base import Snapshot
from engine.producers.calculation import FRACTIONS, Calculation
from engine.records import Want
from engine.stepping import Phase, Shown

NOTATION: Final = "calculation/notation"
"""The setting that keeps the notation."""

IN_FRACTIONS: Final = "Work it out in exact fractions: nothing is rounded"
NOW: Final = "▸ "
"""Stands before a step whose phase it is."""
EMPTY: Final = "There is nothing to learn from yet; draw training samples, or choose a data set."


class CalculationView(ViewWidget):
    """The steps of the selected neuron or weight for the sample that is learned from next; a weight leads to its own.

    While the run goes phase by phase, numbers appear as they come about.
    """

    def __init__(self, context: Context, title: str) -> None:
        super().__init__(context, title)
        self.about = Label("", "normal", 600).wrapped()
        self.fractions = Button("p/q", "ghost", hint=IN_FRACTIONS)
        self.fractions.setAccessibleName("fractions")
        self.fractions.setCheckable(True)
        self.fractions.toggled.connect(lambda _on: self._anew())
        self.notations = ChoiceBox("notation", self._offered)
        self.notations.chosen.connect(self.choose)
        self.head.insertWidget(1, self.about, 1)
        self.head.setStretch(2, 0)  # what is explained takes the room that was the gap's
        self.head.addWidget(self.fractions)
        self.head.addWidget(self.notations)
        self.sheet = Sheet()
        self.sheet.clicked.connect(self._follow)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self.sheet)
        self.body.addWidget(self.area)
        self._beat = 0
        self._question = context.selection.question
        self._sought = True
        self._phase: Phase | None = None
        context.selection.changed.connect(self._selected)
        context.selection.asked.connect(self._asked)
        self._say_notation()
        self._indent()

    # -- what is asked for --------------------------------------------------------------------------------------

    @property
    def notation(self) -> Notation:
        """The letters in which formulas are written: those chosen, else those that the notes name: “I, O, Err”."""
        notes = self.context.session.experiment.notes
        named = next((n.key for n in NOTATIONS if f"“{n.title}”" in notes), "")
        return notation(self.context.settings.get(NOTATION, named))

    @property
    def target(self) -> Target:
        """What is explained: the selection, or the first output."""
        chosen, experiment = self.context.selection.target, self.context.session.experiment
        if chosen.unit and any(layer.id == chosen.layer for layer in experiment.model.layers):
            return chosen
        return first_output(experiment)

    def wants(self) -> frozenset[Want]:
        exact = (FRACTIONS,) if self.fractions.isChecked() else ()
        return frozenset({Want("calculation", target=(self.target.layer, *exact))})

    def dispose(self) -> None:
        self.context.selection.changed.disconnect(self._selected)
        self.context.selection.asked.disconnect(self._asked)
        super().dispose()

    def choose(self, key: str) -> None:
        """Write in another notation from now on."""
        self.context.settings.set(NOTATION, key)
        self._say_notation()
        self._anew()

    def _offered(self) -> list[Option]:
        return [Option(n.key, n.title, n.used, n.key == self.notation.key) for n in NOTATIONS]

    def _say_notation(self) -> None:
        self.notations.show_choice(self.notation.key, self.notation.title)
        self.notations.setToolTip(f"Notation: {self.notation.used}")

    def _selected(self, _target: Target) -> None:
        self._question = None
        self._anew()

    def _asked(self, question: Question) -> None:
        self._question, self._sought = question, True
        self._anew()

    def _anew(self) -> None:
        self._beat = 0
        self.look()
        self.refresh()

    # -- what is shown ------------------------------------------------------------------------------------------

    def show_experiment(self) -> None:
        self._say_notation()

    def restyle(self) -> None:
        self._indent()
        self.refresh()

    def _indent(self) -> None:
        """What is explained stands where the words of the sheet do."""
        self.about.setContentsMargins(theme().px(INDENT), 0, 0, 0)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        (want,) = self.wants()
        found = snapshot.records.get(want)
        # Numbers that change with every picture can't be read: while a run goes on they change with the beat.
        if self.context.session.run_state == "running" and found is not None and beat() == self._beat:
            return
        self._beat = beat()
        if found is None:
            return  # it was asked for just now: what stands there stays until it comes
        target = self.target
        self.about.setText(names.target(snapshot.experiment, target))
        if not isinstance(found, Calculation):
            self.sheet.show_entries((Entry("", EMPTY),))
            return
        self.fractions.setEnabled(not found.not_exact)
        self.fractions.setToolTip(found.not_exact or IN_FRACTIONS)
        source = target.source if target.source and not is_own(target.source) else ""
        try:
            steps = explain(found, snapshot.experiment, target.layer, target.unit, source, self.notation)
        except LearnscopeError as error:
            self.sheet.show_entries((Entry("", str(error)),))
            return
        shown = Shown.at(snapshot.experiment, snapshot.position)
        entries = [self._entry(step, shown) for step in steps]
        self.sheet.show_entries((Entry("", _where(found, snapshot)), *entries))
        self._seek(shown.now)

    def _entry(self, step: Step, shown: Shown) -> Entry:
        """A step; its numbers only once its phase has come."""
        known, now = shown.knows(step.phase), shown.now == step.phase
        rows = tuple(row for line in step.lines for row in _rows(line, known))
        wanted = self._question is not None and self._question.step == step.title
        return Entry(
            f"{NOW if now else ''}{step.called or step.title}",
            step.hint if known else f"{step.hint}; it comes in a later phase",
            Aligned(rows),
            wanted,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Other lines, other heights: the step that was asked for stays in sight."""
        super().resizeEvent(event)
        self._sought = self._question is not None

    def _seek(self, phase: Phase | None) -> None:
        """Bring the step that was asked for into sight, once, or the steps whose phase has come."""
        came, self._phase = phase != self._phase, phase
        places = [p.whole for p in self.sheet.placed if p.entry.marked] if self._sought else []
        self._sought = self._sought and not places
        if came and not places:
            places = [p.whole for p in self.sheet.placed if p.entry.title.startswith(NOW)]
        if places:
            height = self.sheet.heightForWidth(self.sheet.width())
            self.sheet.resize(self.sheet.width(), max(height, self.area.height()))
            self.area.ensureVisible(0, places[-1].bottom(), 0, theme().px(8))
            self.area.ensureVisible(0, places[0].top(), 0, theme().px(8))

    def _follow(self, mark: Mark) -> None:
        """Go to the weight or the neuron that was clicked."""
        if isinstance(mark, tuple) and len(mark) == 3:
            self.context.selection.select(Target(*mark))
            self.area.verticalScrollBar().setValue(0)


def _rows(line: Line, known: bool) -> list[Formula]:
    """The formula, and below it the numbers, aligned at the sign; a formula that is a number already says it once."""
    filled = line.filled
    if not known or filled == line.formula:
        return [line.formula]
    return [line.formula, Chain((NOTHING, *filled.parts[1:]), filled.signs)]


def _where(found: Calculation, snapshot: Snapshot) -> str:
    """Which sample it is, and when its batch moves the weights."""
    position = snapshot.position
    batch = f"sample {position.sample + 1} of a batch of {found.batch}" if found.batch > 1 else "a batch of its own"
    ends = "" if found.updates or found.batch == 1 else "; the weights move with its last"
    where = f"row {found.row + 1} of the data, {batch}{ends}; epoch {position.epoch}, step {position.step}"
    return f"next sample: {where}{'; the fractions are being worked out' if found.waiting else ''}"
