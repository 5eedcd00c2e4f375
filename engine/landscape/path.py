"""The path that a run takes through its weights: kept while somebody looks, thinned as it grows."""

from __future__ import annotations

from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

MOST: Final = 512
"""Points of a path; when there would be more, every second goes and the grid of steps is twice as wide."""
FEWEST: Final = 16
MEMORY: Final = 64 << 20
"""Bytes that the points may take; a very large network keeps fewer of them."""

Weights = NDArray[np.float32]


@final
class Path:
    """All learned numbers at multiples of `stride` steps, `breaks` where somebody else moved them (set or undone).

    Which steps are kept depends on the steps alone, never on time, as long as somebody looks (`watched`).
    """

    def __init__(self) -> None:
        self.watched = False
        self.steps: list[int] = []
        self.points: list[Weights] = []
        self.breaks: list[bool] = []
        self.stride = 1
        self._away = False

    def __len__(self) -> int:
        """The number of points."""
        return len(self.points)

    def clear(self) -> None:
        """Begin anew."""
        self.steps, self.points, self.breaks, self.stride, self._away = [], [], [], 1, False

    def follow(self, step: int, weights: NDArray[Any]) -> None:
        """Take note of where the weights are; a step back means that the run began anew."""
        if self.steps and step < self.steps[-1]:
            self.clear()
        if not self.watched:
            self._away = True
        elif not self.points or self._away:
            self._add(step, weights, bool(self.points))
        elif step == self.steps[-1]:
            if not np.array_equal(self.points[-1], weights):
                self._add(step, weights, True)
        elif step % self.stride == 0:
            self._add(step, weights, False)

    def _add(self, step: int, weights: NDArray[Any], after_gap: bool) -> None:
        self._away = False
        self.steps.append(step)
        self.points.append(np.array(weights, np.float32))
        self.breaks.append(after_gap)
        most = max(FEWEST, min(MOST, MEMORY // max(weights.size * 4, 1)))
        if len(self.points) > most:
            self.stride *= 2
            kept = [k for k, s in enumerate(self.steps) if s % self.stride == 0 or k == 0 or self.breaks[k]]
            self._keep(kept if len(kept) < len(self.points) else kept[::2])

    def _keep(self, kept: list[int]) -> None:
        self.steps = [self.steps[k] for k in kept]
        self.points = [self.points[k] for k in kept]
        self.breaks = [self.breaks[k] for k in kept]

    def matrix(self, most: int = MOST) -> NDArray[np.float64]:
        """At most so many of its points, spread evenly, the last among them: [point, number]."""
        chosen = np.unique(np.linspace(0, len(self.points) - 1, min(len(self.points), most)).astype(int))
        return np.array([self.points[int(k)] for k in chosen], np.float64)
