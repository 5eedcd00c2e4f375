"""Nothing can learn: every number is held fast, the rate is spent, every sample looks the same."""

from __future__ import annotations

from typing import ClassVar, Final

from engine.doctor import _remedies as remedies
from engine.doctor.base import Diagnosis, Evidence, Fact, Finding, Remedy, said
from engine.holding import frozen_count
from engine.registry import register
from engine.schedules import Constant

SPENT: Final = 1e-3
"""A schedule that has brought the rate down so far makes a thousand epochs of what was one."""


@register("Nothing may learn")
class AllFrozen(Diagnosis, tag="all-frozen", frozen=True):
    """Every weight is held fast, so no step changes anything."""

    explains: ClassVar[tuple[str, ...]] = ("rate-spent", "symmetric-weights", "vanishing-gradient", "rate-too-low")
    taught: ClassVar[bool] = False

    def examine(self, evidence: Evidence) -> Finding | None:
        held, all_ = frozen_count(evidence.experiment), sum(a.size for a in evidence.numbers.values())
        if not all_ or held < all_:
            return None
        return Finding(
            sentence=f"All {all_} weights and biases are frozen, so the network can't learn.",
            because="A step leaves frozen numbers as they are.",
            facts=(Fact("frozen numbers", held), Fact("numbers in all", all_)),
            record="weights",
            remedy=Remedy("Let all numbers learn", remedies.unfrozen),
        )


@register("Rate spent")
class RateSpent(Diagnosis, tag="rate-spent", frozen=True):
    """The schedule has brought the rate to almost nothing before the network had learned."""

    explains: ClassVar[tuple[str, ...]] = ("rate-too-low",)

    def examine(self, evidence: Evidence) -> Finding | None:
        training = evidence.experiment.training
        if isinstance(training.schedule, Constant) or not evidence.struggles or not evidence.factor < SPENT:
            return None
        return Finding(
            sentence=f"The schedule has brought the rate down to {said(evidence.factor * training.optimiser.rate)}, "
            "but the network has hardly learned yet.",
            because="Steps so small no longer change what the network says.",
            facts=(
                Fact("rate that is set", training.optimiser.rate),
                Fact("share of it that is left", evidence.factor),
            ),
            record="loss",
            remedy=Remedy("Keep the rate constant", remedies.with_schedule_constant),
        )


@register("Constant inputs")
class ConstantInputs(Diagnosis, tag="constant-inputs", frozen=True):
    """All inputs have one value on all training samples, so no sample can be told from another."""

    explains: ClassVar[tuple[str, ...]] = ("unscaled-inputs", "dead-units", "saturated-units", "rate-too-low")

    def examine(self, evidence: Evidence) -> Finding | None:
        if not evidence.inputs or any(s.deviation > 0 for s in evidence.inputs):
            return None
        names = ", ".join(s.name for s in evidence.inputs[:4])
        return Finding(
            sentence=f"Every training sample has the same {names}, so the network can't tell them apart.",
            because="Only the bias of the output can learn: the answer is the same everywhere. Draw more points, or "
            "switch on inputs that differ.",
            facts=tuple(Fact(f"spread of {s.name}", s.deviation) for s in evidence.inputs[:4]),
            record="surface",
        )
