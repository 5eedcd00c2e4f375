"""What can be said of a single neuron: whether its rule can come to an end, and up to which rate it is stable."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

from engine.doctor import _remedies as remedies
from engine.doctor.base import Diagnosis, Evidence, Fact, Finding, Remedy
from engine.experiment import Experiment, task
from engine.losses.rules import LeastMeanSquares, Perceptron
from engine.optimisers.descent import SGD
from engine.registry import register

PASSES: Final = 100
"""Passes over the samples after which a perceptron that still errs is told that it may never end."""

PATIENCE: Final = 50
"""Passes without a better result after which the pocket is emptied: the best weights are put back."""


@register("Not separable by a line")
class NotSeparable(Diagnosis, tag="not-separable", frozen=True):
    """The perceptron rule ends only where a line separates the classes; where none does it errs for ever."""

    explains: ClassVar[tuple[str, ...]] = ("rate-too-high", "rate-too-low")

    def examine(self, evidence: Evidence) -> Finding | None:
        loss = evidence.experiment.training.loss
        if not isinstance(loss, Perceptron) or evidence.hidden or evidence.epoch < PASSES or not evidence.skill < 1:
            return None
        return Finding(
            sentence=f"After {evidence.epoch:,} passes the perceptron still errs: perhaps no line separates "
            "the classes.",
            because="Where one does, the rule finds it after a limited number of corrections (Novikoff 1962); where "
            "none does, every pass corrects something and undoes something else.",
            facts=(Fact("passes", evidence.epoch),),
            record="loss",
            layer=evidence.experiment.model.output.id,
            remedy=Remedy("Use the delta rule", with_delta_rule),
            # Best are often weights of the first passes, before the rule goes round in a circle.
            others=(Remedy("Begin again and keep the best weights (pocket)", _same, again=True, patience=PATIENCE),),
        )


def with_delta_rule(experiment: Experiment) -> Experiment:
    """The experiment with least mean squares, at a rate that is stable for inputs of about 1."""
    changed = remedies.with_loss(experiment, LeastMeanSquares())
    return remedies.with_rate(changed, min(experiment.training.optimiser.rate, 0.01))


def _same(experiment: Experiment) -> Experiment:
    return experiment


@register("Rate above the stability limit")
class Unstable(Diagnosis, tag="unstable-rate", frozen=True):
    """Steps above 2 / λ climb out of the bowl, for λ the largest eigenvalue of the mean of x xᵀ (with x₀ = 1).

    For the delta rule: one linear sum, squared error. (Widrow, Hoff 1960; Haykin 2009, chapter 3.)
    """

    explains: ClassVar[tuple[str, ...]] = ("rate-too-high", "unscaled-inputs")

    def examine(self, evidence: Evidence) -> Finding | None:
        experiment = evidence.experiment
        rate, limit = experiment.training.optimiser.rate * evidence.factor, 2 / evidence.curvature
        if not (_is_bowl(experiment) and not evidence.hidden) or not rate > limit:
            return None
        better = remedies.slower(limit, 2)
        return Finding(
            sentence=f"The rate {rate:.3g} is above {limit:.3g}, the limit of the delta rule on these inputs.",
            because=f"The bowl of the squared error bends by λ = {evidence.curvature:.3g} where it bends most, the "
            "largest eigenvalue of the mean of x xᵀ; a step of more than 2 / λ lands higher on the other side.",
            facts=(Fact("largest eigenvalue λ", evidence.curvature), Fact("limit 2 / λ", limit)),
            record="loss",
            remedy=Remedy(
                f"Start again with a rate of {better:g}", partial(remedies.with_rate, rate=better), again=True
            ),
        )


def _is_bowl(experiment: Experiment) -> bool:
    """Whether the loss is a bowl over the weights, which plain gradient descent goes down."""
    bowl = experiment.training.loss.link(experiment.model.output.activation) == "identity"
    return bowl and type(experiment.training.optimiser) is SGD and task(experiment) in ("binary", "regression")
