"""Layers of pictures as their definitions read, number by number: what the fast ones are compared with.

Pictures are [row, column, channel], weights of a convolution [tap row, tap column, channel, filter].
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]


class Geometry(NamedTuple):
    """How a window moves along one axis."""

    kernel: int
    stride: int = 1
    dilation: int = 1
    padding: str = "valid"
    pad: int = 0

    def padded(self, size: int) -> tuple[int, int]:
        """Zeros before and behind an axis."""
        extent = self.dilation * (self.kernel - 1) + 1
        if self.padding == "full":
            return extent - 1, extent - 1
        if self.padding == "number":
            return self.pad, self.pad
        if self.padding == "causal":
            return extent - 1, 0
        if self.padding == "same":
            wanted, together = math.ceil(size / self.stride), 0
            while self.count(size + together) < wanted:
                together += 1
            return together // 2, together - together // 2
        return 0, 0

    def count(self, size: int) -> int:
        """How often the window fits into an axis that is padded already."""
        last, count = self.dilation * (self.kernel - 1), 0
        while count * self.stride + last < size:
            count += 1
        return count

    def windows(self, size: int) -> Iterator[tuple[int, list[int]]]:
        """Each place of the window: its number, and where its taps stand; outside 0 .. size - 1 there are zeros."""
        before, behind = self.padded(size)
        for q in range(self.count(before + size + behind)):
            yield q, [q * self.stride + t * self.dilation - before for t in range(self.kernel)]


def seen(x: F, down: Geometry, across: Geometry) -> tuple[F, NDArray[np.bool_]]:
    """What each window sees [row, column, tap row, tap column, channel], and which of that is picture."""
    rows, columns, channels = x.shape
    tall, wide = list(down.windows(rows)), list(across.windows(columns))
    found = np.zeros((len(tall), len(wide), down.kernel, across.kernel, channels))
    inside = np.zeros(found.shape, np.bool_)
    for y, at_rows in tall:
        for q, at_columns in wide:
            for r, row in enumerate(at_rows):
                for s, column in enumerate(at_columns):
                    if 0 <= row < rows and 0 <= column < columns:
                        found[y, q, r, s], inside[y, q, r, s] = x[row, column], True
    return found, inside


def convolution(
    x: F, w: F, b: F, down: Geometry, across: Geometry, groups: int = 1, *, turned: bool = False
) -> F:  # fmt: skip
    """Σ over taps and channels of a filter's group; `turned` counts the taps from the other end (true convolution)."""
    patches, _ = seen(x, down, across)
    w = w[::-1, ::-1] if turned else w
    filters, channels = w.shape[3] // groups, x.shape[2] // groups
    found = np.zeros((*patches.shape[:2], w.shape[3]))
    for k in range(w.shape[3]):
        mine = slice(k // filters * channels, (k // filters + 1) * channels)
        found[:, :, k] = (patches[..., mine] * w[..., k]).sum(axis=(2, 3, 4)) + b[k]
    return found


def depthwise(x: F, w: F, b: F, down: Geometry, across: Geometry) -> F:
    """Σ over taps for each map; weights [tap row, tap column, channel]."""
    found: F = (seen(x, down, across)[0] * w).sum(axis=(2, 3)) + b
    return found


def local(x: F, w: F, b: F, down: Geometry, across: Geometry) -> F:
    """Weights [tap row, tap column, channel, row, column, filter] and biases [row, column, filter] of each place."""
    found: F = np.einsum("yxrsc,rscyxk->yxk", seen(x, down, across)[0], w) + b
    return found


def transposed(x: F, w: F, b: F, stride: int, cut: int) -> F:
    """Each place adds its window, times what it says, to a canvas whose edges are then cut off."""
    rows, columns, _ = x.shape
    tall, wide = w.shape[:2]
    canvas = np.zeros(((rows - 1) * stride + tall, (columns - 1) * stride + wide, w.shape[3]))
    for y in range(rows):
        for q in range(columns):
            canvas[y * stride : y * stride + tall, q * stride : q * stride + wide] += np.einsum(
                "rsck,c->rsk", w, x[y, q]
            )
    return canvas[cut : canvas.shape[0] - cut, cut : canvas.shape[1] - cut] + b


MEANS: dict[str, Callable[[F], Any]] = {
    "max": np.max,
    "min": np.min,
    "average": np.mean,
    "sum": np.sum,
    "L2": lambda v: np.sqrt(np.sum(v * v)),
}


def pooling(x: F, means: str, down: Geometry, across: Geometry) -> F:
    """One number of what each window sees of the picture; what hangs over the edge counts for nothing."""
    patches, inside = seen(x, down, across)
    found = np.zeros((*patches.shape[:2], x.shape[2]))
    for y, q, c in np.ndindex(found.shape):
        found[y, q, c] = MEANS[means](patches[y, q, :, :, c][inside[y, q, :, :, c]])
    return found


def local_response(x: F, neighbours: int, k: float, alpha: float, beta: float) -> F:
    """Each map over (k + α Σ x²)^β, the sum over itself and the maps beside it."""
    found, half = np.zeros_like(x), neighbours // 2
    for c in range(x.shape[2]):
        squares = (x[:, :, max(0, c - half) : c + half + 1] ** 2).sum(axis=2)
        found[:, :, c] = x[:, :, c] / (k + alpha * squares) ** beta
    return found
