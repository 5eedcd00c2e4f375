"""Kernels of convolution: windows meet the filters in matrix products that read the picture where it stands.

For a row of places, what the window sees of tap t and channel c stands at the same distance from the place everywhere: a
table of these distances takes the place of a copy. Pictures over whose edge the window hangs are first copied into room
with zeros around. Settings of windows travel as `Window.settings` packs them. Buffers of pictures have `stride` numbers
for a sample and `step` for a place; filters are a matrix [tap and channel, filter].
"""

from __future__ import annotations

from typing import Final

from engine.kernels.record import Both, Counter, Floats, In, Ints, Out, Slot, hole, inline, kernel
from engine.kernels.words import Vec, gathered, load8, product, splat8, store
from engine.layers.dense import sum_rows
from engine.passes import Settings

TILE: Final = 12
"""Places that a product takes at once; more are shared out evenly."""


@hole
def value(z: Vec, p: Settings) -> Vec:  # type: ignore[empty-body]
    """The activation."""


@hole
def derivative(z: Vec, a: Vec, p: Settings) -> Vec:  # type: ignore[empty-body]
    """Its slope."""


@inline
def part(word: int, k: int) -> int:
    """The k-th signed number of 16 bits in a word of 64 (see `engine.layers._picture.packed`)."""
    return (word << (48 - 16 * k)) >> 48


@inline
def first_tap(kernel: int, dilation: int) -> int:
    """Where tap 0 stands within a window: at its end where the taps are counted from there."""
    return -dilation * (kernel - 1) if dilation < 0 else 0


@inline
def tabulate(i: Ints, table: int, channels: int, taps: int, line: int, step: int) -> None:
    """Write how far each tap and channel stands from the first place that the window sees."""
    down, across = first_tap(part(taps, 0), part(taps, 2)), first_tap(part(taps, 1), part(taps, 3))
    for r in range(part(taps, 0)):
        for s in range(part(taps, 1)):
            place = (down + r * part(taps, 2)) * line + (across + s * part(taps, 3)) * step
            for c in range(channels):
                i[table] = place + c
                table += 1


@inline
def frame(f: Floats, x: int, sizes: int, moves: int, room: int, step: int, framed: int) -> int:
    """Copy a picture into room with zeros around, and return where it is read; itself where it needs none."""
    if room == 0:
        return x
    line, numbers = part(room, 1) * step, part(sizes, 1) * step
    whole = numbers - numbers % 8
    for y in range(part(sizes, 0)):
        source, target = x + y * numbers, framed + (y + part(moves, 2)) * line + part(moves, 3) * step
        for c in range(0, whole, 8):
            store(f, target + c, load8(f, source + c))
        for c in range(whole, numbers):
            f[target + c] = f[source + c]
    return framed


