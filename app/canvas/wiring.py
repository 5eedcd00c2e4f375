"""The lines between the columns of a layout: links with weights, plain lines, wires around columns, and the gaps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.canvas.flow import Flow
from app.canvas.parts import Box, Bundle, Column, Doubles, Gap, Wire, around
from app.canvas.rooms import Rooms, band
from app.canvas.routes import End, along, over
from engine.network import Node


class Slot(NamedTuple):
    """The middle of a column, how wide its head may be, and how wide where lines pass beside it."""

    cx: float
    pitch: float
    clear: float


class Across(NamedTuple):
    """Left and right edge of each rank, and the usual gap."""

    lefts: tuple[float, ...]
    rights: tuple[float, ...]
    gap: float

    def place(self, stand: Flow, layer: str, scale: float) -> Slot:
        """Where a layer stands."""
        r = stand.spots[layer].rank
        beside = [self.lefts[k + 1] - self.rights[k] for k in (r - 1, r) if 0 <= k < len(self.lefts) - 1]
        wide, gap = self.rights[r] - self.lefts[r], min(beside)
        return Slot((self.lefts[r] + self.rights[r]) / 2, wide + gap, wide + gap / 2 - 2 * scale)

    def channel(self, rank: int) -> tuple[float, float]:
        """The part of the gap behind a rank that no head reaches into."""
        a, b = self.rights[rank], self.lefts[rank + 1]
        return a + (b - a) / 4, b - (b - a) / 4


class Drawn(NamedTuple):
    """All lines, and the gaps in which a layer can be added."""

    bundles: tuple[Bundle, ...]
    wires: tuple[Wire, ...]
    gaps: tuple[Gap, ...]


class _Frame(NamedTuple):
    """What the lines are drawn from."""

    columns: dict[str, Column]
    stand: Flow
    across: Across
    rooms: Rooms
    compact: bool


def draw(
    resolved: tuple[Node, ...], columns: list[Column], stand: Flow, across: Across, rooms: Rooms, compact: bool
) -> Drawn:
    """Draw every connection."""
    frame = _Frame({c.id: c for c in columns}, stand, across, rooms, compact)
    bundles, wires, gaps = [], [], []
    for place, node in enumerate(resolved):
        target = node.layer.id
        weights = _weights(node, frame)
        for source in node.sources:
            if (source, target) in rooms.arcs:
                wires.append(_arc(frame, source, target))
                continue
            gaps.append(_gap(frame, place, source, target))
            if (source, target) in stand.passing:
                wires.append(_way(frame, source, target, not weights))
                bundles.append(_gathered(frame, source, target, wires[-1].points[0]))
                if weights:
                    bundles.append(_linked(frame, source, target, weights, wires[-1].points[-1]))
            elif weights:
                bundles.append(_linked(frame, source, target, weights))
            else:
                bundles.append(_plain(frame, source, target))
    return Drawn(tuple(bundles), tuple(wires), tuple(_apart(gaps)))


def _weights(node: Node, frame: _Frame) -> str:
    """The name of the matrix whose numbers are drawn, empty where there is none that leads to the units."""
    units = set(node.units.labels)
    led = (p for p in node.parameters if p.is_weight and len(p.axes) >= 2)
    matrix = next((p for p in led if not units.isdisjoint(p.labels[-1])), None)
    drawn = frame.columns[node.layer.id].cells and all(frame.columns[s].units for s in node.sources)
    return f"{node.layer.id}.{matrix.name}" if matrix and drawn else ""


def _linked(frame: _Frame, source: str, target: str, weights: str, start: Doubles | None = None) -> Bundle:
    """Links with weights: from each picture, or fanning out of one place where the units have none of their own."""
    a, b = frame.columns[source], frame.columns[target]
    x0, y0 = a.body.right, np.array([c.box.cy for c in a.cells])
    if start is not None or not a.cells:
        x0, middle = (float(start[0]), float(start[1])) if start is not None else (x0, a.body.cy)
        half = min(a.body.h * 0.32, 8 * frame.rooms.whole.scale) if len(a.units) > 1 else 0.0
        y0 = middle + np.linspace(-half, half, len(a.units))
    y1 = np.array([c.box.cy for c in b.cells])
    zone = frame.stand.spots[target].rank - 1
    return Bundle(source, target, weights, a.units, tuple(c.unit for c in b.cells), x0, b.body.x, y0, y1, zone)


def _plain(frame: _Frame, source: str, target: str) -> Bundle:
    """Lines without weights: one for each unit where either end shows the units, else a single one."""
    a, b = frame.columns[source], frame.columns[target]
    y0, y1 = _ends(a), _ends(b)
    if len(y0) != len(y1) and 1 not in (len(y0), len(y1)):
        y0, y1 = np.array([a.body.cy]), np.array([b.body.cy])
    many = np.zeros(max(len(y0), len(y1)))
    return Bundle(
        source, target, "", (), (), a.body.right, b.body.x, y0 + many, y1 + many, frame.stand.spots[target].rank - 1
    )


def _gathered(frame: _Frame, source: str, target: str, end: Doubles) -> Bundle:
    """The lines from the pictures of a column to where the connection goes on as one."""
    a = frame.columns[source]
    y0 = _ends(a)
    zone = frame.stand.spots[source].rank
    return Bundle(source, target, "", (), (), a.body.right, float(end[0]), y0, np.full(len(y0), end[1]), zone)


def _ends(column: Column) -> Doubles:
    """Where plain lines end at a column: at its pictures, or in its middle."""
    shown = column.cells and not column.condensed
    return np.array([c.box.cy for c in column.cells] if shown else [column.body.cy], np.float64)


def _channel(frame: _Frame, rank: int, y0: float, y1: float) -> tuple[float, float]:
    """Where a line may change from one height to another behind a rank: all of the gap, or what heads leave free."""
    whole = frame.across.rights[rank], frame.across.lefts[rank + 1]
    low, high = min(y0, y1), max(y0, y1)
    for id_, spot in frame.stand.spots.items():
        head = frame.columns[id_].head
        if spot.rank in (rank, rank + 1) and head.bottom > low and head.y < high:
            return frame.across.channel(rank)
    return whole


def _arc(frame: _Frame, source: str, target: str) -> Wire:
    arc, track = frame.rooms.arcs[source, target]
    # Where all pictures leave room above, arcs run low.
    under = [c.body.y for c in frame.columns.values() if band(frame.stand.spots[c.id]) == arc.band]
    room = frame.rooms.row.get(arc.band, frame.rooms.whole)
    track += max(0.0, min(under) - room.top - 8 * frame.rooms.whole.scale)
    first, last = (
        End(body, band(spot) == arc.band, _channel(frame, rank, body.cy, track))
        for body, spot, rank in (
            (frame.columns[source].body, frame.stand.spots[source], arc.start),
            (frame.columns[target].body, frame.stand.spots[target], arc.stop - 1),
        )
    )
    s = frame.rooms.whole.scale
    reach = min(28 * s, 0.45 * frame.across.gap + 6 * s)
    return Wire(source, target, over(first, last, track, reach, 8 * s), True, True)


def _way(frame: _Frame, source: str, target: str, whole: bool) -> Wire:
    """Along its lane, from the end of the gap behind its source to its target or where its weights begin."""
    spots = frame.stand.passing[source, target]
    room = frame.rooms.row[spots[0].stretch, spots[0].row]
    height, last = (room.top + room.bottom) / 2, spots[-1].rank
    body = frame.columns[source].body
    _, x = _channel(frame, spots[0].rank - 1, min(body.y, height), max(body.bottom, height))
    goal = frame.columns[target].body if whole else None
    ends = _channel(frame, last, height, goal.cy if goal else height)
    return Wire(source, target, along((x, height), ends, (goal.x - 2, goal.cy) if goal else None), whole, False)


def _gap(frame: _Frame, place: int, source: str, target: str) -> Gap:
    """The gap before the target; it is as high as the row of the end that has one."""
    spots, s = frame.stand.spots, frame.rooms.whole.scale
    passing = frame.stand.passing.get((source, target))
    rank = spots[target].rank
    x0, x1 = frame.across.rights[rank - 1], frame.across.lefts[rank]
    if passing is None:
        x0, x1 = frame.columns[source].body.right, frame.columns[target].body.x
    here = next((p for p in (spots[target], passing[-1] if passing else spots[source]) if p.stretch >= 0), None)
    room = frame.rooms.row[here.stretch, here.row] if here else frame.rooms.whole
    line, width = (x0 + x1) / 2, 24 * s if frame.compact else 70 * s
    top, foot = room.top - 34 * s, room.bottom + (16 if here is None else 9) * s
    kinds = 20 * s if frame.compact else 24 * s
    pill = around(line, foot, width + kinds, 25 * s)
    more = Box(pill.right - kinds, pill.y, kinds, pill.h)
    area = Box(x0 + 2 * s, top, x1 - x0 - 4 * s, room.bottom - room.top + (72 if here is None else 56) * s)
    return Gap(place, source, target, area, line, pill, more)


def _apart(gaps: list[Gap]) -> list[Gap]:
    """One gap for each place; where two connections share it, the first."""
    found: dict[tuple[int, int], Gap] = {}
    for gap in gaps:
        found.setdefault((round(gap.line), round(gap.pill.y)), gap)
    return list(found.values())
