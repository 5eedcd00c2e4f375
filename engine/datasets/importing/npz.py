"""NumPy archives: `x` (or X, data, features) [row, column] and `y` (or Y, label, labels, target, targets) [row].

Never unpickles. Headers are read before any array, so an archive that promises more than it may hold is refused early.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from engine.datasets.importing.lines import MOST_BYTES
from engine.datasets.importing.preview import (
    SHOWN,
    Column,
    Preview,
    Task,
    column,
    guess,
    one_line,
    refuse_many_columns,
    unique,
)
from engine.datasets.table import LARGEST
from engine.errors import DataError

INPUTS: Final = ("x", "X", "data", "features", "inputs")
TARGETS: Final = ("y", "Y", "label", "labels", "target", "targets")
LOOKED_AT: Final = 5000

BROKEN: Final = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError, OSError)
"""What a damaged, encrypted or unreadable archive raises."""


class Arrays(NamedTuple):
    """The arrays of an archive: columns first the features, then the target."""

    title: str
    x: NDArray[Any]
    y: NDArray[Any]
    names: tuple[str, ...]

    def column(self, place: int) -> NDArray[Any]:
        """One column by its place, the target last; numbers as float64, words as they are."""
        values = self.y if place == self.x.shape[1] else self.x[:, place]
        return values if values.dtype.kind == "U" else values.astype(np.float64)

    def check(self, values: NDArray[np.float64], name: str) -> None:
        """Refuse a number that can't be used, by row and column."""
        good = np.abs(values) <= LARGEST
        if not good.all():
            row = int(np.argmin(good))
            raise DataError(
                f"{self.title}: row {row + 1}, column “{name}” holds {values[row]:g} where a number within "
                f"±{LARGEST:g} is expected; correct it or leave the column out"
            )

    def check_words(self, words: NDArray[Any], name: str) -> None:
        """Refuse an empty word, by row."""
        if (words == "").any():
            row = int(np.argmax(words == "")) + 1
            raise DataError(
                f"{self.title}: row {row}, column “{name}” is empty where a class is expected; "
                "fill it in or remove the row"
            )


def preview_npz(path: Path, title: str) -> Preview:
    """Look at an archive."""
    arrays = read_npz(path, title)
    sample = [arrays.column(k)[:LOOKED_AT] for k in range(len(arrays.names))]
    columns = tuple(_column(name, values) for name, values in zip(arrays.names, sample, strict=True))
    words = [[str(v) for v in values[:SHOWN].tolist()] for values in sample]
    target, task = _guess(columns, len(sample[0]))
    return Preview(
        source=path,
        title=title,
        format="npz",
        columns=columns,
        rows=tuple(zip(*words, strict=True)),
        row_count=len(arrays.y),
        complete=len(arrays.y) <= LOOKED_AT,
        target=target,
        task=task,
    )


def read_npz(path: Path, title: str) -> Arrays:
    """Read inputs and target of an archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = members_of(archive)
            x = array_of(archive, member(members, INPUTS, "inputs", title), title)
            y = array_of(archive, member(members, TARGETS, "a target", title), title)
    except BROKEN as error:
        # Some of these messages quote the whole file.
        why = one_line(str(error))[:60] or type(error).__name__
        raise DataError(f"{title} is not a NumPy archive that can be read ({why}); save it again") from error
    x = x[:, None] if x.ndim == 1 else x
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if x.ndim != 2 or y.ndim != 1:
        raise DataError(
            f"{title} holds inputs {_shape(x)} and a target {_shape(y)} where [row, column] and [row] are expected; "
            "reshape them"
        )
    if len(x) != len(y):
        raise DataError(
            f"{title} has {len(x):,} rows of inputs but {len(y):,} of the target; give both the same number"
        )
    if not len(y) or not x.shape[1]:
        raise DataError(f"{title} is empty; choose an archive with a row for each sample")
    refuse_many_columns(title, x.shape[1] + 1)
    if x.dtype.kind == "U":
        raise DataError(f"the inputs of {title} are text; store numbers")
    return Arrays(title, x, y, unique([*(f"x{k + 1}" for k in range(x.shape[1])), "y"]))


def members_of(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The arrays of an archive by their names."""
    return {i.filename.removesuffix(".npy"): i for i in archive.infolist() if i.filename.endswith(".npy")}


def member(members: dict[str, zipfile.ZipInfo], names: tuple[str, ...], what: str, title: str) -> zipfile.ZipInfo:
    """The first of these arrays that is there."""
    found = next((members[name] for name in names if name in members), None)
    if found is None:
        have = ", ".join(members) or "none"
        raise DataError(f"{title} has no array for {what} among its arrays ({have}); name it {' or '.join(names)}")
    if found.file_size > MOST_BYTES:
        raise DataError(
            f"array “{found.filename}” of {title} has {found.file_size / 2**30:.1f} GB unpacked but at most "
            f"{MOST_BYTES >> 30} GB can be read; take a part of its rows"
        )
    return found


def header_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo, title: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an array, by its first bytes."""
    name = member.filename.removesuffix(".npy")
    with archive.open(member) as file:
        version = npy.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise DataError(
                f"array “{name}” of {title} is of an unknown version {version}; save it again as plain numbers"
            )
        shape, _, dtype = (npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0)(file)
    return shape, dtype


def array_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo, title: str) -> NDArray[Any]:
    """Read an array of numbers or text, never an object."""
    name = member.filename.removesuffix(".npy")
    shape, dtype = header_of(archive, member, title)
    if dtype.kind not in "biufUS":
        what = "objects" if dtype.hasobject else str(dtype)
        raise DataError(
            f"array “{name}” of {title} holds {what} where numbers or text are expected; store plain numbers"
        )
    # Exact integers: a damaged header may promise any size, and NumPy would ask for all of it at once.
    promised = dtype.itemsize
    for length in shape:
        promised *= length
    if promised > member.file_size:
        raise DataError(f"array “{name}” of {title} promises {promised:,} bytes but holds fewer; save it again")
    with archive.open(member) as file:
        array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
    return np.char.decode(array, "utf-8") if dtype.kind == "S" else array


def _column(name: str, values: NDArray[Any]) -> Column:
    if values.dtype.kind == "U":
        return column(name, [w or " " for w in values.tolist()])
    finite = values[np.isfinite(values)]
    return Column(
        name,
        "number",
        float(finite.min()) if len(finite) else None,
        float(finite.max()) if len(finite) else None,
        len(values) - len(finite),
        len(np.unique(finite)),
        bool((finite == np.floor(finite)).all()),
    )


def _guess(columns: tuple[Column, ...], rows: int) -> tuple[str, Task]:
    target, task, _ = guess(columns, [[""] * len(columns)] * rows)
    return target, task


def _shape(array: NDArray[Any]) -> str:
    return "[" + ", ".join(map(str, array.shape)) + "]"
