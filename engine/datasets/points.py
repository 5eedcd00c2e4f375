"""Own points: drawn, pasted or edited by hand. Every brush stroke makes a new value of this kind."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from engine.arrays import Array
from engine.datasets.base import PLANE, Dataset, Samples, check_area
from engine.errors import DataError
from engine.fields import MOST_CLASSES, hidden, listing
from engine.records import Domain
from engine.registry import register

EMPTY = Array(np.zeros((0, 2)))
NOTHING = Array(np.zeros(0))

GOLDEN = 0.6180339887498949


def next_keys(keys: np.ndarray[tuple[int], np.dtype[np.float64]], more: int) -> Array:
    """Append split keys for `more` new points: the golden-ratio sequence, so any share is nearly met at any count."""
    fresh = (0.5 + GOLDEN * np.arange(len(keys) + 1, len(keys) + more + 1)) % 1.0
    return Array(np.concatenate([keys, fresh]))


@register("Own points")
class Points(Dataset, tag="points", frozen=True):
    """Points somebody drew: `xy` [point, 2], `labels` [point], `keys` [point] for the split.

    A label is the index of a class, or the value to predict where there are no class names.
    """

    family: ClassVar[str] = "own"
    origin: ClassVar[str] = "drawn by the user"

    xy: Annotated[Array, hidden("points", "their coordinates")] = EMPTY
    labels: Annotated[Array, hidden("labels", "their class indices, or values to predict")] = NOTHING
    keys: Annotated[Array, hidden("keys", "their places in the split, in [0, 1)")] = NOTHING
    names: Annotated[
        tuple[str, ...], listing("classes", "names of the classes; none for a value", longest=MOST_CLASSES)
    ] = ("1", "2")
    area: Annotated[tuple[float, float, float, float], hidden("area", "left, right, bottom, top")] = PLANE

    def __post_init__(self) -> None:
        check_area(self.area)
        n = len(self.xy)
        if self.xy.values.shape != (n, 2) or self.labels.values.shape != (n,) or self.keys.values.shape != (n,):
            raise DataError("own points need xy [n, 2], labels [n] and keys [n] with one n; the lengths differ")
        if len(set(self.names)) != len(self.names):
            raise DataError("own points have a class name twice; rename one of them")
        if not all(np.isfinite(a.values).all() for a in (self.xy, self.labels, self.keys)):
            raise DataError("own points hold a number that is not finite; remove that point")
        if self.names:
            self._check_classes()

    def _check_classes(self) -> None:
        labels = self.labels.values
        if len(labels) and (labels.min() < 0 or labels.max() >= len(self.names)):
            raise DataError(f"a point has a label outside 0 .. {len(self.names) - 1}; give every label a class name")
        if not (labels == np.floor(labels)).all():
            raise DataError("own points have a label that is not a whole number; labels are 0, 1, 2 ...")

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.names

    @property
    def domain(self) -> Domain:
        return Domain(*self.area)

    def samples(self, seed: int) -> Samples:
        """Return the points as they were drawn; no seed moves them."""
        x, y, keys = (a.values.astype(np.float64, copy=False) for a in (self.xy, self.labels, self.keys))
        return Samples(self.columns, x, y, keys, self.names, domain=self.domain)
