"""The page on which a truth table is written and becomes a network: a sum of products, or a single neuron."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.context import Context
from app.theme import theme
from app.views._truth_grid import TruthGrid
from app.widgets.base import Label, Themed
from app.widgets.buttons import Button
from app.widgets.choice import ChoiceBox, SegmentedControl
from app.widgets.popup import Option
from engine import features
from engine.datasets.logic import MOST_COUNTED, MOST_INPUTS
from engine.design.products import fewest, of_rows, written
from engine.design.separable import LARGEST, neuron
from engine.design.truth import READY, Form, Ready, from_counting, from_table, outputs_of, parts
from engine.design.units import at_least

FORMS: Final[dict[Form, tuple[str, str]]] = {
    "rows": ("One unit a row", "An AND unit for each row that answers 1, and an OR behind them"),
    "fewest": ("Fewest products", "An AND unit for each of the fewest prime implicants, and an OR behind them"),
    "neuron": ("One neuron", "A single neuron with the smallest whole weights"),
}
BORDER: Final = {1: "point", 2: "line", 3: "plane", 4: "hyperplane"}
"""What separates the ones from the zeros, by the number of inputs."""
OWN: Final = "own"
TALL: Final = 8
"""Units that stand one below the other; more stand in pairs."""
FIRST: Final = (0, 1, 1, 0)
"""The table that is there at first: XOR."""


def named(count: int) -> list[str]:
    """So many inputs as they are written: x₁, x₂ ..."""
    return [features.title(f"x{k + 1}") for k in range(count)]


class TruthPage(Themed):
    """The table, what it says as a formula, and the units that answer it; `close` is called when one was built."""

    def __init__(self, context: Context, close: Callable[[], None]) -> None:
        super().__init__()
        self._session, self._close = context.session, close
        self.grid = TruthGrid()
        counts = [Option(str(n), str(n)) for n in range(1, MOST_INPUTS + 1)]
        self.inputs = SegmentedControl("number of inputs", counts)
        self.ready = ChoiceBox("table", self._tables, caption=True)
        self.formula = Label("", "large", 600).wrapped()
        self.forms = SegmentedControl("how the network is made")
        self.form: Form = "rows"
        self._wished: Form = "rows"
        self.about, self.verdict = Label("", "normal", 400, "muted").wrapped(), Label().wrapped()
        self.units = Label().wrapped()
        self.build = Button("Build this network", "primary", hint="With the table as the data, as one step")
        self.counting = Counting()
        for label in (self.formula, self.units):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        self.restyle()
        self.grid.changed.connect(self._show)
        self.inputs.chosen.connect(lambda key: self._resize(int(key)))
        self.ready.chosen.connect(self._take_ready)
        self.forms.chosen.connect(self._take_form)
        self.build.clicked.connect(self._build)
        self.counting.build.clicked.connect(self._count)
        self.setFocusProxy(self.grid)
        self._write(outputs_of(self._session.experiment) or FIRST)

    def _lay_out(self) -> None:
        left, right, foot, whole = QVBoxLayout(), QVBoxLayout(), QHBoxLayout(), QHBoxLayout(self)
        left.addWidget(Label("inputs", "small", 400, "muted"))
        left.addWidget(self.inputs)
        left.addWidget(self.ready)
        left.addWidget(self.grid, 1)
        left.addWidget(Label("click a row, or type 0 and 1", "small", 400, "muted"))
        right.addWidget(self._found(), 1)
        foot.addStretch(1)
        foot.addWidget(self.build)
        right.addLayout(foot)
        right.addSpacing(theme().px(8))
        right.addWidget(self.counting)
        for column in (left, right):
            column.setSpacing(theme().px(8))
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(theme().px(24))
        whole.addLayout(left)
        whole.addLayout(right, 1)

    def _found(self) -> QScrollArea:
        """What is found of the table; large letters may need more room than there is."""
        area, inner = QScrollArea(), QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(8))
        for widget in (self.formula, self.forms, self.about, self.units, self.verdict):
            column.addWidget(widget)
        column.addStretch(1)
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def restyle(self) -> None:
        """Follow the theme."""
        width = theme().px(208)
        for widget in (self.inputs, self.ready, self.grid):
            widget.setFixedWidth(width)
        self.grid.restyle()

    # -- the table ----------------------------------------------------------------------------------------------

    def _write(self, outputs: tuple[int, ...]) -> None:
        self.grid.show_outputs(outputs)
        self._show()

    def _resize(self, inputs: int) -> None:
        """Another number of inputs: the table of the same name, where it has one for so many; else all 0."""
        named = self._named()
        fits = named is not None and inputs in named.inputs
        self._write(named.outputs(inputs) if named is not None and fits else (0,) * 2**inputs)

    def _named(self) -> Ready | None:
        """The name of the table that is written, if it has one."""
        return READY.get(self._key())

    def _key(self) -> str:
        inputs, written_ = self.grid.inputs, self.grid.outputs
        kept = READY.get(self.ready.key)
        if kept is not None and inputs in kept.inputs and kept.outputs(inputs) == written_:
            return self.ready.key  # of several names the one that was chosen
        return next((k for k, r in READY.items() if inputs in r.inputs and r.outputs(inputs) == written_), OWN)

    def _tables(self) -> list[Option]:
        now = self._key()
        return [Option(k, r.title, chosen=k == now) for k, r in READY.items()]

    def _take_ready(self, key: str) -> None:
        chosen = READY[key]
        inputs = self.grid.inputs if self.grid.inputs in chosen.inputs else chosen.inputs[0]
        self.ready.show_choice(key, chosen.title)
        self._write(chosen.outputs(inputs))

    # -- the network --------------------------------------------------------------------------------------------

    def _take_form(self, key: str) -> None:
        self._wished = next(form for form in FORMS if form == key)
        self._show()

    def _show(self) -> None:
        outputs, single = self.grid.outputs, neuron(self.grid.outputs)
        key, named = self._key(), self._named()
        self.ready.show_choice(key, named.title if named is not None else "Own table")
        self.inputs.show_choice(str(self.grid.inputs))
        offered: list[Form] = [f for f in FORMS if (f == "neuron" and single) or (f != "neuron" and any(outputs))]
        self.form = self._wished if self._wished in offered else offered[0]
        self.forms.show_options([Option(f, *FORMS[f], chosen=f == self.form) for f in offered])
        formula = written(of_rows(outputs) if self.form == "rows" else fewest(outputs))
        # a product stays on one line
        self.formula.setText("y = " + formula.replace(" ", "\u00a0").replace("\u00a0+\u00a0", " + "))
        self.about.setText(f"{FORMS[self.form][1]}.")
        self.units.setText(self._units())
        self.verdict.setText(self._verdict(single is not None))

    def _units(self) -> str:
        """Where each unit of the network fires, a line each."""
        made, names = parts(self.grid.outputs, self.form), named(self.grid.inputs)
        inner = [name.replace("x", "h") for name in named(len(made.hidden))]
        units = [f"{name}:  {u.written(names)}" for name, u in zip(inner, made.hidden, strict=True)]
        across = 1 if len(units) <= TALL else 2
        lines = ["\u2003\u2003".join(units[k : k + across]) for k in range(0, len(units), across)]
        return "\n".join([*lines, f"y:  {made.output.written(inner or names)}"])

    def _verdict(self, separable: bool) -> str:
        border = BORDER[self.grid.inputs]
        found = (
            f"A {border} separates the ones from the zeros, so one neuron is enough."
            if separable
            else f"No {border} separates the ones from the zeros, so no single neuron answers this table."
        )
        return f"{found} All whole weights from −{LARGEST} to {LARGEST} were tried, which decides up to four inputs."

    def _build(self) -> None:
        outputs, form = self.grid.outputs, self.form
        if self._session.attempt("Network from a truth table", lambda e: from_table(e, outputs, form)):
            self._close()

    def _count(self) -> None:
        wanted, inputs = self.counting.wanted, self.counting.inputs
        if self._session.attempt(f"At least {wanted} of {inputs}", lambda e: from_counting(e, wanted, inputs)):
            self._close()


class Counting(Themed):
    """At least m of n inputs: one neuron, for more inputs than a table is written with."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted, self.inputs = 2, 3
        self.m = ChoiceBox("m", lambda: self._options(self.inputs, self.wanted))
        self.n = ChoiceBox("n", lambda: self._options(MOST_COUNTED, self.inputs))
        self.sum = Label("", "normal", 400, "muted")
        self.build = Button("Build this neuron", hint="With all combinations of the inputs as the data, as one step")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(8))
        for widget in (Label("At least", weight=600), self.m, Label("of"), self.n, Label("inputs")):
            row.addWidget(widget)
        row.addSpacing(theme().px(8))
        row.addWidget(self.sum, 1)
        row.addWidget(self.build)
        self.m.chosen.connect(lambda key: self._take(int(key), self.inputs))
        self.n.chosen.connect(lambda key: self._take(min(self.wanted, int(key)), int(key)))
        self._take(self.wanted, self.inputs)

    @staticmethod
    def _options(most: int, now: int) -> list[Option]:
        return [Option(str(k), str(k), chosen=k == now) for k in range(1, most + 1)]

    def _take(self, wanted: int, inputs: int) -> None:
        self.wanted, self.inputs = wanted, inputs
        self.m.show_choice(str(wanted), str(wanted))
        self.n.show_choice(str(inputs), str(inputs))
        self.sum.setText(at_least(wanted, inputs).written(named(inputs)))
