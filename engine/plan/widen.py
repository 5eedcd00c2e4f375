"""An output that gets more or fewer neurons, because the data has more or fewer classes: the decision stays.

One neuron for two classes speaks for the second with its sum z. Where outputs are compared with each other (softmax),
the first class gets the sum 0; where each stands for itself, it gets -z, which for a line between two targets is their
sum - z. A class that is new stays below what is decided now, everywhere, until it has learned something.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.activations import Activation
from engine.arrays import Array, Labelled
from engine.experiment import Experiment
from engine.network import Node
from engine.plan.learned import Learner

QUIET = -2.0
"""The sum of a class nobody speaks for yet: unlikely, but not so far out that its neuron could not learn."""
BELOW = 1.0
"""How far it stays below the greatest sum of the others."""


def widened(node: Node, known: Node, new: Learner, read: NDArray[Any]) -> Iterator[Labelled]:
    """Numbers for the fresh neurons of an output that has several; `read` [row, source] is what it reads on probes."""
    fresh = [label for label in node.units.labels if label not in known.units.labels]
    if not fresh or node.units.size < 2 or node.sources != known.sources:
        return
    name, sources = node.layer.id, node.inputs[0][0].labels
    weight = np.array(new.array(f"{name}.weight"), np.float64)
    bias = np.array(new.array(f"{name}.bias"), np.float64)
    place = {label: k for k, label in enumerate(node.units.labels)}
    if known.units.size == 1 and known.units.labels[0] in place:
        mine = place[known.units.labels[0]]
        weight[:, 0], bias[0] = _first_class(new.plan.experiment, weight[:, mine], bias[mine])
        quiet = [label for label in fresh if place[label] != 0]
    else:
        quiet = fresh
    silent = [place[label] for label in quiet]
    speaking = [k for k in place.values() if k not in silent]
    weight[:, silent] = 0
    if silent:
        greatest = (read @ weight[:, speaking] + bias[speaking]).max(axis=1) if len(read) and speaking else np.zeros(1)
        bias[silent] = min(_quiet(new.plan.experiment), float(greatest.min()) - BELOW)
    yield Labelled(f"{name}.weight", (sources, node.units.labels), Array(weight))
    yield Labelled(f"{name}.bias", (node.units.labels,), Array(bias))


def narrowed(node: Node, known: Node, old: Learner) -> Iterator[Labelled]:
    """One neuron for two classes takes the difference of the two sums that were compared with each other."""
    if node.units.size != 1 or known.units.size < 2 or _function(old.plan.experiment).hidden:
        return
    mine = node.units.labels[0]
    if node.sources != known.sources or mine not in known.units.labels or mine == known.units.labels[0]:
        return
    name, k = node.layer.id, known.units.labels.index(mine)
    weight, bias = old.array(f"{name}.weight"), old.array(f"{name}.bias")
    yield Labelled(f"{name}.weight", (known.inputs[0][0].labels, (mine,)), Array(weight[:, k : k + 1] - weight[:, :1]))
    yield Labelled(f"{name}.bias", ((mine,),), Array(bias[k : k + 1] - bias[:1]))


def _function(experiment: Experiment) -> Activation:
    return experiment.model.output.activation


def _first_class(experiment: Experiment, weight: NDArray[Any], bias: float) -> tuple[NDArray[Any], float]:
    function = _function(experiment)
    if not function.hidden:
        return np.zeros_like(weight), 0.0
    middle = 0.0 if function.low is not None else sum(experiment.training.loss.targets(function))
    return -weight, middle - bias


def _quiet(experiment: Experiment) -> float:
    function = _function(experiment)
    bounded = function.low is not None
    return QUIET if bounded else min(experiment.training.loss.targets(function))
