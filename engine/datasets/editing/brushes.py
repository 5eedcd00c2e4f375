"""Drawing: every brush is a pure function from own points (or a drawn curve) to new ones.

A tool is called as `tool(points, path, brush, stream)`: `path` [n, 2] are the places of the pointer since the last
call, `brush` its radius, strength and class, `stream` the only source of randomness. So a stroke is a chain of calls,
the window needs no rule of its own, and undo keeps the value from before the stroke. On a drawn curve the plane is
(x, y) and classes have no meaning.

Lengths of a brush are twelfths of the plane's sides: units of the Playground's plane, and a circle on every other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, NamedTuple, TypeVar

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import ArrayLike, NDArray

from engine.arrays import Array
from engine.datasets.base import MOST_CLASSES, Samples
from engine.datasets.points import Points, next_keys
from engine.datasets.regression import Curve
from engine.errors import DataError
from engine.fields import count, number

MOST_POINTS: Final = 100_000

Own = TypeVar("Own", Points, Curve)
Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
Stream = np.random.Generator


class Brush(Struct, frozen=True, forbid_unknown_fields=True):
    """What the tools share."""

    radius: Annotated[float, number("radius", "how far the brush reaches", low=0.05, high=12)] = 0.5
    strength: Annotated[float, number("strength", "how much it does at once", low=0, high=1)] = 0.5
    label: Annotated[int, count("class", "index of the class it draws", low=0, high=MOST_CLASSES - 1)] = 0


class Tool(NamedTuple):
    """A brush as the window lists it; `draws` tells those that need a class."""

    key: str
    title: str
    help: str
    draws: bool
    apply: Callable[[Any, Values, Brush, Stream], Any]


def put(points: Own, path: Values, brush: Brush, _stream: Stream) -> Own:
    """Put one point at the last place of the path."""
    return _with(points, path[-1:], brush.label)


def brush(points: Own, path: Values, brush: Brush, stream: Stream) -> Own:
    """Scatter points evenly over what the brush covers: a Poisson number of mean 12 · strength per full circle.

    The number grows with the way, not with the number of calls, so a slow hand draws no more than a fast one. A click
    puts at least one point.
    """
    unit = _unit(points)
    length = np.hypot(*(np.diff(path, axis=0) / unit).T).sum()
    wanted = 12 * brush.strength * (1.0 if len(path) == 1 else 2 * length / (np.pi * brush.radius))
    drawn = max(int(stream.poisson(wanted)), int(len(path) == 1))
    distance = brush.radius * np.sqrt(stream.uniform(0, 1, drawn))
    drawn = min(drawn, MOST_POINTS)
    return _with(points, _along(path, drawn, stream) + _turned(distance, stream) * unit, brush.label)


def airbrush(points: Own, path: Values, brush: Brush, stream: Stream) -> Own:
    """Spray N(0, radius/2) around the path, dense in the middle: a Poisson number of 6 · strength a call.

    Call it at a steady beat: it draws as long as the button is held, moving or not.
    """
    drawn = int(stream.poisson(6 * brush.strength))
    spread = stream.normal(0, brush.radius / 2, (drawn, 2)) * _unit(points)
    return _with(points, _along(path, drawn, stream) + spread, brush.label)


def line(points: Own, path: Values, brush: Brush, _stream: Stream) -> Own:
    """Draw points evenly on the straight line from the first to the last place, one for each radius · (1.1 - strength).

    Call it once, at the end of the drag.
    """
    start, end = path[0], path[-1]
    steps = int(np.hypot(*((end - start) / _unit(points))) / (brush.radius * (1.1 - brush.strength)))
    return _with(points, np.linspace(start, end, steps + 1), brush.label)


def erase(points: Own, path: Values, brush: Brush, stream: Stream) -> Own:
    """Remove the points within the radius, each with probability `strength`."""
    touched = _distance(points, path)[0] <= brush.radius
    return delete(points, touched & (stream.uniform(0, 1, len(touched)) < brush.strength))


def relabel(points: Own, path: Values, brush: Brush, _stream: Stream) -> Own:
    """Give the points within the radius the brush's class."""
    return set_class(points, _distance(points, path)[0] <= brush.radius, brush.label)


