"""A selection of points is a mask, one flag for each: found by a rectangle or a click, then moved or deleted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.datasets.editing.values import Mask, Own, changed, check_label, labels_of, places_of, unit_of
from engine.datasets.regression import Curve


def inside(points: Own, corner: ArrayLike, opposite: ArrayLike) -> Mask:
    """Select the points in a rectangle."""
    xy, a, b = places_of(points), np.asarray(corner), np.asarray(opposite)
    return np.asarray(((xy >= np.minimum(a, b)) & (xy <= np.maximum(a, b))).all(axis=1))


def near(points: Own, place: ArrayLike, radius: float) -> Mask:
    """Select the nearest point if it lies within the radius; nothing otherwise."""
    distance = np.hypot(*((places_of(points) - np.asarray(place, np.float64)) / unit_of(points)).T)
    chosen = np.zeros(len(distance), np.bool_)
    if len(distance) and distance.min() <= radius:
        chosen[distance.argmin()] = True
    return chosen


def move(points: Own, selected: Mask, across: float, up: float) -> Own:
    """Move the selected points together; at the edge of the plane they stop together, so their figure stays."""
    if not selected.any():
        return points
    xy, (left, right, bottom, top) = places_of(points), points.area
    low, high = xy[selected].min(axis=0), xy[selected].max(axis=0)
    # Points already outside (noise throws some) may stay there, but go no further.
    least, most = np.minimum(np.array((left, bottom)) - low, 0), np.maximum(np.array((right, top)) - high, 0)
    shift = np.clip((across, up), least, most)
    return changed(points, xy=xy + np.where(selected[:, None], shift, 0.0))


def delete(points: Own, selected: Mask) -> Own:
    """Remove the selected points; a class may become empty and keeps its name."""
    if not selected.any():
        return points
    kept = ~selected
    return changed(points, places_of(points)[kept], labels_of(points)[kept], points.keys.values[kept])


def set_class(points: Own, selected: Mask, label: float) -> Own:
    """Give the selected points a class (or a value to predict); a curve has none and stays as it is."""
    if isinstance(points, Curve) or not (selected & (labels_of(points) != label)).any():
        return points
    check_label(points, label)
    return changed(points, labels=np.where(selected, label, labels_of(points)))
