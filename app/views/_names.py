"""What a view calls a layer: by its place, because two layers of a kind and width must stay apart; and a map."""

from __future__ import annotations

from app import names
from engine.experiment import Experiment
from engine.network import INPUT


def layer(experiment: Experiment, name: str) -> str:
    """Inputs, Layer 2, Output."""
    if name == INPUT:
        return "Inputs"
    ids = [each.id for each in experiment.model.layers]
    if name not in ids:
        return name
    place = ids.index(name)
    return "Output" if place == len(ids) - 1 else f"Layer {place + 1}"


def source(experiment: Experiment, label: str) -> str:
    """What a map that a window reads is called: a unit by its name, a channel of a group as it is."""
    return names.unit(experiment, label) if "/" in label else label
