"""The plane as a layer sees it: samples and a warped grid in two directions, and how separable they are there."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.experiment import task
from engine.network import INPUT
from engine.producers.base import Look, Producer, finite
from engine.records import Record, Want, readonly
from engine.registry import register

GRID: Final = 33
"""Places of the grid along each side."""

WIDEST: Final = 256
"""Units up to which principal components and separability are worked out for every picture."""

RIDGE: Final = 1e-9
"""Added to the squares of the units, as a share of their mean: units that say the same must not divide by 0."""

COMPONENTS: Final = "components"
"""In place of two units: the two directions in which the samples spread most."""

TARGET: Final = "target"
"""The second axis of a layer of one unit."""

Matrix = NDArray[np.floating[Any]]


class Representation(Record, frozen=True, eq=False):
    """What one layer makes of the plane, along two `axes`: labels of units, or `components` for both.

    `points` [sample, 2] are training samples, of class or value `y`; `grid` [row, column, 2] is the grid of the plane,
    row 0 at the top, a single row where the data have one column. `units` are the layer's labels, `layers` all layers
    that can be looked at. `spread` is the share of the variance along each axis, NaN where two units are shown.

    `separable` is the share of these samples that a linear classifier (least squares on 0 and 1 for each class, from
    all units of the layer and a constant) puts into the right class, or of a value the share of its variance that a
    linear function of the units explains; NaN where there are so many units that it would say nothing.
    """

    layer: str
    layers: tuple[str, ...]
    units: tuple[str, ...]
    axes: tuple[str, ...]
    spread: tuple[float, float]
    points: Matrix
    y: Matrix
    grid: Matrix
    separable: float


@register("Representation")
class RepresentationOf(Producer, tag="representation", frozen=True):
    """The samples and the plane as any layer sees them, along two units or two principal components."""

    yields: ClassVar[type[Record]] = Representation

    def make(self, look: Look, want: Want) -> Representation | None:
        layers = (INPUT, *(n.layer.id for n in look.nodes))
        asked, *axes = want.target or ("",)
        layer = asked if asked in layers else layers[max(len(layers) - 2, 0)]
        node = look.node(layer)
        units = node.units.labels if node else tuple(f"{INPUT}/{f}" for f in look.experiment.data.features)
        prepared = look.plan.prepared
        rows = min(prepared.train, look.sampled)
        seen = look.activations()[layer].astype(np.float64) if node else finite(prepared.x[:rows])
        y = prepared.samples.y[prepared.source[:rows]].astype(np.float64)
        chosen = _axes(seen, units, axes, prepared.x[:rows])
        places = look.maps(GRID, every_layer=True)[layer].T.astype(np.float64) if node else look.grid(GRID)
        grid = chosen.of(places).reshape(*look.shape(GRID), 2)
        points = chosen.of(seen)
        if len(units) == 1:  # beside its one number stands what it should be; the plane has nothing to be drawn beside
            points[:, 1], grid[..., 1] = y, np.nan
        classes = 0 if task(look.experiment) == "regression" else len(look.experiment.data.source.class_names)
        return Representation(
            "representation", layer, layers, units, chosen.names, chosen.spread, readonly(points),
            readonly(y), readonly(grid), separability(seen, y, classes),
        )  # fmt: skip


class Axes(NamedTuple):
    """Two directions: x ↦ (x - middle) @ directions, with their names and shares of the variance."""

    names: tuple[str, ...]
    middle: Matrix
    directions: Matrix
    spread: tuple[float, float]

    def of(self, x: Matrix) -> Matrix:
        """Where rows [row, unit] stand along them."""
        return np.ascontiguousarray((x - self.middle) @ self.directions)


def _axes(seen: Matrix, units: tuple[str, ...], asked: list[str], x: Matrix) -> Axes:
    if len(units) == 2:
        asked = asked or list(units)  # all there is to see, without turning it
    if len(asked) == 2 and set(asked) <= set(units):
        directions: Matrix = np.zeros((len(units), 2))
        directions[[units.index(u) for u in asked], [0, 1]] = 1
        return Axes(tuple(asked), np.zeros(len(units)), directions, (math.nan, math.nan))
    if len(units) == 1:
        return Axes((*units, TARGET), np.zeros(1), np.array([[1.0, 0.0]]), (math.nan, math.nan))
    middle, directions, spread = components(seen)
    # the same way round as the inputs, so that the picture does not jump over while it moves
    first = x[:, 0] - x[:, 0].mean() if x.size else np.zeros(len(x))
    signs = np.where(first @ ((seen - middle) @ directions) < 0, -1.0, 1.0)
    return Axes((COMPONENTS,), middle, directions * signs, spread)


def components(seen: Matrix) -> tuple[Matrix, Matrix, tuple[float, float]]:
    """Mean, the two directions [unit, 2] of the largest variance, and its shares along them."""
    units = seen.shape[1]
    if not len(seen):
        return np.zeros(units), np.eye(units, 2), (math.nan, math.nan)
    middle = seen.mean(axis=0)
    x = seen - middle
    if units > WIDEST:
        x = x[:: -(-len(x) // WIDEST)]
    total = float((x**2).sum())
    if not 0 < total < math.inf:
        return middle, np.eye(units, 2), (math.nan, math.nan)
    # of XᵀX or XXᵀ, whichever is smaller: they have the same eigenvalues
    across = units <= len(x)
    values, vectors = np.linalg.eigh(x.T @ x if across else x @ x.T)
    top = vectors[:, :-3:-1] if across else x.T @ vectors[:, :-3:-1]
    length = np.linalg.norm(top, axis=0)
    directions = top / np.where(length > 0, length, 1)
    if directions.shape[1] < 2:
        directions = np.pad(directions, ((0, 0), (0, 2 - directions.shape[1])))
    first, second = (max(float(v), 0.0) / total for v in (*values[::-1], 0.0, 0.0)[:2])
    return middle, directions, (first, second)


def separability(seen: Matrix, y: Matrix, classes: int) -> float:
    """How much of y a linear function of what the units say can tell; NaN where units outnumber half the samples."""
    rows, units = seen.shape
    if not rows or units > min(rows // 2, WIDEST) or np.abs(seen).max() > 1e6:
        return math.nan
    x = np.column_stack([seen - seen.mean(axis=0), np.ones(rows)])
    target: NDArray[Any] = (y[:, None] == np.arange(classes)).astype(np.float64) if classes else y[:, None]
    square = x.T @ x
    square[np.diag_indices_from(square)] += RIDGE * np.trace(square) / len(square)
    answer = x @ np.linalg.solve(square, x.T @ target)
    if classes:
        return float((answer.argmax(axis=1) == y).mean())
    whole = float(((y - y.mean()) ** 2).sum())
    return 1 - float(((answer[:, 0] - y) ** 2).sum()) / whole if whole > 0 else math.nan
