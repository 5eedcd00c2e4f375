"""Rates of their own for each number, from the squares of its gradients."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.fields import number
from engine.kernels.record import Both, Floats, In, Ints, Kernel, kernel
from engine.kernels.words import LANES, fma, load, splat, square_root, store
from engine.optimisers.base import Optimiser, Rate
from engine.registry import register

Epsilon = Annotated[float, number("ε", "keeps the division finite", low=1e-30, high=1, log=True)]


@kernel
def adagrad(f: Floats, i: Ints, count: int, rate: In, epsilon: float, w: Both, g: In, squares: Both) -> None:
    """S ← s + g², w ← w - η g / √(s + ε)."""
    step, small = splat(f, -f[rate]), splat(f, epsilon)
    for k in range(0, count, LANES):
        slope = load(f, g + k)
        s = fma(slope, slope, load(f, squares + k))
        store(f, squares + k, s)
        store(f, w + k, fma(step, slope / square_root(s + small), load(f, w + k)))


@kernel
def rmsprop(
    f: Floats, i: Ints, count: int, rate: In, keep: float, epsilon: float, w: Both, g: In, squares: Both
) -> None:
    """S ← ρ s + (1-ρ) g², w ← w - η g / √(s + ε)."""
    step, small, new = splat(f, -f[rate]), splat(f, epsilon), splat(f, 1.0 - keep)
    for k in range(0, count, LANES):
        slope, s = load(f, g + k), load(f, squares + k)
        s = fma(new, slope * slope - s, s)
        store(f, squares + k, s)
        store(f, w + k, fma(step, slope / square_root(s + small), load(f, w + k)))


@kernel
def adadelta(
    f: Floats, i: Ints, count: int, rate: In, keep: float, epsilon: float, w: Both, g: In, squares: Both, steps: Both
) -> None:
    """S ← ρ s + (1-ρ) g², Δ = -g √(u + ε) / √(s + ε), u ← ρ u + (1-ρ) Δ², w ← w + η Δ."""
    scale, small, new = splat(f, f[rate]), splat(f, epsilon), splat(f, 1.0 - keep)
    for k in range(0, count, LANES):
        slope, s, u = load(f, g + k), load(f, squares + k), load(f, steps + k)
        s = fma(new, slope * slope - s, s)
        delta = -slope * square_root(u + small) / square_root(s + small)
        store(f, squares + k, s)
        store(f, steps + k, fma(new, delta * delta - u, u))
        store(f, w + k, fma(scale, delta, load(f, w + k)))


@register("Adagrad")
class Adagrad(Optimiser, tag="adagrad", frozen=True):
    """Steps that shrink with all gradients so far: s ← s + g², w ← w - η g / √(s + ε) (Duchi, Hazan, Singer 2011)."""

    slots: ClassVar[tuple[str, ...]] = ("squares",)
    slot_symbols: ClassVar[dict[str, str]] = {"s": "squares"}
    formula: ClassVar[str] = "w ← w − η g / √(Σ g² + ε)"
    assignments: ClassVar[tuple[str, ...]] = ("s = s + g^2", "w = w - η*g/√(s + ε)")
    symbols: ClassVar[dict[str, str]] = {"ε": "epsilon"}
    update: ClassVar[Kernel] = adagrad
    # s = 1/4: w = 1 - 0.1 * 0.5 / 0.5 = 0.9 (ε = 1e-10 in the root: 0.9000000000200000); s = 5/4: w + 0.1 / √1.25
    answers: ClassVar[tuple[float, float]] = (0.9000000000199999999940, 0.9894427191164138791)

    rate: Rate = 0.1
    epsilon: Epsilon = 1e-10

    def settings(self) -> dict[str, float]:
        return {"epsilon": self.epsilon}


@register("RMSprop")
class RMSprop(Optimiser, tag="rmsprop", frozen=True):
    """Steps by the recent size of the gradient: s ← ρ s + (1-ρ) g², w ← w - η g / √(s + ε) (Hinton 2012)."""

    slots: ClassVar[tuple[str, ...]] = ("squares",)
    slot_symbols: ClassVar[dict[str, str]] = {"s": "squares"}
    formula: ClassVar[str] = "w ← w − η g / √(s + ε)"
    assignments: ClassVar[tuple[str, ...]] = ("s = ρ*s + (1 - ρ)*g^2", "w = w - η*g/√(s + ε)")
    symbols: ClassVar[dict[str, str]] = {"ρ": "keep", "ε": "epsilon"}
    update: ClassVar[Kernel] = rmsprop
    # s = 0.025: w = 1 - 0.01 * 0.5 / √0.025 = 0.968377...; s = 0.9 * 0.025 + 0.1 = 0.1225, √s = 0.35: w + 0.01 / 0.35
    answers: ClassVar[tuple[float, float]] = (0.9683772234615617597, 0.9969486520213285235)

    rate: Rate = 0.01
    keep: Annotated[float, number("ρ", "memory of the squared gradient", low=0, high=0.9999)] = 0.9
    epsilon: Epsilon = 1e-10

    def settings(self) -> dict[str, float]:
        return {"keep": self.keep, "epsilon": self.epsilon}


@register("Adadelta")
class Adadelta(Optimiser, tag="adadelta", frozen=True):
    """Steps in the units of the numbers themselves: Δ = -g √(u + ε) / √(s + ε), u the mean of Δ² (Zeiler 2012).

    It needs no rate: η = 1 is its own.
    """

    slots: ClassVar[tuple[str, ...]] = ("squares", "steps")
    slot_symbols: ClassVar[dict[str, str]] = {"s": "squares", "u": "steps"}
    formula: ClassVar[str] = "w ← w − η g √(u + ε) / √(s + ε)"
    assignments: ClassVar[tuple[str, ...]] = (
        "s = ρ*s + (1 - ρ)*g^2",
        "Δ = -g*√(u + ε)/√(s + ε)",
        "u = ρ*u + (1 - ρ)*Δ^2",
        "w = w + η*Δ",
    )
    symbols: ClassVar[dict[str, str]] = {"ρ": "keep", "ε": "epsilon"}
    update: ClassVar[Kernel] = adadelta
    # s = 0.0125, Δ = -0.5 √1e-6 / √0.012501 = -0.004471957, u = 0.05 Δ² = 9.9992e-7;
    # then s = 0.061875, Δ = √1.99992e-6 / √0.061876 = 0.005685193
    answers: ClassVar[tuple[float, float]] = (0.9955280429197062098, 1.0012132357159997526)

    rate: Rate = 1.0
    keep: Annotated[float, number("ρ", "memory of the squares", low=0, high=0.9999)] = 0.95
    epsilon: Epsilon = 1e-6

    def settings(self) -> dict[str, float]:
        return {"keep": self.keep, "epsilon": self.epsilon}
