"""Gradients that vanish or explode on their way back through the layers."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

from engine.doctor import _remedies as remedies
from engine.doctor.base import Diagnosis, Evidence, Fact, Finding, LayerHealth, Remedy, said
from engine.initialisers import He
from engine.registry import register
from engine.regularisers.bounds import ClipNorm

VANISHING: Final = 1e-3
"""A layer whose gradient is smaller than this share of the last layer's learns a thousand times more slowly: at the
same rate it stands still while the last one settles."""

DEEP: Final = 3
"""The least number of layers with weights in which a gradient can be lost on the way."""

EXPLODING: Final = 10.0
"""A gradient so many times as large as the weights: at a rate of 0.1 each step would replace them. With usual starts
and scaled inputs it is below 1."""

OVERWRITES: Final = 1.0
"""A next step as large as the weights themselves."""

SCALED: Final = ("xavier", "he", "lecun", "orthogonal")
"""Initialisers that keep sums and gradients as large from layer to layer as they were."""


def _learning(evidence: Evidence) -> list[LayerHealth]:
    """The layers that have weights, and a gradient."""
    return [x for x in evidence.layers if x.gradient > 0 and any(p.is_weight for p in x.node.parameters)]


@register("Vanishing gradient")
class VanishingGradient(Diagnosis, tag="vanishing-gradient", frozen=True):
    """The gradient of the first layer is a thousandth of the last one's, so the first layers stand still."""

    explains: ClassVar[tuple[str, ...]] = ("rate-too-low",)

    def examine(self, evidence: Evidence) -> Finding | None:
        layers = _learning(evidence)
        if len(layers) < DEEP or not (evidence.settled and evidence.struggles):
            return None
        if layers[0].gradient >= VANISHING * layers[-1].gradient:
            return None
        first, last = layers[0], layers[-1]
        return Finding(
            sentence=f"The gradient of layer “{first.id}” is {said(first.gradient / last.gradient)} of that of "
            f"“{last.id}”, so the first layers hardly learn.",
            because="Each layer multiplies it by its slopes and weights on the way back; sigmoid passes a quarter at "
            "most.",
            facts=(
                Fact(f"gradient of {first.id}", first.gradient),
                Fact(f"gradient of {last.id}", last.gradient),
                Fact("layers between", len(layers) - 2),
            ),
            record="layers",
            layer=first.id,
            remedy=self._remedy(evidence),
        )

    @staticmethod
    def _remedy(evidence: Evidence) -> Remedy | None:
        experiment = evidence.experiment
        flat = [
            x.id
            for x in evidence.hidden
            if x.id in remedies.hidden_names(experiment) and x.node.layer.activation.high is not None  # type: ignore[attr-defined] # it has one
        ]
        if flat:
            change = partial(remedies.with_rectifiers, layers=flat)
            return Remedy("Use ReLU with He weights and start again", change, again=True)
        if experiment.model.initialiser == He():
            return None
        return Remedy("Start with He weights", partial(remedies.with_start, initialiser=He()), again=True)


@register("Exploding gradient")
class ExplodingGradient(Diagnosis, tag="exploding-gradient", frozen=True):
    """The gradient of a deep network is so large that a step overwrites the weights."""

    explains: ClassVar[tuple[str, ...]] = ("rate-too-high",)

    def examine(self, evidence: Evidence) -> Finding | None:
        layers, experiment = _learning(evidence), evidence.experiment
        if len(layers) < DEEP or any(isinstance(r, ClipNorm) for r in experiment.training.regularisers):
            return None
        if not (evidence.diverges or evidence.settled):
            return None
        if evidence.diverges and experiment.model.initialiser.key in SCALED:
            return None  # numbers that burst have a huge gradient whatever the reason; here it is the rate
        worst = max(layers, key=lambda x: x.gradient / x.weights if x.weights > 0 else 0.0)
        overwritten = evidence.diverges or worst.ratio > OVERWRITES
        if not worst.weights > 0 or worst.gradient <= EXPLODING * worst.weights or not overwritten:
            return None
        return Finding(
            sentence=f"The gradient of layer “{worst.id}” is {said(worst.gradient / worst.weights)} times as large as "
            "its weights: each step overwrites what was learned.",
            because="In a deep network slopes multiply on the way back; a bound on the gradient's length keeps the "
            "direction and makes the step small.",
            facts=(
                Fact(f"gradient of {worst.id}", worst.gradient),
                Fact("size of its weights", worst.weights),
                Fact("next step, as a share of them", worst.ratio),
            ),
            record="layers",
            layer=worst.id,
            remedy=Remedy("Clip the gradient at length 1 and start again", remedies.with_clipping, again=True),
        )
