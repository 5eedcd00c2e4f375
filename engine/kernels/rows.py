"""Kernels over rows of samples that several layers share."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from engine.kernels.record import Both, Counter, Floats, In, Ints, Out, Slot, inline, kernel
from engine.kernels.words import head8, load8, splat8, store, total


@kernel
def add_rows(f: Floats, i: Ints, rows: Slot, stride: int, start_stride: int, x: In, start: In, o: Out) -> None:
    """O = S + X for rows of `stride` numbers; a start stride of 0 adds the same row to each."""
    for r in range(i[rows]):
        for c in range(0, stride, 8):
            store(f, o + r * stride + c, load8(f, start + r * start_stride + c) + load8(f, x + r * stride + c))


@kernel
def scale_rows(f: Floats, i: Ints, rows: Slot, stride: int, scale: float, x: In, o: Out) -> None:
    """O = c X."""
    for k in range(0, i[rows] * stride, 8):
        store(f, o + k, load8(f, x + k) * scale)


@kernel
def multiply_rows(f: Floats, i: Ints, rows: Slot, stride: int, x: In, y: In, o: Out) -> None:
    """O = X Y, number by number."""
    for k in range(0, i[rows] * stride, 8):
        store(f, o + k, load8(f, x + k) * load8(f, y + k))


@kernel
def add_products(
    f: Floats, i: Ints, rows: Slot, columns: int, stride: int, start_stride: int, x: In, y: In, start: In, o: Out
) -> None:
    """O = S + X Y, number by number; the padding of O is 0."""
    for r in range(i[rows]):
        for c in range(0, stride, 8):
            k = r * stride + c
            product = load8(f, start + r * start_stride + c) + load8(f, x + k) * load8(f, y + k)
            store(f, o + k, head8(product, columns - c, 0.0))


@kernel
def put_columns(
    f: Floats, i: Ints, rows: Slot, columns: int, first: int, x_stride: int, stride: int, x: In, o: Both
) -> None:
    """O[:, first : first + columns] = X."""
    whole = columns - columns % 8
    for r in range(i[rows]):
        source, target = x + r * x_stride, o + r * stride + first
        for c in range(0, whole, 8):
            store(f, target + c, load8(f, source + c))
        for c in range(whole, columns):
            f[target + c] = f[source + c]


@kernel
def add_columns(
    f: Floats, i: Ints, rows: Slot, columns: int, first: int, x_stride: int, stride: int, start_stride: int,
    x: In, start: In, o: Out,
) -> None:  # fmt: skip
    """O = S + X[:, first : first + columns]; the padding of O is 0."""
    for r in range(i[rows]):
        for c in range(0, stride, 8):
            found = head8(load8(f, x + r * x_stride + first + c), columns - c, 0.0)
            store(f, o + r * stride + c, load8(f, start + r * start_stride + c) + found)


@inline
def total8(f: Floats, at: int, count: int) -> float:
    """The sum of `count` numbers from f[at] on."""
    sums = splat8(f, 0.0)
    for c in range(0, count, 8):
        sums = sums + head8(load8(f, at + c), count - c, 0.0)
    return total(sums)


@kernel
def take_channels(
    f: Floats, i: Ints, rows: Slot, places: int, first: int, channels: int, x_step: int, step: int, x: In, o: Out
) -> None:
    """O = channels `first` and on of x, place by place; the padding of O is 0."""
    for r in range(i[rows] * places):
        for c in range(0, step, 8):
            store(f, o + r * step + c, head8(load8(f, x + r * x_step + first + c), channels - c, 0.0))


@kernel
def put_channels(
    f: Floats, i: Ints, rows: Slot, places: int, first: int, channels: int, x_step: int, step: int, x: In, o: Both
) -> None:
    """Channels `first` and on of O = x, place by place."""
    for r in range(i[rows] * places):
        source, target = x + r * x_step, o + r * step + first
        for c in range(channels):
            f[target + c] = f[source + c]


@kernel
def add_channels(
    f: Floats, i: Ints, rows: Slot, places: int, first: int, channels: int, x_step: int, step: int, stride: int,
    start_stride: int, x: In, start: In, o: Out,
) -> None:  # fmt: skip
    """O = S, and channels `first` and on of it + x, place by place."""
    for r in range(i[rows]):
        for c in range(0, stride, 8):
            store(f, o + r * stride + c, load8(f, start + r * start_stride + c))
        for q in range(places):
            source, target = x + (r * places + q) * x_step, o + r * stride + q * step + first
            for c in range(channels):
                f[target + c] += f[source + c]


@kernel
def take_matrix(
    f: Floats, i: Ints, count: int, first: int, columns: int, stride: int, step: int, x: In, o: Out
) -> None:
    """O = columns `first` and on of a matrix x of `count` rows; the padding of O is 0."""
    for r in range(count):
        for c in range(0, step, 8):
            store(f, o + r * step + c, head8(load8(f, x + r * stride + first + c), columns - c, 0.0))


@kernel
def put_matrix(
    f: Floats, i: Ints, count: int, first: int, columns: int, stride: int, step: int, x: In, o: Both
) -> None:
    """Columns `first` and on of a matrix O of `count` rows = x."""
    for r in range(count):
        for c in range(columns):
            f[o + r * stride + first + c] = f[x + r * step + c]


@kernel
def times(f: Floats, i: Ints, rows: Slot, factor: int, into: Counter) -> None:
    """The number of rows, where each has `factor` of its own."""
    i[into] = i[rows] * factor
