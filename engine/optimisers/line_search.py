"""Optimisers that search along lines, over all samples at once: conjugate gradients and L-BFGS.

Every step evaluates loss and gradient at one place, so a search takes a few steps, and the curve shows its trials.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from engine.fields import choice, count, number
from engine.kernels.record import COLUMNS, Both, Floats, In, Ints, Kernel, Slot, inline, kernel
from engine.kernels.words import LANES, load, real, store, total
from engine.optimisers._search import (
    AGAIN,
    ANEW,
    FOUND,
    LOST,
    NAMES,
    PAIRS,
    SEARCHES,
    SLOPE,
    TRIAL,
    add_scaled,
    aimed,
    arrived,
    careful,
    dot,
    go,
    scaled,
    set_out,
    steepest,
)
from engine.optimisers.base import RATES, Optimiser
from engine.registry import register

LONGER = 10.0
"""How much longer than the last t of a search the first of the next may be."""
MOST_PAIRS = 20
STRAIGHT = 1e-7
"""The least cosine between a step and its change of the gradient: less is rounding, or curved the wrong way."""


@inline
def conjugate(f: Floats, n: int, simple: int, g: int, before: int, direction: int) -> None:
    """D ← β d - g with β = g·(g - g₀) / g₀·g₀, at least 0, or β = g·g / g₀·g₀ where that is asked for."""
    above, below = 0.0, 0.0
    for k in range(0, n, LANES):
        new, old = load(f, g + k), load(f, before + k)
        above += total(new * new) if simple != 0 else total(new * (new - old))
        below += total(old * old)
    scaled(f, n, max(above, 0.0) / below, direction, direction)
    add_scaled(f, n, -1.0, g, direction)


@inline
def promising(f: Floats, m: int, fall: float) -> float:
    """The t that promises what the last search gained, t |φ'(0)|; at most ten times the last t."""
    t = 1.0 * f[m + TRIAL]
    return min(t * f[m + SLOPE] / fall, LONGER * t)


@kernel
def conjugate_gradient(
    f: Floats, i: Ints, here: int, count: int, limit: float, stop: int, rate: In, curvature: float, simple: int,
    updates: Slot, loss: Slot, memory: Both, w: Both, g: In, start: Both, before: Both, direction: Both,
) -> int:  # fmt: skip
    """One trial of a search; where it ends, the next begins along the conjugate direction.

    The first trial promises η times what the last search gained. After `count` searches the past is forgotten.
    """
    value, fresh = real(i[loss]), i[updates] == 0
    verdict = arrived(f, count, limit, curvature, fresh, value, memory, w, g, start, before, direction)
    if verdict == LOST:
        return stop
    if verdict == AGAIN:
        go(f, count, memory, w, start, direction)
        return here + COLUMNS
    if verdict == ANEW or f[memory + SEARCHES] >= count:
        fall = steepest(f, count, memory, g, direction)
    else:
        conjugate(f, count, simple, g, before, direction)
        fall = aimed(f, count, memory, g, direction)
    first = f[rate] * promising(f, memory, fall) if verdict == FOUND else careful(f, rate, fall)
    set_out(f, count, value, fall, first, memory, w, g, start, before, direction)
    return here + COLUMNS


@inline
def remember(
    f: Floats, n: int, most: int, m: int, w: int, g: int, start: int, before: int, pairs: int, apart: int
) -> None:
    """Put s = w - w₀ and y = g - g₀ before the pairs that are known, unless s·y is not clearly positive."""
    f[m + PAIRS] = min(1.0 * f[m + PAIRS], most)
    sy, ss, yy = 0.0, 0.0, 0.0
    for k in range(0, n, LANES):
        step, change = load(f, w + k) - load(f, start + k), load(f, g + k) - load(f, before + k)
        sy += total(step * change)
        ss += total(step * step)
        yy += total(change * change)
    if not (sy > STRAIGHT * (ss * yy) ** 0.5):
        return
    known = min(int(f[m + PAIRS]), most - 1)
    for at in range(pairs + (2 * known - 1) * apart, pairs - 1, -apart):
        scaled(f, n, 1.0, at, at + 2 * apart)
    for k in range(0, n, LANES):
        store(f, pairs + k, load(f, w + k) - load(f, start + k))
        store(f, pairs + apart + k, load(f, g + k) - load(f, before + k))
    f[m + PAIRS] = known + 1.0


@inline
def quasi_newton(f: Floats, n: int, m: int, g: int, direction: int, pairs: int, apart: int, shares: int) -> None:
    """D ← -H g, with H from the pairs, the newest first, and (s·y / y·y) I before them (Nocedal 1980)."""
    scaled(f, n, -1.0, g, direction)
    known = int(f[m + PAIRS])
    for k in range(known):
        s, y = pairs + 2 * k * apart, pairs + (2 * k + 1) * apart
        f[shares + k] = dot(f, n, s, direction) / dot(f, n, s, y)
        add_scaled(f, n, -f[shares + k], y, direction)
    if known > 0:
        y = pairs + apart
        scaled(f, n, dot(f, n, pairs, y) / dot(f, n, y, y), direction, direction)
    for k in range(known - 1, -1, -1):
        s, y = pairs + 2 * k * apart, pairs + (2 * k + 1) * apart
        add_scaled(f, n, f[shares + k] - dot(f, n, y, direction) / dot(f, n, s, y), s, direction)


