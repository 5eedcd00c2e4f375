"""How each unit is: at work, dead, or saturated."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.activations import Activation
from engine.network import Node

State = Literal["", "dead", "saturated"]

ON_SLOPE: Final = 0.05
"""A unit that is on its slope for a smaller share of the samples is called saturated: nearly all of its gradients are
then a few hundredths of what they could be."""


def share_active(node: Node, seen: NDArray[Any]) -> NDArray[np.float64]:
    """The share of samples [unit] on which each unit is active, by the rule of its function; else says more than 0."""
    function: Activation | None = getattr(node.layer, "activation", None)
    active = function.active(np.asarray(seen, np.float64)) if function else seen > 0
    share: NDArray[np.float64] = active.mean(axis=0) if len(seen) else np.ones(seen.shape[1])
    return share


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
        return tuple(_state("saturated", idle) for idle in (share < ON_SLOPE).tolist())
    flat = seen.max(axis=0) == seen.min(axis=0)
    dead = flat & ((share == 0) if function is not None else (seen[0] == 0))
    return tuple(_state("dead", gone) for gone in dead.tolist())


def _state(state: State, holds: bool) -> State:
    return state if holds else ""