def jitter(points: Own, path: Values, brush: Brush, stream: Stream) -> Own:
    """Shake the points within the radius by N(0, strength · radius / 4), weaker towards the edge."""
    pull = _reach(_distance(points, path)[0], brush) * brush.radius / 4
    xy = _xy(points)
    return _moved(points, xy + stream.normal(0, 1, xy.shape) * pull[:, None] * _unit(points), pull > 0)


def magnet(points: Own, path: Values, brush: Brush, _stream: Stream) -> Own:
    """Pull the points within the radius towards the path, by strength · (1 - distance / radius) of the way."""
    distance, nearest = _distance(points, path)
    pull = _reach(distance, brush)
    xy = _xy(points)
    return _moved(points, xy + (nearest - xy) * pull[:, None], pull > 0)


TOOLS: Final = {
    t.key: t
    for t in (
        Tool("put", "Point", "click puts one point", True, put),
        Tool("brush", "Brush", "drag scatters points evenly", True, brush),
        Tool("airbrush", "Airbrush", "hold sprays points, dense in the middle", True, airbrush),
        Tool("line", "Line", "drag puts points on a straight line", True, line),
        Tool("erase", "Eraser", "drag removes points", False, erase),
        Tool("relabel", "Relabel", "drag gives points the chosen class", True, relabel),
        Tool("jitter", "Jitter", "drag shakes points", False, jitter),
        Tool("magnet", "Magnet", "drag pulls points together", False, magnet),
    )
}
"""The tools that follow the pointer; select, move and delete work on a selection (a mask, one flag per point)."""


def inside(points: Own, corner: ArrayLike, opposite: ArrayLike) -> Mask:
    """Select the points in a rectangle."""
    xy, a, b = _xy(points), np.asarray(corner), np.asarray(opposite)
    return np.asarray(((xy >= np.minimum(a, b)) & (xy <= np.maximum(a, b))).all(axis=1))


def near(points: Own, place: ArrayLike, radius: float) -> Mask:
    """Select the nearest point if it lies within the radius; nothing otherwise."""
    distance = np.hypot(*((_xy(points) - np.asarray(place, np.float64)) / _unit(points)).T)
    chosen = np.zeros(len(distance), np.bool_)
    if len(distance) and distance.min() <= radius:
        chosen[distance.argmin()] = True
    return chosen


def move(points: Own, selected: Mask, across: float, up: float) -> Own:
    """Move the selected points together; at the edge of the plane they stop together, so their figure stays."""
    if not selected.any():
        return points
    xy, (left, right, bottom, top) = _xy(points), points.area
    low, high = xy[selected].min(axis=0), xy[selected].max(axis=0)
    # Points already outside (noise throws some) may stay there, but go no further.
    least, most = np.minimum(np.array((left, bottom)) - low, 0), np.maximum(np.array((right, top)) - high, 0)
    shift = np.clip((across, up), least, most)
    return _set(points, xy=xy + np.where(selected[:, None], shift, 0.0))


def delete(points: Own, selected: Mask) -> Own:
    """Remove the selected points; a class may become empty and keeps its name."""
    if not selected.any():
        return points
    kept = ~selected
    return _set(points, _xy(points)[kept], _labels(points)[kept], points.keys.values[kept])


def set_class(points: Own, selected: Mask, label: int) -> Own:
    """Give the selected points a class; a curve has none and stays as it is."""
    if isinstance(points, Curve) or not (selected & (_labels(points) != label)).any():
        return points
    _check_label(points, label)
    return _set(points, labels=np.where(selected, float(label), _labels(points)))


def new_class(points: Points, name: str = "") -> Points:
    """Append a class; without a name it takes the next number that is free."""
    if len(points.names) >= MOST_CLASSES:
        raise DataError(f"own points hold at most {MOST_CLASSES} classes; use one of {', '.join(points.names)}")
    free = (str(k) for k in range(len(points.names) + 1, 3 * MOST_CLASSES))
    name = name or next(n for n in free if n not in points.names)
    if name in points.names:
        raise DataError(f"a class is called “{name}” already; give the new one another name")
    return replace(points, names=(*points.names, name))


def remove_class(points: Points, label: int) -> Points:
    """Remove a class with its points; those above it move down by one. Two classes at least must stay."""
    _check_label(points, label)
    if len(points.names) <= 2:
        raise DataError("own points need two classes; add another one before removing this one")
    kept = delete(points, _labels(points) == label)
    labels = _labels(kept)
    kept = replace(kept, labels=Array(np.where(labels > label, labels - 1, labels)))
    return replace(kept, names=tuple(n for k, n in enumerate(points.names) if k != label))


