"""Own points and drawn curves alike: places, classes and keys, read and replaced."""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engine.arrays import Array
from engine.datasets.points import Points, next_keys
from engine.datasets.regression import Curve
from engine.errors import DataError

MOST_POINTS: Final = 100_000

Own = TypeVar("Own", Points, Curve)
Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


def unit_of(points: Points | Curve) -> Values:
    """The length of a brush's unit along each axis of the plane."""
    left, right, bottom, top = points.area
    return np.array((right - left, top - bottom)) / 12


def places_of(points: Points | Curve) -> Values:
    """Where the points lie, [point, 2]; of a curve (x, y)."""
    if isinstance(points, Points):
        return points.xy.values.astype(np.float64, copy=False)
    return np.stack([points.x.values, points.y.values], axis=1).astype(np.float64, copy=False)


def labels_of(points: Points | Curve) -> Values:
    """The class (or the value to predict) of each point; zeros for a curve, whose value is its place."""
    if isinstance(points, Points):
        return points.labels.values.astype(np.float64, copy=False)
    return np.zeros(len(points.x))


def changed(points: Own, xy: Values | None = None, labels: Values | None = None, keys: Values | None = None) -> Own:
    """Return points with other places, classes or keys."""
    new: dict[str, Array] = {} if keys is None else {"keys": Array(keys)}
    if isinstance(points, Curve):
        if xy is not None:
            new |= {"x": Array(xy[:, 0]), "y": Array(xy[:, 1])}
        return replace(points, **new)
    if xy is not None:
        new["xy"] = Array(xy)
    if labels is not None:
        new["labels"] = Array(labels)
    return replace(points, **new)


def appended(points: Own, places: Values, label: float) -> Own:
    """Append points of a class (or a value to predict), brought back to the edge where they fell outside."""
    xy = places_of(points)
    places = places[: MOST_POINTS - len(xy)] if len(xy) < MOST_POINTS else _full()
    if not len(places):
        return points
    if isinstance(points, Points):
        check_label(points, label)
    added = np.full(len(places), label, np.float64)
    return changed(
        points,
        np.concatenate([xy, _clipped(points, places)]),
        np.concatenate([labels_of(points), added]),
        next_keys(points.keys.values, len(places)).values,
    )


def _full() -> Values:
    raise DataError(f"a drawing holds at most {MOST_POINTS:,} points and this one is full; erase some first")


def moved(points: Own, xy: Values, touched: Mask) -> Own:
    """Return points moved to `xy` where the brush touched them."""
    # Only what the brush touched may be brought back to the edge.
    return (
        changed(points, xy=np.where(touched[:, None], _clipped(points, xy), places_of(points)))
        if touched.any()
        else points
    )


def _clipped(points: Points | Curve, places: Values) -> Values:
    left, right, bottom, top = points.area
    return np.clip(places, (left, bottom), (right, top))


def check_label(points: Points, label: float) -> None:
    """Refuse a class that is not there; a value to predict may be any."""
    if points.names and label not in range(len(points.names)):
        raise DataError(f"there is no class {label + 1:g}, only {', '.join(points.names)}; add a class first")
