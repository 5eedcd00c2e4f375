"""The six sets of TensorFlow Playground by their formulas (Apache-2.0 source, read 2022-06; formulas, not code).

Noise of the slider, 0 to 50 %, is n = value / 100 in the formulas. In class sets index 1 is the positive (blue) class.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.datasets.base import Count, Dataset, Noise
from engine.registry import register

Arrays = tuple[NDArray[np.float64], NDArray[np.float64]]
Stream = np.random.Generator

ORIGIN = "formula of TensorFlow Playground (Smilkov, Carter 2016)"


class PlaygroundSet(Dataset, frozen=True):
    """What the six have in common."""

    origin: ClassVar[str] = ORIGIN

    count: Count = 500
    noise: Noise = 0.0


@register("Circle")
class Circle(PlaygroundSet, tag="circle", frozen=True):
    """A disc inside a ring, radius R = 5. The points stay where they are: noise flips labels near the border."""

    def draw(self, points: Stream, noise: Stream) -> Arrays:
        n, radius = self.count, 5.0
        inner = np.arange(n) < n // 2
        r = np.where(inner, points.uniform(0, 0.5 * radius, n), points.uniform(0.7 * radius, radius, n))
        angle = points.uniform(0, 2 * np.pi, n)
        xy = np.stack([r * np.sin(angle), r * np.cos(angle)], axis=1)
        moved = xy + noise.uniform(-radius, radius, (n, 2)) * self.noise / 100
        return xy, (np.hypot(*moved.T) < 0.5 * radius).astype(np.float64)


@register("Exclusive or")
class Xor(PlaygroundSet, tag="xor", frozen=True):
    """Opposite quarters belong together; a gap of 0.3 along each axis. Noise flips labels."""

    def draw(self, points: Stream, noise: Stream) -> Arrays:
        xy = points.uniform(-5, 5, (self.count, 2))
        xy += np.where(xy > 0, 0.3, -0.3)
        moved = xy + noise.uniform(-5, 5, xy.shape) * self.noise / 100
        return xy, (moved[:, 0] * moved[:, 1] >= 0).astype(np.float64)


@register("Gauss")
class Gauss(PlaygroundSet, tag="gauss", frozen=True):
    """Two round clouds at (2, 2) and (-2, -2); noise widens their variance from 0.5 to 4."""

    def draw(self, points: Stream, noise: Stream) -> Arrays:
        n = self.count
        variance = 0.5 + 3.5 * self.noise / 50
        positive = np.arange(n) < n // 2
        centre = np.where(positive, 2.0, -2.0)[:, None]
        return centre + points.normal(0, np.sqrt(variance), (n, 2)), positive.astype(np.float64)


@register("Spiral")
class Spiral(PlaygroundSet, tag="spiral", frozen=True):
    """Two arms of 1.75 turns, radius up to 5; noise moves the points."""

    def draw(self, points: Stream, noise: Stream) -> Arrays:
        n = self.count
        positive = np.arange(n) < (n + 1) // 2
        arm = np.where(positive, (n + 1) // 2, n // 2)
        k = np.where(positive, np.arange(n), np.arange(n) - (n + 1) // 2)
        r, t = 5 * k / arm, 1.75 * k / arm * 2 * np.pi + np.where(positive, 0, np.pi)
        xy = np.stack([r * np.sin(t), r * np.cos(t)], axis=1)
        return xy + noise.uniform(-1, 1, (n, 2)) * self.noise / 100, positive.astype(np.float64)
