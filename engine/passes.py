"""What a declaration is lowered with: one pass of a network over a piece of samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine import streams
from engine.kernels.record import Kernel
from engine.kernels.table import Argument, Buffer
from engine.shapes import Shape

Settings = tuple[float, float, float, float]
"""The hyper-parameters of a declaration as its compiled functions see them, padded with zeros."""

SETTINGS = ("p0", "p1", "p2", "p3")
"""The arguments of a kernel that takes settings."""


def settings(numbers: Sequence[float]) -> dict[str, float]:
    """Numbers as the arguments of a kernel that takes settings."""
    if len(numbers) > len(SETTINGS):
        raise TypeError(f"{len(numbers)} settings given; a kernel takes {len(SETTINGS)}")
    return dict(zip(SETTINGS, (*numbers, 0.0, 0.0, 0.0, 0.0), strict=False))


class Pass(Protocol):
    """What a layer works with when it is lowered: one pass over one piece of samples.

    `rows` and `fresh` are slots: how many samples the piece has, and whether its gradients begin anew. `x` and `dx` are
    the inputs and their deltas (None where nobody asks for one); `d` is the delta of the output, to be used up.

    `single` tells that each piece is one sample and a whole batch: its gradients always begin anew.

    A `frozen` layer only passes slopes on: none of its arrays learns.

    `learning` tells a pass that learns from one that only looks. What a layer draws at random follows from `stream` and
    the number of the sample (`seen` slot: samples before this piece), so no state is needed.
    """

    rows: Buffer
    fresh: Buffer
    seen: Buffer
    zeros: Buffer
    fused: bool
    learning: bool
    single: bool

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of what it reads."""

    @property
    def frozen(self) -> bool:
        """Whether none of its arrays learns."""

    @property
    def x(self) -> tuple[Buffer, ...]:
        """The outputs of the layers it reads."""

    @property
    def dx(self) -> tuple[Buffer | None, ...]:
        """Their deltas; None where nobody asks for one."""

    @property
    def d(self) -> Buffer:
        """The delta of its own output."""

    def op(self, kernel: Kernel, **arguments: Argument) -> None:
        """Add an operation."""

    def op_on_samples(self, kernel: Kernel, **arguments: Argument) -> None:
        """Add an operation whose `known_x`, `known_y` and `count` are the inputs and targets that are learned from."""

    def samples(self, name: str, columns: int) -> Buffer:
        """A buffer of this layer with a row for each sample of the piece; the same one for the same name."""

    def scratch(self, name: str, rows: int, columns: int) -> Buffer:
        """A buffer of this layer of any other form; zero at first."""

    def integers(self, name: str, count: int) -> Buffer:
        """A buffer of integers of this layer, for one operation to write and read."""

    def weight(self, name: str) -> Buffer:
        """A learned array of this layer."""

    def gradient(self, name: str) -> Buffer:
        """Its gradient; room for it that nobody reads, where the array is held fast."""

    def kept(self, name: str) -> Buffer:
        """An array of this layer that is saved but not learned."""

    def stream(self, purpose: streams.Purpose) -> int:
        """The start of a random stream of this layer."""

    def start(self, k: int) -> tuple[Buffer, int]:
        """Where the sum for `dx[k]` starts, and its stride: zeros for the first layer that adds to it, then itself."""
