"""Ink on a pad: strokes on a fine ground, which is centred and averaged down to the pixels of a picture.

All pure functions. A ground is [row, column], 0 (nothing) to 1 (ink), `grain` places for each pixel; lengths and
places on it are (row, column) in places of the ground, from its upper left corner.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ground = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Values = NDArray[np.floating[Any]]

FINE: Final = 224
"""About as many places a ground has along its longer side."""

COARSEST: Final = 4

INKED: Final = 0.25
"""From this value on a place counts as ink where the box of a drawing is asked for."""

USUAL: Final = 20 / 28
"""The share of the side that the box of a drawing fills, as in MNIST, where no pictures show what is usual."""

LOOKED_AT: Final = 500
"""Pictures that are enough to see what is usual."""


def grain(rows: int, columns: int) -> int:
    """Places along the side of a pixel."""
    return max(COARSEST, FINE // max(rows, columns))


def blank(rows: int, columns: int) -> Ground:
    """A ground without ink for pictures of this size."""
    return np.zeros((rows * grain(rows, columns), columns * grain(rows, columns)), np.float32)


def inked(ground: Ground, path: Values, radius: float, *, erase: bool = False) -> Ground:
    """Draw (or erase) a line through the places of a path [place, (row, column)] with a round pen.

    The pen covers a place by radius + ½ − its distance from the line, between 0 and 1, so edges are smooth; where
    lines cross, ink is no darker.
    """
    drawn = ground.copy()
    for start, end in zip(path, path[1:] if len(path) > 1 else path, strict=False):
        low = np.clip(np.floor(np.minimum(start, end) - radius - 1), 0, ground.shape).astype(int)
        high = np.clip(np.ceil(np.maximum(start, end) + radius + 1), 0, ground.shape).astype(int)
        down = np.arange(low[0], high[0])[:, None] + 0.5 - start[0]
        across = np.arange(low[1], high[1])[None, :] + 0.5 - start[1]
        way = end - start
        share = np.clip((down * way[0] + across * way[1]) / max(float(way @ way), 1e-12), 0, 1)
        distance = np.hypot(down - share * way[0], across - share * way[1])
        covered = np.clip(radius + 0.5 - distance, 0, 1).astype(np.float32)
        part = drawn[low[0] : high[0], low[1] : high[1]]
        part[:] = np.minimum(part, 1 - covered) if erase else np.maximum(part, covered)
    return drawn


def averaged(ground: Ground, rows: int, columns: int) -> Ground:
    """The mean of the places of each pixel, [row, column]."""
    down, across = ground.shape[0] // rows, ground.shape[1] // columns
    return np.asarray(ground.reshape(rows, down, columns, across).mean(axis=(1, 3)), np.float32)


def centred(ground: Ground, side: float) -> Ground:
    """Scale the drawing so that the longer side of its box is `side`, and move its centre of mass to the middle.

    The digits of MNIST were brought into place like this (LeCun et al. 1998). Where the box would stick out at an edge
    it is moved only as far as it can.
    """
    boxes = _box(ground >= INKED)
    if not boxes:
        return ground
    scale = side / max(high - low for low, high in boxes)
    down, across = (_moved(ground.sum(axis=1 - axis, dtype=np.float64), boxes[axis], scale) for axis in (0, 1))
    return np.asarray(np.clip(down @ ground @ across.T, 0, 1), np.float32)


def usual_side(pictures: Values) -> float:
    """The longer side of the ink's box that is usual in pictures [picture, row, column, channel], 0 to 1, in pixels."""
    longest = max(pictures.shape[1:3])
    few = pictures[:: len(pictures) // LOOKED_AT + 1].mean(axis=3) >= INKED
    sides = [max(high - low for low, high in box) for one in few if (box := _box(one))]
    return float(np.median(sides)) if sides else USUAL * longest


def picture_of(ground: Ground, form: tuple[int, int, int], side: float = 0.0) -> Pixels:
    """The drawing as bytes [row, column, channel], the same in all channels; centred into a box of `side` pixels."""
    rows, columns, channels = form
    if side:
        ground = centred(ground, side * ground.shape[0] / rows)
    levels = np.rint(255 * averaged(ground, rows, columns)).astype(np.uint8)
    return np.repeat(levels[:, :, None], channels, axis=2)


def _box(ink: NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    """Where the ink begins and where it ends, from above and from the left; empty without ink."""
    found = np.nonzero(ink)
    return tuple((int(at.min()), int(at.max()) + 1) for at in found) if len(found[0]) else ()


def _moved(mass: Values, box: tuple[int, int], scale: float) -> Values:
    """The matrix [place, place before] that scales one axis and moves the centre of mass to its middle.

    Between two places lies the straight line between their values.
    """
    size = len(mass)
    centre = float((mass * (np.arange(size) + 0.5)).sum() / mass.sum())
    low, high = (scale * (end - centre) + size / 2 for end in box)
    shift = float(np.clip(0.0, -low, max(size - high, -low)))
    before = (np.arange(size) + 0.5 - size / 2 - shift) / scale + centre - 0.5
    return np.asarray(np.maximum(0.0, 1 - np.abs(before[:, None] - np.arange(size)[None, :])), np.float32)
