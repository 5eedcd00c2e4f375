"""All pictures of neurons in one image, converted from numbers to colours in one step for each snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.canvas.colours import Table
from engine.records import ImageGrid

BESIDE: Final = 32
"""Pictures in one row of the atlas, which keeps both its sides short."""

FLAT: Final = 1e-3
"""A picture whose values span less than this share of its scale shows nothing: its neuron is dead."""


Key = tuple[str, str]
"""A layer and the label of one of its units: layers that pass units on say something of their own with each."""


class Atlas:
    """The image, and where in it each neuron's picture is."""

    def __init__(self) -> None:
        self.image = QImage()
        self.flat: frozenset[Key] = frozenset()
        self._pixels: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._where: dict[Key, QRect] = {}
        self._tiles: object = None
        self._colours: NDArray[np.uint32] = np.zeros((0, 0, 0), np.uint32)
        self._index: dict[Key, int] = {}
        self._strips: dict[tuple[object, ...], QImage] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._where

    def place(self, layer: str, unit: str) -> QRect | None:
        """Where in the image the picture of a unit is; None when there is none yet."""
        return self._where.get((layer, unit))

    def clear(self) -> None:
        """Show no pictures: as new."""
        self.__init__()  # type: ignore[misc] # the same object, for whoever holds it

    def fill(self, record: ImageGrid, tables: Table, table_of: Mapping[Key, int]) -> None:
        """Colour the pictures: each from its low to its high through its table (0 unless `table_of` says more)."""
        count, _, size = record.images.shape
        if not count:
            self.clear()
            return
        span = record.high - record.low
        factor = np.where(span > 0, 255 / np.where(span > 0, span, 1), 0).astype(np.float32)[:, None, None]
        steps = record.images - record.low[:, None, None]
        steps *= factor
        np.clip(steps, 0, 255, out=steps)
        self._note_flat(record, steps)
        index = steps.astype(np.uint8)
        used = [table_of.get((tile.layer, tile.unit), 0) for tile in record.tiles]
        colours = tables[0][index] if not any(used) else tables[np.array(used)[:, None, None], index]
        # Over a line there is one row: the picture is the same all the way down.
        self._colours = np.broadcast_to(colours, (count, size, size))
        self._strips = {}
        self._write(self._colours, size)
        if (record.tiles, size) != self._tiles:
            self._tiles = (record.tiles, size)
            self._index = {(tile.layer, tile.unit): k for k, tile in enumerate(record.tiles)}
            self._where = {
                (tile.layer, tile.unit): QRect(k % BESIDE * size, k // BESIDE * size, size, size)
                for k, tile in enumerate(record.tiles)
            }

    def strip(self, units: Sequence[Key], rows: int, ground: int) -> QImage:
        """Many pictures as one image, `rows` below each other; made once for each snapshot."""
        key = (*units[:1], rows, ground)
        if key not in self._strips:
            self._strips[key] = self._strip(units, rows, ground)
        return self._strips[key]

    def _strip(self, units: Sequence[Key], rows: int, ground: int) -> QImage:
        size = self._colours.shape[-1]
        if not size:
            return QImage()
        gap = max(1, round(size * 0.19))
        beside = -(-len(units) // rows)
        index = np.full(beside * rows, -1, np.intp)
        index[: len(units)] = [self._index.get(unit, -1) for unit in units]
        pictures = self._colours[index]
        pictures[index < 0] = ground
        strip = np.full((rows, size + gap, beside, size + gap), ground, np.uint32)
        strip[:, :size, :, :size] = pictures.reshape(beside, rows, size, size).transpose(1, 2, 0, 3)
        height, width = rows * (size + gap), beside * (size + gap)
        image = QImage(strip.data, width, height, 4 * width, QImage.Format.Format_RGB32)
        return image.copy(0, 0, width - gap, height - gap)

    def _note_flat(self, record: ImageGrid, steps: NDArray[np.float32]) -> None:
        rows = steps.reshape(len(steps), -1)
        flat = rows.max(axis=1) - rows.min(axis=1) < 255 * FLAT
        places = record.places if record.places is not None else np.ones(len(rows), np.bool_)
        flat &= places  # one number has one colour, whatever it is
        self.flat = frozenset((record.tiles[k].layer, record.tiles[k].unit) for k in np.flatnonzero(flat))

    def _write(self, colours: NDArray[np.uint32], size: int) -> None:
        count = len(colours)
        rows = -(-count // BESIDE)
        shape = (rows * size, min(count, BESIDE) * size)
        if self._pixels.shape != shape:
            self._pixels = np.zeros(shape, np.uint32)
        for row in range(rows):
            part = colours[row * BESIDE : (row + 1) * BESIDE]
            band = self._pixels[row * size : (row + 1) * size, : len(part) * size]
            band.reshape(size, len(part), size)[...] = part.transpose(1, 0, 2)
        height, width = shape
        self.image = QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
