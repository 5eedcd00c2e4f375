"""The view of the computational graph: of the network for the next sample, or of an expression that is typed."""

from __future__ import annotations

import re
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QSplitter

from app.context import Context
from app.messages import refused
from app.numbers import beat, count
from app.selection import Target, is_own
from app.theme import theme
from app.views._base import ViewWidget
from app.views._graph_form import ExpressionForm
from app.views._graph_picture import GraphPicture, Known, everything
from app.widgets.base import Label
from app.widgets.choice import SegmentedControl
from app.widgets.flow import FlowLayout
from app.widgets.popup import Option
from app.widgets.sheet import Entry, Sheet
from engine.errors import LearnscopeError
from engine.explanations import ComputationGraph, From, Vertex, of_network, rule_of
from engine.explanations.graph import Key
from engine.explanations.network import MOST, size_of
from engine.formulas import NOTHING, Aligned, Mark, latex
from engine.formulas import text as plain
from engine.machines.base import Snapshot
from engine.producers.calculation import Calculation
from engine.records import Want
from engine.stepping import Phase, Shown

BESIDE: Final = 520
"""The width from which the rule may stand beside the graph, in pixels at 100 %."""
SOURCE: Final = "graph/source"
PART: Final = "graph/part"
SOURCES: Final = {
    "network": "the present network, for the sample that is learned from next",
    "expression": "an expression that is typed, with numbers of its own",
}
PARTS: Final = {
    "whole": "all of the network",
    "paths": "only the paths from the weight or neuron that is selected in the network",
}
EMPTY: Final = "There is nothing to learn from yet; draw training samples, or choose a data set."
NOBODY: Final = "Select a weight or a neuron in the network to see the paths from it to the loss."
HINT: Final = "Click a node (or Tab, arrows, Enter) to see its rule and its paths to the result."
RAISED: Final = str.maketrans("()0123456789", "⁽⁾⁰¹²³⁴⁵⁶⁷⁸⁹")
ROLES: Final = {"given": "given", "learned": "learned", "worked out": "", "result": "the result"}


