"""The classic functions: identity, threshold, sigmoids."""

# ruff: noqa: ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.activations.base import Activation, Answer
from engine.fields import flag, number
from engine.kernels.record import inline
from engine.kernels.words import Vec, exp, higher, like, lower, square_root, tanh, where
from engine.passes import Settings
from engine.registry import register

Steepness = Annotated[float, number("steepness", "k: slope in the middle, relative to 1", above=0, high=100, log=True)]


HEIGHT: Final = 1.7159
"""How high the scaled tanh goes."""


@register("Linear")
class Linear(Activation, tag="linear", frozen=True):
    """The identity: f(z) = z, f'(z) = 1."""

    identity: ClassVar[bool] = True
    expressions: ClassVar[tuple[str, ...]] = ("a = z", "a' = 1")
    answer: ClassVar[Answer | None] = "value"


Strict = Annotated[bool, flag("strict", "at z = 0 it rests, so that only z > 0 fires; otherwise z ≥ 0 does")]


@inline
def threshold(z: Vec, rest: float, strict: float) -> Vec:
    """1 where z > 0, `rest` where z < 0; at 0 the one, or where it is strict the other."""
    return where(z > 0.0, like(z, 1.0), where(z < 0.0, like(z, rest), 1.0 + (rest - 1.0) * strict))


@register("Step")
class Step(Activation, tag="step", frozen=True):
    """The threshold unit: f(z) = 1 for z >= 0, else 0; strict: for z > 0. Its derivative is 0: nothing below it learns.

    (McCulloch, Pitts 1943.)
    """

    formula: ClassVar[str] = "step(z)"
    expressions: ClassVar[tuple[str, ...]] = ("a = 1 if z > 0 else 0 if z < 0 else 1 - strict", "a' = 0")
    symbols: ClassVar[dict[str, str]] = {"strict": "strict"}
    answer: ClassVar[Answer | None] = "fires"
    strict: Strict = False
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0

    @classmethod
    def active(cls, a: NDArray[np.float64]) -> NDArray[np.bool_]:
        return a > 0

    @property
    def settings(self) -> tuple[float, ...]:
        return (float(self.strict),)

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return threshold(z, 0.0, p[0])

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return like(z, 0.0)


@register("Sigmoid")
class Sigmoid(Activation, tag="sigmoid", frozen=True):
    """The logistic function: f(z) = 1 / (1 + e^(-k z)), f' = k f (1 - f), with steepness k."""

    formula: ClassVar[str] = "σ(z)"
    expressions: ClassVar[tuple[str, ...]] = ("a = 1/(1 + exp(-k*z))", "a' = k*a*(1 - a)")
    symbols: ClassVar[dict[str, str]] = {"k": "steepness"}
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
    expressions: ClassVar[tuple[str, ...]] = ("a = tanh(z)", "a' = 1 - a^2")
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


@register("Scaled tanh")
class ScaledTanh(Activation, tag="scaled-tanh", frozen=True):
    """The function of LeNet-5: f(z) = 1.7159 tanh(2/3 z), which is 1 at 1 and -1 at -1 and bends most there.

    f' = 2/3 (1.7159 - f^2 / 1.7159). Its bounds lie beyond targets of -1 and 1, so that those can be reached (LeCun,
    Bottou, Bengio, Haffner 1998).
    """

    formula: ClassVar[str] = "1.7159 tanh(2z/3)"
    expressions: ClassVar[tuple[str, ...]] = ("a = 1.7159*tanh(2*z/3)", "a' = 2/3*(1.7159 - a^2/1.7159)")
    low: ClassVar[float | None] = -HEIGHT
    high: ClassVar[float | None] = HEIGHT
    activity: ClassVar[str] = "unsaturated"

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return tanh(z * (2 / 3)) * 1.7159

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return 2 / 3 * (1.7159 - a * a / 1.7159)


@register("Bipolar step")
class BipolarStep(Activation, tag="bipolar-step", frozen=True):
    """The threshold unit with signs: f(z) = 1 for z >= 0 (strict: z > 0), else -1. Its derivative is 0."""

    formula: ClassVar[str] = "sign(z)"
    expressions: ClassVar[tuple[str, ...]] = ("a = 1 if z > 0 else -1 if z < 0 else 1 - 2*strict", "a' = 0")
    symbols: ClassVar[dict[str, str]] = {"strict": "strict"}
    answer: ClassVar[Answer | None] = "side"
    strict: Strict = False
    low: ClassVar[float | None] = -1.0
    high: ClassVar[float | None] = 1.0

    @classmethod
    def active(cls, a: NDArray[np.float64]) -> NDArray[np.bool_]:
        return a > 0

    @property
    def settings(self) -> tuple[float, ...]:
        return (float(self.strict),)

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return threshold(z, -1.0, p[0])

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return like(z, 0.0)


