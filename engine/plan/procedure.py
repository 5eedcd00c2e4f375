"""The operations of a learning procedure that belong to no layer: taking samples, cutting batches, counting, stopping.

Integers that steer a run stand in one block, its counters; their places in the block are the constants below.
"""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Final

from engine.draws import GOLDEN, SPREAD
from engine.kernels.record import COLUMNS, Both, Counter, Floats, In, Ints, Out, Slot, hole, inline, kernel
from engine.kernels.words import (
    LANES,
    below,
    draw,
    fma,
    likely,
    load,
    load8,
    splat,
    store,
    total,
    transpose8,
)
from engine.passes import Settings

TRAIN: Final = 0
"""Number of training samples; the samples behind them are the test."""
BATCH: Final = 1
PIECE: Final = 2
"""Most samples of a batch that are taken at once."""
OFFSET: Final = 3
"""Samples of this epoch before the present batch."""
SEEN: Final = 4
"""Samples of the present batch whose gradient is already added."""
EPOCH: Final = 5
STEP: Final = 6
UPDATES: Final = 7
"""Steps of the present optimiser."""
SAMPLES: Final = 8
"""Samples seen in all."""
POSITION: Final = (OFFSET, SEEN, EPOCH, STEP, UPDATES, SAMPLES)
"""The counters that, with the learned numbers, are the state of a run."""
STREAM: Final = 9
"""Start of the stream of shuffles."""
SHUFFLED: Final = 10
"""1 + the epoch whose order stands in the order buffer; 0 for none."""
ROWS: Final = 11
"""Samples in the present piece."""
WHOLE: Final = 12
"""Samples in the present batch."""
FRESH: Final = 13
"""1 while the gradients of a batch begin anew."""
PIECES: Final = 14
"""Pieces that may still be run in this call."""
LAST: Final = 15
"""The step before which a call ends."""
ROW: Final = 16
"""The sample taken last."""
MAPS_AT: Final = 17
MAPS_STRIDE: Final = 18
VIEW_AT: Final = 19
VIEW_END: Final = 20
VIEW_ROWS: Final = 21
VIEW_X: Final = 22
"""Where the inputs of a view stand."""
VIEW_FIRST: Final = 23
"""The row that stands there."""
SCORED: Final = 24
"""1 when a view sums losses and counts hits."""
MAPPED: Final = 25
"""1 when a view keeps what the hidden neurons say."""
DRAWN: Final = 26
"""1 when a view keeps the output."""
LOSS: Final = 27
"""Sum of losses, the bits of a float64."""
HITS: Final = 28
"""Samples answered rightly."""
BACK: Final = 29
"""Where a view goes on when it is done; DONE ends it."""
MARK: Final = 30
"""The step at which the next point of the curve is due (`engine.plan.curve`)."""
STRIDE: Final = 31
"""Steps between points."""
NOTED: Final = 32
"""Points taken in this call."""
ROOM: Final = 33
"""Points after which a call ends."""
BATCH_LOSS: Final = 34
"""Loss of the present batch, the bits of a float64; kept up only where the optimiser asks for it."""
PART_LOSS: Final = 35
"""Loss of one of several outputs, likewise."""
IN_ORDER: Final = 36
"""1 when samples are learned from as the data has them, not shuffled."""
COUNTERS: Final = 40

DONE: Final = -1
"""Stop code: everything asked for was done."""
PAUSED: Final = -2
"""Stop code: the pieces of this call are used up, in the middle of a batch or not."""
DIVERGED: Final = -3
"""Stop code: a gradient is not finite, or so large that the next numbers might not be; nothing was updated."""


@inline
def arrange(i: Ints, order: int, n: int, start: int, moved: int) -> None:
    """Put 0 .. n-1 into the order that belongs to `start` (Fisher, Yates; draws by splitmix64 and Lemire).

    Only the first `moved` change places: all of them, or none.
    """
    for k in range(n):
        i[order + k] = k
    state = start
    for k in range(moved - 1, 0, -1):
        state += GOLDEN
        other = below(draw(state), k + 1)
        while other < 0:
            state += GOLDEN
            other = below(draw(state), k + 1)
        held = i[order + k]
        i[order + k] = i[order + other]
        i[order + other] = held


