"""What people call the parts of a network: Dense 6, neuron 2; h₂; tanh."""

from __future__ import annotations

from typing import Final

from app.selection import Target, is_own
from engine import features
from engine.activations import Activation
from engine.experiment import Experiment
from engine.layers import Layer, Neurons
from engine.layers.base import Column
from engine.network import INPUT
from engine.records import BETWEEN

_LOW: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def spoken(title: str) -> str:
    """A title inside a sentence: tanh, but ReLU as it is."""
    return title.lower() if title[1:] == title[1:].lower() else title


def activation(layer: Neurons) -> str:
    """The activation of a layer, such as tanh."""
    return spoken(Activation.registry.title(layer.activation))


def layer(experiment: Experiment, layer: Layer | None) -> str:
    """A layer by its kind and width: Dense 6, Output; None stands for the inputs."""
    if layer is None:
        return "Inputs"
    title = Layer.registry.title(layer)
    free = isinstance(layer, Neurons) and layer.id != experiment.model.output.id
    return f"{title} {layer.units}" if free and isinstance(layer, Neurons) else title


def unit(experiment: Experiment, label: str) -> str:
    """A neuron or input by itself: neuron 2, sin x₁, or the class that an output neuron stands for."""
    id_, _, rest = label.partition("/")
    if id_ == INPUT:
        return features.title(rest)
    found = next((x for x in experiment.model.layers if x.id == id_), None)
    if not isinstance(found, Column) or not rest.isdigit() or int(rest) not in found.ids:
        return rest
    place = found.ids.index(int(rest))
    names = experiment.data.source.class_names
    if found is experiment.model.output and found.units == len(names):
        return f"class {names[place]}"
    return f"neuron {place + 1}"


def symbol(experiment: Experiment, label: str) -> str:
    """A source in a formula: x₁, sin x₁, h₂."""
    id_, _, rest = label.partition("/")
    if id_ == INPUT:
        return features.title(rest)
    found = next((x for x in experiment.model.layers if x.id == id_), None)
    if not isinstance(found, Column) or not rest.isdigit() or int(rest) not in found.ids:
        return rest.rpartition(" ")[2]  # of “piece 2” the number
    return f"h{str(found.ids.index(int(rest)) + 1).translate(_LOW)}"


def source(experiment: Experiment, label: str) -> str:
    """Which number of a unit it is: bias, x₁, or x₁ · 2 where its weights have several axes."""
    return BETWEEN.join(symbol(experiment, part) if "/" in part else part for part in label.split(BETWEEN))


def target(experiment: Experiment, chosen: Target) -> str:
    """What is selected: Dense 6, neuron 2, weight from h₁."""
    if not chosen.layer:
        return "Network"
    column = next((x for x in experiment.model.layers if x.id == chosen.layer), None)
    parts = ["Input" if chosen.layer == INPUT and chosen.unit else layer(experiment, column)]
    if chosen.unit:
        parts.append(unit(experiment, chosen.unit))
    if chosen.source:
        named = source(experiment, chosen.source)
        parts.append(named if is_own(chosen.source) else f"weight from {named}")
    return ", ".join(parts)
