"""Penalties on the weights (never on biases), added to the mean loss."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.fields import number
from engine.kernels.record import Both, Counter, Floats, In, Ints, Kernel, inline, kernel
from engine.kernels.words import LANES, absolute, bits, fma, load, real, signed, splat, store, total
from engine.registry import Kind, Registry, register

PENALTY_RATES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

PenaltyRate = Annotated[
    float, number("rate", "weight of the penalty (λ)", low=0, high=10, log=True, choices=PENALTY_RATES)
]


@kernel
def add_l1_slope(f: Floats, i: Ints, count: int, rate: float, w: In, g: Both) -> None:
    """G += λ sign(w), and nothing at w = 0: a weight that crosses 0 is free to come back."""
    for k in range(0, count, LANES):
        v = load(f, w + k)
        store(f, g + k, load(f, g + k) + signed(v, rate))


@kernel
def add_l2_slope(f: Floats, i: Ints, count: int, rate: float, w: In, g: Both) -> None:
    """G += λ w."""
    factor = splat(f, rate)
    for k in range(0, count, LANES):
        store(f, g + k, fma(factor, load(f, w + k), load(f, g + k)))


@kernel
def add_elastic_slope(f: Floats, i: Ints, count: int, rate: float, share: float, w: In, g: Both) -> None:
    """G += λ (s sign(w) + (1 - s) w)."""
    flat, slant = rate * share, splat(f, rate * (1.0 - share))
    for k in range(0, count, LANES):
        v = load(f, w + k)
        store(f, g + k, fma(slant, v, load(f, g + k) + signed(v, flat)))


@inline
def elastic_cost(f: Floats, count: int, flat: float, slant: float, w: int) -> float:
    """Σ (a |w| + ½ b w²)."""
    found = 0.0
    for k in range(0, count, LANES):
        v = load(f, w + k)
        found += flat * total(absolute(v)) + 0.5 * slant * total(v * v)
    return found


@kernel
def add_l1_cost(f: Floats, i: Ints, count: int, rate: float, w: In, into: Counter) -> None:
    """Add λ Σ |w| to a float64 kept as bits at i[into]."""
    i[into] = bits(real(i[into]) + elastic_cost(f, count, rate, 0.0, w))


@kernel
def add_l2_cost(f: Floats, i: Ints, count: int, rate: float, w: In, into: Counter) -> None:
    """Add ½ λ Σ w² to a float64 kept as bits at i[into]."""
    i[into] = bits(real(i[into]) + elastic_cost(f, count, 0.0, rate, w))


@kernel
def add_elastic_cost(f: Floats, i: Ints, count: int, rate: float, share: float, w: In, into: Counter) -> None:
    """Add λ Σ (s |w| + ½ (1 - s) w²) to a float64 kept as bits at i[into]."""
    i[into] = bits(real(i[into]) + elastic_cost(f, count, rate * share, rate * (1.0 - share), w))


class Penalty(Kind, frozen=True):
    """What large weights cost.

    `slope` is the operation that adds its slope to the gradient of one weight matrix, `sum` the one that adds its cost
    to the loss of a batch.
    """

    registry: ClassVar[Registry[Penalty]] = Registry("penalty")
    formula: ClassVar[str] = "0"
    slope: ClassVar[Kernel | None] = None
    sum: ClassVar[Kernel | None] = None

    @property
    def strength(self) -> float:
        """The weight λ; 0 where nothing is added."""
        return 0.0

    @property
    def ridge(self) -> float | None:
        """The λ with which it is ½ λ Σ w², 0 where it adds nothing; None where it is something else."""
        return None if self.strength else 0.0

    def settings(self) -> dict[str, float]:
        """The arguments of `slope` besides `count`, `w` and `g`, and of `sum` besides `count`, `w` and `into`."""
        return {"rate": self.strength}

    def cost(self, w: NDArray[np.floating[Any]]) -> float:
        """What the weights of one matrix cost."""
        return 0.0


@register("None")
class NoPenalty(Penalty, tag="none", frozen=True):
    """Weights cost nothing."""


@register("L1")
class L1(Penalty, tag="l1", frozen=True):
    """λ Σ |w|: drives weights that are not needed to 0. Slope λ sign(w)."""

    formula: ClassVar[str] = "λ Σ |w|"
    slope: ClassVar[Kernel | None] = add_l1_slope
    sum: ClassVar[Kernel | None] = add_l1_cost
    rate: PenaltyRate = 0.001

    @property
    def strength(self) -> float:
        return self.rate

    def cost(self, w: NDArray[np.floating[Any]]) -> float:
        return self.rate * float(np.abs(w).sum())


@register("L2")
class L2(Penalty, tag="l2", frozen=True):
    """½ λ Σ w²: keeps all weights small. Slope λ w."""

    formula: ClassVar[str] = "½ λ Σ w²"
    slope: ClassVar[Kernel | None] = add_l2_slope
    sum: ClassVar[Kernel | None] = add_l2_cost
    rate: PenaltyRate = 0.001

    @property
    def strength(self) -> float:
        return self.rate

    @property
    def ridge(self) -> float | None:
        return self.rate

    def cost(self, w: NDArray[np.floating[Any]]) -> float:
        return 0.5 * self.rate * float(np.square(w).sum())


@register("Elastic net")
class ElasticNet(Penalty, tag="elastic-net", frozen=True):
    """λ Σ (s |w| + ½ (1 - s) w²): between L2 (s = 0) and L1 (s = 1) (Zou, Hastie 2005)."""

    formula: ClassVar[str] = "λ Σ (s |w| + ½ (1 − s) w²)"
    slope: ClassVar[Kernel | None] = add_elastic_slope
    sum: ClassVar[Kernel | None] = add_elastic_cost
    rate: PenaltyRate = 0.001
    share: Annotated[float, number("s", "share of L1; the rest is L2", low=0, high=1)] = 0.5

    @property
    def strength(self) -> float:
        return self.rate

    def settings(self) -> dict[str, float]:
        return {"rate": self.rate, "share": self.share}

    def cost(self, w: NDArray[np.floating[Any]]) -> float:
        return self.rate * float(self.share * np.abs(w).sum() + 0.5 * (1 - self.share) * np.square(w).sum())


if TYPE_CHECKING:
    AnyPenalty = Penalty
else:
    AnyPenalty = Penalty.registry.union()