@kernel
def lbfgs(
    f: Floats, i: Ints, here: int, count: int, limit: float, stop: int, rate: In, curvature: float, most: int,
    apart: int, updates: Slot, loss: Slot, memory: Both, shares: Both, w: Both, g: In, start: Both, before: Both,
    direction: Both, step1: Both,
) -> int:  # fmt: skip
    """One trial of a search; where it ends, the next begins along -H g.

    Step s and change y of pair k, the newest first, stand at `step1` + 2 k `apart`, and `apart` behind it. The first
    trial is η of the way; `shares` is room for a number a pair.
    """
    value, fresh = real(i[loss]), i[updates] == 0
    verdict = arrived(f, count, limit, curvature, fresh, value, memory, w, g, start, before, direction)
    if verdict == LOST:
        return stop
    if verdict == AGAIN:
        go(f, count, memory, w, start, direction)
        return here + COLUMNS
    if verdict == ANEW:
        fall = steepest(f, count, memory, g, direction)
    else:
        remember(f, count, most, memory, w, g, start, before, step1, apart)
        quasi_newton(f, count, memory, g, direction, step1, apart, shares)
        fall = aimed(f, count, memory, g, direction)
    first = f[rate] if f[memory + PAIRS] > 0.0 else careful(f, rate, fall)
    set_out(f, count, value, fall, first, memory, w, g, start, before, direction)
    return here + COLUMNS


class LineSearch(Optimiser, frozen=True):
    """An optimiser that looks for a good place along a line before it turns."""

    unwritten: ClassVar[str] = (
        "a step is one trial of a search along a line, and the next trial follows from all before it"
    )
    needs_loss: ClassVar[bool] = True
    memory: ClassVar[tuple[str, ...]] = NAMES

    rate: Annotated[
        float,
        number("rate", "how far the first trial of a search goes (η)", above=0, high=100, log=True, choices=RATES),
    ] = 1.0


Flat = Annotated[
    float, number("c₂", "a search ends where the slope is this share of that at its start", low=0.001, high=0.9)
]


@register("Conjugate gradient")
class ConjugateGradient(LineSearch, tag="conjugate-gradient", frozen=True):
    """Searches along d ← β d - g, which keeps what former searches gained (Fletcher, Reeves 1964; Polak, Ribière 1969).

    A search ends where the strong conditions of Wolfe hold; each of its trials is one step over all samples. β is
    g·(g - g₀) / g₀·g₀, at least 0, or g·g / g₀·g₀. η scales the first trial only, so schedules hardly matter. Random
    draws, clipped gradients and kinks of the loss lead searches astray: they may end in a rest too early.
    """

    slots: ClassVar[tuple[str, ...]] = ("start", "before", "direction")
    formula: ClassVar[str] = "d ← β d − g,  w ← w + t d,  t by line search"
    update: ClassVar[Kernel] = conjugate_gradient
    # ‖g‖ = 4 |1/2| = 2: t = 1/2, w = 1 - 1/2 * 1/2. There the slope along d is 16 * 1/2 = 8 after -4, the loss 1 after
    # 2: lowest between is t = 1/2 - 1/2 (8 + √132 - 10) / (8 + 4 + 2 √132) = 0.364356, w = 1 - t / 2
    answers: ClassVar[tuple[float, float]] = (0.75, 0.8178216115304577)

    beta: Annotated[
        Literal["polak-ribiere", "fletcher-reeves"], choice("β", "how much of the last direction is kept")
    ] = "polak-ribiere"
    curvature: Flat = 0.1

    def settings(self) -> dict[str, float]:
        return {"simple": int(self.beta == "fletcher-reeves"), "curvature": self.curvature}


@register("L-BFGS")
class LBFGS(LineSearch, tag="l-bfgs", frozen=True):
    """Newton's method with the curvature that the last m steps met: d = -H g (Nocedal 1980; Liu, Nocedal 1989).

    A search along d ends where the strong conditions of Wolfe hold; each of its trials is one step over all samples,
    and the first, η of the way, is nearly always the last. Schedules hardly matter. Random draws, clipped gradients and
    kinks of the loss lead searches astray: they may end in a rest too early.
    """

    formula: ClassVar[str] = "d = −H g,  w ← w + t d,  t by line search"
    update: ClassVar[Kernel] = lbfgs
    # the first search is that along the steepest descent, as with conjugate gradients
    answers: ClassVar[tuple[float, float]] = ConjugateGradient.answers

    pairs: Annotated[int, count("m", "steps whose curvature is known", low=1, high=MOST_PAIRS)] = 10
    curvature: Flat = 0.9

    @property
    def slots(self) -> tuple[str, ...]:
        past = (f"{what}{k + 1}" for k in range(self.pairs) for what in ("step", "change"))
        return ("start", "before", "direction", *past)

    def settings(self) -> dict[str, float]:
        return {"most": self.pairs, "curvature": self.curvature}
