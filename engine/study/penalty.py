"""Regularisation: error against the strength of the penalty on the weights."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from engine.experiment import Experiment, check
from engine.fields import describe
from engine.penalties import L2, PENALTY_RATES
from engine.registry import register
from engine.study.base import Study


@register("Penalty")
class PenaltyStrength(Study, tag="penalty", frozen=True):
    """The weight λ of the experiment's penalty, or of L2 where it has none: too little overfits, too much underfits."""

    axis: ClassVar[str] = "strength of the penalty (λ)"
    asks: ClassVar[str] = "strengths"
    place: ClassVar[str] = "a penalty of {}"
    whole: ClassVar[bool] = False

    def usual(self, experiment: Experiment) -> tuple[float, ...]:
        return (0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)

    def span(self, experiment: Experiment) -> tuple[float, float]:
        return PENALTY_RATES[0], PENALTY_RATES[-1]

    def at(self, experiment: Experiment, value: float) -> Experiment:
        penalty = experiment.training.penalty
        if not any(info.name == "rate" for info in describe(type(penalty))):
            penalty = L2()
        training = replace(experiment.training, penalty=replace(penalty, rate=value))
        return check(replace(experiment, training=training))

    def now(self, experiment: Experiment) -> float | None:
        return experiment.training.penalty.strength
