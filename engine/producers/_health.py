"""How each unit is: at work, dead, or saturated."""

from __future__ import annotations

from math import gcd
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.activations import Activation
from engine.network import Node

State = Literal["", "dead", "saturated"]

ON_SLOPE: Final = 0.05
"""A unit that is on its slope for a smaller share of the samples is called saturated: nearly all of its gradients are
then a few hundredths of what they could be."""

SIDE: Final = 64
"""At most so many rows are reduced side by side."""


def share_active(node: Node, seen: NDArray[Any]) -> NDArray[np.float64]:
    """The share of samples [unit] on which each unit is active, by the rule of its function; else says more than 0."""
    function: Activation | None = getattr(node.layer, "activation", None)
    active = function.active(seen) if function else seen > 0
    share: NDArray[np.float64] = np.ones(seen.shape[1])
    if len(seen):
        share = _by_unit(np.add, active.view(np.uint8), np.intp) / len(seen)
    return share


def _by_unit(reduce: np.ufunc, values: NDArray[Any], dtype: type[Any] | None = None) -> NDArray[Any]:
    """What becomes of each column [sample, unit]: many rows of few are laid side by side first, which is quicker."""
    count, units = values.shape
    side = gcd(count, SIDE)
    wide = reduce.reduce(values.reshape(count // side, side * units), axis=0, dtype=dtype)
    return np.asarray(reduce.reduce(wide.reshape(side, units), axis=0, dtype=dtype))


def states(node: Node, seen: NDArray[Any]) -> tuple[State, ...]:
    """The state of each unit, from what it says on samples [sample, unit].

    Dead: never active, and the same on every sample, so that nothing behind it learns from it and a rectifier passes no
    gradient back. Saturated: of a function with two flat ends, and hardly ever on its slope.
    """
    function: Activation | None = getattr(node.layer, "activation", None)
    share = share_active(node, seen)
    if not len(seen):
        return tuple("" for _ in share)
    if function is not None and function.activity != "active":
        return _marked(share < ON_SLOPE, "saturated")
    flat = _by_unit(np.maximum, seen) == _by_unit(np.minimum, seen)
    dead = flat & ((share == 0) if function is not None else (seen[0] == 0))
    return _marked(dead, "dead")


def _marked(holds: NDArray[np.bool_], state: State) -> tuple[State, ...]:
    marks: tuple[State, State] = ("", state)
    return tuple(map(marks.__getitem__, holds.tolist()))
