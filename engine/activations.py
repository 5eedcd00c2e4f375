"""Activations, from simple to complex: value and derivative side by side."""

# ruff: noqa: ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.fields import number
from engine.kernels.record import inline
from engine.kernels.words import Vec, absolute, exp, expm1, higher, like, log1p, tanh, where
from engine.registry import Kind, Registry, register

EDGE = 0.01
"""A bounded function is saturated this near to a bound, as a share of its range."""
GELU_SCALE = 0.7978845608028654
"""√(2/π)"""
GELU_CUBE = 0.044715


class Activation(Kind, frozen=True):
    """The function a = f(z) of a neuron; z is its weighted sum.

    `formula` is read by people; `low` and `high` bound the outputs where they are bounded. `activity` names what
    `active` finds. `output_only` marks those that need all outputs at once.

    `value(z, p)` and `derivative(z, a, p)` are compiled, vectors in and out; p is the one hyper-parameter (`argument`).
    """

    registry: ClassVar[Registry[Activation]] = Registry("activation")
    formula: ClassVar[str] = "z"
    low: ClassVar[float | None] = None
    high: ClassVar[float | None] = None
    output_only: ClassVar[bool] = False
    activity: ClassVar[str] = "active"

    @classmethod
    def active(cls, a: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Where a neuron does something, from its outputs: it says more than 0; a saturating one is on its slope."""
        if cls.low is None or cls.high is None:
            return a > 0
        edge = EDGE * (cls.high - cls.low)
        return (a > cls.low + edge) & (a < cls.high - edge)

    @property
    def argument(self) -> float:
        """The hyper-parameter p of `value` and `derivative`; 0 where there is none."""
        return 0.0

    @staticmethod
    @inline
    def value(z: Vec, p: float) -> Vec:
        """Return f(z)."""
        return z

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: float) -> Vec:
        """Return f'(z), from z and a = f(z)."""
        return like(z, 1.0)


@register("Linear")
class Linear(Activation, tag="linear", frozen=True):
    """The identity: f(z) = z, f'(z) = 1."""


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
    def value(z: Vec, p: float) -> Vec:
        return where(z >= 0.0, like(z, 1.0), 0.0)

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: float) -> Vec:
        return like(z, 0.0)


@register("Sigmoid")
class Sigmoid(Activation, tag="sigmoid", frozen=True):
    """The logistic function: f(z) = 1 / (1 + e^-z), f' = f (1 - f)."""

    formula: ClassVar[str] = "σ(z)"
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0
    activity: ClassVar[str] = "unsaturated"

    @staticmethod
    @inline
    def value(z: Vec, p: float) -> Vec:
        return 1.0 / (1.0 + exp(-z))

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: float) -> Vec:
        return a * (1.0 - a)


@register("Tanh")
class Tanh(Activation, tag="tanh", frozen=True):
    """The hyperbolic tangent: f(z) = (e^z - e^-z) / (e^z + e^-z), f' = 1 - f^2."""

    formula: ClassVar[str] = "tanh(z)"
    low: ClassVar[float | None] = -1.0
    high: ClassVar[float | None] = 1.0
    activity: ClassVar[str] = "unsaturated"

    @staticmethod
    @inline
    def value(z: Vec, p: float) -> Vec:
        return tanh(z)

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: float) -> Vec:
        return 1.0 - a * a


@register("ReLU")
class ReLU(Activation, tag="relu", frozen=True):
    """The rectifier: f(z) = max(0, z), f' = 1 for z > 0, else 0."""

    formula: ClassVar[str] = "max(0, z)"

    @staticmethod
    @inline
    def value(z: Vec, p: float) -> Vec:
        return higher(z, 0.0)

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: float) -> Vec:
        return where(z > 0.0, like(z, 1.0), 0.0)


@register("Leaky ReLU")
class LeakyReLU(Activation, tag="leaky-relu", frozen=True):
    """A rectifier that lets a little through: f(z) = z for z > 0, else s z."""

    formula: ClassVar[str] = "max(s z, z)"
    slope: Annotated[float, number("slope", "factor s for negative sums", low=0, high=1)] = 0.01

    @property
    def argument(self) -> float:
        return self.slope

    @staticmethod
    @inline
    def value(z: Vec, p: float) -> Vec:
        return where(z > 0.0, z, z * p)

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: float) -> Vec:
        return where(z > 0.0, like(z, 1.0), p)


@register("Softplus")
class Softplus(Activation, tag="softplus", frozen=True):
    """A smooth rectifier: f(z) = ln(1 + e^z), f' = σ(z)."""

    formula: ClassVar[str] = "ln(1 + e^z)"

    @staticmethod
    @inline
    def value(z: Vec, p: float) -> Vec:
        return higher(z, 0.0) + log1p(exp(-absolute(z)))

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: float) -> Vec:
        return -expm1(-a)  # σ(z) = 1 - 1 / (1 + e^z) = 1 - e^-a


@register("ELU")
class ELU(Activation, tag="elu", frozen=True):
    """Exponential linear unit: f(z) = z for z > 0, else α (e^z - 1) (Clevert, Unterthiner, Hochreiter 2015)."""

    formula: ClassVar[str] = "elu(z)"
    alpha: Annotated[float, number("α", "depth of the negative branch", low=0, high=10)] = 1.0

    @property
    def argument(self) -> float:
        return self.alpha

    @staticmethod
    @inline
    def value(z: Vec, p: float) -> Vec:
        return where(z > 0.0, z, p * expm1(z))

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: float) -> Vec:
        return where(z > 0.0, like(z, 1.0), a + p)


@register("GELU")
class GELU(Activation, tag="gelu", frozen=True):
    """Gaussian error linear unit, f(z) = z Φ(z), by its tanh form (Hendrycks, Gimpel 2016).

    f(z) = z/2 (1 + tanh(√(2/π) (z + 0.044715 z³))).
    """

    formula: ClassVar[str] = "z Φ(z)"

    @staticmethod
    @inline
    def value(z: Vec, p: float) -> Vec:
        return 0.5 * z * (1.0 + tanh(GELU_SCALE * (z + GELU_CUBE * z * z * z)))

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: float) -> Vec:
        t = tanh(GELU_SCALE * (z + GELU_CUBE * z * z * z))
        inner = GELU_SCALE * (1.0 + 3.0 * GELU_CUBE * z * z)
        return 0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * inner


@register("Swish")
class Swish(Activation, tag="swish", frozen=True):
    """f(z) = z σ(z), f' = σ(z) (1 + z (1 - σ(z))) (Ramachandran, Zoph, Le 2017)."""

    formula: ClassVar[str] = "z σ(z)"

    @staticmethod
    @inline
    def value(z: Vec, p: float) -> Vec:
        return z / (1.0 + exp(-z))

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: float) -> Vec:
        share = 1.0 / (1.0 + exp(-z))
        return share + a * (1.0 - share)


@register("Softmax")
class Softmax(Activation, tag="softmax", frozen=True):
    """Shares of one: f(z)_k = e^(z_k) / Σ_j e^(z_j). Only at an output, where all classes are known together."""

    formula: ClassVar[str] = "softmax(z)"
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0
    output_only: ClassVar[bool] = True
    activity: ClassVar[str] = "undecided"


if TYPE_CHECKING:
    AnyActivation = Activation
else:
    AnyActivation = Activation.registry.union()
