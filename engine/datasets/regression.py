"""Regressions: a value to predict instead of a class. Values lie about between -1 and +1.

Noise of the slider, 0 to 50 %, is n = value / 100 in the formulas.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Array
from engine.datasets.base import PLAYGROUND, Count, Dataset, Drawn, Noise, Samples, Stream, check_area
from engine.errors import DataError
from engine.fields import hidden, number
from engine.records import Domain
from engine.registry import register

STRIP = Domain(-6.0, 6.0, -1.5, 1.5)
"""Where a curve is shown: its input across, its value up."""

BUMPS: Final = np.array([(-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1)])
"""Centre and sign of each bump of `multi-gauss`."""


class Regression(Dataset, frozen=True):
    """What the generated regressions have in common."""

    family: ClassVar[str] = "regression"

    count: Count = 1200
    noise: Noise = 0.0

    @property
    def class_names(self) -> tuple[str, ...]:
        return ()


@register("Plane")
class Plane(Regression, tag="plane", frozen=True):
    """A tilted plane: x1, x2 ~ U(-6, 6), y = (x1 + x2) / 10 of the point moved by U(-6, 6) n along each axis."""

    origin: ClassVar[str] = PLAYGROUND

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        xy = points.uniform(-6, 6, (self.count, 2))
        moved = xy + noise.uniform(-6, 6, xy.shape) * self.noise / 100
        return xy, moved.sum(axis=1) / 10

    def expected(self, x: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = x.sum(axis=1) / 10
        return found


@register("Multi gauss")
class MultiGauss(Regression, tag="multi-gauss", frozen=True):
    """Six cones of alternating sign at (±4, ±2.5) and (0, ±2.5): y = sign · clamp(1 - distance/2, 0, 1).

    x1, x2 ~ U(-6, 6); the distance is that of the point moved by U(-6, 6) n along each axis; the largest in size wins.
    """

    origin: ClassVar[str] = PLAYGROUND

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        xy = points.uniform(-6, 6, (self.count, 2))
        moved = xy + noise.uniform(-6, 6, xy.shape) * self.noise / 100
        distance = np.hypot(*(moved[:, None, :] - BUMPS[None, :, :2]).transpose(2, 0, 1))
        height = np.clip(1 - distance / 2, 0, 1)
        best = height.argmax(axis=1)
        return xy, height[np.arange(len(xy)), best] * BUMPS[best, 2]


@register("Noisy plane")
class NoisyPlane(Regression, tag="noisy-plane", frozen=True):
    """A plane of your own slopes with noise on the value: y = a x1 + b x2 + c + N(0, n), x1, x2 ~ U(-6, 6).

    One linear neuron can learn it, and its weights must then be the slopes.
    """

    count: Count = 500
    noise: Noise = 10.0
    a: Annotated[float, number("slope a", "change of the value along x1", low=-1, high=1)] = 0.1
    b: Annotated[float, number("slope b", "change of the value along x2", low=-1, high=1)] = -0.05
    c: Annotated[float, number("offset c", "the value in the middle", low=-1, high=1)] = 0.2

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        xy = points.uniform(-6, 6, (self.count, 2))
        return xy, self.expected(xy) + noise.normal(0, 1, self.count) * self.noise / 100

    def expected(self, x: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = x @ (self.a, self.b) + self.c
        return found


@register("Noisy sine")
class Sine(Regression, tag="sine", frozen=True):
    """A wave over one input: x ~ U(-6, 6), y = sin(f x) + N(0, n)."""

    count: Count = 200
    noise: Noise = 10.0
    frequency: Annotated[float, number("frequency f", "radians per unit of x", low=0.1, high=5)] = 1.0

    @property
    def columns(self) -> tuple[str, ...]:
        return ("x1",)

    @property
    def domain(self) -> Domain:
        return STRIP

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        x = points.uniform(-6, 6, self.count)
        return x[:, None], self.expected(x[:, None]) + noise.normal(0, 1, self.count) * self.noise / 100

    def expected(self, x: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.sin(self.frequency * x[:, 0])
        return found


NOTHING = Array(np.zeros(0))


@register("Drawn curve")
class Curve(Dataset, tag="curve", frozen=True):
    """Points of a curve somebody drew: `x`, `y`, `keys` [point]; y is the value to predict from x."""

    family: ClassVar[str] = "own"
    origin: ClassVar[str] = "drawn by the user"

    x: Annotated[Array, hidden("inputs", "where the points lie across")] = NOTHING
    y: Annotated[Array, hidden("values", "where the points lie up")] = NOTHING
    keys: Annotated[Array, hidden("keys", "their places in the split, in [0, 1)")] = NOTHING
    area: Annotated[tuple[float, float, float, float], hidden("area", "left, right, bottom, top")] = STRIP

    def __post_init__(self) -> None:
        check_area(self.area)
        if not (self.x.values.shape == self.y.values.shape == self.keys.values.shape == (len(self.x),)):
            raise DataError("a drawn curve needs x [n], y [n] and keys [n] with one n; the lengths differ")
        if not all(np.isfinite(a.values).all() for a in (self.x, self.y, self.keys)):
            raise DataError("a drawn curve holds a number that is not finite; remove that point")

    @property
    def columns(self) -> tuple[str, ...]:
        return ("x1",)

    @property
    def class_names(self) -> tuple[str, ...]:
        return ()

    @property
    def domain(self) -> Domain:
        return Domain(*self.area)

    def samples(self, seed: int) -> Samples:
        """Return the points as they were drawn; no seed moves them."""
        x, y, keys = (a.values.astype(np.float64, copy=False) for a in (self.x, self.y, self.keys))
        return Samples(self.columns, x[:, None], y, keys, domain=self.domain)
