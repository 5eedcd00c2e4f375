"""The inspector: the calculation of what is selected in the network, with every number of it to be changed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from app import names
from app.context import Context
from app.messages import Message
from app.numbers import MINUS, beat, count, human
from app.offers import info_at, value_at
from app.panels import facts, formulas
from app.panels.fields import FieldsPage
from app.panels.heading import Heading
from app.selection import Target, is_own
from app.theme import theme
from app.widgets.buttons import Button
from app.widgets.number_row import Number, NumberRow
from engine import holding
from engine.experiment import Experiment, nodes
from engine.fields import describe
from engine.layers import Layer, Neurons
from engine.machines.base import Snapshot
from engine.network import INPUT
from engine.records import Unit, Want
from engine.summing import NEARNESS


class UnitPage(QWidget):
    """A neuron: its formula, and its bias and every incoming weight in a row."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._session = context.session
        self._target = Target()
        self._gesture = -1
        self._shown = -1
        self.heading = Heading()
        self.row = NumberRow("Bias and weights")
        self.hold = Button("Freeze", "ghost", size="small", hint="Freeze all numbers of this neuron: they do not learn")
        self.hold.setCheckable(True)
        self.how = Button("How?", "ghost", size="small", hint="How is this calculated? (E)")
        self.how.clicked.connect(lambda: context.selection.ask(self._target))
        line = QHBoxLayout()
        line.setSpacing(theme().px(8))
        line.addWidget(self.row, 1)
        line.addWidget(self.hold)
        line.addWidget(self.how)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme().px(6))
        layout.addWidget(self.heading)
        layout.addLayout(line)
        layout.addStretch(1)
        self.row.moved.connect(self._moved)
        self.row.released.connect(self._released)
        self.row.given_up.connect(self._give_up)
        self.row.chosen.connect(self._chosen)
        self.row.asked.connect(lambda key: context.selection.ask(Target(self._target.layer, self._target.unit, key)))
        self.row.locked.connect(self._lock)
        self.row.rejected.connect(lambda sentence: self._session.tell(Message(sentence, "error")))
        self.hold.clicked.connect(self._hold)

    def want(self, target: Target) -> frozenset[Want]:
        """The record that shows a neuron."""
        return frozenset({Want("unit", target=(target.layer, target.unit))})

    def show_target(self, target: Target) -> None:
        """Show a neuron, with one of its numbers marked."""
        if (target.layer, target.unit) != (self._target.layer, self._target.unit):
            self._shown = -1
            experiment = self._session.experiment
            self.heading.show_texts(names.target(experiment, Target(target.layer, target.unit)))
            self.row.show_numbers(())
        self._target = target
        self.how.setVisible(target.layer != INPUT)
        self.row.choose(target.source)

    def take(self, snapshot: Snapshot) -> None:
        """Show the newest numbers, not faster than they can be read."""
        (want,) = self.want(self._target)
        record = snapshot.records.get(want)
        if not isinstance(record, Unit) or (record.layer, record.unit) != (self._target.layer, self._target.unit):
            return
        if self._session.run_state == "running" and beat() == self._shown:
            return
        self._shown = beat()
        experiment = self._session.experiment
        self._show(experiment, record)

    def _show(self, experiment: Experiment, record: Unit) -> None:
        singles, whole = set(experiment.model.frozen), record.layer in holding.frozen_layers(experiment)

        def held(source: str) -> bool:
            return whole or self._reference(source) in singles

        terms = self._terms(experiment, record)
        numbers = [
            Number(own.name, names.source(experiment, own.name), own.value, held(own.name)) for own in record.own
        ]
        for (name, value), (_, label) in zip(terms, record.sources, strict=True):
            numbers.append(Number(label, name, value, held(label)))
        self.row.show_numbers(numbers)
        self.row.choose(self._target.source)
        self.hold.setVisible(bool(numbers))
        self.hold.setChecked(bool(numbers) and all(n.frozen for n in numbers))
        self.hold.setText("Frozen" if self.hold.isChecked() else "Freeze")
        slope = sum(g * g for g in [*record.weight_gradients.tolist(), *(own.gradient for own in record.own)]) ** 0.5
        self.heading.show_texts(
            names.target(experiment, Target(record.layer, record.unit)),
            self.formula(experiment, record),
            "  ·  ".join(f"{names.source(experiment, own.name)}  {human(own.value)}" for own in record.own[:2]),
            (f"gradient {human(slope, 2)}  ·  " if numbers else "")
            + f"{record.activity} on {100 * record.active:.0f} %",
        )

    @classmethod
    def formula(cls, experiment: Experiment, record: Unit) -> str:
        """The formula with its numbers, or what the layer of a unit without weights does, and what the unit says."""
        layer = next((x for x in experiment.model.layers if x.id == record.layer), None)
        terms = cls._terms(experiment, record)
        if record.formula and terms and layer is not None:
            bias = any(own.name == "bias" for own in record.own)
            total = formulas.nearness(terms) if layer.summing is NEARNESS else formulas.weighted_sum(terms, bias)
            return formulas.written_out(record.formula, total)
        does = Layer.registry[layer.key].help if layer is not None else ""
        return f"{does} Mean {human(record.mean)}, deviation {human(record.deviation)} on the training data."

    @staticmethod
    def _terms(experiment: Experiment, record: Unit) -> list[tuple[str, float]]:
        pairs = zip(record.sources, record.weights.tolist(), strict=True)
        return [(names.source(experiment, label), float(w)) for (_, label), w in pairs]

    def _reference(self, source: str) -> tuple[str, ...]:
        return Target(self._target.layer, self._target.unit, source).reference

    def _moved(self, source: str, value: float) -> None:
        if self._gesture < 0:
            self._gesture = self._session.gesture()
        target = Target(self._target.layer, self._target.unit, source)
        text = f"Change {source}" if is_own(source) else "Change weight"
        self._shown = -1
        self._session.assign(text, (target.holding(value),), self._gesture)

    def _released(self) -> None:
        self._gesture = -1

    def _give_up(self) -> None:
        self._session.history.give_up(self._gesture)
        self._gesture = -1

    def _chosen(self, source: str) -> None:
        self._context.selection.select(Target(self._target.layer, self._target.unit, source))

    def _lock(self, source: str, frozen: bool) -> None:
        text = "Hold number fast" if frozen else "Let number learn"
        self._session.attempt(text, lambda e: holding.set_frozen(e, (self._reference(source),), frozen))

    def _hold(self, on: bool) -> None:
        experiment = self._session.experiment
        node = next(n for n in nodes(experiment) if n.layer.id == self._target.layer)
        text = "Hold neuron fast" if on else "Let neuron learn"
        every = holding.references(node, self._target.unit)
        self._session.attempt(text, lambda e: holding.set_frozen(e, every, on))


