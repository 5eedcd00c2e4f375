"""Runs one kernel in a guarded arena: buffers apart, gaps full of NaN, every byte watched."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.kernels.library import Library
from engine.kernels.record import Kernel
from engine.kernels.table import Argument, Buffer, Layout, Table
from engine.plan.procedure import DONE, halt

READ, WRITTEN = ("In", "Slot"), ("Out", "Both", "Counter")
INTEGERS = ("Slot", "Counter")
JUNK = 7.0


@cache
def library(dtype: Any) -> Library:
    """Kernels of one precision, compiled once for all tests."""
    return Library(dtype)


@dataclass
class Ran:
    """What a kernel did: its stop code (0: it went on), and what is in its buffers now."""

    code: int
    values: dict[str, NDArray[Any]]

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.values[name]


def run(kernel: Kernel, dtype: Any, clean: tuple[str, ...] = (), **given: Any) -> Ran:
    """Run a kernel on arrays and numbers given by argument name.

    Arrays are [row, column]; their padding is 0 for names in `clean` (parameters, gradients, deltas), else junk. It is
    run with gaps of NaN and of a large number: nothing outside what it declares to write may change, and what it
    writes must not depend on the gaps.
    """
    runs = [_once(kernel, dtype, clean, given, gap) for gap in (np.nan, 1e6)]
    (first, second) = runs
    assert first.code == second.code
    for name, values in first.values.items():
        assert np.array_equal(values, second.values[name], equal_nan=True), f"{name} depends on a gap"
    return first


def _once(kernel: Kernel, dtype: Any, clean: tuple[str, ...], given: dict[str, Any], gap: float) -> Ran:
    layout, table = Layout(), Table()
    buffers: dict[str, Buffer] = {}
    arguments: dict[str, Argument] = {}
    for name, annotation in kernel.arguments.items():
        if annotation in READ + WRITTEN:
            shape = np.atleast_2d(given[name]).shape
            integers = annotation in INTEGERS
            layout.whole(f"guard {name}", "counter", 8)
            layout.block(f"guard {name}.", "scratch", 1, 16)
            buffers[name] = (
                layout.whole(name, "counter", shape[1]) if integers else layout.block(name, "scratch", *shape)
            )
            arguments[name] = buffers[name]
        else:
            arguments[name] = given[name]
    layout.whole("last guard", "counter", 8)
    layout.block("last guard.", "scratch", 1, 16)
    table.op(kernel, **arguments)
    table.op(halt)
    f = np.full(layout.floats, gap, dtype)
    i = np.full(layout.ints, -12345, np.int64)
    for name, buffer in buffers.items():
        _fill(f, i, buffer, np.atleast_2d(given[name]), 0.0 if name in clean else JUNK)
    before = f.copy(), i.copy()
    compiled = library(dtype)
    rows = table.encoded({k: compiled.address(k) for k in table.kernels})
    code = compiled.runner(f, i, rows)(0)
    _unchanged(kernel, buffers, before, (f, i))
    values = {n: (i[b.at : b.at + b.size] if b.whole else b.view(f)).copy() for n, b in buffers.items()}
    return Ran(0 if code == DONE and not kernel.jumps else code, values)


def _fill(f: NDArray[Any], i: NDArray[Any], buffer: Buffer, values: NDArray[Any], padding: float) -> None:
    if buffer.whole:
        i[buffer.at : buffer.at + buffer.size] = values[0]
        return
    f[buffer.at : buffer.at + buffer.size] = padding
    buffer.view(f)[:] = values


def _unchanged(kernel: Kernel, buffers: dict[str, Buffer], before: Any, after: Any) -> None:
    masks = [np.ones(len(a), np.bool_) for a in after]
    for name, buffer in buffers.items():
        if kernel.arguments[name] in WRITTEN:
            masks[int(buffer.whole)][buffer.at : buffer.at + buffer.size] = False
    for was, now, mask in zip(before, after, masks, strict=True):
        kind = np.int64 if now.dtype.itemsize == 8 else np.int32
        changed = np.flatnonzero((was.view(kind) != now.view(kind)) & mask)
        assert not len(changed), f"{kernel.name} wrote outside its outputs, at {changed[:5]}"


def close(dtype: Any, found: NDArray[Any], expected: NDArray[Any], scale: float = 1.0) -> None:
    """Equal but for rounding."""
    limit = (2e-5 if dtype == np.float32 else 1e-12) * scale
    assert np.allclose(found, expected, rtol=limit, atol=limit), np.abs(found - expected).max()
