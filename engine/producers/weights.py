"""All learned numbers by name."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.layers import Parameter
from engine.network import followers, held_places
from engine.producers.base import Look, Producer
from engine.records import BETWEEN, Matrices, Matrix, Record, Want, readonly
from engine.registry import register


@register("Weights")
class WeightsOf(Producer, tag="weights", frozen=True):
    """Every parameter as a matrix: its last axis across, all others down; a vector is one row."""

    yields: ClassVar[type[Record]] = Matrices

    def make(self, look: Look, want: Want) -> Matrices:
        items = {}
        for name, learned in look.plan.lowered.numbers.arrays.items():
            parameter = learned.parameter
            values = look.learner.array(name).reshape(parameter.matrix).astype(np.float32)
            items[name] = Matrix(
                name, readonly(values), rows(parameter), parameter.labels[-1], readonly(frozen(look, name))
            )
        return Matrices("weights", items)


@lru_cache(maxsize=64)
def rows(parameter: Parameter) -> tuple[str, ...]:
    """What the rows of a parameter's matrix are called; a vector's one row by the parameter's name."""
    if len(parameter.axes) == 1:
        return (parameter.name,)
    return tuple(BETWEEN.join(labels) for labels in product(*parameter.labels[:-1]))


def frozen(look: Look, name: str) -> NDArray[np.bool_]:
    """Which numbers of a parameter are held fast, in the form of its matrix."""
    arrays, nodes = look.plan.lowered.numbers.arrays, look.plan.lowered.nodes
    tie = followers(nodes).get(name)
    owner = tie.owner if tie else name
    mask = np.full(arrays[owner].parameter.shape, not arrays[owner].learns)
    for array, where in held_places(nodes, look.experiment.model.frozen):
        if array == owner:
            mask[where] = True
    return (mask.T if tie and tie.turned else mask).reshape(arrays[name].parameter.matrix)
