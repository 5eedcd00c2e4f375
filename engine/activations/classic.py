"""The classic functions: identity, threshold, sigmoids."""

# ruff: noqa: ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.activations.base import Activation, Answer
from engine.fields import number
from engine.kernels.record import inline
from engine.kernels.words import Vec, exp, like, tanh, where
from engine.passes import Settings
from engine.registry import register

Steepness = Annotated[float, number("steepness", "k: slope in the middle, relative to 1", above=0, high=100, log=True)]


@register("Linear")
class Linear(Activation, tag="linear", frozen=True):
    """The identity: f(z) = z, f'(z) = 1."""

    answer: ClassVar[Answer | None] = "value"


@register("Step")
class Step(Activation, tag="step", frozen=True):
    """The threshold unit: f(z) = 1 for z >= 0, else 0. Its derivative is 0, so nothing below it learns."""

    formula: ClassVar[str] = "step(z)"
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0

    @classmethod
    def active(cls, a: NDArray[np.float64]) -> NDArray[np.bool_]:
        return a > 0

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return where(z >= 0.0, like(z, 1.0), 0.0)

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return like(z, 0.0)


@register("Sigmoid")
class Sigmoid(Activation, tag="sigmoid", frozen=True):
    """The logistic function: f(z) = 1 / (1 + e^(-k z)), f' = k f (1 - f), with steepness k."""

    formula: ClassVar[str] = "σ(z)"
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0
    answer: ClassVar[Answer | None] = "share"
    activity: ClassVar[str] = "unsaturated"

    steepness: Steepness = 1.0

    @property
    def written(self) -> str:
        return self.formula if self.steepness == 1 else f"σ({self.steepness:g} z)"

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.steepness,)

    @property
    def gain(self) -> float:
        return self.steepness

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return 1.0 / (1.0 + exp(z * -p[0]))

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return a * (1.0 - a) * p[0]


@register("Tanh")
class Tanh(Activation, tag="tanh", frozen=True):
    """The hyperbolic tangent: f(z) = (e^z - e^-z) / (e^z + e^-z), f' = 1 - f^2."""

    formula: ClassVar[str] = "tanh(z)"
    low: ClassVar[float | None] = -1.0
    high: ClassVar[float | None] = 1.0
    answer: ClassVar[Answer | None] = "sign"
    activity: ClassVar[str] = "unsaturated"

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return tanh(z)

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return 1.0 - a * a
