"""Inputs of very different size, or far from 0."""

from __future__ import annotations

from typing import ClassVar, Final

from engine.doctor import _remedies as remedies
from engine.doctor.base import Diagnosis, Evidence, Fact, Finding, Remedy, Spread, said
from engine.registry import register

WIDE: Final = 30.0
"""A spread beyond it saturates tanh at the first step, and the curvature, which grows with its square, asks for a rate
a thousand times smaller than usual. The sets drawn here reach 12 at most (x₁² on a plane of ±6)."""

NARROW: Final = 1 / WIDE
"""A spread below it: the weights must grow as many times before the input counts."""

APART: Final = 100.0
"""The ratio of the widest to the narrowest input from which one rate can't suit both: the condition number of the loss
is at least its square (LeCun, Bottou, Orr, Müller 1998, “Efficient BackProp”, section 4.3)."""

OFF: Final = 10.0
"""A mean of so many spreads: all samples pull the weights the same way before they pull them apart (ibid.)."""

FINE: Final = 0.9
"""A run that has learned so much does without the advice."""


@register("Unscaled inputs")
class UnscaledInputs(Diagnosis, tag="unscaled-inputs", frozen=True):
    """Inputs have very large or small numbers, or very different ones, so that no rate suits all their weights."""

    explains: ClassVar[tuple[str, ...]] = (
        "saturated-units",
        "dead-units",
        "exploding-gradient",
        "rate-too-high",
        "rate-too-low",
    )

    def examine(self, evidence: Evidence) -> Finding | None:
        spreads = [s for s in evidence.inputs if s.deviation > 0]
        if evidence.skill >= FINE or evidence.normalised or not spreads:
            return None
        wide, narrow = max(spreads, key=lambda s: s.deviation), min(spreads, key=lambda s: s.deviation)
        off = max(spreads, key=lambda s: abs(s.mean) / s.deviation)
        sentence = self._sentence(wide, narrow, off)
        if not sentence:
            return None
        shown = tuple(dict.fromkeys((wide, narrow)))
        facts = tuple(Fact(f"spread of {s.name}", s.deviation) for s in shown)
        return Finding(
            sentence=sentence,
            because="Weights learn in proportion to their input: one rate is too large for wide inputs or too small "
            "for narrow ones.",
            facts=(*facts, Fact(f"mean of {off.name}", off.mean)),
            record="layers",
            remedy=Remedy("Normalise the inputs", remedies.with_normalised_inputs),
        )

    @staticmethod
    def _sentence(wide: Spread, narrow: Spread, off: Spread) -> str:
        if wide.deviation > APART * narrow.deviation:
            return (
                f"The input {wide.name} spreads over {said(wide.deviation)}, {narrow.name} over only "
                f"{said(narrow.deviation)}: no rate suits both."
            )
        if wide.deviation > WIDE:
            return f"The input {wide.name} spreads over {said(wide.deviation)}, far more than the usual 1."
        if wide.deviation < NARROW:
            return f"The inputs spread over {said(wide.deviation)} at most, far less than the usual 1."
        if abs(off.mean) > OFF * off.deviation:
            return (
                f"The input {off.name} lies around {said(off.mean)}, far from 0, and spreads over only "
                f"{said(off.deviation)}."
            )
        return ""
