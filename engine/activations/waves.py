"""Functions that neither rectify nor saturate."""

# ruff: noqa: ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations.base import Activation
from engine.fields import number
from engine.kernels.record import inline
from engine.kernels.words import Vec, sine
from engine.passes import Settings
from engine.registry import register

HALF_TURN = 1.5707963267948966


@register("Sine")
class Sine(Activation, tag="sine", frozen=True):
    """f(z) = sin(z), f' = cos(z): it repeats itself, so it can follow what goes up and down."""

    formula: ClassVar[str] = "sin(z)"
    expressions: ClassVar[tuple[str, ...]] = ("a = sin(z)", "a' = cos(z)")
    low: ClassVar[float | None] = -1.0
    high: ClassVar[float | None] = 1.0

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return sine(z)

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return sine(z + HALF_TURN)


@register("Polynomial")
class Polynomial(Activation, tag="polynomial", frozen=True):
    """f(z) = c₀ + c₁ z + c₂ z² + c₃ z³, as in the first deep networks (Ivakhnenko, Lapa 1965)."""

    formula: ClassVar[str] = "c₀ + c₁ z + c₂ z² + c₃ z³"
    expressions: ClassVar[tuple[str, ...]] = ("a = c₀ + c₁*z + c₂*z^2 + c₃*z^3", "a' = c₁ + 2*c₂*z + 3*c₃*z^2")
    symbols: ClassVar[dict[str, str]] = {"c₀": "c0", "c₁": "c1", "c₂": "c2", "c₃": "c3"}
    c0: Annotated[float, number("c₀", "constant", low=-10, high=10)] = 0.0
    c1: Annotated[float, number("c₁", "factor of z", low=-10, high=10)] = 1.0
    c2: Annotated[float, number("c₂", "factor of z²", low=-10, high=10)] = 0.1
    c3: Annotated[float, number("c₃", "factor of z³", low=-10, high=10)] = 0.0

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.c0, self.c1, self.c2, self.c3)

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return ((z * p[3] + p[2]) * z + p[1]) * z + p[0]

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return (z * (3.0 * p[3]) + 2.0 * p[2]) * z + p[1]
