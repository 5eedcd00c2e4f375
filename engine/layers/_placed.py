"""Layers that do the same at every place: a pass in which each place of a picture is a sample of its own.

Pictures have their channels side by side, so [sample, place, channel] is as well [sample and place, channel], and what
is written for flat layers serves pictures.
"""

from __future__ import annotations

from functools import cached_property
from typing import final

from engine import streams
from engine.kernels.record import Kernel
from engine.kernels.rows import take_channels, times
from engine.kernels.table import Argument, Buffer, padded
from engine.layers._picture import form
from engine.passes import Pass
from engine.shapes import Shape


def placed(buffer: Buffer, places: int, channels: int) -> Buffer:
    """The same numbers with a row for each place."""
    step = buffer.stride // places
    return buffer._replace(rows=buffer.rows * places, columns=channels, stride=step)


def padded_input(p: Pass, k: int = 0) -> Buffer:
    """What the layer reads, with the channels of each place padded as those of layers are; pictures of data are not."""
    seen, x = form(p.shapes[k]), p.x[k]
    if x.columns == seen.width:
        return x
    wide = p.samples(f"padded {k}", seen.width)
    p.op(take_channels, rows=p.rows, places=seen.places, first=0, channels=seen.channels, x_step=seen.channels,
         step=padded(seen.channels), x=x, o=wide)  # fmt: skip
    return wide


def each_place(p: Pass) -> Pass:
    """The pass itself where its layer reads units; where it reads pictures, a pass over their places."""
    return p if len(p.shapes[0]) == 1 else Placed(p, form(p.shapes[0]).places)


def whole(p: Pass, made: Buffer) -> Buffer:
    """A buffer that `each_place` made, with a row for each sample again."""
    if not isinstance(p, Placed):
        return made
    width = p.places * made.stride
    return made._replace(rows=made.rows // p.places, columns=width, stride=width)


@final
class Placed:
    """A pass (`engine.passes.Pass`) over the places of another: all pictures that it reads and makes have as many."""

    def __init__(self, p: Pass, places: int) -> None:
        self._pass, self.places = p, places
        self.samples_of, self.rows = p.rows, p.integers("places", 1)
        p.op(times, rows=p.rows, factor=places, into=self.rows)
        self.fresh, self.seen, self.zeros, self.fused, self.learning = p.fresh, p.seen, p.zeros, p.fused, p.learning
        self.single = False  # one sample alone has many places

    @property
    def frozen(self) -> bool:
        """Whether none of its arrays learns."""
        return self._pass.frozen

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of what it reads, without the places."""
        return tuple(shape[-1:] for shape in self._pass.shapes)

    @cached_property
    def x(self) -> tuple[Buffer, ...]:
        """What it reads, with a row for each place."""
        count = enumerate(self.shapes)
        return tuple(placed(padded_input(self._pass, k), self.places, channel.size) for k, (channel,) in count)

    @property
    def dx(self) -> tuple[Buffer | None, ...]:
        """The deltas of what it reads."""
        return tuple(
            placed(dx, self.places, channel.size) if dx is not None else None
            for dx, (channel,) in zip(self._pass.dx, self.shapes, strict=True)
        )

    @property
    def d(self) -> Buffer:
        """The delta of its output, with as many channels as it has padded."""
        d = self._pass.d
        return placed(d, self.places, d.stride // self.places)

    def op_on_samples(self, kernel: Kernel, **arguments: Argument) -> None:
        """Add an operation on all samples, which have no places."""
        self._pass.op_on_samples(kernel, **arguments)

    def op(self, kernel: Kernel, **arguments: Argument) -> None:
        """Add an operation."""
        self._pass.op(kernel, **arguments)

    def samples(self, name: str, columns: int) -> Buffer:
        """A buffer with a row for each place."""
        return placed(self._pass.samples(name, self.places * padded(columns)), self.places, columns)

    def scratch(self, name: str, rows: int, columns: int) -> Buffer:
        """A buffer of any other form."""
        return self._pass.scratch(name, rows, columns)

    def integers(self, name: str, count: int) -> Buffer:
        """A buffer of integers."""
        return self._pass.integers(name, count)

    def weight(self, name: str) -> Buffer:
        """A learned array."""
        return self._pass.weight(name)

    def gradient(self, name: str) -> Buffer:
        """Its gradient."""
        return self._pass.gradient(name)

    def kept(self, name: str) -> Buffer:
        """An array that is saved but not learned."""
        return self._pass.kept(name)

    def stream(self, purpose: streams.Purpose) -> int:
        """The start of a random stream."""
        return self._pass.stream(purpose)

    def start(self, k: int) -> tuple[Buffer, int]:
        """Where the sum for `dx[k]` starts, and its stride."""
        start, stride = self._pass.start(k)
        if stride == 0:
            return start, 0
        return placed(start, self.places, self.shapes[k][0].size), stride // self.places
