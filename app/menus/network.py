"""Network: layers and neurons, at the selection or at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.actions import Entry, nothing
from app.messages import Message
from app.selection import Target
from engine import blocks, edits
from engine.design import collapse
from engine.experiment import Experiment
from engine.layers import Layer
from engine.machines.base import Progress, State
from engine.network import INPUT

if TYPE_CHECKING:
    from app.views._study_work import Found
    from app.window import Window
    from engine.gradcheck import NetworkCheck


class NetworkEdits:
    """Edits of the network that act on what is selected."""

    def __init__(self, window: Window) -> None:
        self._session, self._selection = window.context.session, window.context.selection
        self._window, self._diagram = window, window.diagram
        self._studied: dict[str, Found] = {}

    def layer(self) -> Layer | None:
        """The hidden layer that is selected; the last one when none is."""
        hidden = self._session.experiment.model.hidden_layers
        return next((x for x in hidden if x.id == self._selection.target.layer), hidden[-1] if hidden else None)

    def some(self) -> bool:
        """Whether there is a hidden layer."""
        return self.layer() is not None

    def add_layer(self) -> None:
        """Put a layer right behind the selected one, or on the selected connection, and select it."""
        self._diagram.commands.add_layer(*self._diagram.commands.spot())

    def kinds(self) -> tuple[Entry, ...]:
        """All that can be added, each an entry under the heading of its group."""

        def add(kind: str) -> Callable[[], None]:
            return lambda: self._diagram.commands.add_layer(*self._diagram.commands.spot(), kind)

        return tuple(
            Entry(f"network.add.{o.key}", o.title, "Network/Add", add(o.key), help=o.help, group=o.group)
            for o in blocks.offered(self._session.experiment)
        )  # fmt: skip

    def alternatives(self) -> tuple[Entry, ...]:
        """The kinds that the selected layer can become; its own is marked."""
        layer = self.layer()
        if layer is None:
            return ()

        def change(kind: str) -> Callable[[], None]:
            return lambda: self._diagram.commands.change_kind(layer.id, kind)

        def marked(kind: str) -> Callable[[], bool]:
            return lambda: kind == layer.key

        return tuple(
            Entry(f"network.become.{e.key}", e.title, "Network/Change kind", change(e.key), help=e.help,
                  checked=marked(e.key), group=e.kind.group)
            for e in edits.alternatives(layer)
        )  # fmt: skip

    def wire(self) -> bool:
        """Whether a connection between layers is selected."""
        target = self._selection.target
        return bool(target.source and not target.unit)

    def disconnect(self) -> None:
        """Take the selected connection away."""
        self._diagram.commands.disconnect(self._selection.target.source, self._selection.target.layer)

    def remove_layer(self) -> None:
        """Remove the selected layer."""
        layer = self.layer()
        if layer is not None and self._do("Remove layer", lambda e: edits.remove_layer(e, layer.id)):
            self._selection.clear()

    def move(self, by: int) -> None:
        """Take the selected layer to the left or right."""
        layer = self.layer()
        if layer is not None:
            self._diagram.commands.shift_layer(layer.id, by)

    def column(self) -> Layer | None:
        """The layer that gains and loses neurons: the selected output where it is free to, else as `layer`."""
        experiment, chosen = self._session.experiment, self._selection.target.layer
        output = experiment.model.output
        return output if chosen == output.id and edits.is_free(experiment, output) else self.layer()

    def wide(self) -> bool:
        """Whether there is such a layer."""
        return self.column() is not None

    def add_unit(self) -> None:
        """Add a neuron to the selected layer."""
        layer = self.column()
        if layer is not None:
            self._do("Add neuron", lambda e: edits.add_unit(e, layer.id))

    def remove_unit(self) -> None:
        """Remove the selected neuron, or the last one of the layer."""
        layer, target = self.column(), self._selection.target
        if layer is not None:
            unit = target.unit if target.layer == layer.id else ""
            if self._do("Remove neuron", lambda e: edits.remove_unit(e, layer.id, unit)) and unit:
                self._selection.select(Target(layer.id))

    def straight(self) -> bool:
        """Whether linear layers stand in a row."""
        return bool(collapse.runs(self._session.experiment))

    def collapse(self) -> None:
        """Make one layer of the linear layers in a row around the selected one, else of all runs."""
        before, chosen = self._session.experiment, self._selection.target.layer
        runs = collapse.runs(before)
        mine = tuple(run for run in runs if chosen in run)
        if self._do("Collapse linear layers", lambda e: collapse.collapsed(e, chosen if mine else "")):
            self._selection.clear()
            for run in mine or runs:
                names = " and ".join(f"“{x}”" for x in (", ".join(run[:-1]), run[-1]))
                self._session.tell(Message(f"Layers {names} are one now: W = W₂ W₁ and b = W₂ b₁ + b₂.", before=before))

    def explain(self) -> None:
        """Open the calculation of what is selected."""
        self._selection.ask(self._selection.target)

    def number(self) -> bool:
        """Whether a neuron or one of its numbers is selected."""
        target = self._selection.target
        return bool(target.unit) and target.layer != INPUT

    def redraw(self) -> None:
        """Take other starting weights."""
        seeds = self._session.experiment.seeds
        self._do("New initial weights", lambda e: replace(e, seeds=replace(seeds, weights=(seeds.weights + 1) % 2**31)))
        self._session.reset()

    def check_gradients(self) -> None:
        """Compare the gradients at the present numbers with differences of the loss, in the job thread."""
        self._session.take_state(self._check)

    def _check(self, experiment: Experiment, state: State) -> None:
        from app.panels.gradients import GradientReport
        from engine.gradcheck import check_network

        def report(found: NetworkCheck) -> None:
            page = GradientReport(found, experiment)
            page.asked.connect(explain)
            self._window.overlay.open("Gradient check", page, 560, 340)

        def explain(target: Target) -> None:
            self._window.overlay.close_page()
            self._selection.ask(target)

        def job(progress: Progress, cancelled: Callable[[], bool]) -> NetworkCheck:
            return check_network(experiment, state.numbers, progress, cancelled)

        self._session.job("Checking gradients", job, report)

    def ready(self) -> None:
        """Open the ready networks."""
        from app.views._nets import NetsPage

        overlay = self._window.overlay
        overlay.open("Ready networks", NetsPage(self._window.context, overlay.close_page), 1080, 640)

    def truth(self) -> None:
        """Open the page on which a truth table becomes a network."""
        from app.views._truth import TruthPage

        overlay = self._window.overlay
        overlay.open("From a truth table", TruthPage(self._window.context, overlay.close_page), 860, 640)

    def race(self) -> None:
        """Open the optimiser race."""
        from app.views._race import RacePage

        self._window.overlay.open("Optimiser race", RacePage(self._window.context), 1080, 640)

    def study(self) -> None:
        """Open the studies; what was found before is still there."""
        from app.views._study import StudyPage

        self._window.overlay.open("Study", StudyPage(self._window.context, self._studied), 1120, 640)

    def _do(self, text: str, edit: Callable[[Experiment], Experiment]) -> bool:
        return self._session.attempt(text, edit)


def entries(window: Window) -> tuple[Entry, ...]:
    """The entries of the Network menu."""
    network = NetworkEdits(window)

    return (
        Entry("network.add-layer", "Add layer", "Network", network.add_layer, ("L",), "layers",
              "Behind the selected layer, while it learns", group="layers"),
        Entry("network.kinds", "Add", "Network", nothing, children=network.kinds),
        Entry("network.add-kind", "Choose kind of new layer …", "Network", lambda: window.diagram.open_kinds(), ("K",),
              help="The list of all kinds, for a layer behind the selected one"),
        Entry("network.become", "Change kind", "Network", nothing, enabled=network.some, children=network.alternatives),
        Entry("network.disconnect", "Disconnect", "Network", network.disconnect, enabled=network.wire,
              help="Take the selected connection between two layers away"),
        Entry("network.remove-layer", "Remove layer", "Network", network.remove_layer, ("Shift+L",),
              enabled=network.some),
        Entry("network.left", "Move layer left", "Network", lambda: network.move(-1), ("Alt+Left",),
              enabled=network.some),
        Entry("network.right", "Move layer right", "Network", lambda: network.move(1), ("Alt+Right",),
              enabled=network.some),
        Entry("network.collapse", "Collapse linear layers", "Network", network.collapse, enabled=network.straight,
              help="Linear layers in a row become the one layer that answers the same: W = W₂ W₁, b = W₂ b₁ + b₂"),
        Entry("network.add-unit", "Add neuron", "Network", network.add_unit, ("N",), "plus",
              group="neurons", enabled=network.wide),
        Entry("network.remove-unit", "Remove neuron", "Network", network.remove_unit, ("Shift+N",), "minus",
              enabled=network.wide),
        Entry("network.explain", "How is this calculated?", "Network", network.explain, ("E",), "",
              "The selected neuron, weight or bias, by its formula and with the numbers of the next sample",
              enabled=network.number, group="explained"),
        Entry("network.redraw", "New initial weights", "Network", network.redraw, ("W",), "dice",
              "Another seed for the starting weights, and back to the start", group="weights"),
        Entry("network.ready", "Ready networks …", "Network", network.ready,
              help="LeNet-5, ResNet-8 and others to train on pictures; AlexNet to ResNet-50 layer by layer to read"),
        Entry("network.truth", "From a truth table …", "Network", network.truth,
              help="Write a table of 0 and 1: a sum of products or a single neuron that answers it is built"),
        Entry("network.check", "Check gradients", "Network", network.check_gradients,
              help="Compare backpropagation with differences of the loss, at the present numbers", group="check"),
        Entry("network.race", "Optimiser race …", "Network", network.race,
              help="Several optimisers from one start, on known surfaces or down the loss of this network"),
        Entry("network.study", "Study …", "Network", network.study,
              help="Errors against neurons, layers, samples, epochs or penalty, with bias and variance; k folds"),
    )  # fmt: skip
