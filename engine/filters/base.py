"""What a filter is: a picture in, a picture out, nothing learned; most of them a kernel that goes over the picture."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.errors import LearnscopeError
from engine.fields import choice, count
from engine.layers import Layer
from engine.layers._picture import Padding, Reach, reach
from engine.producers.cell import Patch
from engine.registry import Kind, Registry

F = NDArray[np.float64]


class Sweep(Struct, frozen=True):
    """How a kernel K [a, b] goes over a picture I [row, column].

    Cross-correlation, what networks call convolution: S[i, j] = Σ I[i + a, j + b] K[a, b]. True convolution turns the
    kernel by half a turn: S[i, j] = Σ I[i - a, j - b] K[a, b]. Padding is that of layers (`engine.layers._picture`).
    """

    operation: Annotated[
        Literal["correlation", "convolution"], choice("operation", "whether the kernel is turned by half a turn")
    ] = "correlation"
    padding: Annotated[
        Literal["same", "mirrored", "valid", "full"],
        choice("padding", "what lies beyond the edge: 0, or the picture mirrored at its edge"),
    ] = "same"
    stride: Annotated[int, count("stride", "places from one stand of the kernel to the next", low=1, high=8)] = 1

    def stands(self, shape: tuple[int, ...], kernel: tuple[int, ...]) -> tuple[Reach, ...]:
        """Where a kernel [rows, columns] stands over a picture, down and across."""
        padding: Padding = "same" if self.padding == "mirrored" else self.padding
        if padding == "valid" and (kernel[0] > shape[0] or kernel[1] > shape[1]):
            raise LearnscopeError(
                f"a kernel of {kernel[0]} × {kernel[1]} does not fit into a picture of {shape[0]} × {shape[1]}; "
                "choose another padding, or a smaller kernel"
            )
        names = zip(("row", "column"), shape, kernel, strict=True)
        return tuple(reach("filter", name, n, k, self.stride, 1, padding, 0) for name, n, k in names)

    def turned(self, kernel: F) -> F:
        """The kernel as it meets the picture."""
        return kernel[::-1, ::-1] if self.operation == "convolution" else kernel

    def windows(self, picture: F, kernel: tuple[int, ...], fill: float = 0.0) -> F:
        """What a kernel of this size sees wherever it stands, [row, column, tap row, tap column]."""
        stands = self.stands(picture.shape, kernel)
        around = [(r.before, max(0, r.room - r.before - r.size)) for r in stands]
        if self.padding == "mirrored":
            framed = np.pad(picture, around, mode="symmetric")
        else:
            framed = np.pad(picture, around, constant_values=fill)
        seen = np.lib.stride_tricks.sliding_window_view(framed, kernel)
        return seen[:: self.stride, :: self.stride][: stands[0].places, : stands[1].places]

    def inside(self, shape: tuple[int, ...], kernel: tuple[int, ...]) -> NDArray[np.bool_]:
        """Which of what a kernel sees lies inside the picture, as `windows`."""
        plain = Sweep(padding="same" if self.padding == "mirrored" else self.padding, stride=self.stride)
        return plain.windows(np.ones(shape), kernel) > 0

    def sums(self, picture: F, kernel: F) -> F:
        """S [row, column], the sum of what the kernel sees times its numbers wherever it stands."""
        found: F = np.einsum("ijab,ab->ij", self.windows(picture, kernel.shape), self.turned(kernel))
        return found


class Filter(Kind, frozen=True):
    """A picture [row, column] in, a picture out. `formula` says how, in the course's notation, `source` from where."""

    registry: ClassVar[Registry[Filter]] = Registry("filter")
    formula: ClassVar[str]
    source: ClassVar[str]
    sweeps: ClassVar[bool] = True
    """Whether a window goes over the picture, so that operation, padding and stride mean something."""

    @property
    def numbers(self) -> F:
        """The numbers of its kernel as one reads them, [tap row, tap column]; empty where it has no single kernel."""
        return np.zeros((0, 0))

    @property
    def divisor(self) -> float:
        """What those numbers are divided by."""
        return 1.0

    @property
    def signed(self) -> bool:
        """Whether 0 is the middle of what comes out: the numbers of the kernel sum to 0, so they tell differences."""
        return self.numbers.size > 0 and abs(float(self.numbers.sum())) < 1e-9

    @property
    def layer(self) -> Layer | None:
        """The layer that does the same to all pictures before the network sees them; None where there is none."""
        return None

    def of(self, picture: F, sweep: Sweep) -> F:
        """The picture that comes out, [row, column]."""
        raise NotImplementedError

    def patches(self, picture: F, sweep: Sweep, row: int, column: int) -> tuple[Patch, ...]:
        """What is seen and what it is multiplied with at a place of what comes out; nothing where no window is."""
        return ()


def patch(name: str, picture: F, sweep: Sweep, kernel: F, at: tuple[int, int], *, weighed: bool = True) -> Patch:
    """What a kernel sees at one place of what comes out, with its numbers as they meet the picture."""
    seen, inside = sweep.windows(picture, kernel.shape)[at], sweep.inside(picture.shape, kernel.shape)[at]
    weights = sweep.turned(kernel).astype(np.float32) if weighed else None
    return Patch(name, seen.astype(np.float32), inside, weights)


def corner(sweep: Sweep, shape: tuple[int, ...], kernel: tuple[int, ...], row: int, column: int) -> tuple[int, int]:
    """The upper left place of the picture that a kernel sees at a place of what comes out."""
    down, across = sweep.stands(shape, kernel)
    return row * down.stride - down.before, column * across.stride - across.before


BRIGHTNESS: Final = (0.299, 0.587, 0.114)
"""What red, green and blue count in the brightness of a colour (Recommendation ITU-R BT.601)."""


def brightness(pixels: NDArray[np.floating[Any]]) -> F:
    """The brightness [row, column] of a picture [row, column, channel]: its only channel, or a mean of three."""
    if pixels.shape[2] == 1:
        return pixels[:, :, 0].astype(np.float64)
    found: F = pixels.astype(np.float64) @ np.array(BRIGHTNESS)
    return found


def histogram(picture: F, bins: int, low: float, high: float) -> NDArray[np.intp]:
    """How many pixels have values in each of `bins` equal parts of [low, high]; those beyond count at the ends."""
    return np.histogram(np.clip(picture, low, high), bins, (low, high))[0]
