"""Filters that are one kernel: each pixel becomes a weighted sum of those around it."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Final

import numpy as np

from engine.fields import count, number
from engine.filters.base import F, Filter, Sweep, patch
from engine.producers.cell import Patch
from engine.registry import register

COURSE: Final = "the course's slides on linear filters"
Rows = tuple[tuple[float, ...], ...]
"""The numbers of a kernel, row by row."""


class Linear(Filter, frozen=True):
    """A filter that is one kernel."""

    @property
    def kernel(self) -> F:
        """What the picture is weighed with, [tap row, tap column]."""
        return self.numbers / self.divisor

    def of(self, picture: F, sweep: Sweep) -> F:
        return sweep.sums(picture, self.kernel)

    def patches(self, picture: F, sweep: Sweep, row: int, column: int) -> tuple[Patch, ...]:
        return (patch("picture", picture, sweep, self.kernel, (row, column)),)


class Fixed(Linear, frozen=True):
    """A filter that is always the same kernel."""

    rows: ClassVar[Rows]
    """Its numbers, row by row."""
    over: ClassVar[float] = 1.0
    """What they are divided by."""

    @property
    def numbers(self) -> F:
        return np.array(self.rows, np.float64)

    @property
    def divisor(self) -> float:
        return self.over


@register("Identity")
class Identity(Fixed, tag="identity-filter", frozen=True):
    """Every pixel stays what it is."""

    formula: ClassVar[str] = "S = I"
    source: ClassVar[str] = COURSE
    rows: ClassVar[Rows] = (0, 0, 0), (0, 1, 0), (0, 0, 0)


@register("Shift")
class Shift(Fixed, tag="shift-filter", frozen=True):
    """Every pixel takes the value of its right neighbour: the picture moves left; a true convolution moves it right."""

    formula: ClassVar[str] = "S[i, j] = I[i, j + 1]"
    source: ClassVar[str] = COURSE
    rows: ClassVar[Rows] = (0, 0, 0), (0, 0, 1), (0, 0, 0)


@register("Box blur")
class Box(Linear, tag="box-filter", frozen=True):
    """The mean of a square of pixels: noise and edges become smooth alike."""

    formula: ClassVar[str] = "S = mean of n × n pixels"
    source: ClassVar[str] = COURSE

    side: Annotated[int, count("n", "pixels along a side of the square", low=1, high=15)] = 3

    @property
    def numbers(self) -> F:
        return np.ones((self.side, self.side))

    @property
    def divisor(self) -> float:
        return float(self.side**2)


def bell(deviation: float) -> F:
    """exp(-(x² + y²) / 2σ²) out to 3σ, [row, column]."""
    far = max(1, math.ceil(3 * deviation))
    along = np.exp(-(np.arange(-far, far + 1) ** 2) / (2 * deviation**2))
    return np.outer(along, along)


@register("Gaussian blur")
class Gaussian(Linear, tag="gaussian-filter", frozen=True):
    """A mean in which near pixels count more; two in a row are one with √2 times the deviation.

    The bell is cut off at 3σ and divided by its sum, so that an even ground keeps its value.
    """

    formula: ClassVar[str] = "K = exp(−(x² + y²) / 2σ²) / Σ"
    source: ClassVar[str] = COURSE

    deviation: Annotated[float, number("σ", "standard deviation of the bell, in pixels", low=0.3, high=3)] = 1.0

    @property
    def numbers(self) -> F:
        return bell(self.deviation)

    @property
    def divisor(self) -> float:
        return float(bell(self.deviation).sum())


@register("Sharpen")
class Sharpen(Fixed, tag="sharpen-filter", frozen=True):
    """Every pixel five times, less its four neighbours: an even ground stays, edges grow steeper."""

    formula: ClassVar[str] = "S = 5 I − the four neighbours"
    source: ClassVar[str] = "worked example of the course book"
    rows: ClassVar[Rows] = (0, -1, 0), (-1, 5, -1), (0, -1, 0)


@register("Sharpen by the mean")
class SharpenMean(Fixed, tag="sharpen-mean-filter", frozen=True):
    """Twice the picture less its mean over 3 × 3 pixels."""

    formula: ClassVar[str] = "S = 2 I − mean"
    source: ClassVar[str] = COURSE
    rows: ClassVar[Rows] = (-1, -1, -1), (-1, 17, -1), (-1, -1, -1)
    over: ClassVar[float] = 9.0


@register("Unsharp masking")
class Unsharp(Linear, tag="unsharp-filter", frozen=True):
    """The picture and α times its detail, which is the picture less its Gaussian blur."""

    formula: ClassVar[str] = "S = I + α (I − G ∗ I)"
    source: ClassVar[str] = COURSE

    amount: Annotated[float, number("α", "how much detail is added", low=0, high=10)] = 1.0
    deviation: Annotated[float, number("σ", "standard deviation of the blur, in pixels", low=0.3, high=3)] = 1.0

    @property
    def numbers(self) -> F:
        blur = bell(self.deviation)
        found: F = -self.amount * blur / blur.sum()
        found[len(blur) // 2, len(blur) // 2] += 1 + self.amount
        return found


@register("Emboss")
class Emboss(Fixed, tag="emboss-filter", frozen=True):
    """The picture with what changes from upper left to lower right: as if lit from a corner."""

    formula: ClassVar[str] = "S = I + slope along the diagonal"
    source: ClassVar[str] = "usual kernel of picture editors"
    rows: ClassVar[Rows] = (-2, -1, 0), (-1, 1, 1), (0, 1, 2)
