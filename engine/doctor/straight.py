"""A network of many layers that can do no more than one."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

from engine.design import collapse
from engine.doctor import _remedies as remedies
from engine.doctor.base import Diagnosis, Evidence, Fact, Finding, Remedy
from engine.registry import register

PASSES: Final = 20
"""Passes over the samples after which a network of linear layers has shown what it can."""


@register("All layers are linear")
class AllLinear(Diagnosis, tag="all-linear", frozen=True):
    """Linear layers in a row are one linear layer: without a function that bends, depth adds nothing."""

    explains: ClassVar[tuple[str, ...]] = ("rate-too-low",)

    def examine(self, evidence: Evidence) -> Finding | None:
        ids = tuple(x.id for x in evidence.layers)
        if ids not in collapse.runs(evidence.experiment) or not evidence.struggles or evidence.epoch < PASSES:
            return None
        return Finding(
            sentence="All hidden layers are linear, so the network is no more than a single layer.",
            because="Sums of sums are sums: W₂ (W₁ x + b₁) + b₂ is one matrix and one bias, so its boundary is "
            "straight however many layers it has.",
            facts=(Fact("layers that are one", len(ids)),),
            record="layers",
            layer=ids[0],
            remedy=Remedy("Use ReLU in the hidden layers", partial(remedies.with_rectifiers, layers=ids[:-1])),
            others=(Remedy("Collapse linear layers", collapse.collapsed),),
        )
