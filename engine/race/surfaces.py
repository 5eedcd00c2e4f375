"""Surfaces on which optimisers are compared: value, slope, and what is known of them. One entry each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.records import Domain

Values = NDArray[np.float64]
Place = tuple[float, float]


class Surface(NamedTuple):
    """A function of the plane: f(x, y), and its slopes along x and y; both take numbers or arrays.

    `minima` are its lowest places, `start` the usual one to begin at, `help` says what it is hard at, and its source.
    """

    title: str
    formula: str
    value: Callable[[Any, Any], Any]
    slope: Callable[[Any, Any], tuple[Any, Any]]
    domain: Domain
    minima: tuple[Place, ...]
    start: Place
    help: str


TURN: Final = 2 * np.pi
STEEP: Final = 20.0
WALL: Final = 4.0
EDGE: Final = -1.5


def _beale(x: Any, y: Any) -> tuple[Any, Any, Any]:
    return 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3


def _beale_slope(x: Any, y: Any) -> tuple[Any, Any]:
    a, b, c = _beale(x, y)
    across = 2 * (a * (y - 1) + b * (y**2 - 1) + c * (y**3 - 1))
    return across, 2 * x * (a + 2 * b * y + 3 * c * y**2)


def _rosenbrock_slope(x: Any, y: Any) -> tuple[Any, Any]:
    return -2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)


def _himmelblau_slope(x: Any, y: Any) -> tuple[Any, Any]:
    a, b = x**2 + y - 11, x + y**2 - 7
    return 4 * x * a + 2 * b, 2 * a + 4 * y * b


def _wall(x: Any) -> Any:
    """1 left of the edge, 0 right of it: 1 / (1 + exp(k (x - e))), by a function that never overflows."""
    return (1 - np.tanh(STEEP / 2 * (x - EDGE))) / 2


def _cliff_slope(x: Any, y: Any) -> tuple[Any, Any]:
    wall = _wall(x)
    return 0.2 * x - WALL * STEEP * wall * (1 - wall), 0.2 * y


def _well(x: Any, y: Any) -> Any:
    return np.exp(-(x**2 + y**2) / 2)


SURFACES: Final[Mapping[str, Surface]] = {
    "bowl": Surface(
        "Bowl", "½ (x² + y²)",
        lambda x, y: (x**2 + y**2) / 2, lambda x, y: (x, y),
        Domain(-2.5, 2.5, -2, 2), ((0, 0),), (-2.0, 1.2),
        "The same in every direction: any rate below 2 arrives.",
    ),
    "ravine": Surface(
        "Ravine", "½ (x² + 25 y²)",
        lambda x, y: (x**2 + 25 * y**2) / 2, lambda x, y: (x, 25 * y),
        Domain(-2.5, 2.5, -1.2, 1.2), ((0, 0),), (-2.2, 0.8),
        "Steep across and flat along: plain descent swings from wall to wall, momentum gets on.",
    ),
    "saddle": Surface(
        "Saddle", "x² − y² + ¼ y⁴",
        lambda x, y: x**2 - y**2 + y**4 / 4, lambda x, y: (2 * x, y**3 - 2 * y),
        Domain(-2.2, 2.2, -2.2, 2.2), ((0, -np.sqrt(2)), (0, np.sqrt(2))), (-1.8, 0.01),
        "Nearly on the ridge: who follows the slope alone waits long at the saddle.",
    ),
    "rosenbrock": Surface(
        "Rosenbrock", "(1 − x)² + 100 (y − x²)²",
        lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, _rosenbrock_slope,
        Domain(-2, 2, -1, 3), ((1, 1),), (-1.2, 1.0),
        "A bent valley with a flat floor (Rosenbrock 1960, with its start).",
    ),
    "beale": Surface(
        "Beale", "(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
        lambda x, y: sum(part**2 for part in _beale(x, y)), _beale_slope,
        Domain(-4.5, 4.5, -4.5, 4.5), ((3, 0.5),), (1.0, 1.5),
        "A plain between walls that rise very steeply (Beale 1958).",
    ),
    "himmelblau": Surface(
        "Four minima", "(x² + y − 11)² + (x + y² − 7)²",
        lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2, _himmelblau_slope,
        Domain(-5, 5, -5, 5),
        ((3, 2), (-2.805118086952745, 3.131312518250573), (-3.779310253377747, -3.283185991286170),
         (3.584428340330492, -1.848126526964404)), (-0.5, -1.2),
        "Four equal minima: where one ends depends on the optimiser (Himmelblau 1972).",
    ),
    "rastrigin": Surface(
        "Many minima", "20 + x² − 10 cos 2πx + y² − 10 cos 2πy",
        lambda x, y: 20 + x**2 - 10 * np.cos(TURN * x) + y**2 - 10 * np.cos(TURN * y),
        lambda x, y: (2 * x + 10 * TURN * np.sin(TURN * x), 2 * y + 10 * TURN * np.sin(TURN * y)),
        Domain(-3, 3, -3, 3), ((0, 0),), (-2.3, 1.6),
        "A hole at nearly every whole number, the deepest in the middle (Rastrigin 1974).",
    ),
    "cliff": Surface(
        "Cliff", "0.1 (x² + y²) + 4 / (1 + exp 20 (x + 1.5))",
        lambda x, y: 0.1 * (x**2 + y**2) + WALL * _wall(x), _cliff_slope,
        Domain(-3, 3, -2.5, 2.5), ((0, 0),), (-2.0, 1.5),
        "At the edge the slope is a hundred times as steep: a long step is thrown far (Pascanu and others 2013).",
    ),
    "plateau": Surface(
        "Plateau", "1 − exp(−½ (x² + y²))",
        lambda x, y: 1 - _well(x, y), lambda x, y: (x * _well(x, y), y * _well(x, y)),
        Domain(-4, 4, -3.2, 3.2), ((0, 0),), (-2.8, 1.6),
        "Far from the minimum there is hardly a slope: who scales it gets on.",
    ),
}  # fmt: skip
"""By key, simple ones first."""
