"""Drawing: every brush is a pure function from own points (or a drawn curve) to new ones.

A tool is called as `tool(points, path, brush, stream)`: `path` [n, 2] are the places of the pointer since the last
call, `brush` its radius, strength and class, `stream` the only source of randomness. So a stroke is a chain of calls,
the window needs no rule of its own, and undo keeps the value from before the stroke. On a drawn curve the plane is
(x, y) and classes have no meaning.

Lengths of a brush are twelfths of the plane's sides: units of the Playground's plane, and a circle on every other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, NamedTuple

import numpy as np
from msgspec import Struct

from engine.datasets.base import MOST_DRAWN, Stream
from engine.datasets.editing.selection import delete, set_class
from engine.datasets.editing.values import MOST_POINTS, Own, Values, appended, moved, places_of, unit_of
from engine.datasets.points import Points
from engine.datasets.regression import Curve
from engine.fields import count, number


class Brush(Struct, frozen=True, forbid_unknown_fields=True):
    """What the tools share."""

    radius: Annotated[float, number("radius", "how far the brush reaches", low=0.05, high=12)] = 0.5
    strength: Annotated[float, number("strength", "how much it does at once", low=0, high=1)] = 0.5
    label: Annotated[int, count("class", "index of the class it draws", low=0, high=MOST_DRAWN - 1)] = 0
    value: Annotated[float, number("value", "value it draws where there are no classes", low=-1e30, high=1e30)] = 1.0

    def mark(self, points: Points | Curve) -> float:
        """What the points it draws carry: its class, or its value where there are no classes."""
        return self.label if points.class_names else self.value


class Tool(NamedTuple):
    """A brush as the window lists it; `draws` tells those that need a class or a value."""

    key: str
    title: str
    help: str
    draws: bool
    apply: Callable[[Any, Values, Brush, Stream], Any]


def put(points: Own, path: Values, brush: Brush, _stream: Stream) -> Own:
    """Put one point at the last place of the path."""
    return appended(points, path[-1:], brush.mark(points))


def brush(points: Own, path: Values, brush: Brush, stream: Stream) -> Own:
    """Scatter points evenly over what the brush covers: a Poisson number of mean 12 · strength per full circle.

    The number grows with the way, not with the number of calls, so a slow hand draws no more than a fast one. A click
    puts at least one point.
    """
    unit = unit_of(points)
    length = np.hypot(*(np.diff(path, axis=0) / unit).T).sum()
    wanted = 12 * brush.strength * (1.0 if len(path) == 1 else 2 * length / (np.pi * brush.radius))
    drawn = max(int(stream.poisson(wanted)), int(len(path) == 1))
    distance = brush.radius * np.sqrt(stream.uniform(0, 1, drawn))
    drawn = min(drawn, MOST_POINTS)
    return appended(points, _along(path, drawn, stream) + _turned(distance, stream) * unit, brush.mark(points))


def airbrush(points: Own, path: Values, brush: Brush, stream: Stream) -> Own:
    """Spray N(0, radius/2) around the path, dense in the middle: a Poisson number of 6 · strength a call.

    Call it at a steady beat: it draws as long as the button is held, moving or not.
    """
    drawn = int(stream.poisson(6 * brush.strength))
    spread = stream.normal(0, brush.radius / 2, (drawn, 2)) * unit_of(points)
    return appended(points, _along(path, drawn, stream) + spread, brush.mark(points))


def line(points: Own, path: Values, brush: Brush, _stream: Stream) -> Own:
    """Draw points evenly on the straight line from the first to the last place, one for each radius · (1.1 - strength).

    Call it once, at the end of the drag.
    """
    start, end = path[0], path[-1]
    steps = int(np.hypot(*((end - start) / unit_of(points))) / (brush.radius * (1.1 - brush.strength)))
    return appended(points, np.linspace(start, end, steps + 1), brush.mark(points))


def erase(points: Own, path: Values, brush: Brush, stream: Stream) -> Own:
    """Remove the points within the radius, each with probability `strength`."""
    touched = _distance(points, path)[0] <= brush.radius
    return delete(points, touched & (stream.uniform(0, 1, len(touched)) < brush.strength))


def relabel(points: Own, path: Values, brush: Brush, _stream: Stream) -> Own:
    """Give the points within the radius the brush's class, or its value."""
    return set_class(points, _distance(points, path)[0] <= brush.radius, brush.mark(points))


def jitter(points: Own, path: Values, brush: Brush, stream: Stream) -> Own:
    """Shake the points within the radius by N(0, strength · radius / 4), weaker towards the edge."""
    pull = _reach(_distance(points, path)[0], brush) * brush.radius / 4
    xy = places_of(points)
    return moved(points, xy + stream.normal(0, 1, xy.shape) * pull[:, None] * unit_of(points), pull > 0)


def magnet(points: Own, path: Values, brush: Brush, _stream: Stream) -> Own:
    """Pull the points within the radius towards the path, by strength · (1 - distance / radius) of the way."""
    distance, nearest = _distance(points, path)
    pull = _reach(distance, brush)
    xy = places_of(points)
    return moved(points, xy + (nearest - xy) * pull[:, None], pull > 0)


TOOLS: Final = {
    t.key: t
    for t in (
        Tool("put", "Point", "click puts one point", True, put),
        Tool("brush", "Brush", "drag scatters points evenly", True, brush),
        Tool("airbrush", "Airbrush", "hold sprays points, dense in the middle", True, airbrush),
        Tool("line", "Line", "drag puts points on a straight line", True, line),
        Tool("erase", "Eraser", "drag removes points", False, erase),
        Tool("relabel", "Relabel", "drag gives points the chosen class or value", True, relabel),
        Tool("jitter", "Jitter", "drag shakes points", False, jitter),
        Tool("magnet", "Magnet", "drag pulls points together", False, magnet),
    )
}
"""The tools that follow the pointer; select, move and delete work on a selection (a mask, one flag per point)."""


def _along(path: Values, amount: int, stream: Stream) -> Values:
    """Random places on the path, even along its length."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    place = stream.uniform(0, at[-1], amount)
    return np.stack([np.interp(place, at, path[:, k]) for k in (0, 1)], axis=1)


def _turned(distance: Values, stream: Stream) -> Values:
    angle = stream.uniform(0, 2 * np.pi, len(distance))
    return np.stack([distance * np.cos(angle), distance * np.sin(angle)], axis=1)


def _reach(distance: Values, brush: Brush) -> Values:
    """How strongly the brush works at a distance: its strength in the middle, nothing from the radius on."""
    return brush.strength * np.clip(1 - distance / brush.radius, 0, 1)


def _distance(points: Points | Curve, path: Values) -> tuple[Values, Values]:
    """The distance of each point to the path in units of the brush, and the place on the path nearest to it."""
    unit = unit_of(points)
    xy = places_of(points)
    best, nearest = np.full(len(xy), np.inf), np.zeros_like(xy)
    for start, end in zip(path, path[1:] if len(path) > 1 else path, strict=False):
        way = (end - start) / unit
        share = np.clip((xy - start) / unit @ way / max(float(way @ way), 1e-300), 0, 1)
        place = start + share[:, None] * (end - start)
        distance = np.hypot(*((xy - place) / unit).T)
        closer = distance < best
        best[closer], nearest[closer] = distance[closer], place[closer]
    return best, nearest
