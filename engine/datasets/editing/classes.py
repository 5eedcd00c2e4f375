"""The classes of own points, and how a generated set becomes own points."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from engine.arrays import Array
from engine.datasets.base import MOST_DRAWN, Samples
from engine.datasets.editing.selection import delete
from engine.datasets.editing.values import MOST_POINTS, check_label, labels_of
from engine.datasets.points import Points
from engine.datasets.regression import Curve
from engine.errors import DataError


def new_class(points: Points, name: str = "") -> Points:
    """Append a class; without a name it takes the next number, beyond all others, so that its name sorts last."""
    if len(points.names) >= MOST_DRAWN:
        raise DataError(f"at most {MOST_DRAWN} classes can be drawn; use one of {', '.join(points.names)}")
    name = name or str(1 + max([len(points.names), *(int(n) for n in points.names if n.isascii() and n.isdecimal())]))
    if name in points.names:
        raise DataError(f"a class is called “{name}” already; give the new one another name")
    return replace(points, names=(*points.names, name))


def remove_class(points: Points, label: int) -> Points:
    """Remove a class with its points; those above it move down by one. Two classes at least must stay."""
    check_label(points, label)
    if len(points.names) <= 2:
        raise DataError("own points need two classes; add another one before removing this one")
    kept = delete(points, labels_of(points) == label)
    labels = labels_of(kept)
    kept = replace(kept, labels=Array(np.where(labels > label, labels - 1, labels)))
    return replace(kept, names=tuple(n for k, n in enumerate(points.names) if k != label))


def from_samples(samples: Samples) -> Points | Curve:
    """Turn drawn samples into own points with the same split: what the first stroke on a generated set does.

    Needs two columns, or one column and values.
    """
    columns, names = len(samples.columns), samples.classes
    if not columns:
        raise DataError("points are drawn on a plane, but the data has no columns; choose another data set for that")
    if len(samples) > MOST_POINTS:
        raise DataError(f"the data has {len(samples):,} points but a drawing holds {MOST_POINTS:,}; use fewer points")
    if columns == 1 and not names:
        return Curve(Array(samples.x[:, 0]), Array(samples.y), Array(samples.keys), samples.domain)
    if columns != 2:
        what = f"{columns} column{'s' * (columns > 1)} and {'classes' if names else 'values to predict'}"
        raise DataError(
            f"drawing needs two columns, or one column and a value, but the data has {what}; "
            "choose another data set to draw on"
        )
    if len(names) == 1:
        names = (*names, "2" if names[0] != "2" else "1")
    return Points(Array(samples.x), Array(samples.y), Array(samples.keys), names, samples.domain)
