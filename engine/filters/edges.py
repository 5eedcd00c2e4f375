"""Filters that find where a picture changes: their kernels sum to 0, so an even ground becomes 0."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from engine.fields import flag
from engine.filters.base import F, Filter, Sweep, patch
from engine.filters.linear import COURSE, Fixed, Rows
from engine.producers.cell import Patch
from engine.registry import register


@register("Sobel x")
class SobelX(Fixed, tag="sobel-x-filter", frozen=True):
    """The slope from left to right, smoothed down; 1 on a ramp that rises by 1 per pixel to the right."""

    formula: ClassVar[str] = "s_x = slope to the right"
    source: ClassVar[str] = COURSE
    rows: ClassVar[Rows] = (-1, 0, 1), (-2, 0, 2), (-1, 0, 1)
    over: ClassVar[float] = 8.0


@register("Sobel y")
class SobelY(Fixed, tag="sobel-y-filter", frozen=True):
    """The slope from bottom to top, smoothed across; -1 on a ramp that rises by 1 per pixel downwards."""

    formula: ClassVar[str] = "s_y = slope upwards"
    source: ClassVar[str] = COURSE
    rows: ClassVar[Rows] = (1, 2, 1), (0, 0, 0), (-1, -2, -1)
    over: ClassVar[float] = 8.0


@register("Sobel magnitude")
class SobelMagnitude(Filter, tag="sobel-filter", frozen=True):
    """How steep the picture is, whatever the direction."""

    formula: ClassVar[str] = "S = √(s_x² + s_y²)"
    source: ClassVar[str] = COURSE

    def of(self, picture: F, sweep: Sweep) -> F:
        return np.hypot(SobelX().of(picture, sweep), SobelY().of(picture, sweep))

    def patches(self, picture: F, sweep: Sweep, row: int, column: int) -> tuple[Patch, ...]:
        across, up = SobelX().kernel, SobelY().kernel
        return tuple(patch(name, picture, sweep, k, (row, column)) for name, k in (("s_x", across), ("s_y", up)))


@register("Laplacian")
class Laplacian(Fixed, tag="laplacian-filter", frozen=True):
    """The four neighbours less four times the pixel: how much the slope changes; 0 on every ramp."""

    formula: ClassVar[str] = "S = ∂²I/∂x² + ∂²I/∂y²"
    source: ClassVar[str] = "differences of second order (Gonzalez, Woods, “Digital Image Processing”)"
    rows: ClassVar[Rows] = (0, 1, 0), (1, -4, 1), (0, 1, 0)


@register("Edge")
class Edge(Fixed, tag="edge-filter", frozen=True):
    """All eight neighbours less eight times the pixel: edges in every direction, two-sided."""

    formula: ClassVar[str] = "S = the eight neighbours − 8 I"
    source: ClassVar[str] = COURSE
    rows: ClassVar[Rows] = (1, 1, 1), (1, -8, 1), (1, 1, 1)


@register("Vertical edge")
class VerticalEdge(Fixed, tag="vertical-edge-filter", frozen=True):
    """Three pixels on the left less three on the right: an edge from light to dark is 3 times its height."""

    formula: ClassVar[str] = "S = left column − right column"
    source: ClassVar[str] = "worked example of the course's textbook"
    rows: ClassVar[Rows] = (1, 0, -1), (1, 0, -1), (1, 0, -1)

    turned: Annotated[bool, flag("horizontal", "top row less bottom row instead")] = False

    @property
    def numbers(self) -> F:
        found = super().numbers
        return found.T.copy() if self.turned else found