@register("Three-level step")
class ThreeLevelStep(Activation, tag="three-level-step", frozen=True):
    """1 above θ, -1 below -θ, and 0 in the dead zone between. Its derivative is 0, so nothing below it learns."""

    formula: ClassVar[str] = "sign(z), 0 where |z| ≤ θ"
    expressions: ClassVar[tuple[str, ...]] = ("a = 1 if z > θ else -1 if z < -θ else 0", "a' = 0")
    symbols: ClassVar[dict[str, str]] = {"θ": "threshold"}
    answer: ClassVar[Answer | None] = "side"
    low: ClassVar[float | None] = -1.0
    high: ClassVar[float | None] = 1.0
    threshold: Annotated[float, number("θ", "half width of the dead zone", low=0, high=10)] = 0.5

    @classmethod
    def active(cls, a: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.abs(a) > 0

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.threshold,)

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return where(z > p[0], like(z, 1.0), 0.0) - where(z < -p[0], like(z, 1.0), 0.0)

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return like(z, 0.0)


@register("Bipolar sigmoid")
class BipolarSigmoid(Activation, tag="bipolar-sigmoid", frozen=True):
    """f(z) = 2 / (1 + e^(-k z)) - 1 = tanh(k z / 2), f' = k/2 (1 + f) (1 - f), with steepness k."""

    formula: ClassVar[str] = "2 σ(z) − 1"
    expressions: ClassVar[tuple[str, ...]] = ("a = 2/(1 + exp(-k*z)) - 1", "a' = k/2*(1 + a)*(1 - a)")
    symbols: ClassVar[dict[str, str]] = {"k": "steepness"}
    low: ClassVar[float | None] = -1.0
    high: ClassVar[float | None] = 1.0
    answer: ClassVar[Answer | None] = "sign"
    activity: ClassVar[str] = "unsaturated"
    steepness: Steepness = 1.0

    @property
    def written(self) -> str:
        return self.formula if self.steepness == 1 else f"2 σ({self.steepness:g} z) − 1"

    @property
    def settings(self) -> tuple[float, ...]:
        return (0.5 * self.steepness,)

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return tanh(z * p[0])

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return (1.0 - a * a) * p[0]


@register("Algebraic sigmoid")
class AlgebraicSigmoid(Activation, tag="algebraic-sigmoid", frozen=True):
    """f(z) = z / √(1 + z²), f' = 1 / (1 + z²)^(3/2): it saturates more slowly than tanh."""

    formula: ClassVar[str] = "z / √(1 + z²)"
    expressions: ClassVar[tuple[str, ...]] = ("a = z/√(1 + z^2)", "a' = 1/√(1 + z^2)^3")
    low: ClassVar[float | None] = -1.0
    high: ClassVar[float | None] = 1.0
    answer: ClassVar[Answer | None] = "sign"
    activity: ClassVar[str] = "unsaturated"

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return z / square_root(1.0 + z * z)

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        root = 1.0 / square_root(1.0 + z * z)
        return root * root * root


@register("Ramp")
class Ramp(Activation, tag="ramp", frozen=True):
    """f(z) = z held between 0 and 1; f' = 1 between them, else 0."""

    formula: ClassVar[str] = "min(1, max(0, z))"
    expressions: ClassVar[tuple[str, ...]] = ("a = min(1, max(0, z))", "a' = 1 if 0 < z < 1 else 0")
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0
    activity: ClassVar[str] = "unsaturated"

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return lower(higher(z, 0.0), 1.0)

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return where(z > 0.0, where(z < 1.0, like(z, 1.0), 0.0), 0.0)


@register("Hard tanh")
class HardTanh(Activation, tag="hard-tanh", frozen=True):
    """f(z) = z held between -1 and 1; f' = 1 between them, else 0."""

    formula: ClassVar[str] = "min(1, max(−1, z))"
    expressions: ClassVar[tuple[str, ...]] = ("a = min(1, max(-1, z))", "a' = 1 if -1 < z < 1 else 0")
    low: ClassVar[float | None] = -1.0
    high: ClassVar[float | None] = 1.0
    answer: ClassVar[Answer | None] = "sign"
    activity: ClassVar[str] = "unsaturated"

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return lower(higher(z, -1.0), 1.0)

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        return where(z > -1.0, where(z < 1.0, like(z, 1.0), 0.0), 0.0)