@inline
def copy_row(f: Floats, source: int, target: int, count: int) -> None:
    """Copy a row; `count` is a multiple of 8."""
    for c in range(0, count, 8):
        store(f, target + c, load8(f, source + c))


@kernel
def take(
    f: Floats, i: Ints, c: Counter, order: Counter, x_stride: int, y_stride: int, x: In, y: In, to_x: Out, to_y: Out
) -> None:
    """Take the next piece of the present batch; shuffle first when an epoch begins, unless they come in order.

    The order of an epoch follows from the stream's start and the number of the epoch alone.
    """
    n = i[c + TRAIN]
    if i[c + SHUFFLED] != i[c + EPOCH] + 1:
        moved = 0 if i[c + IN_ORDER] else n
        arrange(i, order, n, draw(i[c + STREAM] + i[c + EPOCH] * SPREAD), moved)
        i[c + SHUFFLED] = i[c + EPOCH] + 1
    seen = i[c + SEEN]
    whole = min(i[c + BATCH], n - i[c + OFFSET])
    rows = min(i[c + PIECE], whole - seen)
    i[c + WHOLE] = whole
    i[c + ROWS] = rows
    i[c + FRESH] = 1 if seen == 0 else 0
    first = order + i[c + OFFSET] + seen
    for r in range(rows):
        row = i[first + r]
        copy_row(f, x + row * x_stride, to_x + r * x_stride, x_stride)
        copy_row(f, y + row * y_stride, to_y + r * y_stride, y_stride)
    i[c + ROW] = i[first + rows - 1]


@kernel
def take_targets(f: Floats, i: Ints, c: Counter, order: Slot, stride: int, y: In, to_y: Out) -> None:
    """Take further targets, or columns, of the samples of the present piece."""
    first = order + i[c + OFFSET] + i[c + SEEN]
    for r in range(i[c + ROWS]):
        copy_row(f, y + i[first + r] * stride, to_y + r * stride, stride)


@kernel
def end_piece(f: Floats, i: Ints, here: int, c: Counter, again: int) -> int:
    """Count the samples of a piece; go on with the update when the batch is complete, else with its next piece."""
    i[c + SEEN] += i[c + ROWS]
    i[c + SAMPLES] += i[c + ROWS]
    i[c + PIECES] -= 1
    if likely(i[c + SEEN] >= i[c + WHOLE]):
        return here + COLUMNS
    return again if i[c + PIECES] > 0 else PAUSED


@kernel
def check(f: Floats, i: Ints, here: int, count: int, limit: float, otherwise: int, g: In) -> int:
    """Go elsewhere before the update unless ‖g‖ < limit; a NaN is beyond every limit.

    The limit is so far below the largest number that an update by such a gradient can't overflow; so finite numbers
    stay finite, and the state at a stop is the last finite one.
    """
    even, odd = splat(f, 0.0), splat(f, 0.0)
    for k in range(0, count - LANES, 2 * LANES):  # two chains of additions take half the time of one
        a, b = load(f, g + k), load(f, g + k + LANES)
        even, odd = fma(a, a, even), fma(b, b, odd)
    if count % (2 * LANES) != 0:
        a = load(f, g + count - LANES)
        even = fma(a, a, even)
    if likely(total(even + odd) < limit * limit):
        return here + COLUMNS
    return otherwise


@kernel
def hold(f: Floats, i: Ints, count: int, places: Slot, w: In, g: Both, kept: Out) -> None:
    """Take frozen numbers out of the gradient and remember them; `places` lists where they are."""
    for k in range(count):
        f[g + i[places + k]] = 0.0
        f[kept + k] = f[w + i[places + k]]


@kernel
def put_back(f: Floats, i: Ints, count: int, places: Slot, w: Both, kept: In) -> None:
    """Put frozen numbers back after an update: momentum may have moved them."""
    for k in range(count):
        f[w + i[places + k]] = f[kept + k]


