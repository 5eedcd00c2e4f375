"""What the diagram does to the network: each command is one named undo step, and selects what it made."""

from __future__ import annotations

from collections.abc import Callable

from app.context import Context
from app.messages import refused
from app.names import spoken
from app.selection import Target, is_own
from engine import blocks, edits
from engine.activations import Activation
from engine.errors import LearnscopeError
from engine.experiment import Experiment, nodes, task
from engine.layers import Column
from engine.network import INPUT


class Commands:
    """The edits of one window's network."""

    def __init__(self, context: Context) -> None:
        self._session, self._selection = context.session, context.selection

    def add_layer(self, place: int, source: str = "", kind: str = "") -> None:
        """Add a layer, like its left neighbour unless a kind or a ready group is named; `source` is what it reads."""
        before = {x.id for x in self._session.experiment.model.layers}
        title = next((spoken(o.title) for o in blocks.offered() if o.key == kind), "layer")
        if self._do(f"Add {title}", lambda e: blocks.add(e, place, kind, source=source)):
            fresh = [x for x in self._session.experiment.model.layers if x.id not in before]
            # What flattens pictures for it comes before it. Of a group, what others read: the next layer goes behind.
            named = [x for x in fresh if x.key == kind] or [x for x in fresh if x.group != "form"] or fresh
            chosen = fresh[-1] if kind in blocks.BLOCKS else named[0]
            self._selection.select(Target(chosen.id))

    def spot(self) -> tuple[int, str]:
        """Where a new layer goes by the keyboard: on the selected connection, behind the selected layer, or last."""
        target, order = self._selection.target, [x.id for x in self._session.experiment.model.layers]
        if target.layer == INPUT:
            return 0, ""
        if target.layer not in order[:-1]:
            return len(order) - 1, target.source if target.layer in order and not target.unit else ""
        place = order.index(target.layer)
        return (place, target.source) if target.source and not target.unit else (place + 1, "")

    def remove(self, target: Target) -> None:
        """Remove the selected neuron, layer or input."""
        if target.layer == INPUT and target.unit:
            self.set_feature(target.unit.removeprefix(f"{INPUT}/"), False)
        elif target.unit and self._column(target.layer) is not None:
            self.remove_unit(target.layer, target.unit)
        elif target.source:
            self.disconnect(target.source, target.layer)
        elif target.layer and target.layer != INPUT:
            self.remove_layer(target.layer)

    def remove_layer(self, layer: str) -> None:
        """Remove a layer."""
        reads = {n.layer.id: n.sources for n in nodes(self._session.experiment)}
        near = reads.get(layer, (INPUT,))[0]
        chosen = self._selection.target.layer == layer
        if self._do("Remove layer", lambda e: edits.remove_layer(e, layer)) and chosen:
            self._selection.select(Target(near))

    def move_layer(self, layer: str, place: int, source: str = "") -> None:
        """Take a layer to another place, on the connection from `source` where there are several."""
        self._do("Move layer", lambda e: edits.move_layer(e, layer, place, source))

    def shift_layer(self, layer: str, by: int) -> None:
        """Take a layer forward or back in the order of the layers."""
        order = [x.id for x in self._session.experiment.model.layers]
        if layer in order:
            self.move_layer(layer, max(0, order.index(layer) + by))

    def change_kind(self, layer: str, kind: str) -> None:
        """Let a layer be of another kind."""
        self._do("Change kind of layer", lambda e: edits.change_kind(e, layer, kind))

    def connect(self, source: str, target: str) -> None:
        """Let a layer read another."""
        if self._do("Connect layers", lambda e: edits.connect(e, source, target)):
            self._selection.select(Target(target))

    def disconnect(self, source: str, target: str) -> None:
        """Let a layer read another no more."""
        if self._do("Disconnect layers", lambda e: edits.disconnect(e, source, target)):
            self._selection.select(Target(target))

    def refusal(self, source: str, target: str) -> str:
        """Why a layer can't read another, in a sentence; empty where it can."""
        try:
            edits.connect(self._session.experiment, source, target)
        except LearnscopeError as error:
            return refused(error).sentence
        return ""

    def add_unit(self, layer: str) -> None:
        """Add a neuron at the bottom of a layer."""
        self._do("Add neuron", lambda e: edits.add_unit(e, layer))

    def remove_unit(self, layer: str, unit: str = "") -> None:
        """Remove a neuron, or the last one."""
        column = self._column(layer)
        labels = [f"{layer}/{k}" for k in column.ids] if column else []
        gone = unit or (labels[-1] if labels else "")
        chosen = self._selection.target
        if self._do("Remove neuron", lambda e: edits.remove_unit(e, layer, gone)) and gone == chosen.unit:
            left = [x for x in labels if x != gone]
            self._selection.select(Target(layer, left[min(labels.index(gone), len(left) - 1)]))

    def move_unit(self, layer: str, unit: str, place: int) -> None:
        """Take a neuron to another place in its layer."""
        self._do("Move neuron", lambda e: edits.move_unit(e, layer, unit, place))

    def set_feature(self, key: str, on: bool) -> None:
        """Switch an input on or off."""
        self._do("Add input" if on else "Remove input", lambda e: edits.set_feature(e, key, on))

    def set_activation(self, layer: str, key: str) -> None:
        """Give a layer another activation."""
        for k, one in enumerate(self._session.experiment.model.layers):
            if one.id == layer:
                self._session.edit("Change activation", f"model.layers.{k}.activation", key)

    def activations(self, layer: str) -> tuple[str, ...]:
        """The activations a layer may have: those that fit the loss for the output, all others elsewhere."""
        experiment = self._session.experiment
        if layer == experiment.model.output.id:
            return experiment.training.loss.outputs(task(experiment))
        return tuple(e.key for e in Activation.registry if e.kind.hidden)

    def set_number(self, target: Target, value: float, gesture: int = -1) -> None:
        """Set the selected weight or bias."""
        text = f"Change {target.source}" if is_own(target.source) else "Change weight"
        self._session.assign(text, (target.holding(value),), gesture)

    def _column(self, layer: str) -> Column | None:
        found = next((x for x in self._session.experiment.model.layers if x.id == layer), None)
        return found if isinstance(found, Column) else None

    def _do(self, text: str, edit: Callable[[Experiment], Experiment]) -> bool:
        return self._session.attempt(text, edit)
