"""IDX files, as MNIST comes in: two bytes 0, the type of the numbers, the number of axes, their lengths, the numbers.

Plain or packed with gzip; an array of pictures and one of their labels are two files.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from math import prod
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError

TYPES: Final = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MOST_NUMBERS: Final = 1 << 29
PARTNERS: Final = ("images", "labels"), ("idx3", "idx1")
HALVES: Final = ("train", "t10k"), ("train", "test")
"""How the files to learn from and those to test on begin."""


class Header(NamedTuple):
    """What an IDX file says of itself, and where its numbers begin."""

    dtype: str
    shape: tuple[int, ...]
    at: int


def header(path: Path) -> Header | None:
    """Read the first bytes of a file; None where it is no IDX file."""
    try:
        if not path.is_file():
            return None
        with _opened(path) as file:
            start = file.read(4 + 4 * 4)
    except (OSError, EOFError, zlib.error):
        return None
    if len(start) < 8 or start[:2] != b"\0\0" or start[2] not in TYPES or not 1 <= start[3] <= 4:
        return None
    axes = start[3]
    if len(start) < 4 + 4 * axes:
        return None
    return Header(TYPES[start[2]], struct.unpack(f">{axes}I", start[4 : 4 + 4 * axes]), 4 + 4 * axes)


def read(path: Path) -> NDArray[Any]:
    """Read the array of a file; refuse one that holds more or less than it promises."""
    found = header(path)
    if found is None:
        raise DataError(f"{path.name} is not an IDX file; choose the file of pictures or of labels")
    promised = prod(found.shape) * np.dtype(found.dtype).itemsize
    if promised > MOST_NUMBERS:
        raise DataError(
            f"{path.name} promises {promised / 2**20:,.0f} MB but at most {MOST_NUMBERS >> 20} MB can be read; "
            "take a part of its pictures"
        )
    try:
        with _opened(path) as file:
            file.read(found.at)
            # One byte more than promised tells a longer file; nobody unpacks a bomb.
            data = file.read(promised + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path.name} is damaged ({str(error)[:60]}); get it anew") from error
    if len(data) != promised:
        short = f"only {len(data):,}" if len(data) < promised else "more"
        raise DataError(f"{path.name} promises {promised:,} bytes of numbers but holds {short}; get it anew")
    return np.frombuffer(data, found.dtype).reshape(found.shape)


def pair(path: Path) -> tuple[Path, Path]:
    """The file of pictures and that of labels which belong together, whichever of them is given."""
    found = header(path)
    of_pictures = found is not None and len(found.shape) > 1
    name = path.name.removesuffix(".gz")
    for words in PARTNERS:
        name = name.replace(words[not of_pictures], words[of_pictures])
    beside = [path.with_name(f"{name}{end}") for end in ("", ".gz")]
    other = next((p for p in beside if p != path and p.is_file() and header(p)), None)
    if other is None:
        what, this = ("labels", "images") if of_pictures else ("images", "labels")
        raise DataError(
            f"{path.name} needs its file of {what} beside it, called the same with “{what}” for “{this}”; put both "
            "into one folder"
        )
    return (path, other) if of_pictures else (other, path)


def halves(pictures: Path) -> tuple[Path, ...]:
    """A file of pictures and that of the other half beside it, those to learn from first; alone where there is none."""
    name = pictures.name.removesuffix(".gz")
    for words in HALVES:
        for this, that in (words, words[::-1]):
            if name.startswith(this):
                other = that + name.removeprefix(this)
                beside = (pictures.with_name(f"{other}{end}") for end in ("", ".gz"))
                found = next((p for p in beside if p.is_file() and header(p)), None)
                if found is not None:
                    return (pictures, found) if this == words[0] else (found, pictures)
    return (pictures,)


def _opened(path: Path) -> Any:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")
