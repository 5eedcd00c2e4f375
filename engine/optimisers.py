"""Optimisers, from simple to complex. `g` is the mean gradient of a batch, `η` the rate at this step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from engine.fields import number
from engine.registry import Kind, Registry, register

RATES = (0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

Rate = Annotated[
    float, number("rate", "size of a step along the gradient (η)", above=0, high=100, log=True, choices=RATES)
]


class Optimiser(Kind, frozen=True):
    """How a gradient becomes a step. `slots` names the numbers it keeps for each parameter."""

    registry: ClassVar[Registry[Optimiser]] = Registry("optimiser")
    slots: ClassVar[tuple[str, ...]] = ()
    formula: ClassVar[str] = ""

    rate: Rate = 0.03


@register("SGD")
class SGD(Optimiser, tag="sgd", frozen=True):
    """Stochastic gradient descent: w ← w - η g."""

    formula: ClassVar[str] = "w ← w − η g"


@register("Momentum")
class Momentum(Optimiser, tag="momentum", frozen=True):
    """A heavy ball: v ← μ v - η g, w ← w + v (Polyak 1964)."""

    slots: ClassVar[tuple[str, ...]] = ("velocity",)
    formula: ClassVar[str] = "v ← μ v − η g,  w ← w + v"

    momentum: Annotated[float, number("momentum", "share of the velocity that is kept (μ)", low=0, high=0.9999)] = 0.9


@register("Adam")
class Adam(Optimiser, tag="adam", frozen=True):
    """Steps of even size: m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², w ← w - η m̂ / (√v̂ + ε) (Kingma, Ba 2015).

    m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) undo the start from zero; t counts the steps.
    """

    slots: ClassVar[tuple[str, ...]] = ("mean", "variance")
    formula: ClassVar[str] = "w ← w − η m̂ / (√v̂ + ε)"

    rate: Rate = 0.01
    beta1: Annotated[float, number("β₁", "memory of the mean gradient", low=0, high=0.99999)] = 0.9
    beta2: Annotated[float, number("β₂", "memory of the squared gradient", low=0, high=0.999999)] = 0.999
    epsilon: Annotated[float, number("ε", "keeps the division finite", above=0, high=1, log=True)] = 1e-8


if TYPE_CHECKING:
    AnyOptimiser = Optimiser
else:
    AnyOptimiser = Optimiser.registry.union()
