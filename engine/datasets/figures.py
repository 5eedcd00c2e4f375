"""Generated figures: circles, polygons, a star and a cross, drawn by their signed distance.

A figure is given by the signed distance d(x, y) to its edge, in places, negative inside. A place holds the share of it
that is covered: ½ - d, kept within 0 and 1; for an outline of width w it is ½ - (|d| - w/2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.datasets._pictures import Pictures, Side, disturbed, places
from engine.datasets.base import Drawn, Noise, Stream
from engine.fields import choice, count, number
from engine.registry import register

Values = NDArray[np.float64]
Distance = Callable[[Values, Values], Values]
Inked = Literal["filled", "outline", "either"]


def circle(x: Values, y: Values) -> Values:
    """Signed distance to the circle of radius 1."""
    found: Values = np.hypot(x, y) - 1.0
    return found


def polygon(corners: int) -> Distance:
    """Signed distance to the sides of a regular polygon with the area π, one side below; d is greatest of all sides'.

    With the distance a of a side from the middle the area is n a² tan(π/n).
    """
    middle = np.sqrt(np.pi / (corners * np.tan(np.pi / corners)))

    def distance(x: Values, y: Values) -> Values:
        sector = 2 * np.pi / corners
        angle = np.mod(np.arctan2(x, -y) + sector / 2, sector) - sector / 2
        found: Values = np.hypot(x, y) * np.cos(angle) - middle
        return found

    return distance


def star(x: Values, y: Values) -> Values:
    """Signed distance to the sides of a star of five tips with the area π, one tip above.

    Its inner corners are at 0.45 of the radius R of the tips; the area is 5 · 0.45 R² sin(π/5).
    """
    inner = 0.45
    tip = np.sqrt(np.pi / (5 * inner * np.sin(np.pi / 5)))
    radius, angle = np.hypot(x, y), np.mod(np.arctan2(x, y) + np.pi / 5, 2 * np.pi / 5) - np.pi / 5
    across, along = radius * np.abs(np.sin(angle)), radius * np.cos(angle)
    # the side from the tip (0, R) to the inner corner at the angle π/5
    right, down = inner * tip * np.sin(np.pi / 5), tip - inner * tip * np.cos(np.pi / 5)
    found: Values = (across * down + (along - tip) * right) / np.hypot(right, down)
    return found


def cross(x: Values, y: Values) -> Values:
    """Signed distance to the sides of a cross with the area π: two bars, three times as long as wide.

    A bar of half width w and half length 3 w; the cross has the area 20 w².
    """
    half = np.sqrt(np.pi / 20)
    across, up = np.abs(x), np.abs(y)
    bars = np.maximum(across - half, up - 3 * half), np.maximum(across - 3 * half, up - half)
    found: Values = np.minimum(*bars)
    return found


FIGURES: Final[dict[str, Distance]] = {
    "circle": circle,
    "triangle": polygon(3),
    "square": polygon(4),
    "pentagon": polygon(5),
    "hexagon": polygon(6),
    "octagon": polygon(8),
    "star": star,
    "cross": cross,
}
"""All of the same area, so how much ink there is does not tell them apart."""

RADIUS: Final = 0.27
"""Radius of the largest circle, in sides of the picture; the tips of triangle and star reach out to 0.42."""

PEN: Final = 1 / 14
"""Width of an outline, in sides of the picture."""


@register("Figures")
class Figures(Pictures, tag="figures", frozen=True):
    """Circle, triangle, square and so on, turned, scaled and shifted at random; all of the same area at one size.

    Sample i is of class i mod k. Turned by U(-φ, φ), of size U(s, 1) · 0.27 side, its middle moved by U(-m, m) along
    each axis; a place holds the share of it that is covered, plus N(0, n), kept within 0 and 1.
    """

    count: Annotated[int, count("pictures", "number of pictures", low=1, high=20_000, log=True)] = 2000
    classes: Annotated[int, count("classes", "the first so many of the figures", low=2, high=len(FIGURES))] = 4
    side: Side = 28
    drawn: Annotated[Inked, choice("drawn", "filled, as an outline, or either by chance")] = "filled"
    turn: Annotated[float, number("φ", "largest angle by which a figure is turned", low=0, high=180, unit="°")] = 180.0
    smallest: Annotated[float, number("s", "least size, of the largest", low=20, high=100, unit="%")] = 70.0
    shift: Annotated[float, number("m", "largest move along each axis, of the side", low=0, high=25, unit="%")] = 5.0
    noise: Noise = 5.0

    @property
    def form(self) -> tuple[int, int, int]:
        return self.side, self.side, 1

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(FIGURES)[: self.classes]

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        label = np.arange(self.count) % self.classes
        angle = np.deg2rad(self.turn) * points.uniform(-1, 1, self.count)
        radius = RADIUS * self.side * points.uniform(self.smallest / 100, 1, self.count)
        middle = self.side * self.shift / 100 * points.uniform(-1, 1, (2, self.count))
        hollow = points.uniform(0, 1, self.count) < {"filled": 0.0, "either": 0.5, "outline": 1.0}[self.drawn]
        x = np.empty((self.count, self.side, self.side), np.float32)
        for k, distance in enumerate(list(FIGURES.values())[: self.classes]):
            mine = label == k
            a, r, (right, up) = angle[mine, None, None], radius[mine, None, None], middle[:, mine, None, None]
            across, along = places(self.side)
            u, v = (across - right) / r, (along - up) / r
            d = r * distance(u * np.cos(a) + v * np.sin(a), v * np.cos(a) - u * np.sin(a))
            d = np.where(hollow[mine, None, None], np.abs(d) - PEN * self.side / 2, d)
            x[mine] = np.clip(0.5 - d, 0, 1)
        return disturbed(x, self.noise, noise), label.astype(np.float64)
