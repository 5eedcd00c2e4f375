"""Searching along a line, one evaluation of loss and gradient at a time: the strong conditions of Wolfe.

A search from w₀ along d looks for a t > 0 at which the loss φ(t) = L(w₀ + t d) is clearly lower and its slope φ'(t) is
flat: φ(t) <= φ(0) + c₁ t φ'(0) and |φ'(t)| <= c₂ |φ'(0)| (Nocedal, Wright 2006, algorithms 3.5 and 3.6). Every trial is
one step of a run: the numbers stand at w₀ + t d, their loss and gradient come in, the next trial goes out. So what a
search knows is kept in a memory m of single numbers, whose places are the constants below; losses take two places, the
second what the first has lost in rounding.

Where two losses differ by less than their rounding, the slopes decide (Hager, Zhang 2005). A trial whose numbers are
not finite is too long. A search that finds nothing goes back to its start; where not even the steepest descent finds
anything, it rests there until the loss or the gradient is another.
"""

from __future__ import annotations

import math
from typing import Final

from engine.kernels.record import Floats, In, inline
from engine.kernels.words import LANES, absolute, fma, like, load, some, splat, store, total, where

NAMES: Final = (
    "phase", "trial", "longest", "loss", "loss rest", "slope", "low", "low loss", "low loss rest", "low slope", "high",
    "high loss", "high loss rest", "high slope", "bracket", "trials", "searches", "pairs",
)  # fmt: skip
"""The single numbers that a search remembers, in the order of their places."""

PHASE: Final = 0
"""What the present numbers are, one of the four constants below."""
TRIAL: Final = 1
"""The t of the present numbers."""
LONGEST: Final = 2
"""The greatest t of this search."""
LOSS: Final = 3
"""φ(0)."""
SLOPE: Final = 5
"""φ'(0)."""
LOW: Final = 6
"""The end of the bracket with the lowest loss so far: t, φ (two places), φ'."""
HIGH: Final = 10
"""Its other end, as far as it is known: t, φ (two places), φ'."""
BRACKET: Final = 14
"""OPEN without an end HIGH, CLOSED with one, BROKEN where the numbers were not finite at that end."""
TRIALS: Final = 15
"""Trials of this search."""
SEARCHES: Final = 16
"""Searches since the last one along the steepest descent."""
PAIRS: Final = 17
"""Pairs of differences that are known (L-BFGS)."""

AFRESH: Final = 0
"""A point from which nothing is known."""
SEARCHING: Final = 1
SETTLING: Final = 2
"""The best of a search that did not find a flat place: taken as it is."""
RESTING: Final = 3

OPEN: Final = 0
CLOSED: Final = 1
BROKEN: Final = 2

AGAIN: Final = 0
"""Verdict: look at w₀ + t d."""
FOUND: Final = 1
"""Verdict: the search ends here; the next one has its past."""
ANEW: Final = 2
"""Verdict: begin here, without a past."""
LOST: Final = 3
"""Verdict: the numbers are not finite, and nothing is known to go back to."""

ARMIJO: Final = 1e-4
"""c₁: the share of the promised decrease that is asked for."""
ROUNDING: Final = 1e-6
"""Losses that differ by less than this share may be equal: about what a float32 leaves of a sum."""
MOST_TRIALS: Final = 12
FARTHEST: Final = 1e4
"""The longest way of one search, so that finite numbers stay finite."""
SHRINK: Final = 0.1
"""Of the way to numbers that are not finite, and the least share of a bracket that a trial cuts off."""
EXTEND: Final = 9.0
"""The most by which an open search goes on, in lengths of its last stretch."""
SQUARE: Final = 1e-8
"""The least cosine between a direction and the steepest descent: the rounding of one that stands square to it."""
STIRRED: Final = 1e-4
"""A loss that differs by more than this share is another one: a rest ends."""
WORST: Final = 1e30
SPARE: Final = 1e-3
"""The share of the largest gradient up to which squares can be summed."""


@inline
def split(f: Floats, at: int, x: float) -> None:
    """Keep x in two places."""
    f[at] = x
    f[at + 1] = x - f[at]


@inline
def joined(f: Floats, at: int) -> float:
    """What `split` kept."""
    return 1.0 * f[at] + f[at + 1]


@inline
def dot(f: Floats, count: int, a: int, b: int) -> float:
    """A · b, summed in float64."""
    found = 0.0
    for k in range(0, count, LANES):
        found += total(load(f, a + k) * load(f, b + k))
    return found


@inline
def scaled(f: Floats, count: int, factor: float, a: int, to: int) -> None:
    """To ← factor a."""
    share = splat(f, factor)
    for k in range(0, count, LANES):
        store(f, to + k, share * load(f, a + k))


