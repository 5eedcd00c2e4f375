"""Activations, from simple to complex: value and derivative side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from engine.fields import number
from engine.registry import Kind, Registry, register


class Activation(Kind, frozen=True):
    """The function a = f(z) of a neuron; z is its weighted sum.

    `formula` is read by people; `centred` tells that outputs lie around 0, which decides the colour scale of a map.
    `low` and `high` bound the outputs where they are bounded. `output_only` marks those that need all outputs at once.
    """

    registry: ClassVar[Registry[Activation]] = Registry("activation")
    formula: ClassVar[str] = "z"
    low: ClassVar[float | None] = None
    high: ClassVar[float | None] = None
    output_only: ClassVar[bool] = False


@register("Linear")
class Linear(Activation, tag="linear", frozen=True):
    """The identity: f(z) = z, f'(z) = 1."""


@register("Step")
class Step(Activation, tag="step", frozen=True):
    """The threshold unit: f(z) = 1 for z >= 0, else 0. Its derivative is 0, so nothing below it learns."""

    formula: ClassVar[str] = "step(z)"
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0


@register("Sigmoid")
class Sigmoid(Activation, tag="sigmoid", frozen=True):
    """The logistic function: f(z) = 1 / (1 + e^-z), f' = f (1 - f)."""

    formula: ClassVar[str] = "σ(z)"
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0


@register("Tanh")
class Tanh(Activation, tag="tanh", frozen=True):
    """The hyperbolic tangent: f(z) = (e^z - e^-z) / (e^z + e^-z), f' = 1 - f^2."""

    formula: ClassVar[str] = "tanh(z)"
    low: ClassVar[float | None] = -1.0
    high: ClassVar[float | None] = 1.0


@register("ReLU")
class ReLU(Activation, tag="relu", frozen=True):
    """The rectifier: f(z) = max(0, z), f' = 1 for z > 0, else 0."""

    formula: ClassVar[str] = "max(0, z)"


@register("Leaky ReLU")
class LeakyReLU(Activation, tag="leaky-relu", frozen=True):
    """A rectifier that lets a little through: f(z) = z for z > 0, else s z."""

    formula: ClassVar[str] = "max(s z, z)"
    slope: Annotated[float, number("slope", "factor s for negative sums", low=0, high=1)] = 0.01


@register("Softplus")
class Softplus(Activation, tag="softplus", frozen=True):
    """A smooth rectifier: f(z) = ln(1 + e^z), f' = σ(z)."""

    formula: ClassVar[str] = "ln(1 + e^z)"


@register("ELU")
class ELU(Activation, tag="elu", frozen=True):
    """Exponential linear unit: f(z) = z for z > 0, else α (e^z - 1) (Clevert, Unterthiner, Hochreiter 2015)."""

    formula: ClassVar[str] = "elu(z)"
    alpha: Annotated[float, number("α", "depth of the negative branch", low=0, high=10)] = 1.0


@register("GELU")
class GELU(Activation, tag="gelu", frozen=True):
    """Gaussian error linear unit, f(z) = z Φ(z), by its tanh form (Hendrycks, Gimpel 2016).

    f(z) = z/2 (1 + tanh(√(2/π) (z + 0.044715 z³))).
    """

    formula: ClassVar[str] = "z Φ(z)"


@register("Swish")
class Swish(Activation, tag="swish", frozen=True):
    """f(z) = z σ(z), f' = σ(z) (1 + z (1 - σ(z))) (Ramachandran, Zoph, Le 2017)."""

    formula: ClassVar[str] = "z σ(z)"


@register("Softmax")
class Softmax(Activation, tag="softmax", frozen=True):
    """Shares of one: f(z)_k = e^(z_k) / Σ_j e^(z_j). Only at an output, where all classes are known together."""

    formula: ClassVar[str] = "softmax(z)"
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0
    output_only: ClassVar[bool] = True


if TYPE_CHECKING:
    AnyActivation = Activation
else:
    AnyActivation = Activation.registry.union()
