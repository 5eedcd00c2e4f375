"""Schedules: how the rate moves with the epochs, from simple to complex."""

# ruff: noqa: ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar

from engine.fields import count, number
from engine.kernels.record import inline
from engine.passes import Settings
from engine.registry import Kind, Registry, register


class Schedule(Kind, frozen=True):
    """The factor by which the optimiser's rate η is multiplied.

    `factor(t, p, cuts)` is compiled: t counts epochs, with fractions; p are the `settings`; `cuts` tells how often the
    loss has not fallen for `patience` epochs (0 where nobody watches). It is 1 or less.
    """

    registry: ClassVar[Registry[Schedule]] = Registry("schedule")
    formula: ClassVar[str] = "η"

    @property
    def settings(self) -> tuple[float, ...]:
        """The hyper-parameters p[0], p[1] ... of `factor`; at most four."""
        return ()

    @property
    def patience(self) -> int:
        """After so many epochs without a better loss `cuts` grows by 1; 0 watches nothing."""
        return 0

    @staticmethod
    @inline
    def factor(t: float, p: Settings, cuts: float) -> float:
        """Return the factor at epoch t."""
        return 1.0


@register("Constant")
class Constant(Schedule, tag="constant", frozen=True):
    """The rate stays as it is set."""


@register("Step decay")
class StepDecay(Schedule, tag="step-decay", frozen=True):
    """η γ^⌊t / n⌋: every n epochs the rate is multiplied by γ."""

    formula: ClassVar[str] = "η γ^⌊t / n⌋"
    share: Annotated[float, number("γ", "what is left of the rate after each stretch", above=0, high=1)] = 0.5
    epochs: Annotated[int, count("every", "n: epochs between two cuts", low=1, high=1_000_000, log=True)] = 50

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.share, self.epochs)

    @staticmethod
    @inline
    def factor(t: float, p: Settings, cuts: float) -> float:
        return float(p[0] ** math.floor(t / p[1]))


@register("Exponential decay")
class ExponentialDecay(Schedule, tag="exponential", frozen=True):
    """η γ^t: every epoch the same share of the rate is left."""

    formula: ClassVar[str] = "η γ^t"
    share: Annotated[float, number("γ", "what is left of the rate after an epoch", above=0, high=1)] = 0.99

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.share,)

    @staticmethod
    @inline
    def factor(t: float, p: Settings, cuts: float) -> float:
        return float(p[0] ** t)


@register("1/t decay")
class InverseDecay(Schedule, tag="inverse", frozen=True):
    """η / (1 + t / τ): half the rate after τ epochs, a third after 2 τ; its sum has no bound (Robbins, Monro 1951)."""

    formula: ClassVar[str] = "η / (1 + t / τ)"
    epochs: Annotated[int, count("τ", "epochs after which half the rate is left", low=1, high=1_000_000, log=True)] = 50

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.epochs,)

    @staticmethod
    @inline
    def factor(t: float, p: Settings, cuts: float) -> float:
        return 1.0 / (1.0 + t / p[0])


@register("Cosine")
class Cosine(Schedule, tag="cosine", frozen=True):
    """From η to ε η along half a cosine over n epochs, after w epochs of warm-up (Loshchilov, Hutter 2017)."""

    formula: ClassVar[str] = "η (ε + (1 − ε) ½ (1 + cos(π t / n)))"
    epochs: Annotated[int, count("over", "n: epochs until the least rate", low=1, high=1_000_000, log=True)] = 200
    least: Annotated[float, number("ε", "share of the rate that is left at the end", low=0, high=1)] = 0.0
    warm_up: Annotated[int, count("warm-up", "w: epochs in which the rate rises to η", low=0, high=1_000_000)] = 0

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.epochs, self.least, self.warm_up)

    @staticmethod
    @inline
    def factor(t: float, p: Settings, cuts: float) -> float:
        if t < p[2]:
            return (t + 1.0) / (p[2] + 1.0)
        done = min((t - p[2]) / p[0], 1.0)
        return p[1] + (1.0 - p[1]) * 0.5 * (1.0 + math.cos(math.pi * done))


@register("Warm-up")
class WarmUp(Schedule, tag="warm-up", frozen=True):
    """η (t + 1) / (w + 1) for the first w epochs, then η."""

    formula: ClassVar[str] = "η min(1, (t + 1) / (w + 1))"
    epochs: Annotated[int, count("warm-up", "w: epochs in which the rate rises to η", low=1, high=1_000_000)] = 10

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.epochs,)

    @staticmethod
    @inline
    def factor(t: float, p: Settings, cuts: float) -> float:
        return min(1.0, (t + 1.0) / (p[0] + 1.0))


@register("Plateau")
class Plateau(Schedule, tag="plateau", frozen=True):
    """η γ^c: whenever the loss (of the test points, where there are any) has not fallen for n epochs, c grows by 1."""

    formula: ClassVar[str] = "η γ^c"
    share: Annotated[float, number("γ", "what is left of the rate after each cut", above=0, high=1)] = 0.5
    epochs: Annotated[int, count("patience", "n: epochs without a better loss", low=1, high=1_000_000, log=True)] = 50

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.share,)

    @property
    def patience(self) -> int:
        return self.epochs

    @staticmethod
    @inline
    def factor(t: float, p: Settings, cuts: float) -> float:
        return float(p[0] ** cuts)


if TYPE_CHECKING:
    AnySchedule = Schedule
else:
    AnySchedule = Schedule.registry.union()
