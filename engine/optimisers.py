"""Optimisers, from simple to complex. `g` is the mean gradient of a batch, `η` the rate at this step."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from engine.fields import number
from engine.kernels.record import Both, Floats, In, Ints, Kernel, Slot, kernel
from engine.kernels.words import LANES, fma, load, splat, square_root, store
from engine.registry import Kind, Registry, register

RATES = (0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

Rate = Annotated[
    float, number("rate", "size of a step along the gradient (η)", above=0, high=100, log=True, choices=RATES)
]


@kernel
def sgd(f: Floats, i: Ints, count: int, rate: In, w: Both, g: In) -> None:
    """W ← w - η g."""
    step = splat(f, -f[rate])
    for k in range(0, count, LANES):
        store(f, w + k, fma(step, load(f, g + k), load(f, w + k)))


@kernel
def momentum(f: Floats, i: Ints, count: int, rate: In, keep: float, w: Both, g: In, velocity: Both) -> None:
    """V ← μ v - η g, w ← w + v."""
    step, share = splat(f, -f[rate]), splat(f, keep)
    for k in range(0, count, LANES):
        v = fma(step, load(f, g + k), share * load(f, velocity + k))
        store(f, velocity + k, v)
        store(f, w + k, load(f, w + k) + v)


@kernel
def adam(
    f: Floats,
    i: Ints,
    count: int,
    rate: In,
    beta1: float,
    beta2: float,
    epsilon: float,
    updates: Slot,
    w: Both,
    g: In,
    mean: Both,
    variance: Both,
) -> None:
    """M ← m + (1-β₁)(g - m), v ← v + (1-β₂)(g² - v), w ← w - η m̂ / (√v̂ + ε).

    With the corrections c₁ = 1 - β₁ᵗ and c₂ = 1 - β₂ᵗ, m̂ / (√v̂ + ε) = (√c₂ / c₁) m / (√v + ε √c₂): two divisions a step
    in place of two a number. `updates` counts the steps before this one.
    """
    t = i[updates] + 1
    root = (1.0 - beta2**t) ** 0.5
    step = splat(f, -f[rate] * root / (1.0 - beta1**t))
    small = splat(f, epsilon * root)
    new1, new2 = splat(f, 1.0 - beta1), splat(f, 1.0 - beta2)
    for k in range(0, count, LANES):
        gradient, m, v = load(f, g + k), load(f, mean + k), load(f, variance + k)
        m = fma(new1, gradient - m, m)
        v = fma(new2, gradient * gradient - v, v)
        store(f, mean + k, m)
        store(f, variance + k, v)
        store(f, w + k, fma(step, m / (square_root(v) + small), load(f, w + k)))


class Optimiser(Kind, frozen=True):
    """How a gradient becomes a step. `slots` names the numbers it keeps for each parameter.

    `update` is its operation over all parameters at once; it takes `count`, `w`, `g`, `rate` (where η stands),
    `settings()`, the slots by their names, and `updates` where it counts. `answers` are w after one and after two
    steps from w = 1 with gradients 1/2 and -1 and default hyper-parameters, worked by hand: `check` compares.
    """

    registry: ClassVar[Registry[Optimiser]] = Registry("optimiser")
    slots: ClassVar[tuple[str, ...]] = ()
    formula: ClassVar[str] = ""

    update: ClassVar[Kernel] = sgd
    answers: ClassVar[tuple[float, float]]

    rate: Rate = 0.03

    def settings(self) -> dict[str, float]:
        """The arguments of `update` that follow from the hyper-parameters."""
        return {}


@register("SGD")
class SGD(Optimiser, tag="sgd", frozen=True):
    """Stochastic gradient descent: w ← w - η g."""

    formula: ClassVar[str] = "w ← w − η g"
    # 1 - 0.03 * 1/2 = 0.985, then 0.985 + 0.03 = 1.015
    answers: ClassVar[tuple[float, float]] = (0.985, 1.015)


@register("Momentum")
class Momentum(Optimiser, tag="momentum", frozen=True):
    """A heavy ball: v ← μ v - η g, w ← w + v (Polyak 1964)."""

    slots: ClassVar[tuple[str, ...]] = ("velocity",)
    formula: ClassVar[str] = "v ← μ v − η g,  w ← w + v"
    update: ClassVar[Kernel] = momentum
    # v = -0.03 * 1/2 = -0.015, w = 0.985; then v = 0.9 * -0.015 + 0.03 = 0.0165, w = 1.0015
    answers: ClassVar[tuple[float, float]] = (0.985, 1.0015)

    momentum: Annotated[float, number("momentum", "share of the velocity that is kept (μ)", low=0, high=0.9999)] = 0.9

    def settings(self) -> dict[str, float]:
        return {"keep": self.momentum}


@register("Adam")
class Adam(Optimiser, tag="adam", frozen=True):
    """Steps of even size: m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², w ← w - η m̂ / (√v̂ + ε) (Kingma, Ba 2015).

    m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) undo the start from zero; t counts the steps.
    """

    slots: ClassVar[tuple[str, ...]] = ("mean", "variance")
    formula: ClassVar[str] = "w ← w − η m̂ / (√v̂ + ε)"
    update: ClassVar[Kernel] = adam
    # m = 0.05, v = 0.00025: m̂ = 1/2, √v̂ = 1/2, so w = 1 - 0.01 * 0.5 / (0.5 + 1e-8) = 0.9900000002
    # m = 0.9 * 0.05 - 0.1 = -0.055, m̂ = -0.055 / 0.19 = -0.289474;
    # v = 0.999 * 0.00025 + 0.001 = 0.00124975, √v̂ = √(0.00124975 / 0.001999) = 0.790688; w = w + 0.01 * 0.366104
    answers: ClassVar[tuple[float, float]] = (0.9900000002, 0.9936610354240566)

    rate: Rate = 0.01
    beta1: Annotated[float, number("β₁", "memory of the mean gradient", low=0, high=0.99999)] = 0.9
    beta2: Annotated[float, number("β₂", "memory of the squared gradient", low=0, high=0.999999)] = 0.999
    # The least a float32 can still divide by, after the correction of the first steps has made it smaller.
    epsilon: Annotated[float, number("ε", "keeps the division finite", low=1e-30, high=1, log=True)] = 1e-8

    def settings(self) -> dict[str, float]:
        return {"beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon}


if TYPE_CHECKING:
    AnyOptimiser = Optimiser
else:
    AnyOptimiser = Optimiser.registry.union()
