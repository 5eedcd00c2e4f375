"""Filters that find where a picture changes: their kernels sum to 0, so an even ground becomes 0."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

import numpy as np

from engine.fields import flag
from engine.filters.base import F, Filter, Sweep, patch
from engine.filters.linear import COURSE, Linear, kernel
from engine.producers.cell import Patch
from engine.registry import register

ACROSS: Final = kernel([-1, 0, 1], [-2, 0, 2], [-1, 0, 1])
UP: Final = kernel([1, 2, 1], [0, 0, 0], [-1, -2, -1])
EIGHTH: Final = 8.0
"""What makes the slope of a ramp of 1 per pixel 1."""


@register("Sobel x")
class SobelX(Linear, tag="sobel-x-filter", frozen=True):
    """The slope from left to right, smoothed down; 1 on a ramp that rises by 1 per pixel to the right."""

    formula: ClassVar[str] = "s_x = slope to the right"
    source: ClassVar[str] = COURSE

    @property
    def numbers(self) -> F:
        return ACROSS.copy()

    @property
    def divisor(self) -> float:
        return EIGHTH


@register("Sobel y")
class SobelY(Linear, tag="sobel-y-filter", frozen=True):
    """The slope from bottom to top, smoothed across; -1 on a ramp that rises by 1 per pixel downwards."""

    formula: ClassVar[str] = "s_y = slope upwards"
    source: ClassVar[str] = COURSE

    @property
    def numbers(self) -> F:
        return UP.copy()

    @property
    def divisor(self) -> float:
        return EIGHTH


@register("Sobel magnitude")
class SobelMagnitude(Filter, tag="sobel-filter", frozen=True):
    """How steep the picture is, whatever the direction."""

    formula: ClassVar[str] = "S = √(s_x² + s_y²)"
    source: ClassVar[str] = COURSE

    def of(self, picture: F, sweep: Sweep) -> F:
        return np.hypot(*(sweep.sums(picture, k / EIGHTH) for k in (ACROSS, UP)))

    def patches(self, picture: F, sweep: Sweep, row: int, column: int) -> tuple[Patch, ...]:
        return tuple(
            patch(name, picture, sweep, k / EIGHTH, (row, column)) for name, k in (("s_x", ACROSS), ("s_y", UP))
        )


@register("Laplacian")
class Laplacian(Linear, tag="laplacian-filter", frozen=True):
    """The four neighbours less four times the pixel: how much the slope changes; 0 on every ramp."""

    formula: ClassVar[str] = "S = ∂²I/∂x² + ∂²I/∂y²"
    source: ClassVar[str] = "differences of second order (Gonzalez, Woods, “Digital Image Processing”)"

    @property
    def numbers(self) -> F:
        return kernel([0, 1, 0], [1, -4, 1], [0, 1, 0])


@register("Edge")
class Edge(Linear, tag="edge-filter", frozen=True):
    """All eight neighbours less eight times the pixel: edges in every direction, two-sided."""

    formula: ClassVar[str] = "S = the eight neighbours − 8 I"
    source: ClassVar[str] = COURSE

    @property
    def numbers(self) -> F:
        return kernel([1, 1, 1], [1, -8, 1], [1, 1, 1])


@register("Vertical edge")
class VerticalEdge(Linear, tag="vertical-edge-filter", frozen=True):
    """Three pixels on the left less three on the right: an edge from light to dark is 3 times its height."""

    formula: ClassVar[str] = "S = left column − right column"
    source: ClassVar[str] = "worked example of the course's textbook"

    turned: Annotated[bool, flag("horizontal", "top row less bottom row instead")] = False

    @property
    def numbers(self) -> F:
        found = kernel([1, 0, -1], [1, 0, -1], [1, 0, -1])
        return found.T.copy() if self.turned else found
