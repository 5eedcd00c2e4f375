"""What happens to rules without a teacher: weights without bound, prototypes that never win."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from msgspec.structs import replace

from engine.doctor import _remedies as remedies
from engine.doctor.base import Diagnosis, Evidence, Fact, Finding, Remedy
from engine.experiment import Experiment
from engine.losses.unsupervised import Oja
from engine.registry import register
from engine.summing import NEARNESS

LONG: Final = 20.0
"""A neuron whose weights are longer than this grows without bound; by Oja's rule it would have length 1."""


@register("Weights without bound")
class Unbounded(Diagnosis, tag="unbounded-weights", frozen=True):
    """By Hebb's rule and the covariance rule what is strong becomes stronger, at every rate."""

    explains: ClassVar[tuple[str, ...]] = ("rate-too-high", "exploding-gradient")
    taught: ClassVar[bool] = False

    def examine(self, evidence: Evidence) -> Finding | None:
        loss, name = evidence.experiment.training.loss, f"{evidence.experiment.model.output.id}.weight"
        if not loss.unbounded or name not in evidence.numbers:
            return None
        length = float(np.linalg.norm(evidence.numbers[name], axis=0).max())
        if not (evidence.diverges or length > LONG):
            return None
        return Finding(
            sentence=f"The weights have grown to a length of {length:.3g}, and nothing ends it.",
            because="A strong answer makes the weights stronger, and those the next answer: they grow exponentially at "
            "every rate, only the direction settles.",
            facts=(Fact("length of the weights", length),),
            record="loss",
            layer=evidence.experiment.model.output.id,
            remedy=Remedy("Start again with Oja's rule", with_oja, again=True),
        )


def with_oja(experiment: Experiment) -> Experiment:
    """The experiment with a rule that forgets as it learns."""
    return remedies.with_loss(experiment, Oja())


@register("Prototypes that never win")
class IdlePrototypes(Diagnosis, tag="idle-prototypes", frozen=True):
    """A prototype that is nearest to no sample never moves."""

    taught: ClassVar[bool] = False

    def examine(self, evidence: Evidence) -> Finding | None:
        layer = evidence.layers[-1]
        if evidence.experiment.training.loss.of is not NEARNESS or not layer.dead or not evidence.settled:
            return None
        seed = with_other_places(evidence.experiment).seeds.weights
        return Finding(
            sentence=f"{layer.dead} of {layer.units} prototypes {'are' if layer.dead > 1 else 'is'} nearest to no "
            "training sample.",
            because="Only the winner moves, so one that began far from all samples stays where it is.",
            facts=(Fact("prototypes that never win", layer.dead), Fact("prototypes", layer.units)),
            record="loss",
            layer=layer.id,
            remedy=Remedy(f"Start again from other places (seed {seed})", with_other_places, again=True),
        )


def with_other_places(experiment: Experiment) -> Experiment:
    """The experiment with other starting weights."""
    seeds = experiment.seeds
    return replace(experiment, seeds=replace(seeds, weights=(seeds.weights + 1) % 2**31))
