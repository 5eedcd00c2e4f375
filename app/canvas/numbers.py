"""The learned numbers behind the diagram: looked up, found under the pointer, told in words."""

from __future__ import annotations

from typing import Final

import numpy as np

from app import names
from app.canvas.hit import Hit
from app.canvas.links import Links, slopes
from app.canvas.parts import Layout
from app.numbers import count, human
from app.selection import BIAS, Target, is_own
from engine import holding
from engine.activations import Activation
from engine.experiment import Experiment, nodes
from engine.layers import Column, Neurons
from engine.network import INPUT
from engine.records import BETWEEN, Matrices

REACH: Final = 5.0
"""Pixels from a link within which it is meant."""


class Learned:
    """The newest weights and biases."""

    def __init__(self) -> None:
        self.record: Matrices | None = None
        self.biases: dict[str, float] = {}
        self.scale = 1.0

    def clear(self) -> None:
        """Know nothing: as new."""
        self.__init__()  # type: ignore[misc] # the same object, for whoever holds it

    def take(self, record: Matrices) -> None:
        """Keep a newer record."""
        self.record = record
        found: dict[str, float] = {}
        for name, matrix in record.items.items():
            if name.endswith(f".{BIAS}") and len(matrix.rows) == 1:
                found.update(zip(matrix.columns, matrix.values[0].tolist(), strict=True))
        self.biases = found
        self.scale = max([1.0, *(abs(v) for v in found.values())])

    def value(self, target: Target) -> float | None:
        """The selected number; None when it is none, or not known yet."""
        if not target.source or self.record is None:
            return None
        name, *labels = target.reference
        matrix = self.record.items.get(name)
        if matrix is None or labels[-1] not in matrix.columns:
            return None
        row = BETWEEN.join(labels[:-1]) or matrix.rows[0]
        if row not in matrix.rows:
            return None
        return float(matrix.values[matrix.rows.index(row), matrix.columns.index(labels[-1])])

    def describe(self, experiment: Experiment, target: Target) -> str:
        """The selection in a sentence, for those who listen."""
        if not target.layer:
            return f"Nothing selected. {totals(experiment)}. Arrows move through the network."
        text = names.target(experiment, target)
        layer = next((x for x in experiment.model.layers if x.id == target.layer), None)
        if layer is not None and not target.source and names.manner(layer):
            text += f", {names.manner(layer)}"
        if layer is not None and not target.unit and not target.source:
            text += f", {names.wiring(experiment, layer.id)}"
        value = self.value(target if target.source else Target(target.layer, target.unit, BIAS))
        if value is not None and target.unit:
            text += f", {human(value)}" if target.source else f", bias {human(value)}"
        return text


def totals(experiment: Experiment) -> str:
    """How many numbers the network learns, and how many of them are frozen."""
    amount = sum(int(np.prod(p.shape)) for node in nodes(experiment) for p in node.parameters)
    held = holding.frozen_count(experiment)
    return count(amount, "parameter") + (f"  ·  {held} frozen" if held else "")


def held_units(experiment: Experiment) -> frozenset[str]:
    """The neurons all of whose numbers are held fast."""
    whole, singles = holding.frozen_layers(experiment), set(experiment.model.frozen)
    if not whole and not singles:
        return frozenset()
    found: set[str] = set()
    for node in nodes(experiment):
        if not isinstance(node.layer, Column):
            continue
        if node.layer.id in whole:
            found |= set(node.units.labels)
        elif singles:
            learning = {number[-1] for number in holding.references(node) if number not in singles}
            found |= set(node.units.labels) - learning
    return frozenset(found)


def link_at(layout: Layout, links: Links, x: float, y: float) -> tuple[str, str, str] | None:
    """The link under a point as (layer, unit, source): the nearest of those that are drawn."""
    best, found = REACH * max(1.0, layout.scale), None
    for k, bundle in enumerate(layout.bundles):
        drawn = links.shown(k)
        if drawn is None or not bundle.x0 <= x <= bundle.x1:
            continue
        far = np.where(drawn != 0, slopes(bundle, x, y), np.inf)
        i, j = np.unravel_index(int(far.argmin()), far.shape)
        if far[i, j] < best:
            best, found = float(far[i, j]), (bundle.target, bundle.targets[j], bundle.sources[i])
    return found


def tip(experiment: Experiment, learned: Learned, hit: Hit) -> str:
    """What hovering tells."""
    match hit.what:
        case "cell" | "body" | "head" | "wire" if hit.layer != INPUT and not (hit.what == "cell" and hit.unit):
            text = names.target(experiment, hit.target)
            if hit.source:
                return text
            told = f"{text} “{hit.layer}”: {names.wiring(experiment, hit.layer)}"
            return "\n".join(filter(None, (told, names.cost(experiment, hit.layer))))
        case "port":
            return "Drag to the layer that is to read this one"
        case "link" | "value" | "bias" | "cell":
            if hit.layer == INPUT:
                return names.unit(experiment, hit.unit)
            text = names.target(experiment, hit.target)
            value = learned.value(hit.target)
            return text if value is None else f"{text}: {human(value)}"
        case "activation":
            layer = experiment.model.layer(hit.layer)
            if isinstance(layer, Neurons):
                return f"a = {layer.activation.written} - {Activation.registry[layer.activation.key].help}"
            return ""
        case _:
            return _BUTTONS.get(hit.what, "")


_BUTTONS: Final = {
    "plus": "Add a neuron",
    "minus": "Remove the last neuron",
    "remove": "Remove this layer",
    "drop": "Switch this input off",
    "more": "Switch inputs on and off",
    "pill": "Add a layer here",
    "kinds": "Choose the kind of layer to add here",
    "toggle": "Open or condense this layer",
    "head": "The inputs; Alt-drag to connect them to a layer",
}


def remaining(layout: Layout, target: Target) -> Target:
    """What is left of a selection after an edit: the number, else its neuron, else its layer, else nothing."""
    column = layout.column(target.layer)
    if column is None:
        return Target()
    if not target.unit and target.source in layout.reads(target.layer):
        return target
    if target.unit not in {c.unit for c in column.cells}:
        return Target(target.layer)
    reads = {s for b in layout.bundles if b.target == target.layer for s in b.sources}
    return target if target.source in reads or is_own(target.source) else Target(target.layer, target.unit)
