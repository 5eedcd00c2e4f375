"""Penalties on the weights (never on biases), added to the mean loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from engine.fields import number
from engine.registry import Kind, Registry, register

PENALTY_RATES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

PenaltyRate = Annotated[
    float, number("rate", "weight of the penalty (λ)", low=0, high=10, log=True, choices=PENALTY_RATES)
]


class Penalty(Kind, frozen=True):
    """What large weights cost."""

    registry: ClassVar[Registry[Penalty]] = Registry("penalty")
    formula: ClassVar[str] = "0"


@register("None")
class NoPenalty(Penalty, tag="none", frozen=True):
    """Weights cost nothing."""


@register("L1")
class L1(Penalty, tag="l1", frozen=True):
    """λ Σ |w|: drives weights that are not needed to 0. Slope λ sign(w)."""

    formula: ClassVar[str] = "λ Σ |w|"
    rate: PenaltyRate = 0.001


@register("L2")
class L2(Penalty, tag="l2", frozen=True):
    """½ λ Σ w²: keeps all weights small. Slope λ w."""

    formula: ClassVar[str] = "½ λ Σ w²"
    rate: PenaltyRate = 0.001


if TYPE_CHECKING:
    AnyPenalty = Penalty
else:
    AnyPenalty = Penalty.registry.union()
