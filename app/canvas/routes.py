"""The lines of connections that run around columns: over the pictures in tracks of their own, or along a lane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.canvas.parts import Box, Doubles

STEPS = 24
"""Points of a bend."""

Band = tuple[int, int]
"""Where arcs run: above the pictures of a row of a stretch; (-1, 0) above all others and the first rows."""


class Arc(NamedTuple):
    """A skip connection: its ends by rank, the band it runs in."""

    source: str
    target: str
    start: int
    stop: int
    band: Band


def tracks(arcs: Sequence[Arc]) -> dict[tuple[str, str], int]:
    """A track for each arc, counted from the pictures: a long arc runs above all the shorter ones it meets."""
    found: dict[tuple[str, str], int] = {}
    placed: list[tuple[Arc, int]] = []
    for arc in sorted(arcs, key=lambda a: (a.stop - a.start, a.start)):
        taken = {k for a, k in placed if a.band == arc.band and max(a.start, arc.start) < min(a.stop, arc.stop)}
        track = 1 + max(taken, default=-1)
        placed.append((arc, track))
        found[arc.source, arc.target] = track
    return found


def bend(x0: float, y0: float, x1: float, y1: float) -> Doubles:
    """From height to height, horizontal at both ends, as a link is."""
    t = np.linspace(0, 1, STEPS)
    return np.stack([x0 + (x1 - x0) * (1.5 * t * (1 - t) + t**3), y0 + (y1 - y0) * (3 * t**2 - 2 * t**3)], axis=1)


def rise(x: float, y: float, rx: float, track: float) -> Doubles:
    """Straight up from (x, y), then around to the height of the track, `rx` further on (left where it is negative)."""
    ry = min(abs(rx), max(0.0, y - track))
    t = np.linspace(0, np.pi / 2, STEPS)
    turn = np.stack([x + rx * (1 - np.cos(t)), track + ry - ry * np.sin(t)], axis=1)
    return np.concatenate([[[x, y]], turn])


class End(NamedTuple):
    """An end of a wire: the body of its column, whether it is reached from above, and the free part of the gap."""

    body: Box
    above: bool
    channel: tuple[float, float]


def over(source: End, target: End, track: float, reach: float, apart: float) -> Doubles:
    """The line of an arc at the height of its track; `reach` is the radius of its bends.

    Arcs leave a column right of its middle and arrive left of it, so that one that ends and one that begins there
    can be told apart.
    """
    x0 = source.body.cx + min(apart, source.body.w / 4)
    x1 = target.body.cx - min(apart, target.body.w / 4)
    reach = min(reach, (x1 - x0) / 2)
    first = (
        rise(x0, source.body.y - 1, reach, track)
        if source.above
        else _aside(source.body.right, source.body.cy, source.channel, track)
    )
    last = (
        rise(x1, target.body.y - 2, -reach, track)[::-1]
        if target.above
        else _aside(target.body.x - 2, target.body.cy, target.channel[::-1], track)[::-1]
    )
    return np.concatenate([first, last])


def along(start: tuple[float, float], channel: tuple[float, float], goal: tuple[float, float] | None) -> Doubles:
    """The line of a connection in a lane of its own, to its goal; without one it ends where its weights fan out."""
    if goal is None:
        return np.array([start, (channel[0], start[1])])
    return np.concatenate([[start], bend(channel[0], start[1], min(channel[1], goal[0]), goal[1]), [goal]])


def _aside(x: float, y: float, channel: tuple[float, float], height: float) -> Doubles:
    """From the side of a column to a height, bending only in the free part of the gap beside it."""
    return np.concatenate([[[x, y]], bend(channel[0], y, channel[1], height)])


def distance(points: Doubles, x: float, y: float) -> float:
    """How far the point (x, y) is from a line."""
    a, b = points[:-1], points[1:]
    run = b - a
    length = np.maximum((run**2).sum(axis=1), 1e-12)
    share = np.clip(((np.array([x, y]) - a) * run).sum(axis=1) / length, 0, 1)
    near = a + share[:, None] * run
    return float(np.sqrt(((near - [x, y]) ** 2).sum(axis=1)).min())
