"""New layers and units in a running network: they start so that the output changes as little as possible.

A new unit draws its incoming weights and starts with outgoing weights 0, so the output does not change at all, and both
sides learn: the outgoing weights at once, the incoming ones as soon as those moved. A new layer between two old ones
starts as nearly the identity; when a layer goes, the weights around it are multiplied to one matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Array, Labelled
from engine.layers.dense import Neurons
from engine.network import INPUT, Node
from engine.plan.learned import Learner, overlay

Matrix = NDArray[np.floating[Any]]

GENTLE = 0.25
"""How far into a bending function a passed value is sent: tanh(a / 4) / (1 / 4) is a within 2 per cent for |a| <= 1."""


def bridged(old: Learner, new: Learner) -> tuple[Labelled, ...]:
    """Numbers for what is new in `new`, which already holds what it keeps of `old`."""
    before = {n.layer.id: n for n in old.plan.lowered.nodes}
    return tuple(x for node in new.plan.lowered.nodes for x in _node(node, before, old, new))


def _node(node: Node, before: dict[str, Node], old: Learner, new: Learner) -> Iterator[Labelled]:
    """Numbers of one layer: silence towards new units; a detour or a short cut where another layer feeds it now."""
    known = before.get(node.layer.id)
    if known is None or not isinstance(node.layer, Neurons) or len(node.sources) != 1:
        return
    name = f"{node.layer.id}.weight"
    weight = np.array(new.array(name), np.float64)
    columns = [k for k, label in enumerate(node.shape[0].labels) if label in known.shape[0].labels]
    sources = set(known.inputs[0][0].labels)
    fresh = [k for k, label in enumerate(node.inputs[0][0].labels) if label not in sources]
    weight[np.ix_(fresh, columns)] = 0
    yield Labelled(name, new.labels(name), Array(weight))
    if node.sources != known.sources:
        yield from _other_source(node, known, before, old, new)


def _other_source(node: Node, known: Node, before: dict[str, Node], old: Learner, new: Learner) -> Iterator[Labelled]:
    after = {n.layer.id: n for n in new.plan.lowered.nodes}
    inserted, former = after.get(node.sources[0]), known.sources[0]
    removed = before.get(former)
    if inserted is not None and inserted.layer.id not in before and inserted.sources == (former,):
        yield from _detour(node, known, inserted, old, new)
    elif removed is not None and former not in after and removed.sources == node.sources:
        yield from _short_cut(node, known, removed, old, new)


def _slope(layer: Any) -> tuple[float, float]:
    """Value and slope of a layer's function around 0, both as a straight line through it would have them."""
    at_zero = {"sigmoid": (0.5, 0.25), "softplus": (0.6931472, 0.5), "gelu": (0.0, 0.5), "swish": (0.0, 0.5)}
    return at_zero.get(layer.activation.key, (0.0, 1.0))


def _lowest(source: Node | None) -> float:
    """The least value a layer gives, where there is one; else as if it were -1."""
    function = getattr(source.layer, "activation", None) if source else None
    if function is None:
        return -1.0
    return 0.0 if function.key == "relu" else -1.0 if function.low is None else float(function.low)


def _detour(node: Node, known: Node, inserted: Node, old: Learner, new: Learner) -> Iterator[Labelled]:
    """A layer now stands between: it passes its inputs on, one unit each as far as they go."""
    layer = inserted.layer
    if not isinstance(layer, Neurons) or layer.activation.key == "step":
        return
    labels_in, labels_out = inserted.inputs[0][0].labels, inserted.shape[0].labels
    n = min(len(labels_in), len(labels_out))
    bends = layer.activation.key in ("tanh", "sigmoid", "softplus", "gelu", "swish")
    scale = GENTLE if bends else 1.0
    if inserted.sources[0] == INPUT and bends:
        scale = GENTLE / 4  # inputs of the plane reach 6, outputs of most functions 1
    floor = layer.activation.key in ("relu", "leaky-relu", "elu")
    sources = {x.layer.id: x for x in new.plan.lowered.nodes}
    shift = max(0.0, -_lowest(sources.get(inserted.sources[0]))) if floor else 0.0
    value, slope = _slope(layer)
    own = np.array(new.array(f"{layer.id}.weight"), np.float64)
    own[:, :n] = scale * np.eye(len(labels_in), n)
    own_bias = np.array(new.array(f"{layer.id}.bias"), np.float64)
    own_bias[:n] = shift
    yield Labelled(f"{layer.id}.weight", (labels_in, labels_out), Array(own))
    yield Labelled(f"{layer.id}.bias", (labels_out,), Array(own_bias))
    if known.inputs[0][0].labels != labels_in:
        return
    # a ≈ (f - f(0)) / (scale f'(0)) - shift: the old weights grow by that factor and the bias takes up the rest
    weight = np.array(old.array(f"{known.layer.id}.weight"), np.float64)[:n]
    past = weight / (scale * slope)
    bias = np.array(new.array(f"{node.layer.id}.bias"), np.float64)
    kept = [node.shape[0].labels.index(label) for label in known.shape[0].labels if label in node.shape[0].labels]
    if len(kept) == past.shape[1]:
        bias[kept] -= value * past.sum(axis=0) + shift * weight.sum(axis=0)
        yield Labelled(f"{node.layer.id}.bias", (node.shape[0].labels,), Array(bias))
    zero = np.zeros((len(labels_out) - n, past.shape[1]))
    targets = known.shape[0].labels
    yield Labelled(f"{node.layer.id}.weight", (labels_out, targets), Array(np.concatenate([past, zero])))


def _short_cut(node: Node, known: Node, removed: Node, old: Learner, new: Learner) -> Iterator[Labelled]:
    """A layer no longer stands between: its weights and those behind it are multiplied, its function as a line."""
    if not isinstance(removed.layer, Neurons):
        return
    value, slope = _slope(removed.layer)
    first = np.array(old.array(f"{removed.layer.id}.weight"), np.float64)
    second = np.array(old.array(f"{known.layer.id}.weight"), np.float64)
    labels = (removed.inputs[0][0].labels, known.shape[0].labels)
    yield Labelled(f"{node.layer.id}.weight", labels, Array(slope * first @ second))
    if known.shape[0].labels == node.shape[0].labels:
        passed = value + slope * np.array(old.array(f"{removed.layer.id}.bias"), np.float64)
        bias = np.array(new.array(f"{node.layer.id}.bias"), np.float64) + passed @ second
        yield Labelled(f"{node.layer.id}.bias", (known.shape[0].labels,), Array(bias))


def overwritten(numbers: tuple[Labelled, ...], old: Learner) -> tuple[Labelled, ...]:
    """What the bridge changed of the numbers that `old` already had: an undo gives these back too."""
    changed: list[Labelled] = []
    for given in numbers:
        if given.name not in old.names():
            continue
        former = old.part(given.name, given.axes)
        target = np.zeros_like(former.values.values)
        overlay(target, former.axes, given)
        if not np.array_equal(target, former.values.values):
            changed += old.at((former,))
    return tuple(changed)
