"""Arenas and operation tables: where numbers live, and what is done to them in which order.

A `Layout` hands out buffers in one float arena and one integer arena; a `Table` collects rows, each a kernel with its
arguments. Both only describe: arrays are made, and kernels compiled, from the finished description.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, Final, Literal, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from engine.kernels.record import COLUMNS, Kernel
from engine.kernels.words import LANES, PAD

Role = Literal["parameter", "gradient", "optimiser", "persistent", "scratch", "data", "counter"]
LINE: Final = 64


def padded(n: int, to: int = PAD) -> int:
    """The next multiple of `to`."""
    return -(-n // to) * to


class Buffer(NamedTuple):
    """Numbers in an arena: `rows` of `columns`, row k at `at + k stride`; `size` includes the padding.

    Rows begin at multiples of 8 and the whole is a multiple of 16, so vectors never read past an edge. Padding of
    parameters, gradients and deltas is 0 for ever; padding of activations is never read as data.
    """

    name: str
    role: Role
    at: int
    rows: int
    columns: int
    stride: int
    size: int
    whole: bool = False

    def view(self, arena: NDArray[Any]) -> NDArray[Any]:
        """Its numbers [row, column], without the padding."""
        span = arena[self.at : self.at + self.rows * self.stride]
        return span.reshape(self.rows, self.stride)[:, : self.columns]

    def shifted(self, name: str, role: Role, by: int) -> Buffer:
        """The buffer of the same form in another place."""
        return self._replace(name=name, role=role, at=self.at + by)


@final
class Layout:
    """Hands out places in the two arenas, one after the other."""

    def __init__(self) -> None:
        self.buffers: dict[str, Buffer] = {}
        self.floats = LANES  # the first vector is the arena's own zero
        self.ints = 0

    def block(self, name: str, role: Role, rows: int, columns: int = 1) -> Buffer:
        """A matrix of floats that begins at a cache line."""
        self.align()
        return self.packed(name, role, rows, columns)

    def packed(self, name: str, role: Role, rows: int, columns: int = 1) -> Buffer:
        """A matrix of floats that begins where the last one ended: parameters stand together."""
        stride = padded(columns)
        made = Buffer(name, role, self.floats, rows, columns, stride, padded(rows * stride, LANES))
        return self._add(made)

    def align(self) -> None:
        """Go to the next cache line; and one further, so that buffers of equal size do not meet in one set of it."""
        line = LINE // 4
        self.floats = padded(self.floats, line) + line

    def like(self, name: str, role: Role, first: Buffer, last: Buffer) -> int:
        """Room for a copy of everything from `first` to `last`; return the distance from there to here."""
        self.align()
        by = self.floats - first.at
        self.floats += last.at + last.size - first.at
        return by

    def register(self, buffer: Buffer) -> Buffer:
        """Name a buffer inside room that `like` made."""
        self.buffers[buffer.name] = buffer
        return buffer

    def whole(self, name: str, role: Role, count: int) -> Buffer:
        """Integers."""
        made = Buffer(name, role, self.ints, count, 1, 1, count, whole=True)
        self.ints += padded(count)
        self.buffers[name] = made
        return made

    def _add(self, made: Buffer) -> Buffer:
        self.buffers[made.name] = made
        self.floats = made.at + made.size
        return made


Argument = Buffer | int | float


class Operation(NamedTuple):
    """A row of the table: a kernel and its arguments by name."""

    kernel: Kernel
    arguments: dict[str, Argument]

    def encoded(self, address: int) -> list[int]:
        """The row as 64-bit numbers."""
        words = [address]
        for name, annotation in self.kernel.arguments.items():
            value = self.arguments[name]
            if annotation == "float":
                words.append(float_bits(float(value)))  # type: ignore[arg-type]
            else:
                words.append(value.at if isinstance(value, Buffer) else int(value))
        return words + [0] * (COLUMNS - len(words))


def float_bits(x: float) -> int:
    """The bits of a float64 as a signed integer."""
    return int(struct.unpack("<q", struct.pack("<d", x))[0])


@final
class Table:
    """Rows in order, in named segments that can be run by themselves."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.segments: dict[str, tuple[int, int]] = {}
        self._open: tuple[str, int] | None = None

    @property
    def here(self) -> int:
        """The place of the next row."""
        return len(self.operations) * COLUMNS

    def segment(self, name: str) -> int:
        """Begin a segment, ending the one before; return its place."""
        self.close()
        self._open = (name, self.here)
        return self.here

    def close(self) -> None:
        """End the open segment."""
        if self._open is not None:
            self.segments[self._open[0]] = (self._open[1], self.here)
            self._open = None

    def op(self, kernel: Kernel, **arguments: Argument) -> int:
        """Add a row; return its place. The arguments must be exactly those the kernel names."""
        if set(arguments) != set(kernel.arguments):
            wrong = set(arguments) ^ set(kernel.arguments)
            raise TypeError(f"{kernel.name} takes {', '.join(kernel.arguments)}; look at {', '.join(sorted(wrong))}")
        if len(arguments) >= COLUMNS:
            raise TypeError(f"{kernel.name} has more arguments than a row has columns")
        place = self.here
        self.operations.append(Operation(kernel, arguments))
        return place

    def replace(self, place: int, **arguments: Argument) -> None:
        """Set arguments of a row afterwards: the target of a jump forward."""
        self.operations[place // COLUMNS].arguments.update(arguments)

    def settle(self, unplaced: Buffer, buffer: Buffer) -> None:
        """Put a buffer wherever one stands that had no place when the rows were written."""
        for operation in self.operations:
            for name, value in operation.arguments.items():
                if value is unplaced:
                    operation.arguments[name] = buffer

    @property
    def kernels(self) -> Iterable[Kernel]:
        """The kernels it needs, each once."""
        return dict.fromkeys(o.kernel for o in self.operations)

    def encoded(self, addresses: dict[Kernel, int]) -> NDArray[np.int64]:
        """The table as one flat array."""
        words = [w for o in self.operations for w in o.encoded(addresses[o.kernel])]
        return np.array(words, np.int64)
