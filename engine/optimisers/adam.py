"""Adam and its relatives: steps of even size from running means of the gradient and of its square."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from engine.fields import number
from engine.kernels.record import Both, Floats, In, Ints, Kernel, Slot, inline, kernel
from engine.kernels.words import LANES, Vec, fma, higher, load, signed, splat, square_root, store
from engine.optimisers.base import Optimiser, Rate
from engine.registry import register


@inline
def moments(f: Floats, g: int, mean: int, variance: int, new1: Vec, new2: Vec) -> tuple[Vec, Vec, Vec]:
    """M ← m + (1-β₁)(g - m), v ← v + (1-β₂)(g² - v), one vector of each; return g, m and v."""
    gradient, m, v = load(f, g), load(f, mean), load(f, variance)
    m = fma(new1, gradient - m, m)
    v = fma(new2, gradient * gradient - v, v)
    store(f, mean, m)
    store(f, variance, v)
    return gradient, m, v


@kernel
def adam(
    f: Floats, i: Ints, count: int, rate: In, decay: float, beta1: float, beta2: float, epsilon: float, updates: Slot,
    w: Both, g: In, mean: Both, variance: Both,
) -> None:  # fmt: skip
    """W ← w - η λ w - η m̂ / (√v̂ + ε), where the decay never turns the sign of w.

    With the corrections c₁ = 1 - β₁ᵗ and c₂ = 1 - β₂ᵗ, m̂ / (√v̂ + ε) = (√c₂ / c₁) m / (√v + ε √c₂): two divisions a step
    in place of two a number. `updates` counts the steps before this one.
    """
    t = i[updates] + 1
    root = (1.0 - beta2**t) ** 0.5
    step, keep = splat(f, -f[rate] * root / (1.0 - beta1**t)), splat(f, max(1.0 - f[rate] * decay, 0.0))
    small = splat(f, epsilon * root)
    new1, new2 = splat(f, 1.0 - beta1), splat(f, 1.0 - beta2)
    for k in range(0, count, LANES):
        _, m, v = moments(f, g + k, mean + k, variance + k, new1, new2)
        store(f, w + k, fma(step, m / (square_root(v) + small), keep * load(f, w + k)))


@kernel
def amsgrad(
    f: Floats, i: Ints, count: int, rate: In, beta1: float, beta2: float, epsilon: float, updates: Slot,
    w: Both, g: In, mean: Both, variance: Both, greatest: Both,
) -> None:  # fmt: skip
    """Adam with the greatest v so far in place of v: a step can't grow again."""
    t = i[updates] + 1
    root = (1.0 - beta2**t) ** 0.5
    step = splat(f, -f[rate] * root / (1.0 - beta1**t))
    small = splat(f, epsilon * root)
    new1, new2 = splat(f, 1.0 - beta1), splat(f, 1.0 - beta2)
    for k in range(0, count, LANES):
        _, m, v = moments(f, g + k, mean + k, variance + k, new1, new2)
        top = higher(load(f, greatest + k), v)
        store(f, greatest + k, top)
        store(f, w + k, fma(step, m / (square_root(top) + small), load(f, w + k)))


@kernel
def nadam(
    f: Floats, i: Ints, count: int, rate: In, beta1: float, beta2: float, epsilon: float, updates: Slot,
    w: Both, g: In, mean: Both, variance: Both,
) -> None:  # fmt: skip
    """Adam that looks ahead: m̂ = β₁ m / (1 - β₁^(t+1)) + (1 - β₁) g / (1 - β₁^t)."""
    t = i[updates] + 1
    root = (1.0 - beta2**t) ** 0.5
    ahead = splat(f, -f[rate] * root * beta1 / (1.0 - beta1 ** (t + 1)))
    now = splat(f, -f[rate] * root * (1.0 - beta1) / (1.0 - beta1**t))
    small = splat(f, epsilon * root)
    new1, new2 = splat(f, 1.0 - beta1), splat(f, 1.0 - beta2)
    for k in range(0, count, LANES):
        gradient, m, v = moments(f, g + k, mean + k, variance + k, new1, new2)
        store(f, w + k, load(f, w + k) + fma(ahead, m, now * gradient) / (square_root(v) + small))


@kernel
def lion(
    f: Floats, i: Ints, count: int, rate: In, decay: float, beta1: float, beta2: float, w: Both, g: In, mean: Both
) -> None:
    """U = sign(β₁ m + (1 - β₁) g), w ← w - η (u + λ w), m ← β₂ m + (1 - β₂) g."""
    step, keep = splat(f, -f[rate]), splat(f, max(1.0 - f[rate] * decay, 0.0))
    new1, new2 = splat(f, 1.0 - beta1), splat(f, 1.0 - beta2)
    for k in range(0, count, LANES):
        gradient, m = load(f, g + k), load(f, mean + k)
        u = fma(new1, gradient - m, m)
        store(f, mean + k, fma(new2, gradient - m, m))
        store(f, w + k, fma(step, signed(u, 1.0), keep * load(f, w + k)))


MOMENTS: Final = ("m = β₁*m + (1 - β₁)*g", "v = β₂*v + (1 - β₂)*g^2")
STEP: Final = "w = w - η*m̂/(√(v̂) + ε)"
"""What Adam and its relatives have in common, as assignments."""


