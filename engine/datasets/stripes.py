"""Stripes and edges at angles: what the first filters of a convolutional net learn to tell apart."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import numpy as np

from engine.datasets._pictures import Pictures, Side, disturbed, places
from engine.datasets.base import Drawn, Noise, Stream
from engine.fields import choice, count, number
from engine.registry import register

Pattern = Literal["stripes", "edges", "either"]

EDGE: Final = 0.25
"""How far an edge may be from the middle of the picture, in sides."""


@register("Stripes and edges")
class Stripes(Pictures, tag="stripes", frozen=True):
    """Stripes, or one edge, that run at one of k angles 180°/k · (0 .. k-1), counter-clockwise from the horizontal.

    With φ the angle, moved by U(-j, j), and s = y cos φ - x sin φ the distance of a place from the middle line, stripes
    are ½ + ½ cos(2π s/λ + ψ) with λ ~ U(λ₁, λ₂) and ψ ~ U(0, 2π); an edge is ½ ± (s - e), kept within 0 and 1, with
    e ~ U(-¼, ¼) side and either sign. Then N(0, n) is added. Sample i is of class i mod k.
    """

    count: Annotated[int, count("pictures", "number of pictures", low=1, high=20_000, log=True)] = 1000
    angles: Annotated[int, count("angles", "number of angles, one class each", low=2, high=36)] = 4
    side: Side = 16
    pattern: Annotated[Pattern, choice("pattern", "stripes, one edge, or either by chance")] = "stripes"
    shortest: Annotated[float, number("λ₁", "least width of a stripe with its gap", low=2, high=32)] = 4.0
    longest: Annotated[float, number("λ₂", "greatest width, where it is above λ₁", low=2, high=32)] = 8.0
    jitter: Annotated[float, number("j", "largest move of an angle", low=0, high=45, unit="°")] = 5.0
    noise: Noise = 10.0

    @property
    def form(self) -> tuple[int, int, int]:
        return self.side, self.side, 1

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(f"{180 * k / self.angles:.4g}°" for k in range(self.angles))

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        label = np.arange(self.count) % self.angles
        degrees = 180 * label / self.angles + self.jitter * points.uniform(-1, 1, self.count)
        angle = np.deg2rad(degrees)[:, None, None]
        longest = max(self.shortest, self.longest)
        period, phase, edge, kind, sign = points.uniform(0, 1, (5, self.count, 1, 1))
        across, up = places(self.side)
        s = up * np.cos(angle) - across * np.sin(angle)
        waves = s / (self.shortest + (longest - self.shortest) * period) + phase
        stripes = 0.5 + 0.5 * np.cos(2 * np.pi * waves)
        edges = np.clip(0.5 + np.where(sign < 0.5, 1, -1) * (s - EDGE * self.side * (2 * edge - 1)), 0, 1)
        x = np.where(kind < {"stripes": 0.0, "either": 0.5, "edges": 1.0}[self.pattern], edges, stripes)
        return disturbed(x.astype(np.float32), self.noise, noise), label.astype(np.float64)
