"""What is typed for a graph: lines of an expression, a number for each of its names, ready ones, and the arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.messages import refused
from app.settings import Settings
from app.theme import theme
from app.widgets.base import Label, discard
from app.widgets.choice import ChoiceBox, SegmentedControl
from app.widgets.flow import FlowLayout
from app.widgets.number import NumberField
from app.widgets.popup import Option
from app.widgets.scale import Scale
from engine.errors import ExpressionError
from engine.explanations import EXAMPLES, ComputationGraph, Typed, of_typed, read

TEXT: Final = "graph/text"
VALUES: Final = "graph/values"
EXACT: Final = "graph/exact"
LINES: Final = (2, 4)
"""The fewest and the most lines of the field that are seen at once."""
ARITHMETICS: Final = {"float": "numbers with 16 digits", "exact": "fractions: nothing is rounded; + − · / powers, relu"}


class ExpressionForm(QWidget):
    """An expression and its numbers; all is remembered. `changed` comes when there is another graph."""

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.graph: ComputationGraph | None = None
        self._typed: Typed | None = None
        """What was read; None while it can't be."""
        self.error = Label("", "small", 400, "danger").wrapped()
        self.values: dict[str, float] = dict(EXAMPLES[0].values) | self._remembered()
        self.exact = settings.get(EXACT, False)
        self.fields: dict[str, NumberField] = {}
        self._pairs: list[QWidget] = []
        self.text = QPlainTextEdit(settings.get(TEXT, EXAMPLES[0].text))
        self.text.setAccessibleName("expression")
        self.text.setAccessibleDescription("an expression, or lines that each assign a name; the last is the result")
        self.text.setPlaceholderText("relu(w*x + b)")
        self.text.setTabChangesFocus(True)
        self.text.textChanged.connect(self.read)
        self.ready = ChoiceBox("ready expressions", self._options)
        self.ready.chosen.connect(self.take)
        self.arithmetics = SegmentedControl("in which numbers", size="small")
        self.arithmetics.show_options([Option(k, k, h, (k == "exact") == self.exact) for k, h in ARITHMETICS.items()])
        self.arithmetics.chosen.connect(self.count_in)
        self.row = FlowLayout()
        self._lay_out()
        self.restyle()
        self.read()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.ready)
        head.addStretch(1)
        head.addWidget(self.arithmetics)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.text)
        column.addLayout(self.row)
        column.addWidget(self.error)

    def restyle(self) -> None:
        """Follow the theme."""
        self.text.setFont(theme().font("normal"))
        self._grow()
        self.row.set_gaps(theme().px(8), theme().px(4))
        column = self.layout()
        if column is not None:
            column.setSpacing(theme().px(6))

    def _grow(self) -> None:
        """As high as what is typed, within bounds."""
        lines = min(max(self.text.blockCount(), LINES[0]), LINES[1])
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * lines + theme().px(20))

    def _remembered(self) -> dict[str, float]:
        try:
            return msgspec.json.decode(self._settings.get(VALUES, "{}"), type=dict[str, float])
        except (msgspec.ValidationError, msgspec.DecodeError):
            return {}

    def _options(self) -> list[Option]:
        written = self.text.toPlainText()
        return [Option(e.title, e.title, e.told, e.text == written) for e in EXAMPLES]

    # -- hands --------------------------------------------------------------------------------------------------

    def take(self, title: str) -> None:
        """Take a ready expression with its numbers."""
        example = next(e for e in EXAMPLES if e.title == title)
        self.values |= example.values
        self.text.setPlainText(example.text)
        self.read()

    def count_in(self, arithmetic: str) -> None:
        """Work it out in floats, or exactly."""
        self.exact = arithmetic == "exact"
        self.arithmetics.show_choice(arithmetic)
        self._settings.set(EXACT, self.exact)
        self._work_out()

    def set_value(self, name: str, value: float) -> None:
        """Give a name another number."""
        self.values[name] = value
        self._work_out()

    # -- what comes of it ---------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read the lines; names that are new get 1."""
        self._grow()
        written = self.text.toPlainText()
        shown = next((e.title for e in EXAMPLES if e.text == written), "")
        self.ready.show_choice(shown, shown or "ready expressions")
        try:
            self._typed = read(written)
        except ExpressionError as error:
            self._typed = None
            self._refuse(error)
            return
        self._settings.set(TEXT, written)
        self._show_fields(self._typed.names)
        self._work_out()

    def _show_fields(self, names: tuple[str, ...]) -> None:
        """A number for each name, in the order of the expression."""
        if tuple(self.fields) != names:
            for pair in self._pairs:
                self.row.removeWidget(pair)
                discard(pair)
            self._pairs.clear()
            self.fields = {name: self._field(name) for name in names}
        for name, field in self.fields.items():
            field.show_value(self.values.setdefault(name, 1.0))

    def _field(self, name: str) -> NumberField:
        field = NumberField(name, Scale(), self.values.get(name, 1.0))
        field.moved.connect(lambda value: self.set_value(name, value))
        field.rejected.connect(self._say)
        pair = QWidget()
        line = QHBoxLayout(pair)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme().px(5))
        line.addWidget(Label(name, "normal", 400, "muted"))
        line.addWidget(field)
        self._pairs.append(pair)
        self.row.addWidget(pair)
        return field

    def _work_out(self) -> None:
        if self._typed is None:  # other numbers do not mend what can't be read
            return
        values = {name: self.values[name] for name in self._typed.names}
        self._settings.set(VALUES, msgspec.json.encode(values).decode())
        given = {name: Fraction(repr(value)) for name, value in values.items()} if self.exact else values
        try:
            self.graph = of_typed(self._typed, given, self.exact)
        except ExpressionError as error:
            self._refuse(error)
            return
        self._say("")
        self.changed.emit()

    def _refuse(self, error: ExpressionError) -> None:
        """Say what is wrong; the graph that was is no longer true."""
        self.graph = None
        self._say(refused(error).sentence)
        self.changed.emit()

    def _say(self, sentence: str) -> None:
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
