"""Units that do nothing: dead rectifiers, saturated sigmoids."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

from engine.activations.rectifiers import LeakyReLU
from engine.doctor import _remedies as remedies
from engine.doctor.base import Diagnosis, Evidence, Fact, Finding, LayerHealth, Remedy
from engine.registry import register

MANY: Final = 0.5
"""The share of a layer's units above which it is told, as long as little is learned. A few idle units are usual: of
rectifiers with random weights one in 2ⁿ is dead where all its n inputs are positive, and a net that learns does
without some."""


@register("Dead units")
class DeadUnits(Diagnosis, tag="dead-units", frozen=True):
    """Most of a layer's rectifiers say 0 on every training sample and get no gradient to come back by."""

    explains: ClassVar[tuple[str, ...]] = ("vanishing-gradient", "rate-too-low")

    def examine(self, evidence: Evidence) -> Finding | None:
        ill = [x for x in evidence.hidden if x.units > 1 and x.dead > MANY * x.units]
        if not ill or not _tells(evidence) or not all(self._zero_end(x) for x in ill):
            return None
        worst = max(ill, key=lambda x: x.dead / x.units)
        every = worst.dead == worst.units
        return Finding(
            sentence=f"{_amount(worst, worst.dead)} of layer “{worst.id}” {'are' if worst.dead > 1 else 'is'} dead: "
            "0 on every training sample.",
            because="Nothing passes through the layer, so nothing before it learns."
            if every
            else "A rectifier below 0 has slope 0: no gradient ever brings it back.",
            facts=(Fact("dead units", worst.dead), Fact("units of the layer", worst.units)),
            record="layers",
            layer=worst.id,
            remedy=Remedy(
                f"Use leaky ReLU in “{worst.id}”" if len(ill) == 1 else "Use leaky ReLU there",
                partial(remedies.with_activation, layers=[x.id for x in ill], activation=LeakyReLU(slope=0.1)),
            ),
        )

    @staticmethod
    def _zero_end(layer: LayerHealth) -> bool:
        activation = getattr(layer.node.layer, "activation", None)
        return activation is not None and activation.high is None


@register("Saturated units")
class SaturatedUnits(Diagnosis, tag="saturated-units", frozen=True):
    """Most of a layer's units stand at a flat end of their function while the network has learned little."""

    explains: ClassVar[tuple[str, ...]] = ("vanishing-gradient", "rate-too-low")

    def examine(self, evidence: Evidence) -> Finding | None:
        ill = [x for x in evidence.hidden if x.units > 1 and x.saturated > MANY * x.units]
        if not ill or not _tells(evidence):
            return None
        worst = max(ill, key=lambda x: x.saturated / x.units)
        return Finding(
            sentence=f"{_amount(worst, worst.saturated)} of layer “{worst.id}” are saturated: at a flat end of their "
            "function on nearly every sample.",
            because="There the slope is almost 0, so their weights hardly learn any more.",
            facts=(
                Fact("saturated units", worst.saturated),
                Fact("units of the layer", worst.units),
                Fact("size of its weights", worst.weights),
            ),
            record="layers",
            layer=worst.id,
            remedy=self._remedy(evidence),
        )

    @staticmethod
    def _remedy(evidence: Evidence) -> Remedy:
        """Smaller starting weights; where they were small already, the steps have driven them there."""
        experiment = evidence.experiment
        start = remedies.suited(experiment)
        own = experiment.model.initialiser
        if own.key != start.key or getattr(own, "gain", 1.0) > 1 or abs(own.bias) > 1 or experiment.model.start:
            return Remedy("Start with smaller weights", partial(remedies.with_start, initialiser=start), again=True)
        rate = remedies.slower(experiment.training.optimiser.rate, 10)
        return Remedy(f"Start again with a rate of {rate:g}", partial(remedies.with_rate, rate=rate), again=True)


def _tells(evidence: Evidence) -> bool:
    """Whether idle units are worth a word: not while numbers burst, in the first epoch, or where all goes well."""
    return evidence.settled and evidence.struggles and not evidence.diverges


def _amount(layer: LayerHealth, ill: int) -> str:
    """How many of a layer's units."""
    return f"All {ill} units" if ill == layer.units else f"{ill} of the {layer.units} units"
