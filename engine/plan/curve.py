"""Points of the learning curve, taken inside the compiled loop: a run need not come back to Python for each.

When step MARK is done, the loop leaves for the view of the training samples, then of the test samples, writes both
scores to a log, and goes on. A point is a row of the log; its columns are the constants below.
"""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Final, NamedTuple

from engine.kernels.record import COLUMNS, Both, Counter, Floats, In, Ints, inline, kernel
from engine.kernels.words import likely, real
from engine.plan.procedure import (
    BACK,
    DONE,
    DRAWN,
    EPOCH,
    HITS,
    LAST,
    LOSS,
    MAPPED,
    MARK,
    NOTED,
    OFFSET,
    PAUSED,
    PIECES,
    ROOM,
    SCORED,
    STEP,
    STRIDE,
    TRAIN,
    VIEW_AT,
    VIEW_END,
    VIEW_FIRST,
    VIEW_ROWS,
    VIEW_X,
)

WIDTH: Final = 8
"""Numbers of a point: STEP, EPOCH, OFFSET, then LOSS and HITS of the training samples, then of the test samples."""
TRAINED: Final = 3
TESTED: Final = 5
CLEARLY: Final = 1 - 1e-6
"""A loss is better when it is below this share of the best: less could be the rounding of the best."""
LOG: Final = 64
"""Most points of one call."""


class Point(NamedTuple):
    """A point of the curve: where it was taken, sums of losses and numbers of hits."""

    step: int
    epoch: int
    offset: int
    train: tuple[float, int]
    test: tuple[float, int]


@inline
def go_on(i: Ints, c: int, again: int) -> int:
    """After a step: another one, unless it was the last or the pieces are used up."""
    if likely(i[c + STEP] < i[c + LAST]):
        if likely(i[c + PIECES] > 0):
            return again
        return PAUSED
    return DONE


@inline
def look(i: Ints, c: int, x: int, first: int, end: int, back: int) -> None:
    """Make ready a view that scores the samples first <= row < end and comes back."""
    i[c + VIEW_AT] = first
    i[c + VIEW_END] = end
    i[c + VIEW_ROWS] = 0
    i[c + VIEW_X] = x
    i[c + VIEW_FIRST] = 0
    i[c + SCORED] = 1
    i[c + MAPPED] = 0
    i[c + DRAWN] = 0
    i[c + LOSS] = 0
    i[c + HITS] = 0
    i[c + BACK] = back


@kernel
def begin_point(f: Floats, i: Ints, here: int, c: Counter, x: In, view: int, again: int) -> int:
    """Score the training samples when a point is due; else go on learning."""
    if likely(i[c + STEP] != i[c + MARK]):
        return go_on(i, c, again)
    look(i, c, x, 0, i[c + TRAIN], here + COLUMNS)
    return view


@kernel
def half_point(f: Floats, i: Ints, here: int, c: Counter, log: Counter, x: In, rows: int, view: int) -> int:
    """Write the training score, and score the test samples where there are any."""
    at = log + i[c + NOTED] * WIDTH
    i[at] = i[c + STEP]
    i[at + 1] = i[c + EPOCH]
    i[at + 2] = i[c + OFFSET]
    i[at + TRAINED] = i[c + LOSS]
    i[at + TRAINED + 1] = i[c + HITS]
    look(i, c, x, i[c + TRAIN], rows, here + COLUMNS)
    return view if i[c + TRAIN] < rows else here + COLUMNS


@kernel
def watch(f: Floats, i: Ints, c: Counter, log: Counter, rows: int, patience: float, m: Both) -> None:
    """Count a plateau in m when the mean loss has not fallen for `patience` epochs: m = cuts, best, since, known.

    The loss is that of the test samples where there are any, else of the training samples.
    """
    at = log + i[c + NOTED] * WIDTH
    tests = rows - i[c + TRAIN]
    loss = real(i[c + LOSS]) / tests if tests > 0 else real(i[at + TRAINED]) / i[c + TRAIN]
    epoch = i[c + EPOCH] + i[c + OFFSET] / i[c + TRAIN]
    if f[m + 3] == 0.0 or loss < f[m + 1] * CLEARLY:
        f[m + 1] = loss
        f[m + 2] = epoch
        f[m + 3] = 1.0
    elif epoch - f[m + 2] >= patience:
        f[m] += 1.0
        f[m + 2] = epoch


@kernel
def end_point(f: Floats, i: Ints, here: int, c: Counter, log: Counter, again: int) -> int:
    """Write the test score; go on unless the log is full."""
    at = log + i[c + NOTED] * WIDTH
    i[at + TESTED] = i[c + LOSS]
    i[at + TESTED + 1] = i[c + HITS]
    i[c + NOTED] += 1
    i[c + MARK] += i[c + STRIDE]
    return PAUSED if i[c + NOTED] >= i[c + ROOM] else go_on(i, c, again)
