"""What the network sees of one picture: the maps of all layers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.experiment import input_shape
from engine.layers._picture import form
from engine.network import INPUT
from engine.producers.base import F, Look
from engine.records import Want, readonly


def row_of(look: Look, want: Want) -> int:
    """The row, in the plan, of the sample that is asked for by its number; else of the first test sample.

    -1 where there is none, or where it is a given picture.
    """
    prepared = look.plan.prepared
    if want.given:
        return -1
    if want.target and want.target[0].isdecimal():
        found = np.flatnonzero(prepared.source == int(want.target[0]))
        if len(found):
            return int(found[0])
    if not len(prepared.x):
        return -1
    return prepared.train if prepared.train < len(prepared.x) else 0


def pixels_of(look: Look, want: Want) -> NDArray[np.floating[Any]] | None:
    """The numbers of the picture that is asked for, in a row; None where there is none."""
    row, inputs = row_of(look, want), look.plan.lowered.x.columns
    if row >= 0:
        found: NDArray[np.floating[Any]] = look.plan.prepared.x[row]
        return found
    if len(want.given) != inputs:
        return None
    return np.frombuffer(want.given, np.uint8).astype(np.float32) / np.float32(255)


def picture_of(look: Look, numbers: NDArray[np.floating[Any]]) -> F:
    """The numbers of a picture of the data, in a row, as [row, column, channel], read-only."""
    axes = look.experiment.data.source.axes
    assert axes is not None
    return readonly(numbers.astype(np.float32).reshape(form(axes)))


def seen_of(look: Look, want: Want) -> tuple[NDArray[np.floating[Any]], Mapping[str, NDArray[np.floating[Any]]]] | None:
    """The numbers of the picture that is asked for, and what each layer says of it; None where there is none."""
    row, x = row_of(look, want), pixels_of(look, want)
    if x is None:
        return None
    seen = look.plan.activations(row, row + 1) if row >= 0 else look.plan.sees(x[None])
    return x, {k: v[0] for k, v in seen.items()}


def maps_of(look: Look, want: Want) -> dict[str, F]:
    """What each layer says of a picture: [unit, row, column] for maps, [unit, 1, 1] where units have no places."""
    both = seen_of(look, want)
    if both is None:
        return {}
    x, seen = both
    found = {INPUT: unfolded(x, form(input_shape(look.experiment.data)))}
    for node in look.nodes:
        sizes = tuple(a.size for a in node.shape)
        found[node.layer.id] = unfolded(seen[node.layer.id], sizes if len(sizes) == 3 else (1, 1, sizes[-1]))
    return found


def unfolded(numbers: NDArray[np.floating[Any]], sizes: tuple[int, ...]) -> F:
    """The numbers of one picture as maps [unit, row, column], without what pads them."""
    rows, columns, channels = sizes
    whole = numbers.reshape(rows * columns, -1)[:, :channels]
    return np.ascontiguousarray(whole.T.reshape(channels, rows, columns), np.float32)


def enlarged(maps: F, size: int) -> F:
    """Maps [unit, row, column] in squares of `size`, each place as it is (nearest neighbour), in the middle."""
    _, rows, columns = maps.shape
    places, outside = _places(rows, columns, size)
    found = maps.reshape(len(maps), rows * columns)[:, places]
    if outside.any():
        found[:, outside] = 0
    return found


@lru_cache(maxsize=64)
def _places(rows: int, columns: int, size: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Which place of a map stands at each one of a square of `size`, and where the square is wider than the map."""
    longest = max(rows, columns)
    at = (np.arange(size) + 0.5) * longest / size
    down, across = (np.floor(at - (longest - n) / 2).astype(int) for n in (rows, columns))
    outside = ~np.outer((down >= 0) & (down < rows), (across >= 0) & (across < columns))
    places = np.clip(down, 0, rows - 1)[:, None] * columns + np.clip(across, 0, columns - 1)[None, :]
    return places, outside
