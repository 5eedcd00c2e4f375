"""Own pictures: drawn on the pad, or brought along. Every picture drawn makes a new value of this kind."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

import numpy as np

from engine.arrays import Array
from engine.datasets._pictures import Pictures, check_pictures
from engine.datasets.base import Samples
from engine.errors import DataError
from engine.fields import MOST_CLASSES, flag, hidden, listing, text
from engine.registry import register
from engine.shapes import size

SIDE: Final = 28


@register("Own pictures")
class OwnPictures(Pictures, tag="own-pictures", frozen=True):
    """Pictures of one size: `pixels` [picture, row, column, channel] of bytes, 0 to 255, `labels` and `keys` [picture].

    A label is the index of a class; keys are the pictures' places in the split.
    """

    family: ClassVar[str] = "own"
    origin: ClassVar[str] = "drawn or imported by the user"

    pixels: Annotated[Array, hidden("pictures", "their pixels")] = Array(np.zeros((0, SIDE, SIDE, 1), np.uint8))
    labels: Annotated[Array, hidden("labels", "their class indices")] = Array(np.zeros(0, np.uint8))
    keys: Annotated[Array, hidden("keys", "their places in the split, in [0, 1)")] = Array(np.zeros(0))
    names: Annotated[tuple[str, ...], listing("classes", "names of the classes", longest=MOST_CLASSES)] = ("1", "2")
    file: Annotated[str, text("file", "where the pictures came from", longest=1000)] = ""
    ink: Annotated[
        bool, flag("ink on paper", "0 is paper and 1 is ink in grey pictures; off for photographs, where 1 is light")
    ] = True

    def __post_init__(self) -> None:
        check_pictures(self.pixels.values)
        n = len(self.pixels)
        if self.labels.values.shape != (n,) or self.keys.values.shape != (n,):
            raise DataError("own pictures need a label and a key for each; the lengths differ")
        if len(self.names) < 2 or len(set(self.names)) != len(self.names):
            raise DataError("own pictures need two or more classes, each with a name of its own; rename or add one")
        if n and self.labels.values.max() >= len(self.names):
            raise DataError(f"a picture has a label outside 0 .. {len(self.names) - 1}; give every label a class name")
        if not np.isfinite(self.keys.values).all():
            raise DataError("a picture has a key that is not finite; remove that picture")

    @property
    def form(self) -> tuple[int, int, int]:
        rows, columns, channels = self.pixels.values.shape[1:]
        return rows, columns, channels

    @property
    def inked(self) -> bool:
        return self.ink

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.names

    def samples(self, seed: int) -> Samples:
        """Return the pictures as they are, 0 to 1; no seed moves them."""
        x = self.pixels.values.reshape(len(self.pixels), size(self.axes)) / np.float32(255)
        y, keys = (a.values.astype(np.float64) for a in (self.labels, self.keys))
        for array in (x, y, keys):
            array.flags.writeable = False
        return Samples((), x, y, keys, self.names, domain=self.domain)
