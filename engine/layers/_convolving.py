"""Kernels of convolution: windows meet the filters in matrix products that read the picture where it stands.

For a row of places, what the window sees of tap t and channel c stands at the same distance from the place everywhere:
a table of these distances takes the place of a copy. Pictures over whose edge the window hangs are first copied into
room with zeros around. Settings of windows travel as `Window.settings` packs them. Buffers of pictures have `stride`
numbers for a sample and `step` for a place; filters are a matrix [tap and channel, filter].

On the way back each place of the picture sums over the windows that saw it. Which taps those are depends on where it
stands between two windows: its phase, one of stride × stride. The taps are sorted by phase, so that each phase is a
convolution of its own over the slopes.
"""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from engine.kernels.record import Both, Counter, Floats, In, Ints, Out, Slot, hole, inline, kernel
from engine.kernels.words import Vec, gathered, load8, product, store
from engine.layers.dense import sum_rows
from engine.passes import Settings


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
def tap_at(tap: int, kernel: int, dilation: int) -> int:
    """Where a tap stands within its window: from the end, where taps are counted from there (dilation < 0)."""
    return tap * dilation if dilation > 0 else (tap - kernel + 1) * dilation


@inline
def row_at(tap: int, taps: int) -> int:
    """The row of a window where its tap row stands."""
    return tap_at(tap, part(taps, 0), part(taps, 2))


@inline
def column_at(tap: int, taps: int) -> int:
    """The column of a window where its tap column stands."""
    return tap_at(tap, part(taps, 1), part(taps, 3))


@inline
def tabulate(i: Ints, table: int, channels: int, taps: int, line: int, step: int) -> None:
    """Write how far each tap and channel stands from the first place that the window sees."""
    for r in range(part(taps, 0)):
        for s in range(part(taps, 1)):
            place = row_at(r, taps) * line + column_at(s, taps) * step
            for c in range(channels):
                i[table] = place + c
                table += 1


@inline
def windows_back(phase: int, axis: int, tap: int, taps: int, moves: int) -> int:
    """How many windows further the one stands that sees a place of a phase by a tap, times the stride."""
    return phase + part(moves, 2 + axis) - tap_at(tap, part(taps, axis), part(taps, 2 + axis))


@inline
def taps_of(phase: int, axis: int, taps: int, moves: int) -> int:
    """How many taps along an axis see the places of a phase."""
    count = 0
    for tap in range(part(taps, axis)):
        if windows_back(phase, axis, tap, taps, moves) % part(moves, axis) == 0:
            count += 1
    return count


