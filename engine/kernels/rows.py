"""Kernels over rows of samples that several layers share."""

from __future__ import annotations

from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, inline, kernel
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
