"""What people call the parts of a network: Dense 6, neuron 2; h₂; tanh."""

from __future__ import annotations

from typing import Final

from app.numbers import count, human
from app.selection import Target, is_own
from engine import features
from engine.activations import Activation
from engine.experiment import Experiment, answer_names, input_shape, nodes, task
from engine.holding import frozen_count
from engine.layers import Answering, Column, Layer, Neurons
from engine.network import INPUT
from engine.records import BETWEEN

_LOW: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def spoken(title: str) -> str:
    """A title inside a sentence: tanh, but ReLU as it is."""
    return title.lower() if title[1:] == title[1:].lower() else title


def activation(layer: Neurons) -> str:
    """The activation of a layer, such as tanh."""
    return spoken(Activation.registry.title(layer.activation))


def manner(layer: Layer) -> str:
    """What a layer does besides its kind: its activation and its main setting, where it has them."""
    parts = [activation(layer)] if isinstance(layer, Neurons) and layer.learns else []
    return "  ·  ".join([*parts, *([layer.setting] if layer.setting else [])])


def layer(experiment: Experiment, layer: Layer | None, short: bool = False) -> str:
    """A layer by its kind and width: Dense 6, Output; None stands for the inputs. Shorter where room is small."""
    if layer is None:
        return "Inputs"
    title = (layer.short if short else "") or Layer.registry.title(layer)
    if isinstance(layer, Column) and layer.id != experiment.model.output.id:
        return f"{title} {layer.units}"
    return title


def other(experiment: Experiment, id: str) -> str:  # noqa: A002 - the field's own name
    """A layer as others speak of it, with the id by which sentences name it: Dense 6 “h1”; the inputs."""
    found = next((x for x in experiment.model.layers if x.id == id), None)
    return "the inputs" if found is None else f"{layer(experiment, found)} “{id}”"


def wiring(experiment: Experiment, id: str) -> str:  # noqa: A002
    """What a layer reads and what reads it, in words."""
    resolved = nodes(experiment)
    reads = next((n.sources for n in resolved if n.layer.id == id), ())
    readers = [n.layer.id for n in resolved if id in n.sources]
    found = f"reads {' and '.join(other(experiment, s) for s in reads)}"
    if isinstance(experiment.model.layer(id), Answering):
        return found
    if not readers:
        return f"{found}; nothing reads it, so it does not count"
    return f"{found}; read by {' and '.join(other(experiment, r) for r in readers)}"


def cost(experiment: Experiment, id: str) -> str:  # noqa: A002
    """What a layer costs: its parameters, and the multiplications that a sample takes; empty where there are none."""
    node = next((n for n in nodes(experiment) if n.layer.id == id), None)
    if node is None:
        return ""
    held = frozen_count(experiment, id)
    found = (
        count(node.numbers, "parameter") if node.numbers else "",
        f"{human(held)} of them frozen" if held else "",
        count(node.multiplications, "multiplication") if node.multiplications else "",
    )
    return ", ".join(filter(None, found))


def unit(experiment: Experiment, label: str) -> str:
    """A neuron or input by itself: neuron 2, sin x₁, or the class that an output neuron stands for."""
    id_, _, rest = label.partition("/")
    if id_ == INPUT:
        return features.title(rest)
    found = next((x for x in experiment.model.layers if x.id == id_), None)
    if not isinstance(found, Column) or not rest.isdigit() or int(rest) not in found.ids:
        return rest
    place = found.ids.index(int(rest))
    names = answer_names(experiment)
    if found is experiment.model.output and found.units == len(names):
        return names[place] if task(experiment) == "unsupervised" else f"class {names[place]}"
    return f"neuron {place + 1}"


def inputs(experiment: Experiment) -> list[tuple[str, str]]:
    """What comes into the network: the label and the name of each; the only channel of pictures needs no name."""
    labels = input_shape(experiment.data)[-1].labels
    if experiment.data.source.axes is not None and len(labels) == 1:
        return [(labels[0], "")]
    return [(label, features.title(label.removeprefix(f"{INPUT}/"))) for label in labels]


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
    if chosen.source and not chosen.unit:
        return f"{layer(experiment, column)} “{chosen.layer}” reads {other(experiment, chosen.source)}"
    parts = ["Input" if chosen.layer == INPUT and chosen.unit else layer(experiment, column)]
    if chosen.unit:
        parts.append(unit(experiment, chosen.unit))
    if chosen.source:
        named = source(experiment, chosen.source)
        parts.append(named if is_own(chosen.source) else f"weight from {named}")
    return ", ".join(parts)