@inline
def tabulate_back(i: Ints, table: int, filters: int, taps: int, moves: int, line: int, step: int) -> None:
    """Write, phase by phase, how far the slopes that come back by each tap and filter stand from the place's own."""
    down, across = part(moves, 0), part(moves, 1)
    for phase in range(down * across):
        for r in range(part(taps, 0)):
            rows = windows_back(phase // across, 0, r, taps, moves)
            for s in range(part(taps, 1)):
                columns = windows_back(phase % across, 1, s, taps, moves)
                if rows % down == 0 and columns % across == 0:
                    for k in range(filters):
                        i[table] = rows // down * line + columns // across * step + k
                        table += 1


@kernel
def turn_taps(
    f: Floats, i: Ints, taps: int, moves: int, channels: int, columns: int, c_step: int, k_step: int, size: int,
    width: int, w: In, turned: Both,
) -> None:  # fmt: skip
    """The taps of W phase by phase, each [column, channel] with `width` numbers to a row, whose padding stays 0.

    Number (c, k) of a tap of W stands at c c_step + k k_step, and taps stand `size` apart.
    """
    down, across = part(moves, 0), part(moves, 1)
    for phase in range(down * across):
        for tap in range(part(taps, 0) * part(taps, 1)):
            r, s = tap // part(taps, 1), tap % part(taps, 1)
            rows = windows_back(phase // across, 0, r, taps, moves)
            if rows % down == 0 and windows_back(phase % across, 1, s, taps, moves) % across == 0:
                for k in range(columns):
                    for c in range(channels):
                        f[turned + c] = f[w + tap * size + c * c_step + k * k_step]
                    turned += width


@inline
def frame(f: Floats, x: int, rows: int, columns: int, room: int, step: int, framed: int) -> int:
    """Copy a picture into room with zeros around, and return where it is read; itself where it needs none."""
    if room == 0:
        return x
    line, numbers = part(room, 1) * step, columns * step
    whole = numbers - numbers % 8
    for y in range(rows):
        source, target = x + y * numbers, framed + (y + part(room, 2)) * line + part(room, 3) * step
        for c in range(0, whole, 8):
            store(f, target + c, load8(f, source + c))
        for c in range(whole, numbers):
            f[target + c] = f[source + c]
    return framed


@inline
def line_of(room: int, columns: int, step: int) -> int:
    """The numbers of one row of a picture, in its room where it has one."""
    return (part(room, 1) if room else columns) * step


@kernel
def convolve(
    f: Floats, i: Ints, rows: Slot, x_stride: int, x_step: int, channels: int, sizes: int, taps: int, moves: int,
    room: int, stride: int, step: int, filters: int, start_stride: int, p0: float, p1: float, p2: float, p3: float,
    x: In, w: In, start: In, table: Counter, framed: Both, z: Out, a: Out,
) -> None:  # fmt: skip
    """Z[place] = start + what the window sees there times W, and A = f(Z) unless that is Z.

    A start stride of 0 adds the same row, the biases, to every place.
    """
    line, across = line_of(room, part(sizes, 1), x_step), part(sizes, 3)
    down, right = part(moves, 0) * line, part(moves, 1) * x_step
    length, start_step = part(taps, 0) * part(taps, 1) * channels, step if start_stride else 0
    tabulate(i, table, channels, taps, line, x_step)
    for r in range(i[rows]):
        seen = frame(f, x + r * x_stride, part(sizes, 0), part(sizes, 1), room, x_step, framed)
        into = z + r * stride
        for y in range(part(sizes, 2)):
            gathered(f, i, across, step, length, seen + y * down, right, table, w, filters,
                     start + r * start_stride + y * across * start_step, start_step, into + y * across * step,
                     step)  # fmt: skip
        if a != z:
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
    """DW += Σ over places of what the window sees there, times δ there (from 0 when fresh), row by row."""
    line = line_of(room, part(sizes, 1), x_step)
    across, right = part(sizes, 3), part(moves, 1) * x_step
    # taps side by side, with all their channels, are one run of numbers
    together = part(taps, 3) == 1 and x_step == channels
    runs = 1 if together else part(taps, 1)
    length = part(taps, 1) * channels // runs
    start, start_row = (dw, filters) if i[fresh] == 0 else (zeros, 0)
    for r in range(i[rows]):
        seen = frame(f, x + r * x_stride, part(sizes, 0), part(sizes, 1), room, x_step, framed)
        for y in range(part(sizes, 2)):
            slope = d + r * stride + y * across * step
            for run in range(part(taps, 0) * runs):
                t, s = run // runs, run % runs
                place = seen + (y * part(moves, 0) + row_at(t, taps)) * line + column_at(s, taps) * x_step
                row = run * length * filters
                product(f, length, step, across, place, 1, right, slope, step, start + row if start_row else start,
                        start_row, dw + row, filters)  # fmt: skip
            start, start_row = dw, filters


@inline
def copy_places(
    f: Floats, places: int, step: int, source: int, source_step: int, target: int, target_step: int
) -> None:
    """Places that no window sees keep what they start with."""
    for q in range(places):
        for c in range(0, step, 8):
            store(f, target + q * target_step + c, load8(f, source + q * source_step + c))


@kernel
def convolve_back(
    f: Floats, i: Ints, rows: Slot, x_stride: int, x_step: int, sizes: int, taps: int, moves: int, room: int,
    stride: int, step: int, filters: int, start_stride: int, turned: In, d: In, start: In, table: Counter,
    framed: Both, dx: Both,
) -> None:  # fmt: skip
    """Dx = start + what comes back to each place from the windows that saw it: their δ times W by `turn_taps`."""
    wide, down, right = part(sizes, 1), part(moves, 0), part(moves, 1)
    line, start_step = line_of(room, part(sizes, 3), step), x_step if start_stride else 0
    tabulate_back(i, table, filters, taps, moves, line, step)
    for r in range(i[rows]):
        seen = frame(f, d + r * stride, part(sizes, 2), part(sizes, 3), room, step, framed)
        seen += part(room, 2) * line + part(room, 3) * step
        entry = table
        for phase in range(down * right):
            first, left = phase // right, phase % right
            length = taps_of(first, 0, taps, moves) * taps_of(left, 1, taps, moves) * filters
            across, w = -((left - wide) // right), turned + (entry - table) * x_step
            for y in range(first, part(sizes, 0) if across > 0 else 0, down):
                place = y * wide + left
                from_, into = start + r * start_stride + place * start_step, dx + r * x_stride + place * x_step
                if length:
                    gathered(f, i, across, x_step, length, seen + y // down * line, step, entry, w, x_step, from_,
                             right * start_step, into, right * x_step)  # fmt: skip
                else:
                    copy_places(f, across, x_step, from_, right * start_step, into, right * x_step)
            entry += length