@hole
def factor(t: float, p: Settings, cuts: float) -> float:  # type: ignore[empty-body]
    """The factor of a schedule."""


@kernel
def set_rate(
    f: Floats, i: Ints, c: Counter, rate: float, p0: float, p1: float, p2: float, p3: float, watched: int, m: In,
    into: Out,
) -> None:  # fmt: skip
    """f[into] = the rate at this step; the first number of the memory m counts the plateaus, where it is watched."""
    cuts = 1.0 * f[m] if watched != 0 else 0.0
    epoch = i[c + EPOCH] + i[c + OFFSET] / i[c + TRAIN]
    f[into] = rate * factor(epoch, (p0, p1, p2, p3), cuts)


@kernel
def end_step(f: Floats, i: Ints, c: Counter) -> None:
    """Count a step, and an epoch when it was the last batch of one."""
    i[c + OFFSET] += i[c + WHOLE]
    i[c + SEEN] = 0
    if i[c + OFFSET] >= i[c + TRAIN]:
        i[c + OFFSET] = 0
        i[c + EPOCH] += 1
    i[c + STEP] += 1
    i[c + UPDATES] += 1


@kernel
def view_take(
    f: Floats, i: Ints, c: Counter, capacity: int, x_stride: int, y_stride: int, y: In, to_x: Out, to_y: Out
) -> None:
    """Take the next rows of a view: samples, or places of a grid, in their order."""
    at = i[c + VIEW_AT]
    rows = min(capacity, i[c + VIEW_END] - at)
    i[c + VIEW_ROWS] = rows
    first = i[c + VIEW_X] + (at - i[c + VIEW_FIRST]) * x_stride
    copy_row(f, first, to_x, rows * x_stride)
    if i[c + SCORED] != 0:
        copy_row(f, y + at * y_stride, to_y, rows * y_stride)


@kernel
def skip_unless(f: Floats, i: Ints, here: int, flag: Slot, target: int) -> int:
    """Go to `target` unless the flag is set."""
    return here + COLUMNS if i[flag] != 0 else target


@hole
def hit(f: Floats, o: int, t: int, units: int, middle: float) -> int:  # type: ignore[empty-body]
    """1 when the output at o answers the target at t."""


@inline
def same_side(f: Floats, o: int, t: int, units: int, middle: float) -> int:
    """Two classes: output and target lie on the same side of the middle."""
    return 1 if (f[o] > middle) == (f[t] > middle) else 0


@inline
def same_greatest(f: Floats, o: int, t: int, units: int, middle: float) -> int:
    """Several classes: the greatest output belongs to the right class; a tie goes to the first."""
    best, right = 0, 0
    for k in range(1, units):
        best = k if f[o + k] > f[o + best] else best
        right = k if f[t + k] > f[t + right] else right
    return 1 if best == right else 0


@kernel
def count_hits(
    f: Floats, i: Ints, rows: Slot, units: int, stride: int, middle: float, o: In, t: In, into: Counter
) -> None:
    """Count the samples whose class is right."""
    found = 0
    for at in range(0, i[rows] * stride, stride):
        found += hit(f, o + at, t + at, units, middle)
    i[into] += found


@kernel
def put_maps(f: Floats, i: Ints, c: Counter, first_unit: int, stride: int, a: In) -> None:
    """Write what each unit says to its own row of the maps, eight units and eight places at a time."""
    step = i[c + MAPS_STRIDE]
    base = i[c + MAPS_AT] + first_unit * step + i[c + VIEW_AT] - i[c + VIEW_FIRST]
    for u in range(0, stride, 8):
        for r in range(0, i[c + VIEW_ROWS], 8):
            transpose8(f, a + r * stride + u, stride, base + u * step + r, step)


@kernel
def view_next(f: Floats, i: Ints, here: int, c: Counter, again: int) -> int:
    """Go on with the next rows of a view until all are done."""
    i[c + VIEW_AT] += i[c + VIEW_ROWS]
    return again if i[c + VIEW_AT] < i[c + VIEW_END] else i[c + BACK]


@kernel
def halt(f: Floats, i: Ints, here: int) -> int:
    """End of a segment."""
    return DONE