class GraphView(ViewWidget):
    """Above the graph, below it the rule of the vertex that was chosen, with its paths."""

    def __init__(self, context: Context, title: str) -> None:
        super().__init__(context, title)
        settings = context.settings
        kept, part = settings.get(SOURCE, "network"), settings.get(PART, "whole")
        self.source, self.part = (kept if kept in SOURCES else "network"), (part if part in PARTS else "whole")
        self._beat, self._where = 0, ""
        self.sources, self.parts = self._control("what is drawn", SOURCES), self._control("how much", PARTS)
        self.sources.chosen.connect(lambda key: self.choose(source=key))
        self.parts.chosen.connect(lambda key: self.choose(part=key))
        self.bar = FlowLayout()
        self.bar.addWidget(self.sources)
        self.bar.addWidget(self.parts)
        self.form = ExpressionForm(settings)
        self.picture = GraphPicture()
        self.where = Label("", "small", 400, "muted").wrapped()
        self.sheet = Sheet()
        self.sheet.clicked.connect(self._follow)
        self.picture.chosen.connect(self.select)
        self.form.changed.connect(self.show_typed)
        context.selection.changed.connect(self._selected)
        self._lay_out()
        self.restyle()
        self.choose()

    @staticmethod
    def _control(name: str, choices: dict[str, str]) -> SegmentedControl:
        made = SegmentedControl(name, size="small")
        made.show_options([Option(key, key, told) for key, told in choices.items()])
        return made

    def _lay_out(self) -> None:
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self.sheet)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.picture)
        self.split.addWidget(self.area)
        self.split.setSizes([600, 400])
        self.body.addLayout(self.bar)
        self.body.addWidget(self.form)
        self.body.addWidget(self.where)
        self.body.addWidget(self.split, 1)

    # -- what is asked for --------------------------------------------------------------------------------------

    def wants(self) -> frozenset[Want]:
        return frozenset({Want("graph")}) if self.source == "network" else frozenset()

    def choose(self, *, source: str = "", part: str = "") -> None:
        """Draw something else, or more or less of the network."""
        self.source, self.part = source or self.source, part or self.part
        self.context.settings.set(SOURCE, self.source)
        self.context.settings.set(PART, self.part)
        self.sources.show_choice(self.source)
        self.parts.show_choice(self.part)
        network = self.source == "network"
        self.parts.setVisible(network)
        self.form.setVisible(not network)
        self._beat = 0
        self.look()
        if network:
            self.refresh()
        else:
            self.show_typed()

    def dispose(self) -> None:
        self.context.selection.changed.disconnect(self._selected)
        super().dispose()

    def _selected(self, _target: Target) -> None:
        self._beat = 0
        self.refresh()

    # -- what is shown ------------------------------------------------------------------------------------------

    def restyle(self) -> None:
        self.bar.set_gaps(theme().px(12), theme().px(6))
        self.form.restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Other places for graph and rule."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """The rule stands beside the graph where there is room, else below it."""
        room = self.split.size()
        wide = room.width() >= max(theme().px(BESIDE), 1.25 * room.height())
        way = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if self.split.orientation() != way:
            self.split.setOrientation(way)
            self.split.setSizes([650, 350] if wide else [600, 400])

    def fit(self) -> None:
        self.picture.fit()

    def show_typed(self) -> None:
        """Show the graph of what is typed."""
        if self.source != "network":
            if self.form.graph is None:
                self._say("The graph comes back with an expression that can be worked out.")
            else:
                self._show(self.form.graph, everything, "")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        if self.source != "network":
            return
        found = snapshot.get("graph")
        # Numbers that change with every picture can't be read: while a run goes on they change with the beat.
        if self.context.session.run_state == "running" and found is not None and beat() == self._beat:
            return
        self._beat = beat()
        if not isinstance(found, Calculation):
            self._say(EMPTY)
            return
        start = self._start(snapshot)
        if self.part == "paths" and start is None:
            self._say(NOBODY)
            return
        large = start is not None and size_of(found, snapshot.experiment) > MOST
        try:
            graph = of_network(found, snapshot.experiment, start if self.part == "paths" or large else None)
        except LearnscopeError as error:
            self._say(refused(error).sentence)
            return
        where = (
            f"sample {found.row + 1} of the data, step {snapshot.position.step}; {count(len(graph.vertices), 'node')}"
        )
        self._show(graph, known_at(snapshot), where)

    def _start(self, snapshot: Snapshot) -> From | None:
        """Where the paths begin: at the weight or the neuron that is selected."""
        target = self.context.selection.target
        if not target.unit or all(layer.id != target.layer for layer in snapshot.experiment.model.layers):
            return None
        source = target.source if target.source and not is_own(target.source) else ""
        return From(target.layer, target.unit, source)

    def _say(self, sentence: str) -> None:
        self.picture.say(sentence)
        self.where.setText("")
        self.area.hide()

    def _show(self, graph: ComputationGraph, known: Known, where: str) -> None:
        self._where = where
        self.picture.show_graph(graph, known)
        self._tell()

    # -- the chosen vertex --------------------------------------------------------------------------------------

    def select(self, key: Key | None, way: int = -1) -> None:
        """Choose a vertex: its rule is written, its paths are lit; with a number only one of them."""
        self.picture.select(key, way)
        self._tell()

    def _tell(self) -> None:
        graph, key = self.picture.graph, self.picture.selected
        self.area.setVisible(key is not None)
        self._arrange()
        if graph is None or key is None:
            self.where.show()
            self.where.setText(f"{self._where}. {HINT}" if self._where else HINT)
            return
        self.where.setText(self._where)
        self.where.setVisible(bool(self._where))
        k = graph.places[key]
        vertex = graph.vertices[k]
        value, gradient = self.picture.known(vertex)
        rows = rule_of(graph, k, value=value, gradient=gradient)
        rule = Aligned(rows) if rows else NOTHING
        self.sheet.show_entries((Entry(_named(vertex), _paths(graph, k, known=gradient), rule),))

    def _follow(self, mark: Mark) -> None:
        """Go to the vertex that was clicked in a formula, or light the path alone; once more lights all."""
        if not isinstance(mark, tuple) or len(mark) != 2:
            return
        what: Any = mark[1]
        if mark[0] == "vertex":
            self.select(what)
        else:
            self.select(self.picture.selected, -1 if self.picture.way == what else what)

    def extra_actions(self, menu: QMenu) -> None:
        if self.picture.selected is not None:
            menu.addSeparator()
            menu.addAction("Copy formula as text", lambda: self.sheet.copy(plain))
            menu.addAction("Copy formula as LaTeX", lambda: self.sheet.copy(latex))


def _named(vertex: Vertex) -> str:
    words = " · ".join(filter(None, (vertex.operation.lower(), ROLES[vertex.role])))
    return f"{_written(vertex)}   {words}".rstrip()


def _written(vertex: Vertex) -> str:
    """The name of a vertex in a line: the layer raised, w₁₁⁽¹⁾."""
    return re.sub(r"\^(\(\d+\))", lambda found: found[1].translate(RAISED), plain(vertex.name))


def _paths(graph: ComputationGraph, k: int, *, known: bool) -> str:
    """How many paths lead on, and that their sum is the gradient."""
    if k == len(graph.vertices) - 1:
        return "All gradients are of this number."
    if not graph.counts[k]:
        return "Nothing flows back to it."
    later = "" if known else "; its gradient comes in a later phase"
    if graph.counts[k] == 1:
        return f"One path to {_written(graph.vertices[-1])}{later}."
    return f"{graph.counts[k]} paths to {_written(graph.vertices[-1])}; the gradient is the sum over them{later}."


def known_at(snapshot: Snapshot) -> Known:
    """What is known in the phase of a snapshot."""
    shown = Shown.at(snapshot.experiment, snapshot.position)

    def come(phase: Phase | None) -> bool:
        return phase is None or shown.knows(phase)

    return lambda vertex: (come(vertex.forward), come(vertex.backward))