def paths_below(experiment: Experiment, path: str, skip: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The visible fields of the declaration at a path, and those of the kinds chosen in them."""
    value = value_at(experiment, path)
    found: list[str] = []
    for field in describe(type(value)):
        inner = f"{path}.{field.name}"
        info = None if field.name in skip else info_at(experiment, inner)
        if info is not None and info.type in ("number", "integer", "flag", "choice", "kind", "layer"):
            found.append(inner)
            if info.type == "kind":
                found += paths_below(experiment, inner)
    # what is only switched on or off stands behind what has a value
    return tuple(sorted(found, key=lambda inner: inner.endswith(".frozen")))


class Inspector(QWidget):
    """The strip below the diagram; it follows the selection."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._told = -1
        self.setAccessibleName("Inspector")
        self.unit, self.fields = UnitPage(context), FieldsPage(context)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.fields)
        self._stack.addWidget(self.unit)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._stack)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        context.selection.changed.connect(self._select)
        context.session.experiment_changed.connect(lambda _old, _new: self._changed())
        context.session.snapshot_arrived.connect(self._take)
        theme().changed.connect(self._restyle)
        self._restyle()
        self._changed()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Always the same height, so that the diagram above does not jump."""
        return QSize(theme().px(480), theme().px(96) + 12)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(240), self.sizeHint().height())

    def focus_first(self) -> None:
        """Go to the first number or field of what is selected."""
        if self._stack.currentWidget() is self.unit:
            self.unit.row.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.fields.focus_first()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The line that parts it from the diagram."""
        with QPainter(self) as painter:
            painter.setPen(QPen(theme().palette.colour("line"), 1))
            painter.drawLine(0, 0, self.width(), 0)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for the neuron shown."""
        self._look()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for nothing."""
        self._context.session.look(self, frozenset())
        super().hideEvent(event)

    def _restyle(self) -> None:
        side, above = theme().px(16), theme().px(8)
        self._layout.setContentsMargins(side, above + 2, side, above)
        self.updateGeometry()

    def _is_unit(self) -> bool:
        target = self._context.selection.target
        if not target.unit:
            return False
        node = next((n for n in nodes(self._context.session.experiment) if n.layer.id == target.layer), None)
        return node is not None and target.unit in node.units.labels

    def _select(self, target: Target) -> None:
        if self._is_unit():
            self.unit.show_target(target)
            self._stack.setCurrentWidget(self.unit)
            if self._context.session.snapshot is not None:
                self.unit.take(self._context.session.snapshot)
        else:
            self._show_fields(target)
            self._stack.setCurrentWidget(self.fields)
        self._look()

    def _changed(self) -> None:
        self._select(self._context.selection.target)

    def _look(self) -> None:
        if self.isVisible():
            target = self._context.selection.target
            self._context.session.look(self, self.unit.want(target) if self._is_unit() else frozenset())

    def _take(self, snapshot: Snapshot) -> None:
        if self._stack.currentWidget() is self.unit:
            self.unit.take(snapshot)
            return
        experiment, target = self._context.session.experiment, self._context.selection.target
        if self._context.session.run_state == "running" and beat() == self._told:
            return
        self._told = beat()
        layer = next((x for x in experiment.model.layers if x.id == target.layer), None)
        if layer is not None:
            self._show_facts_of(layer)
        elif not target.layer:
            self.fields.facts.show_facts(facts.of_network(experiment, snapshot))

    def _show_fields(self, target: Target) -> None:
        experiment = self._context.session.experiment
        place = next((k for k, x in enumerate(experiment.model.layers) if x.id == target.layer), -1)
        self.fields.reads.show_layer(experiment.model.layers[place] if place >= 0 else None)
        if place >= 0:
            self._show_layer(experiment, place, target)
        elif target.layer == INPUT:
            title = names.target(experiment, target)
            self.fields.heading.show_texts(title, _inputs(experiment))
            self.fields.facts.show_facts(facts.of_inputs(experiment, self._context.session.samples))
            self.fields.show_fields(())
        else:
            self._show_network(experiment)

    def _show_layer(self, experiment: Experiment, place: int, target: Target) -> None:
        layer = experiment.model.layers[place]
        learned = [p for n in nodes(experiment) if n.layer is layer for p in n.parameters]
        total = sum(_size(p.shape) for p in learned)
        if isinstance(layer, Neurons) and any(p.name == "weight" for p in learned):
            z = f"{MINUS}½‖x {MINUS} w‖²" if layer.summing is NEARNESS else ""
            text = formulas.of_layer(layer.activation.written, [(p.name, p.shape) for p in learned], z)
        else:
            text = Layer.registry[layer.key].help
        title = f"{names.layer(experiment, layer)}  ·  {layer.id}  ·  {count(total, 'parameter')}"
        if target.source:
            title, text = names.target(experiment, target), "The key Delete disconnects them, L puts a layer between"
        self.fields.heading.show_texts(title, text)
        self._show_facts_of(layer)
        follows = frozenset({"units"}) if layer is experiment.model.output else frozenset()
        self.fields.show_fields(paths_below(experiment, f"model.layers.{place}", follows))

    def _show_facts_of(self, layer: Layer) -> None:
        session = self._context.session
        self.fields.facts.show_facts(facts.of_layer(session.experiment, layer, session.snapshot))

    def _show_network(self, experiment: Experiment) -> None:
        parts = [
            f"{names.layer(experiment, n.layer)}: {human(sum(_size(p.shape) for p in n.parameters))}"
            for n in nodes(experiment)
        ]
        total = sum(_size(p.shape) for n in nodes(experiment) for p in n.parameters)
        self.fields.heading.show_texts(f"Network  ·  {count(total, 'parameter')}", "   ".join(parts))
        self.fields.facts.show_facts(facts.of_network(experiment, self._context.session.snapshot))
        self.fields.show_fields(("model.initialiser", *paths_below(experiment, "model.initialiser")), spare=True)


def _size(shape: tuple[int, ...]) -> int:
    amount = 1
    for side in shape:
        amount *= side
    return amount


def _inputs(experiment: Experiment) -> str:
    """What comes in, and how it is chosen."""
    axes = experiment.data.source.axes
    if axes is not None:
        return f"{' × '.join(str(a.size) for a in axes)} numbers from 0 to 1 for each picture"
    return f"{count(len(experiment.data.features), 'input')}; the box with + below them switches inputs on and off"
