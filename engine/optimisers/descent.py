"""Steps along the gradient: plain, with momentum, of fixed length, with a rate of its own for each number."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.fields import number
from engine.kernels.record import Both, Floats, In, Ints, Kernel, kernel
from engine.kernels.words import LANES, fma, higher, load, lower, splat, store, total, where
from engine.optimisers.base import Optimiser
from engine.registry import register


@kernel
def momentum(f: Floats, i: Ints, count: int, rate: In, keep: float, w: Both, g: In, velocity: Both) -> None:
    """V ← μ v - η g, w ← w + v."""
    step, share = splat(f, -f[rate]), splat(f, keep)
    for k in range(0, count, LANES):
        v = fma(step, load(f, g + k), share * load(f, velocity + k))
        store(f, velocity + k, v)
        store(f, w + k, load(f, w + k) + v)


@kernel
def nesterov(f: Floats, i: Ints, count: int, rate: In, keep: float, w: Both, g: In, velocity: Both) -> None:
    """V ← μ v - η g, w ← w + μ v - η g: the weights stand where momentum would have carried them already."""
    step, share = splat(f, -f[rate]), splat(f, keep)
    for k in range(0, count, LANES):
        pull = step * load(f, g + k)
        v = fma(share, load(f, velocity + k), pull)
        store(f, velocity + k, v)
        store(f, w + k, load(f, w + k) + fma(share, v, pull))


@kernel
def fixed_length(f: Floats, i: Ints, count: int, rate: In, w: Both, g: In) -> None:
    """W ← w - η g / ‖g‖: every step is η long."""
    sums = splat(f, 0.0)
    for k in range(0, count, LANES):
        v = load(f, g + k)
        sums = fma(v, v, sums)
    norm = total(sums) ** 0.5
    step = splat(f, -f[rate] / norm if norm > 0.0 else 0.0)
    for k in range(0, count, LANES):
        store(f, w + k, fma(step, load(f, g + k), load(f, w + k)))


@kernel
def local_gains(
    f: Floats, i: Ints, count: int, rate: In, up: float, low: float, high: float, w: Both, g: In, gain: Both,
    before: Both,
) -> None:  # fmt: skip
    """A gain c = 1 + `gain` each: c + β where g has the sign it had before, else c (1 - β); w ← w - η c g."""
    step, one = splat(f, -f[rate]), splat(f, 1.0)
    for k in range(0, count, LANES):
        slope = load(f, g + k)
        c = load(f, gain + k) + one
        agree = slope * load(f, before + k)
        c = where(agree > 0.0, c + up, where(agree < 0.0, c * (1.0 - up), c))
        c = higher(lower(c, high), low)
        store(f, gain + k, c - one)
        store(f, before + k, slope)
        store(f, w + k, fma(step * c, slope, load(f, w + k)))


@register("SGD")
class SGD(Optimiser, tag="sgd", frozen=True):
    """Stochastic gradient descent: w ← w - η g."""

    formula: ClassVar[str] = "w ← w − η g"
    assignments: ClassVar[tuple[str, ...]] = ("w = w - η*g",)
    # 1 - 0.03 * 1/2 = 0.985, then 0.985 + 0.03 = 1.015
    answers: ClassVar[tuple[float, float]] = (0.985, 1.015)


@register("Momentum")
class Momentum(Optimiser, tag="momentum", frozen=True):
    """A heavy ball: v ← μ v - η g, w ← w + v (Polyak 1964)."""

    slots: ClassVar[tuple[str, ...]] = ("velocity",)
    slot_symbols: ClassVar[dict[str, str]] = {"v": "velocity"}
    formula: ClassVar[str] = "v ← μ v − η g,  w ← w + v"
    assignments: ClassVar[tuple[str, ...]] = ("v = μ*v - η*g", "w = w + v")
    symbols: ClassVar[dict[str, str]] = {"μ": "momentum"}
    update: ClassVar[Kernel] = momentum
    # v = -0.03 * 1/2 = -0.015, w = 0.985; then v = 0.9 * -0.015 + 0.03 = 0.0165, w = 1.0015
    answers: ClassVar[tuple[float, float]] = (0.985, 1.0015)

    momentum: Annotated[float, number("momentum", "share of the velocity that is kept (μ)", low=0, high=0.9999)] = 0.9

    def settings(self) -> dict[str, float]:
        return {"keep": self.momentum}


@register("Nesterov")
class Nesterov(Momentum, tag="nesterov", frozen=True):
    """Momentum that looks ahead: the gradient is taken where the velocity leads (Nesterov 1983; Sutskever et al. 2013).

    The numbers shown are those of the point ahead, w + μ v: v ← μ v - η g, w ← w + μ v - η g.
    """

    formula: ClassVar[str] = "v ← μ v − η g,  w ← w + μ v − η g"
    assignments: ClassVar[tuple[str, ...]] = ("v = μ*v - η*g", "w = w + μ*v - η*g")
    update: ClassVar[Kernel] = nesterov
    # v = -0.015, w = 1 - 0.9 * 0.015 - 0.015 = 0.9715; v = -0.0135 + 0.03 = 0.0165, w = 0.9715 + 0.01485 + 0.03
    answers: ClassVar[tuple[float, float]] = (0.9715, 1.01635)


@register("Fixed length")
class FixedLength(Optimiser, tag="fixed-length", frozen=True):
    """Every step is η long, however steep the slope: w ← w - η g / ‖g‖, over all numbers together."""

    formula: ClassVar[str] = "w ← w − η g / ‖g‖"
    assignments: ClassVar[tuple[str, ...]] = ("w = w - η*g/√(Σ(g^2)) if Σ(g^2) > 0 else w",)
    update: ClassVar[Kernel] = fixed_length
    # sixteen equal numbers: ‖g‖ = 4 |g|, so each moves by 0.03 / 4 = 0.0075, back and forth
    answers: ClassVar[tuple[float, float]] = (0.9925, 1.0)


@register("Local gains")
class LocalGains(Optimiser, tag="local-gains", frozen=True):
    """A gain c for each number, 1 at first: it grows by β while the slope keeps its sign, else it shrinks by 1 - β.

    w ← w - η c g (Jacobs 1988). The gains stay between 0.01 and 100.
    """

    slots: ClassVar[tuple[str, ...]] = ("gain", "before")
    slot_symbols: ClassVar[dict[str, str]] = {"q": "gain", "p": "before"}
    formula: ClassVar[str] = "w ← w − η c g,  c + β or c (1 − β)"
    assignments: ClassVar[tuple[str, ...]] = (
        "c = 1 + q",
        "c = c + β if g*p > 0 else c*(1 - β) if g*p < 0 else c",
        "c = max(min(c, 100), 0.01)",
        "q = c - 1",
        "p = g",
        "w = w - η*c*g",
    )
    symbols: ClassVar[dict[str, str]] = {"β": "growth"}
    update: ClassVar[Kernel] = local_gains
    # c = 1: w = 1 - 0.03 * 1/2 = 0.985; the sign changes: c = 0.95, w = 0.985 + 0.03 * 0.95 = 1.0135
    answers: ClassVar[tuple[float, float]] = (0.985, 1.0135)

    growth: Annotated[float, number("β", "what a gain grows by, and the share it loses", low=0, high=0.9)] = 0.05

    def settings(self) -> dict[str, float]:
        return {"up": self.growth, "low": 0.01, "high": 100.0}
