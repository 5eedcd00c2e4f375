"""What sets of pictures have in common."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine import streams
from engine.datasets.base import Dataset, Samples, Stream
from engine.errors import DataError
from engine.fields import count
from engine.shapes import Axis, Shape

GREY: Final = ("grey",)
COLOURS: Final = ("red", "green", "blue")

Side = Annotated[int, count("side", "rows and columns of a picture", low=12, high=32, choices=(16, 28))]


class Pictures(Dataset, frozen=True):
    """Pictures with a class each: values 0 (ground) to 1, [sample, row · column · channel] row by row."""

    family: ClassVar[str] = "pictures"

    @property
    def columns(self) -> tuple[str, ...]:
        return ()

    @property
    def form(self) -> tuple[int, int, int]:
        """Rows, columns and channels."""
        raise NotImplementedError

    @property
    def axes(self) -> Shape:
        rows, columns, channels = self.form
        names = tuple(f"input/{name}" for name in (GREY if channels == 1 else COLOURS))
        down, across = (tuple(map(str, range(n))) for n in (rows, columns))
        return Axis("row", down), Axis("column", across), Axis("channel", names)

    def samples(self, seed: int) -> Samples:
        points, noise = streams.generator(seed, "points", self.key), streams.generator(seed, "noise", self.key)
        x, y = self.draw(points, noise)
        keys = stratified_keys(seed, y)
        flat = np.ascontiguousarray(x.reshape(len(y), -1), np.float32)
        for array in (flat, y, keys):
            array.flags.writeable = False
        return Samples((), flat, y, keys, self.class_names, domain=self.domain)


def stratified_keys(seed: int, y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keys for the split by which any share takes the same part of each class: (k + ½) / n in each, in random order."""
    stream, keys = streams.generator(seed, "split"), np.empty(len(y))
    for value in np.unique(y):
        mine = np.flatnonzero(y == value)
        keys[mine] = (stream.permutation(len(mine)) + 0.5) / len(mine)
    return keys


def places(side: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the places of a square picture are, from its middle: across [1, column] and up [row, 1]."""
    from_middle = np.linspace(-(side - 1) / 2, (side - 1) / 2, side)
    return from_middle[None, :], -from_middle[:, None]


def disturbed(x: NDArray[np.float32], noise: float, stream: Stream) -> NDArray[np.float32]:
    """Add N(0, noise / 100) to each place, kept within 0 and 1; noise in per cent."""
    if noise:
        x = np.clip(x + np.float32(noise / 100) * stream.standard_normal(x.shape, np.float32), 0, 1)
    return x


def check_pictures(pixels: NDArray[np.uint8]) -> None:
    """Refuse an array that is not [sample, row, column, channel] of bytes."""
    if pixels.ndim != 4 or pixels.dtype != np.uint8 or pixels.shape[3] not in (1, 3):
        raise DataError(
            f"pictures must be bytes [sample, row, column, channel] with 1 or 3 channels, but are {pixels.dtype} "
            f"{list(pixels.shape)}; convert them first"
        )