@kernel
def convolve(
    f: Floats, i: Ints, rows: Slot, x_stride: int, x_step: int, channels: int, sizes: int, taps: int, moves: int,
    room: int, stride: int, step: int, filters: int, p0: float, p1: float, p2: float, p3: float, x: In, w: In, b: In,
    table: Counter, framed: Both, z: Out, a: Out,
) -> None:  # fmt: skip
    """Z[place] = what the window sees there, times W, + b, and a = f(z); the rows of W are `filters` apart."""
    line = (part(room, 1) if room else part(sizes, 1)) * x_step
    tabulate(i, table, channels, taps, line, x_step)
    length, across = part(taps, 0) * part(taps, 1) * channels, part(sizes, 3)
    share = -(-across // -(-across // TILE))
    down, right = part(moves, 0) * line, part(moves, 1) * x_step
    for r in range(i[rows]):
        seen = frame(f, x + r * x_stride, sizes, moves, room, x_step, framed)
        into = z + r * stride
        for y in range(part(sizes, 2)):
            for c in range(0, across, share):
                gathered(f, i, min(share, across - c), step, length, seen + y * down + c * right, right, table, w, filters,
                         b, 0, into + (y * across + c) * step, step)  # fmt: skip
        for k in range(into, into + stride, 8):
            store(f, a - z + k, value(load8(f, k), (p0, p1, p2, p3)))


@kernel
def apply(
    f: Floats, i: Ints, rows: Slot, stride: int, p0: float, p1: float, p2: float, p3: float, z: In, a: Out
) -> None:
    """A = f(z), where z was not made in one go."""
    for k in range(0, i[rows] * stride, 8):
        store(f, a + k, value(load8(f, z + k), (p0, p1, p2, p3)))


@kernel
def slope_at_sums(
    f: Floats, i: Ints, rows: Slot, stride: int, p0: float, p1: float, p2: float, p3: float, z: In, a: In, d: Both
) -> None:
    """δ = d f'(z) in place of d."""
    for k in range(0, i[rows] * stride, 8):
        store(f, d + k, load8(f, d + k) * derivative(load8(f, z + k), load8(f, a + k), (p0, p1, p2, p3)))


@kernel
def sum_places(f: Floats, i: Ints, rows: Slot, fresh: Slot, step: int, zeros: In, d: In, db: Both) -> None:
    """Db += Σ δ over samples and places (from 0 when fresh)."""
    sum_rows(f, i[rows], step, d, db if i[fresh] == 0 else zeros, db)


@kernel
def convolve_slopes(
    f: Floats, i: Ints, rows: Slot, fresh: Slot, x_stride: int, x_step: int, channels: int, sizes: int, taps: int,
    moves: int, room: int, stride: int, step: int, filters: int, zeros: In, x: In, d: In, framed: Both, dw: Both,
) -> None:  # fmt: skip
    """DW += Σ over places of what the window sees there, times δ there (from 0 when fresh): one row of places at a time."""
    line = (part(room, 1) if room else part(sizes, 1)) * x_step
    across, right = part(sizes, 3), part(moves, 1) * x_step
    # taps side by side, with all their channels, are one run of numbers
    together = part(taps, 3) == 1 and x_step == channels
    runs = 1 if together else part(taps, 1)
    length = part(taps, 1) * channels // runs
    above, left = first_tap(part(taps, 0), part(taps, 2)), first_tap(part(taps, 1), part(taps, 3))
    start, start_row = (dw, filters) if i[fresh] == 0 else (zeros, 0)
    for r in range(i[rows]):
        seen = frame(f, x + r * x_stride, sizes, moves, room, x_step, framed)
        for y in range(part(sizes, 2)):
            slope = d + r * stride + y * across * step
            for t in range(part(taps, 0)):
                for s in range(runs):
                    place = seen + (y * part(moves, 0) + above + t * part(taps, 2)) * line
                    place += (left + s * part(taps, 3)) * x_step
                    row = (t * runs + s) * length * filters
                    product(f, length, step, across, place, 1, right, slope, step, start if start_row == 0 else start + row,
                            start_row, dw + row, filters)  # fmt: skip
            start, start_row = dw, filters


@kernel
def turn_taps(
    f: Floats, i: Ints, taps: int, channels: int, columns: int, filters: int, width: int, w: In, turned: Both
) -> None:
    """The transpose of each tap of W: [tap, filter, channel] with `width` numbers for a row; its padding stays 0."""
    for t in range(taps):
        source, target = w + t * channels * filters, turned + t * columns * width
        for c in range(channels):
            for k in range(columns):
                f[target + k * width + c] = f[source + c * filters + k]


@kernel
def convolve_back(
    f: Floats, i: Ints, rows: Slot, x_stride: int, x_step: int, sizes: int, taps: int, moves: int, room: int, stride: int,
    step: int, columns: int, width: int, start_stride: int, turned: In, d: In, framed: Both, start: In, dx: Both,
) -> None:  # fmt: skip
    """Dx = start + what each place sends back to what its window saw: δ Wᵀ, tap by tap."""
    line, high = (part(room, 1) if room else part(sizes, 1)) * x_step, part(room, 0)
    across, right = part(sizes, 3), part(moves, 1) * x_step
    above, left = first_tap(part(taps, 0), part(taps, 2)), first_tap(part(taps, 1), part(taps, 3))
    for r in range(i[rows]):
        target, seen = dx + r * x_stride, dx + r * x_stride
        if room == 0:
            for k in range(0, x_stride, 8):
                store(f, target + k, load8(f, start + r * start_stride + k))
        else:
            seen = framed
            for k in range(0, high * line, 8):
                store(f, framed + k, splat8(f, 0.0))
        for y in range(part(sizes, 2)):
            slope = d + r * stride + y * across * step
            for t in range(part(taps, 0)):
                for s in range(part(taps, 1)):
                    place = seen + (y * part(moves, 0) + above + t * part(taps, 2)) * line
                    place += (left + s * part(taps, 3)) * x_step
                    tap = turned + (t * part(taps, 1) + s) * columns * width
                    product(f, across, width, columns, slope, step, 1, tap, width, place, right, place, right)
        if room:
            numbers = part(sizes, 1) * x_step
            for y in range(part(sizes, 0)):
                source, here = framed + (y + part(moves, 2)) * line + part(moves, 3) * x_step, y * numbers
                for c in range(here, here + numbers, 8):
                    store(f, target + c, load8(f, start + r * start_stride + c) + load8(f, source - here + c))