@inline
def add_scaled(f: Floats, count: int, factor: float, a: int, to: int) -> None:
    """To ← to + factor a."""
    share = splat(f, factor)
    for k in range(0, count, LANES):
        store(f, to + k, fma(share, load(f, a + k), load(f, to + k)))


@inline
def go(f: Floats, count: int, m: int, w: int, start: int, direction: int) -> None:
    """W ← w₀ + t d."""
    t = splat(f, f[m + TRIAL])
    for k in range(0, count, LANES):
        store(f, w + k, fma(t, load(f, direction + k), load(f, start + k)))


@inline
def moved(f: Floats, count: int, m: int, w: int, start: int, direction: int) -> bool:
    """Whether w is not what `go` left: somebody else has set numbers."""
    t, far = splat(f, f[m + TRIAL]), 0.0
    for k in range(0, count, LANES):
        here = fma(t, load(f, direction + k), load(f, start + k))
        if some(absolute(load(f, w + k) - here) > 0.0):
            far = 1.0
    return far > 0.0


@inline
def sound(f: Floats, count: int, limit: float, loss: float, g: int) -> bool:
    """Whether a loss and all numbers of a gradient are finite, and small enough to go on with."""
    bad = splat(f, 0.0)
    for k in range(0, count, LANES):
        v = load(f, g + k)
        bad = bad + where(absolute(v) < limit * SPARE, like(v, 0.0), 1.0)
    return total(bad) == 0.0 and abs(loss) < WORST


@inline
def lowest(a: float, fa: float, sa: float, b: float, fb: float, sb: float) -> float:
    """Where the cubic through (a, fa) and (b, fb) with slopes sa and sb is lowest (Nocedal, Wright 2006, 3.59).

    Not a number where it has no lowest place.
    """
    d1 = sa + sb - 3.0 * (fa - fb) / (a - b)
    square = d1 * d1 - sa * sb
    d2 = math.sqrt(square) if square >= 0.0 else math.nan
    if b < a:
        d2 = -d2
    return b - (b - a) * (sb + d2 - d1) / (sb - sa + 2.0 * d2)


@inline
def inside(f: Floats, m: int) -> float:
    """The next t between the ends of the bracket, off either by a tenth of its width."""
    low, high = 1.0 * f[m + LOW], 1.0 * f[m + HIGH]
    if f[m + BRACKET] == BROKEN:
        return low + SHRINK * (high - low)
    first, last = joined(f, m + LOW + 1), joined(f, m + HIGH + 1)
    t = lowest(low, first, 1.0 * f[m + LOW + 3], high, last, 1.0 * f[m + HIGH + 3])
    if abs(first - last) <= ROUNDING * abs(first):
        t = low + (high - low) * f[m + LOW + 3] / (1.0 * f[m + LOW + 3] - f[m + HIGH + 3])
    share = (t - low) / (high - low)
    # where interpolation goes on without an end, halves alternate with it
    if not (share >= 0.0 and share <= 1.0) or f[m + TRIALS] % 3.0 == 0.0:
        share = 0.5
    return low + min(max(share, SHRINK), 1.0 - SHRINK) * (high - low)


@inline
def beyond(f: Floats, m: int, t: float, loss: float, slope: float) -> float:
    """The next t of a search that still goes down at t: where the cubic says, else ten times as far."""
    low = 1.0 * f[m + LOW]
    further = lowest(low, joined(f, m + LOW + 1), 1.0 * f[m + LOW + 3], t, loss, slope)
    share = (further - t) / (t - low)
    if not (share > 0.0 and share < EXTEND):
        share = EXTEND
    return min(t + max(share, SHRINK) * (t - low), 1.0 * f[m + LONGEST])


@inline
def note(f: Floats, end: int, t: float, loss: float, slope: float) -> None:
    """Write one end of a bracket."""
    f[end] = t
    split(f, end + 1, loss)
    f[end + 3] = slope


@inline
def narrow(f: Floats, m: int, t: float, loss: float, slope: float) -> float:
    """Make a trial that is low enough, but not flat, the low end of the bracket; return the next t."""
    open_, down = f[m + BRACKET] == OPEN, slope < 0.0
    further = beyond(f, m, t, loss, slope) if open_ and down else 0.0
    if (open_ and not down) or (not open_ and slope * (1.0 * f[m + HIGH] - f[m + LOW]) >= 0.0):
        note(f, m + HIGH, 1.0 * f[m + LOW], joined(f, m + LOW + 1), 1.0 * f[m + LOW + 3])
        f[m + BRACKET] = CLOSED
    note(f, m + LOW, t, loss, slope)
    return further if f[m + BRACKET] == OPEN else inside(f, m)


