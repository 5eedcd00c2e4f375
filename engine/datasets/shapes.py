"""Class sets of the plane beyond TensorFlow Playground's: moons, rings, arms of a spiral, a board, clouds.

Noise of the slider, 0 to 50 %, is n = value / 100 in the formulas. Sample i belongs to class i mod k, so the classes
are equal in size up to one sample; a board's follow from where its points fell.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from engine.datasets.base import MOST_DRAWN, Classes, Count, Dataset, Drawn, Noise, Stream
from engine.fields import count, number
from engine.registry import register

Values = NDArray[np.float64]


class Shape(Dataset, frozen=True):
    """What the shapes have in common."""

    count: Count = 500
    noise: Noise = 0.0


def numbered(classes: int) -> tuple[str, ...]:
    """The names 1 .. k."""
    return tuple(str(k + 1) for k in range(classes))


def around(radius: Values | float, angle: Values) -> Values:
    """Points at these radii and angles, [point, 2]; the angle runs clockwise from the top, as in the Playground."""
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)


@register("Moons")
class Moons(Shape, tag="moons", frozen=True):
    """Two half circles of radius 3 that reach into each other; the distances are those of scikit-learn's `make_moons`.

    With t ~ U(0, π): class 1 at 3 (cos t - ½, sin t - ¼), class 2 at 3 (½ - cos t, ¼ - sin t), each coordinate moved by
    N(0, 3 n).
    """

    noise: Noise = 10.0

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        y = np.arange(self.count) % 2
        t = points.uniform(0, np.pi, self.count)
        upper = np.stack([np.cos(t) - 0.5, np.sin(t) - 0.25], axis=1)
        xy = 3 * np.where(y == 0, 1, -1)[:, None] * upper
        return xy + noise.normal(0, 1, xy.shape) * 3 * self.noise / 100, y.astype(np.float64)


@register("Rings")
class Rings(Shape, tag="rings", frozen=True):
    """k rings around one middle, class c = 0 .. k-1 from inside to outside.

    r = 5/k (c + 1 + U(-0.15, 0.15)), angle ~ U(0, 2π), each coordinate moved by N(0, 5/k n).
    """

    rings: Annotated[int, count("rings", "number of rings, one class each", low=2, high=MOST_DRAWN)] = 3

    @property
    def class_names(self) -> tuple[str, ...]:
        return numbered(self.rings)

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        y, gap = np.arange(self.count) % self.rings, 5.0 / self.rings
        r = gap * (y + 1 + points.uniform(-0.15, 0.15, self.count))
        xy = around(r, points.uniform(0, 2 * np.pi, self.count))
        return xy + noise.normal(0, 1, xy.shape) * gap * self.noise / 100, y.astype(np.float64)


@register("Spirals")
class Spirals(Shape, tag="spirals", frozen=True):
    """k arms of a spiral, one class each: the Playground's spiral for any number of arms and turns.

    u ~ U(0.04, 1), r = 5 u, t = 2π (turns u + c/k); x1 = r sin t + U(-1, 1) n, x2 = r cos t + U(-1, 1) n.
    The arms begin at u = 0.04, because in the very middle no point would say which arm it is on.
    """

    arms: Annotated[int, count("arms", "number of arms, one class each", low=2, high=MOST_DRAWN)] = 3
    turns: Annotated[float, number("turns", "how often an arm goes round", low=0.25, high=4)] = 1.0

    @property
    def class_names(self) -> tuple[str, ...]:
        return numbered(self.arms)

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        y = np.arange(self.count) % self.arms
        u = points.uniform(0.04, 1, self.count)
        xy = around(5 * u, 2 * np.pi * (self.turns * u + y / self.arms))
        return xy + noise.uniform(-1, 1, xy.shape) * self.noise / 100, y.astype(np.float64)


@register("Checkerboard")
class Checkerboard(Shape, tag="checkerboard", frozen=True):
    """A board of n x n squares over [-5, 5]²; neighbours differ in class, the lower left square is of the first.

    x1, x2 ~ U(-5, 5). The points stay where they are: the label is that of the point moved by U(-s, s) n along each
    axis, with s the width of a square, so noise flips labels near the edges.
    """

    squares: Annotated[int, count("squares", "number of squares along each side", low=2, high=10)] = 4

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        side = 10 / self.squares
        xy = points.uniform(-5, 5, (self.count, 2))
        moved = xy + noise.uniform(-side, side, xy.shape) * self.noise / 100
        return xy, np.floor((moved + 5) / side).sum(axis=1) % 2


@register("Blobs")
class Blobs(Shape, tag="blobs", frozen=True):
    """k round clouds, one class each, evenly around a circle of radius 3.5: class c at the angle 2π c/k.

    Each coordinate is N(centre, 0.5 + 2 n).
    """

    noise: Noise = 10.0
    classes: Classes = 3

    @property
    def class_names(self) -> tuple[str, ...]:
        return numbered(self.classes)

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        y = np.arange(self.count) % self.classes
        centres = around(3.5, 2 * np.pi * y / self.classes)
        deviation = 0.5 + 2 * self.noise / 100
        return centres + points.normal(0, 1, centres.shape) * deviation, y.astype(np.float64)
