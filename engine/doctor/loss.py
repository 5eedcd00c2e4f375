"""A loss that does not go with the output."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

from engine.doctor import _remedies as remedies
from engine.doctor.base import Diagnosis, Evidence, Fact, Finding, Remedy
from engine.experiment import classifies
from engine.losses import Loss
from engine.registry import register

STUCK: Final = 0.1
"""The share of samples that are wrong and get no slope from which it is told. In a run that learns, wrong answers are
unsure ones: they lie on the slope."""


@register("Wrong loss for the output")
class WrongLoss(Diagnosis, tag="wrong-loss", frozen=True):
    """Squared error on a sigmoid or softmax: an output that is wrong and sure of itself has almost no slope."""

    explains: ClassVar[tuple[str, ...]] = ("rate-too-low",)

    def examine(self, evidence: Evidence) -> Finding | None:
        experiment = evidence.experiment
        loss, output = experiment.training.loss, experiment.model.output
        bounded = output.activation.low is not None and output.activation.high is not None
        if not classifies(experiment) or not bounded or loss.fused_with or loss.is_fused(output.activation):
            return None
        if not (evidence.settled and evidence.struggles and evidence.stuck >= STUCK):
            return None
        better = remedies.cross_entropy(experiment)
        name = Loss.registry.title(loss)
        return Finding(
            sentence=f"{name} learns nothing from {evidence.stuck:.0%} of the samples: the output is wrong there and "
            "sure of it, where its function is flat.",
            because="The slope of this loss holds the slope of the output, which is almost 0 at its ends; that of "
            "cross-entropy does not.",
            facts=(Fact("share of samples wrong and flat", evidence.stuck),),
            record="confusion",
            layer=output.id,
            remedy=None
            if better is None
            else Remedy(
                f"Use {Loss.registry.title(better).lower()}",
                partial(remedies.with_loss, loss=better),
            ),
        )