@inline
def judged(f: Floats, m: int, loss: float, slope: float, fine: bool, curvature: float) -> int:
    """The verdict on a trial: FOUND, or AGAIN with the next t in the memory."""
    t = 1.0 * f[m + TRIAL]
    before, fall = joined(f, m + LOSS), 1.0 * f[m + SLOPE]
    rounding = ROUNDING * abs(before)
    f[m + TRIALS] += 1.0
    if not fine:
        f[m + HIGH] = t
        f[m + BRACKET] = BROKEN
        further = inside(f, m)
    elif loss > before + ARMIJO * t * fall + rounding or loss > joined(f, m + LOW + 1) + rounding:
        note(f, m + HIGH, t, loss, slope)
        f[m + BRACKET] = CLOSED
        further = inside(f, m)
    elif abs(slope) <= -curvature * fall or (t >= f[m + LONGEST] and slope < 0.0):
        return FOUND
    else:
        further = narrow(f, m, t, loss, slope)
    f[m + TRIAL] = further
    if f[m + TRIALS] >= MOST_TRIALS:
        give_up(f, m)
    return AGAIN


@inline
def give_up(f: Floats, m: int) -> None:
    """Go to the best place so far: to be taken as it is; at the start, to go the steepest way, or to rest."""
    f[m + TRIAL] = f[m + LOW]
    if f[m + LOW] > 0.0:
        f[m + PHASE] = SETTLING
    else:
        f[m + PHASE] = AFRESH if f[m + SEARCHES] > 0.0 else RESTING


@inline
def stirred(f: Floats, count: int, m: int, loss: float, g: int, before: int) -> bool:
    """Whether loss or gradient at a place of rest are others than they were."""
    known = joined(f, m + LOSS)
    return abs(loss - known) > STIRRED * abs(known) or dot(f, count, g, g) > 4.0 * dot(f, count, before, before)


@inline
def arrived(
    f: Floats, count: int, limit: float, curvature: float, fresh: bool, loss: float, m: int, w: int, g: int, start: int,
    before: int, direction: int,
) -> int:  # fmt: skip
    """The verdict on the present numbers, whatever they are."""
    fine = sound(f, count, limit, loss, g)
    if fresh or moved(f, count, m, w, start, direction):
        f[m + PHASE] = AFRESH
    phase = f[m + PHASE]
    if phase == SEARCHING:
        return judged(f, m, loss, dot(f, count, g, direction) if fine else 0.0, fine, curvature)
    if not fine:
        return LOST
    if phase == SETTLING:
        return FOUND
    return AGAIN if phase == RESTING and not stirred(f, count, m, loss, g, before) else ANEW


@inline
def steepest(f: Floats, count: int, m: int, g: int, direction: int) -> float:
    """D ← -g, without a past; return the slope along it."""
    scaled(f, count, -1.0, g, direction)
    f[m + SEARCHES] = 0.0
    f[m + PAIRS] = 0.0
    return -dot(f, count, g, g)


@inline
def aimed(f: Floats, count: int, m: int, g: int, direction: int) -> float:
    """The slope along a new direction; where it does not lead down, the steepest descent takes its place."""
    fall, length = dot(f, count, g, direction), dot(f, count, direction, direction)
    f[m + SEARCHES] += 1.0
    if fall < -SQUARE * (dot(f, count, g, g) * length) ** 0.5 and length < WORST:
        return fall
    return steepest(f, count, m, g, direction)


@inline
def careful(f: Floats, rate: In, fall: float) -> float:
    """The first t along the steepest descent, where nothing is known: η, and a way of η where the slope is steep."""
    return f[rate] * min(1.0, 1.0 / math.sqrt(-fall))


@inline
def set_out(
    f: Floats, count: int, loss: float, fall: float, first: float, m: int, w: int, g: int, start: int, before: int,
    direction: int,
) -> None:  # fmt: skip
    """Begin a search here, along a direction with the slope `fall`, at t = `first`; rest where there is no slope."""
    for k in range(0, count, LANES):
        store(f, start + k, load(f, w + k))
        store(f, before + k, load(f, g + k))
    length = dot(f, count, direction, direction) ** 0.5
    split(f, m + LOSS, loss)
    f[m + SLOPE] = fall
    f[m + BRACKET] = OPEN
    f[m + TRIALS] = 0.0
    note(f, m + LOW, 0.0, loss, fall)
    note(f, m + HIGH, 0.0, 0.0, 0.0)
    f[m + PHASE] = SEARCHING if fall < 0.0 else RESTING
    f[m + LONGEST] = FARTHEST / length if fall < 0.0 else 0.0
    f[m + TRIAL] = min(first, FARTHEST / length) if fall < 0.0 else 0.0
    go(f, count, m, w, start, direction)
