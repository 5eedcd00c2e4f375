"""How the numbers of one neuron come about: its sum, its answer, its share of the blame, and how its weights move."""

from __future__ import annotations

from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.explanations import backward, forward, nearest, reading, update, votes
from engine.explanations.notation import PLAIN, Notation
from engine.explanations.signs import Signs
from engine.explanations.steps import Neuron, Step, hint_of
from engine.layers.madaline import Madaline
from engine.layers.neighbours import Neighbours
from engine.producers.calculation import Calculation


def explain(
    found: Calculation, experiment: Experiment, layer: str, unit: str, source: str = "", notation: Notation = PLAIN
) -> tuple[Step, ...]:
    """Explain a neuron or, with the label of a source, one of its weights; raise for what can't be written out."""
    signs = Signs(experiment, notation)
    node = signs.node(layer)
    if unit not in node.units.labels:
        raise LearnscopeError(f"“{layer}” has no neuron “{unit}”; choose one of those in the diagram")
    neuron = Neuron(found, experiment, signs, node, node.units.labels.index(unit))
    if node.layer.unwritten:
        raise LearnscopeError(f"“{layer}” is not written out: {node.layer.unwritten}")
    steps = _explained(neuron, source)
    return tuple(step if step.hint else step._replace(hint=hint_of(step.title, signs)) for step in steps)


def _explained(neuron: Neuron, source: str) -> tuple[Step, ...]:
    layer = neuron.node.layer
    match layer:
        case Madaline():
            return votes.explained(neuron, layer)
        case Neighbours():
            return nearest.explained(neuron, layer)
    return (_read(neuron),) if layer.summing is None else _summed(neuron, source)


def _summed(neuron: Neuron, source: str) -> tuple[Step, ...]:
    """All steps of a neuron that takes a sum."""
    steps = [forward.weighted_sum(neuron), forward.output(neuron)]
    if neuron.node is neuron.signs.nodes[-1]:
        steps.append(forward.loss(neuron))
    if neuron.here.delta is not None:
        steps.append(backward.delta(neuron))
    return (*steps, *(update.weight(neuron, source) if source else update.bias(neuron)))


def _read(neuron: Neuron) -> Step:
    """What a layer without weights does; raise where that is no formula of a few numbers."""
    if not neuron.node.is_flat:
        raise LearnscopeError(f"“{neuron.id}” is a layer of maps; its cells are explained in “Cell”, with pictures")
    read = neuron.node.layer.reading(neuron.node.inputs, neuron.k)
    if read is None:
        raise LearnscopeError(
            f"what “{neuron.id}” does can't be told number by number; choose a layer of neurons before or behind it"
        )
    return reading.output(neuron, read)
