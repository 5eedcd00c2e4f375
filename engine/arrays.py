"""Arrays inside an experiment: read-only, compared by content, named by a digest in files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.errors import ExperimentError

ALLOWED = ("float32", "float64", "int64", "uint8", "bool")


class Array:
    """A read-only array with the identity of its contents.

    Experiments are values, so an array inside one never changes; equal contents are equal arrays. In JSON it is the
    text of its digest, in a file the numbers stand beside it under that name.
    """

    def __init__(self, values: Any) -> None:
        array = np.array(values, order="C")
        # One byte order in memory and in files, so that equal numbers are equal arrays on every machine.
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        if array.dtype.name not in ALLOWED:
            raise ExperimentError(f"an array of {array.dtype.name} can't be stored; use one of {', '.join(ALLOWED)}")
        array.flags.writeable = False
        self.values: NDArray[Any] = array

    @cached_property
    def digest(self) -> str:
        """SHA-256 over type, shape and numbers, as `sha256:...`."""
        hasher = hashlib.sha256(f"{self.values.dtype.str}{self.values.shape}".encode())
        hasher.update(self.values.tobytes())
        return f"sha256:{hasher.hexdigest()}"

    def __len__(self) -> int:
        return len(self.values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Array):
            return NotImplemented
        return self is other or self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Array({self.values.dtype}{list(self.values.shape)})"


class Labelled(Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers of one parameter, each axis labelled by the ids of what it runs over (units, channels, features).

    Two labelled arrays of the same name share a number where all its ids agree: the one rule by which numbers survive
    an edit of the structure.
    """

    name: str
    axes: tuple[tuple[str, ...], ...]
    values: Array

    def matching(self, axes: tuple[tuple[str, ...], ...]) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]:
        """Index pairs (here, there) along each axis whose ids occur in both `self.axes` and `axes`."""
        pairs = []
        for mine, theirs in zip(self.axes, axes, strict=True):
            where = {label: k for k, label in enumerate(theirs)}
            both = [(k, where[label]) for k, label in enumerate(mine) if label in where]
            here, there = np.array(both, np.intp).reshape(-1, 2).T
            pairs.append((here, there))
        return tuple(pairs)


def encode_array(value: Any) -> str:
    """Write an array as its digest (an encoder hook of msgspec)."""
    if isinstance(value, Array):
        return value.digest
    raise NotImplementedError(f"{type(value).__name__} can't be written")


class ArrayReader:
    """A decoder hook of msgspec: gives arrays back by their digest from those a file brought along."""

    def __init__(self, arrays: Mapping[str, Array] | None = None) -> None:
        self._arrays = arrays or {}

    def __call__(self, kind: type, value: Any) -> Any:
        """Return the array named by `value`, or `value` itself when it is one already."""
        if kind is not Array:
            raise NotImplementedError(f"{kind.__name__} can't be read")
        if isinstance(value, Array):
            return value
        if value not in self._arrays:
            raise ValueError(f"array {str(value)[:24]} is missing from the file")
        return self._arrays[value]
