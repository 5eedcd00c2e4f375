"""Neurons that are twins."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

import numpy as np

from engine.doctor import _remedies as remedies
from engine.doctor.base import Diagnosis, Evidence, Fact, Finding, LayerHealth, Remedy, Values
from engine.initialisers import Initialiser
from engine.registry import register

SAME: Final = 1e-6
"""Columns that differ by a smaller share of their largest number differ by rounding of float32 alone."""


@register("Symmetric weights")
class SymmetricWeights(Diagnosis, tag="symmetric-weights", frozen=True):
    """All neurons of a layer have the same weights and the same slopes, so they stay one neuron for ever."""

    explains: ClassVar[tuple[str, ...]] = (
        "dead-units",
        "saturated-units",
        "vanishing-gradient",
        "rate-too-low",
        "wrong-loss",
    )

    def examine(self, evidence: Evidence) -> Finding | None:
        twins = [layer for layer in evidence.hidden if self._twins(layer, evidence)]
        if not twins:
            return None
        first, model = twins[0], evidence.experiment.model
        start = remedies.suited(evidence.experiment)
        return Finding(
            sentence=f"All {first.units} neurons of layer “{first.id}” have the same weights, so they learn the same "
            "and never part.",
            because="Together they can do no more than a single neuron. Only different starting weights part them.",
            facts=(Fact("neurons that are the same", first.units), Fact("layers of which that is true", len(twins))),
            record="weights",
            layer=first.id,
            remedy=Remedy(
                f"Start with {Initialiser.registry.title(start)} weights"
                if start != model.initialiser
                else "Draw the starting weights",
                partial(remedies.with_start, initialiser=start),
                again=True,
            ),
        )

    @staticmethod
    def _twins(layer: LayerHealth, evidence: Evidence) -> bool:
        names = [f"{layer.id}.{p.name}" for p in layer.node.parameters if p.is_learned]
        if layer.units < 2 or not any(p.is_weight for p in layer.node.parameters):
            return False
        if not all(name in evidence.numbers and name in evidence.gradients for name in names):
            return False
        return all(_same(evidence.numbers[n]) and _same(evidence.gradients[n]) for n in names)


def _same(array: Values) -> bool:
    """Whether all units, the last axis, have the same numbers."""
    largest = float(np.abs(array).max(initial=0.0))
    return bool(np.ptp(array, axis=-1).max(initial=0.0) <= SAME * largest) if np.isfinite(largest) else False
