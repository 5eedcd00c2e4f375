"""Passes of one picture, kept from one picture of a run to the next."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.network import INPUT
from engine.plan.inside import Inside
from engine.producers.base import F, Look


def within(look: Look, start: str, stop: str = INPUT) -> Inside:
    """The pass from one layer back to another, with the numbers of now; written anew once the network is edited."""
    experiment = look.experiment
    of = experiment.model, experiment.data.source, experiment.training.optimiser
    before, passes = look.kept.get("inside", ((), {}))
    if len(before) != len(of) or any(a is not b for a, b in zip(of, before, strict=True)):
        passes = {}
        look.kept["inside"] = of, passes
    if (start, stop) not in passes:
        passes[start, stop] = Inside(experiment, look.plan.library, start, stop)
    found: Inside = passes[start, stop]
    found.take(look.plan)
    return found


def shares_of(look: Look, seen: dict[str, NDArray[np.floating[Any]]]) -> F:
    """The share of each class."""
    node = look.nodes[-1]
    share: F = look.answers(seen[node.layer.id][: node.units.size][None])[0]
    return share


def towards(look: Look, asked: int, shares: F) -> NDArray[np.float64]:
    """The slope at the weighted sums of the share of a class; of its own sum where shares are not compared.

    For softmax ∂s/∂z = s (e - s). One output speaks for the second class of two.
    """
    units = look.nodes[-1].units.size
    if units == 1:
        return np.array([1.0 if asked else -1.0])
    own: NDArray[np.float64] = np.eye(units)[asked]
    if look.experiment.model.output.activation.answer != "shares":
        return own
    found: NDArray[np.float64] = float(shares[asked]) * (own - shares)
    return found