def from_samples(samples: Samples) -> Points | Curve:
    """Turn drawn samples into own points with the same split: what the first stroke on a generated set does.

    Needs two columns and classes, or one column and values.
    """
    columns, classes = len(samples.columns), len(samples.classes)
    if len(samples) > MOST_POINTS:
        raise DataError(f"the data has {len(samples):,} points but a drawing holds {MOST_POINTS:,}; use fewer points")
    if columns == 1 and not classes:
        return Curve(Array(samples.x[:, 0]), Array(samples.y), Array(samples.keys), samples.domain)
    if columns != 2 or not classes:
        what = f"{columns} column{'s' * (columns > 1)} and {'classes' if classes else 'values to predict'}"
        raise DataError(
            f"drawing needs two columns and classes, or one column and a value, but the data has {what}; "
            "choose another data set to draw on"
        )
    names = samples.classes if classes > 1 else (*samples.classes, "2" if samples.classes[0] != "2" else "1")
    return Points(Array(samples.x), Array(samples.y), Array(samples.keys), names, samples.domain)


def _unit(points: Points | Curve) -> Values:
    """The length of a brush's unit along each axis of the plane."""
    left, right, bottom, top = points.area
    return np.array((right - left, top - bottom)) / 12


def _xy(points: Points | Curve) -> Values:
    if isinstance(points, Points):
        return points.xy.values.astype(np.float64, copy=False)
    return np.stack([points.x.values, points.y.values], axis=1).astype(np.float64, copy=False)


def _labels(points: Points | Curve) -> Values:
    if isinstance(points, Points):
        return points.labels.values.astype(np.float64, copy=False)
    return np.zeros(len(points.x))


def _set(points: Own, xy: Values | None = None, labels: Values | None = None, keys: Values | None = None) -> Own:
    changed: dict[str, Array] = {} if keys is None else {"keys": Array(keys)}
    if isinstance(points, Curve):
        if xy is not None:
            changed |= {"x": Array(xy[:, 0]), "y": Array(xy[:, 1])}
        return replace(points, **changed)
    if xy is not None:
        changed["xy"] = Array(xy)
    if labels is not None:
        changed["labels"] = Array(labels)
    return replace(points, **changed)


def _with(points: Own, places: Values, label: int) -> Own:
    """Append points, brought back to the edge where they fell outside."""
    xy = _xy(points)
    places = places[: MOST_POINTS - len(xy)] if len(xy) < MOST_POINTS else _full()
    if not len(places):
        return points
    if isinstance(points, Points):
        _check_label(points, label)
    added = np.full(len(places), float(label))
    return _set(
        points,
        np.concatenate([xy, _clipped(points, places)]),
        np.concatenate([_labels(points), added]),
        next_keys(points.keys.values, len(places)).values,
    )


def _full() -> Values:
    raise DataError(f"a drawing holds at most {MOST_POINTS:,} points and this one is full; erase some first")


def _moved(points: Own, xy: Values, touched: Mask) -> Own:
    # Only what the brush touched may be brought back to the edge.
    return _set(points, xy=np.where(touched[:, None], _clipped(points, xy), _xy(points))) if touched.any() else points


def _clipped(points: Points | Curve, places: Values) -> Values:
    left, right, bottom, top = points.area
    return np.clip(places, (left, bottom), (right, top))


def _check_label(points: Points, label: int) -> None:
    if not 0 <= label < len(points.names):
        raise DataError(f"there is no class {label + 1}, only {', '.join(points.names)}; add a class first")


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
    unit = _unit(points)
    xy = _xy(points)
    best, nearest = np.full(len(xy), np.inf), np.zeros_like(xy)
    for start, end in zip(path, path[1:] if len(path) > 1 else path, strict=False):
        way = (end - start) / unit
        share = np.clip((xy - start) / unit @ way / max(float(way @ way), 1e-300), 0, 1)
        place = start + share[:, None] * (end - start)
        distance = np.hypot(*((xy - place) / unit).T)
        closer = distance < best
        best[closer], nearest[closer] = distance[closer], place[closer]
    return best, nearest
