"""Planes through the weights of a network: two directions, random, downhill, or those of a path.

Li, Xu, Taylor, Studer, Goldstein 2018, Visualizing the Loss Landscape of Neural Nets: random directions are scaled
neuron by neuron to the length of its weights (biases stay), and a path is seen along its principal components.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine import streams
from engine.landscape.vectors import Form, Vector

WORK: Final = 2e8
"""Multiplications that the components of a path may take; of a long path in a large network fewer points are used."""

SOME: Final = 24
"""Most points of a path that its components are taken of: their eigenvectors take 0.2 ms, those of 64 points 70 ms."""


class Plane(NamedTuple):
    """The weights `origin` + a `across` + b `up`, all [number]; `kind` says what the directions are.

    Along `random` directions 1 is the length of each neuron's weights; otherwise a and b are distances. `shares` are
    those of the variance of a path along its components, NaN for other directions.
    """

    kind: str
    origin: Vector
    across: Vector
    up: Vector
    shares: tuple[float, float] = (math.nan, math.nan)

    def at(self, a: float, b: float) -> Vector:
        """The weights at a place."""
        found: Vector = self.origin + a * self.across + b * self.up
        return found

    def of(self, weights: NDArray[Any]) -> NDArray[np.float64]:
        """The places [point, 2] of the plane that are nearest to weights [point, number]."""
        both = np.stack([self.across, self.up])
        found: NDArray[Any] = np.linalg.lstsq(both @ both.T, both @ (weights - self.origin).T, rcond=None)[0]
        return found.T.astype(np.float64)

    def away(self, weights: NDArray[Any], place: NDArray[np.float64]) -> float:
        """How far weights are from a place."""
        return float(np.linalg.norm(weights - self.at(float(place[0]), float(place[1]))))


def random_plane(form: Form, origin: Vector, seed: int) -> Plane:
    """Two random directions, each neuron's part as long as its weights; the same for the same seed."""
    return Plane("random", origin, _random(form, origin, seed, "across"), _random(form, origin, seed, "up"))


def _random(form: Form, origin: Vector, seed: int, which: str) -> Vector:
    whole = float(np.linalg.norm(origin))
    parts = {}
    for name, parameter in form.parameters.items():
        if parameter.is_weight:
            drawn = streams.generator(seed, "weights", "landscape", which, name).normal(size=parameter.shape)
            units = tuple(range(drawn.ndim - 1))
            wanted = np.sqrt(np.square(form.array(origin, name)).sum(axis=units)) if whole else 1.0
            parts[name] = drawn * (wanted / np.sqrt(np.square(drawn).sum(axis=units)))
    return form.direction(parts)


def gradient_plane(form: Form, origin: Vector, gradient: Vector, seed: int) -> Plane:
    """Downhill, and a random direction at a right angle to it; both of length 1."""
    length = float(np.linalg.norm(gradient))
    if not 0 < length < math.inf:
        return random_plane(form, origin, seed)
    across = -gradient / length
    up = _random(form, origin, seed, "up")
    up = up - (up @ across) * across
    length = float(np.linalg.norm(up))
    return Plane("gradient", origin, across, up / (length or 1.0))


def path_plane(origin: Vector, points: NDArray[np.float64]) -> Plane | None:
    """The two directions of length 1 along which points [point, number] spread most; None where they are one place.

    The plane goes through `origin`, and the path goes to the right and up along it.
    """
    x = points - points.mean(axis=0)
    total = float((x**2).sum())
    if len(points) < 3 or not 0 < total < math.inf:
        return None
    values, vectors = np.linalg.eigh(x @ x.T)
    found = x.T @ vectors[:, :-3:-1]
    length = np.linalg.norm(found, axis=0)
    if length[1] < 1e-9 * length[0]:
        return None
    found = found / length
    found *= np.where((points[-1] - points[0]) @ found < 0, -1.0, 1.0)
    first, second = (max(float(v), 0.0) / total for v in values[:-3:-1])
    return Plane("path", origin, found[:, 0].copy(), found[:, 1].copy(), (first, second))


def affordable(count: int) -> int:
    """How many points of a path in so many dimensions its components are taken of."""
    return int(min(max(math.sqrt(WORK / max(count, 1)), 8), SOME))
