"""The four class sets of TensorFlow Playground by their formulas (Apache-2.0 source, read 2022-06; formulas, not code).

Noise of the slider, 0 to 50 %, is n = value / 100 in the formulas. In class sets index 1 is the positive (blue) class.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.datasets.base import PLAYGROUND, Count, Dataset, Drawn, Noise, Stream
from engine.registry import register


class PlaygroundSet(Dataset, frozen=True):
    """What the four have in common."""

    origin: ClassVar[str] = PLAYGROUND

    count: Count = 500
    noise: Noise = 0.0


@register("Circle")
class Circle(PlaygroundSet, tag="circle", frozen=True):
    """A disc inside a ring, R = 5. The points stay where they are: noise flips labels near the border.

    Half r ~ U(0, R/2), half r ~ U(0.7 R, R), angle ~ U(0, 2π); positive where the point moved by U(-R, R) n along each
    axis lies within R/2 of the middle.
    """

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        n, radius = self.count, 5.0
        inner = np.arange(n) < n // 2
        r = np.where(inner, points.uniform(0, 0.5 * radius, n), points.uniform(0.7 * radius, radius, n))
        angle = points.uniform(0, 2 * np.pi, n)
        xy = np.stack([r * np.sin(angle), r * np.cos(angle)], axis=1)
        moved = xy + noise.uniform(-radius, radius, (n, 2)) * self.noise / 100
        return xy, (np.hypot(*moved.T) < 0.5 * radius).astype(np.float64)


@register("Exclusive or")
class Xor(PlaygroundSet, tag="xor", frozen=True):
    """Opposite quarters belong together, with a gap of 0.3 along each axis. Noise flips labels.

    x1, x2 ~ U(-5, 5), then 0.3 away from each axis; positive where x1 x2 >= 0 of the point moved by U(-5, 5) n.
    """

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        xy = points.uniform(-5, 5, (self.count, 2))
        xy += np.where(xy > 0, 0.3, -0.3)
        moved = xy + noise.uniform(-5, 5, xy.shape) * self.noise / 100
        return xy, (moved[:, 0] * moved[:, 1] >= 0).astype(np.float64)


@register("Gauss")
class Gauss(PlaygroundSet, tag="gauss", frozen=True):
    """Two round clouds: N((2, 2), v) is positive, N((-2, -2), v) negative; v grows from 0.5 at n = 0 to 4 at n = ½."""

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        n = self.count
        variance = 0.5 + 3.5 * self.noise / 50
        positive = np.arange(n) < n // 2
        centre = np.where(positive, 2.0, -2.0)[:, None]
        return centre + points.normal(0, np.sqrt(variance), (n, 2)), positive.astype(np.float64)


@register("Spiral")
class Spiral(PlaygroundSet, tag="spiral", frozen=True):
    """Two arms of 1.75 turns; noise moves the points.

    For i = 0 .. m-1 on an arm of m points: r = 5 i/m, t = 1.75 (i/m) 2π (+ π on the negative arm);
    x1 = r sin t + U(-1, 1) n, x2 = r cos t + U(-1, 1) n.
    """

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        n = self.count
        positive = np.arange(n) < (n + 1) // 2
        arm = np.where(positive, (n + 1) // 2, n // 2)
        k = np.where(positive, np.arange(n), np.arange(n) - (n + 1) // 2)
        r, t = 5 * k / arm, 1.75 * k / arm * 2 * np.pi + np.where(positive, 0, np.pi)
        xy = np.stack([r * np.sin(t), r * np.cos(t)], axis=1)
        return xy + noise.uniform(-1, 1, (n, 2)) * self.noise / 100, positive.astype(np.float64)
