"""Own pictures: keeping drawings, removing pictures, making classes. All pure functions."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engine.arrays import Array
from engine.datasets.base import Dataset, Samples
from engine.datasets.own_pictures import OwnPictures
from engine.datasets.points import GOLDEN
from engine.errors import DataError
from engine.fields import MOST_CLASSES

SIDES: Final = (8, 16, 28)
"""Sizes of pictures to begin with."""

MOST_PICTURES: Final = 100_000


def empty(side: int) -> OwnPictures:
    """Two classes and no pictures yet, `side` rows and columns of grey."""
    return OwnPictures(pixels=Array(np.zeros((0, side, side, 1), np.uint8)))


def own_pictures(source: Dataset, samples: Samples) -> OwnPictures:
    """Turn the samples of a source into own pictures with the same split: what the first drawing kept does.

    Pixels are rounded to bytes.
    """
    if isinstance(source, OwnPictures):
        return source
    axes = source.axes
    if axes is None:
        raise DataError("drawings are kept among pictures, but the data has columns; choose a set of pictures first")
    pixels = np.rint(255 * np.clip(samples.x, 0, 1)).astype(np.uint8).reshape(len(samples), *(a.size for a in axes))
    return OwnPictures(Array(pixels), Array(samples.y.astype(np.uint8)), Array(samples.keys), samples.classes)


def kept(pictures: OwnPictures, pixels: NDArray[np.uint8], label: int, *, training: bool, share: float) -> OwnPictures:
    """Append a picture [row, column, channel] of a class, for training or for tests at a training share in (0, 1].

    Its key lies below the share or above it, at a place of the golden-ratio sequence, so a share that is moved later
    divides the pictures evenly.
    """
    _check_label(pictures, label)
    if pixels.shape != pictures.form:
        wanted, found = (" × ".join(map(str, shape)) for shape in (pictures.form, pixels.shape))
        raise DataError(f"the pictures are {wanted} but the new one is {found}; scale it first")
    if len(pictures.pixels) >= MOST_PICTURES:
        raise DataError(f"own pictures hold at most {MOST_PICTURES:,} and these are full; remove some first")
    if not training and share >= 1:
        raise DataError("at a train share of 100 % no picture is kept for tests; lower the train share first")
    place = (0.5 + GOLDEN * (len(pictures.pixels) + 1)) % 1.0
    key = share * place if training else share + (1 - share) * place
    return replace(
        pictures,
        pixels=Array(np.concatenate([pictures.pixels.values, pixels[None]])),
        labels=_appended(pictures.labels, label),
        keys=_appended(pictures.keys, key),
    )


def removed(pictures: OwnPictures, row: int) -> OwnPictures:
    """Remove a picture by its number; its class may become empty and keeps its name."""
    if not 0 <= row < len(pictures.pixels):
        raise DataError(f"there is no picture {row}, only 0 .. {len(pictures.pixels) - 1}; choose one of them")
    arrays = {name: getattr(pictures, name).values for name in ("pixels", "labels", "keys")}
    return replace(pictures, **{name: Array(np.delete(a, row, axis=0)) for name, a in arrays.items()})


def next_name(names: tuple[str, ...]) -> str:
    """What a new class is called where nobody says: the number after the largest one."""
    numbers = [int(n) for n in names if n.isascii() and n.isdecimal()]
    return str(1 + max(numbers, default=len(names)))


def new_class(pictures: OwnPictures, name: str) -> OwnPictures:
    """Append a class without pictures."""
    if len(pictures.names) >= MOST_CLASSES:
        raise DataError(f"own pictures hold at most {MOST_CLASSES} classes; use one of them")
    return replace(pictures, names=(*pictures.names, _checked_name(pictures.names, name)))


def rename_class(pictures: OwnPictures, label: int, name: str) -> OwnPictures:
    """Give a class another name."""
    _check_label(pictures, label)
    others = (*pictures.names[:label], *pictures.names[label + 1 :])
    names = (*pictures.names[:label], _checked_name(others, name), *pictures.names[label + 1 :])
    return replace(pictures, names=names)


def _checked_name(others: tuple[str, ...], name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise DataError("a class needs a name; type one or more letters")
    if name in others:
        raise DataError(f"a class is called “{name}” already; give this one another name")
    return name


def _check_label(pictures: OwnPictures, label: int) -> None:
    if not 0 <= label < len(pictures.names):
        raise DataError(f"there is no class {label}, only 0 .. {len(pictures.names) - 1}; add a class first")


def _appended(array: Array, value: float) -> Array:
    before: NDArray[Any] = array.values
    return Array(np.append(before, np.asarray(value, before.dtype)))
