"""Rectifiers: straight lines with a kink, and their smooth relatives."""

# ruff: noqa: ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations.base import Activation
from engine.fields import number
from engine.kernels.record import inline
from engine.kernels.words import Vec, absolute, exp, expm1, higher, like, log1p, tanh, where
from engine.passes import Settings
from engine.registry import register

GELU_SCALE = 0.7978845608028654
"""√(2/π)"""
GELU_CUBE = 0.044715


@register("ReLU")
class ReLU(Activation, tag="relu", frozen=True):
    """The rectifier: f(z) = max(0, z), f' = 1 for z > 0, else 0."""

    formula: ClassVar[str] = "max(0, z)"
    expressions: ClassVar[tuple[str, ...]] = ("a = max(0, z)", "a' = 1 if z > 0 else 0")

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return higher(z, 0.0)

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return where(z > 0.0, like(z, 1.0), 0.0)


@register("Leaky ReLU")
class LeakyReLU(Activation, tag="leaky-relu", frozen=True):
    """A rectifier that lets a little through: f(z) = z for z > 0, else s z."""

    formula: ClassVar[str] = "max(s z, z)"
    expressions: ClassVar[tuple[str, ...]] = ("a = z if z > 0 else s*z", "a' = 1 if z > 0 else s")
    symbols: ClassVar[dict[str, str]] = {"s": "slope"}
    slope: Annotated[float, number("slope", "factor s for negative sums", low=0, high=1)] = 0.01

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.slope,)

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return where(z > 0.0, z, z * p[0])

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return where(z > 0.0, like(z, 1.0), p[0])


@register("Softplus")
class Softplus(Activation, tag="softplus", frozen=True):
    """A smooth rectifier: f(z) = ln(1 + e^(k z)) / k, f' = σ(k z); the sharper (k), the more like ReLU."""

    formula: ClassVar[str] = "ln(1 + e^z)"
    expressions: ClassVar[tuple[str, ...]] = ("a = max(0, z) + ln(1 + exp(-abs(k*z)))/k", "a' = 1/(1 + exp(-k*z))")
    symbols: ClassVar[dict[str, str]] = {"k": "sharpness"}
    sharpness: Annotated[float, number("sharpness", "k: larger is nearer to ReLU", above=0, high=100, log=True)] = 1.0

    @property
    def written(self) -> str:
        k = f"{self.sharpness:g}"
        return self.formula if self.sharpness == 1 else f"ln(1 + e^({k} z)) / {k}"

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.sharpness,)

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return higher(z, 0.0) + log1p(exp(absolute(z) * -p[0])) / p[0]

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return -expm1(a * -p[0])  # σ(k z) = 1 - 1 / (1 + e^(k z)) = 1 - e^(-k a)


@register("ELU")
class ELU(Activation, tag="elu", frozen=True):
    """Exponential linear unit: f(z) = z for z > 0, else α (e^z - 1) (Clevert, Unterthiner, Hochreiter 2015)."""

    formula: ClassVar[str] = "elu(z)"
    expressions: ClassVar[tuple[str, ...]] = ("a = z if z > 0 else α*(exp(z) - 1)", "a' = 1 if z > 0 else a + α")
    symbols: ClassVar[dict[str, str]] = {"α": "alpha"}
    alpha: Annotated[float, number("α", "depth of the negative branch", low=0, high=10)] = 1.0

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.alpha,)

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return where(z > 0.0, z, p[0] * expm1(z))

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return where(z > 0.0, like(z, 1.0), a + p[0])


@register("GELU")
class GELU(Activation, tag="gelu", frozen=True):
    """Gaussian error linear unit, f(z) = z Φ(z), by its tanh form (Hendrycks, Gimpel 2016).

    f(z) = z/2 (1 + tanh(√(2/π) (z + 0.044715 z³))).
    """

    formula: ClassVar[str] = "z Φ(z)"
    expressions: ClassVar[tuple[str, ...]] = (
        "u = √(2/3.141592653589793)*(z + 0.044715*z^3)",
        "u' = √(2/3.141592653589793)*(1 + 0.134145*z^2)",
        "a = z/2*(1 + tanh(u))",
        "a' = (1 + tanh(u))/2 + z/2*(1 - tanh(u)^2)*u'",
    )

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return 0.5 * z * (1.0 + tanh(GELU_SCALE * (z + GELU_CUBE * z * z * z)))

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        t = tanh(GELU_SCALE * (z + GELU_CUBE * z * z * z))
        inner = GELU_SCALE * (1.0 + 3.0 * GELU_CUBE * z * z)
        return 0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * inner


@register("Swish")
class Swish(Activation, tag="swish", frozen=True):
    """f(z) = z σ(z), f' = σ(z) (1 + z (1 - σ(z))) (Ramachandran, Zoph, Le 2017)."""

    formula: ClassVar[str] = "z σ(z)"
    expressions: ClassVar[tuple[str, ...]] = ("a = z*σ(z)", "a' = σ(z) + a*(1 - σ(z))")

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return z / (1.0 + exp(-z))

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        share = 1.0 / (1.0 + exp(-z))
        return share + a * (1.0 - share)


@register("Shifted ReLU")
class ShiftedReLU(Activation, tag="shifted-relu", frozen=True):
    """f(z) = max(-s, z): a rectifier with its kink at -s, which ELU makes smooth."""

    formula: ClassVar[str] = "max(−s, z)"
    expressions: ClassVar[tuple[str, ...]] = ("a = max(-s, z)", "a' = 1 if z > -s else 0")
    symbols: ClassVar[dict[str, str]] = {"s": "shift"}
    shift: Annotated[float, number("s", "the kink lies at -s", low=0, high=10)] = 1.0

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.shift,)

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return higher(z, -p[0])

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return where(z > -p[0], like(z, 1.0), 0.0)


@register("Mish")
class Mish(Activation, tag="mish", frozen=True):
    """f(z) = z tanh(ln(1 + e^z)), f' = t + z (1 - t²) σ(z) with t = tanh(ln(1 + e^z)) (Misra 2019)."""

    formula: ClassVar[str] = "z tanh(ln(1 + e^z))"
    expressions: ClassVar[tuple[str, ...]] = (
        "u = tanh(max(0, z) + ln(1 + exp(-abs(z))))",
        "a = z*u",
        "a' = u + z*(1 - u^2)*σ(z)",
    )

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return z * tanh(higher(z, 0.0) + log1p(exp(-absolute(z))))

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        t = tanh(higher(z, 0.0) + log1p(exp(-absolute(z))))
        return t + z * (1.0 - t * t) / (1.0 + exp(-z))