@register("Adam")
class Adam(Optimiser, tag="adam", frozen=True):
    """Steps of even size: m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², w ← w - η m̂ / (√v̂ + ε) (Kingma, Ba 2015).

    m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) undo the start from zero; t counts the steps.
    """

    slots: ClassVar[tuple[str, ...]] = ("mean", "variance")
    slot_symbols: ClassVar[dict[str, str]] = {"m": "mean", "v": "variance"}
    formula: ClassVar[str] = "w ← w − η m̂ / (√v̂ + ε)"
    assignments: ClassVar[tuple[str, ...]] = (
        *MOMENTS,
        "m̂ = m/(1 - β₁^t)",
        "v̂ = v/(1 - β₂^t)",
        STEP,
    )
    symbols: ClassVar[dict[str, str]] = {"β₁": "beta1", "β₂": "beta2", "ε": "epsilon"}
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
        return {"decay": 0.0, "beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon}


Decay = Annotated[float, number("decay", "λ: share of every number lost at a step, times the rate", low=0, high=10)]


@register("AdamW")
class AdamW(Adam, tag="adamw", frozen=True):
    """Adam with weight decay of its own: w ← w - η λ w before each step (Loshchilov, Hutter 2019)."""

    formula: ClassVar[str] = "w ← w − η λ w − η m̂ / (√v̂ + ε)"
    assignments: ClassVar[tuple[str, ...]] = (*Adam.assignments[:-1], "w = max(1 - η*λ, 0)*w - η*m̂/(√(v̂) + ε)")
    symbols: ClassVar[dict[str, str]] = {**Adam.symbols, "λ": "decay"}
    # as Adam, after w ← 0.9999 w: 0.9999 - 0.0099999998, then 0.9899000002 * 0.9999 + 0.01 * 0.366104
    answers: ClassVar[tuple[float, float]] = (0.9899000001999999960, 0.9934620454240365603)

    decay: Decay = 0.01

    def settings(self) -> dict[str, float]:
        return {**super().settings(), "decay": self.decay}


@register("AMSGrad")
class AMSGrad(Adam, tag="amsgrad", frozen=True):
    """Adam whose v never falls: the greatest so far, then corrected, divides (Reddi, Kale, Kumar 2018)."""

    slots: ClassVar[tuple[str, ...]] = ("mean", "variance", "greatest")
    slot_symbols: ClassVar[dict[str, str]] = {"m": "mean", "v": "variance", "u": "greatest"}
    formula: ClassVar[str] = "w ← w − η m̂ / (√(max v / (1 − β₂ᵗ)) + ε)"
    assignments: ClassVar[tuple[str, ...]] = (
        *MOMENTS,
        "u = max(u, v)",
        "m̂ = m/(1 - β₁^t)",
        "v̂ = u/(1 - β₂^t)",
        STEP,
    )
    update: ClassVar[Kernel] = amsgrad
    # v grows from 0.00025 to 0.00124975, so both steps are those of Adam
    answers: ClassVar[tuple[float, float]] = Adam.answers


@register("Nadam")
class Nadam(Adam, tag="nadam", frozen=True):
    """Adam with the look ahead of Nesterov: m̂ = β₁ m / (1 - β₁^(t+1)) + (1 - β₁) g / (1 - β₁^t) (Dozat 2016)."""

    formula: ClassVar[str] = "w ← w − η m̂ / (√v̂ + ε)"
    assignments: ClassVar[tuple[str, ...]] = (
        *MOMENTS,
        "m̂ = β₁*m/(1 - β₁^(t + 1)) + (1 - β₁)*g/(1 - β₁^t)",
        "v̂ = v/(1 - β₂^t)",
        STEP,
    )
    update: ClassVar[Kernel] = nadam
    # m̂ = 0.9 * 0.05 / 0.19 + 0.05 / 0.1 = 0.736842, √v̂ = 1/2: w = 1 - 0.01 * 1.473684;
    # m = -0.055, m̂ = 0.9 * -0.055 / 0.271 - 0.1 / 0.19 = -0.708973, √v̂ = 0.790688: w + 0.01 * 0.896653
    answers: ClassVar[tuple[float, float]] = (0.9852631581894736783, 0.9942296855866011442)


@register("Lion")
class Lion(Optimiser, tag="lion", frozen=True):
    """Steps of one size by the sign of a mean: w ← w - η (sign(β₁ m + (1-β₁) g) + λ w) (Chen et al. 2023)."""

    slots: ClassVar[tuple[str, ...]] = ("mean",)
    slot_symbols: ClassVar[dict[str, str]] = {"m": "mean"}
    formula: ClassVar[str] = "w ← w − η (sign(β₁ m + (1 − β₁) g) + λ w)"
    assignments: ClassVar[tuple[str, ...]] = (
        "u = sign(β₁*m + (1 - β₁)*g)",
        "m = β₂*m + (1 - β₂)*g",
        "w = max(1 - η*λ, 0)*w - η*u",
    )
    symbols: ClassVar[dict[str, str]] = {"β₁": "beta1", "β₂": "beta2", "λ": "decay"}
    update: ClassVar[Kernel] = lion
    # sign(0.05) = 1: w = 1 - 0.001; m = 0.005, sign(0.0045 - 0.1) = -1: w = 0.999 + 0.001
    answers: ClassVar[tuple[float, float]] = (0.999, 1.0)

    rate: Rate = 0.001
    beta1: Annotated[float, number("β₁", "memory of the mean in a step", low=0, high=0.99999)] = 0.9
    beta2: Annotated[float, number("β₂", "memory of the mean itself", low=0, high=0.99999)] = 0.99
    decay: Decay = 0.0

    def settings(self) -> dict[str, float]:
        return {"beta1": self.beta1, "beta2": self.beta2, "decay": self.decay}
