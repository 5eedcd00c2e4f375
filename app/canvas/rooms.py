"""The height each layer has: all of the card, or its row where branches stand above each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.canvas.flow import Flow, Spot
from app.canvas.parts import Role
from app.canvas.routes import Arc, Band, tracks

TOP: Band = (-1, 0)
"""The band of the columns that have the whole height, and of the first row of every stretch."""


class Room(NamedTuple):
    """What a column has: the scale, top and bottom of the pictures, the widest picture, how far down its head is.

    A `narrow` room stands beside others, so that its head must not reach far; a `tight` one is too low for buttons.
    """

    scale: float
    top: float
    bottom: float
    cell: float
    head: float = 0.0
    narrow: bool = False
    tight: bool = False

    def px(self, pixels: float) -> float:
        """Pixels at 100 % as pixels of the diagram."""
        return pixels * self.scale

    @property
    def height(self) -> float:
        """Of the pictures."""
        return self.bottom - self.top


class Rooms(NamedTuple):
    """The room of each layer and of each row of a stretch, the whole, and the tracks of arcs by their heights."""

    of: dict[str, Room]
    row: dict[Band, Room]
    whole: Room
    arcs: dict[tuple[str, str], tuple[Arc, float]]

    def with_cell(self, cell: float) -> Rooms:
        """The same with another widest picture."""
        return self._replace(of={k: r._replace(cell=cell) for k, r in self.of.items()})


def make_rooms(stand: Flow, whole: Room, contents: Mapping[str, tuple[Role, int]]) -> Rooms:
    """Share the height among rows by what stands in them, and keep room for arcs above the pictures."""
    arcs = [
        Arc(s, t, stand.spots[s].rank, stand.spots[t].rank, band_of_arc(stand, stand.spots[s], stand.spots[t]))
        for s, t in stand.arcs
    ]
    found = tracks(arcs)
    counts: dict[Band, int] = {}
    for arc in arcs:
        counts[arc.band] = max(counts.get(arc.band, 0), found[arc.source, arc.target] + 1)
    spacing = {band: _spacing(whole, n) for band, n in counts.items()}
    above = {band: spacing[band] * n + whole.px(4) for band, n in counts.items()}
    rows = {
        (k, row): room
        for k in range(len(stand.rows))
        for row, room in enumerate(_share(whole, _needs(stand, k, contents), [above.get(_band(k, r), 0.0)
                                                                               for r in range(stand.rows[k])]))
    }  # fmt: skip
    full = whole._replace(top=whole.top + above.get(TOP, 0.0))
    of = {id_: rows.get((spot.stretch, spot.row), full) for id_, spot in stand.spots.items()}

    def height(arc: Arc) -> float:
        room = full if arc.band == TOP else rows[arc.band]
        return room.top - whole.px(4) - spacing[arc.band] * (found[arc.source, arc.target] + 0.6)

    return Rooms(of, rows, full, {(a.source, a.target): (a, height(a)) for a in arcs})


def band(spot: Spot) -> Band:
    """The band above the pictures at a spot."""
    return _band(spot.stretch, spot.row)


def _band(stretch: int, row: int) -> Band:
    return (stretch, row) if stretch >= 0 and row > 0 else TOP


def band_of_arc(stand: Flow, source: Spot, target: Spot) -> Band:
    """The band of a row where an arc passes over that row alone; else the one above all."""
    between = {s.stretch for s in stand.spots.values() if source.rank < s.rank < target.rank}
    for spot in (source, target):
        if spot.stretch >= 0 and between == {spot.stretch}:
            return band(spot)
    return TOP


def _spacing(whole: Room, count: int) -> float:
    """How far apart tracks are: less where there are many."""
    return min(whole.px(11), 0.2 * whole.height / count)


def _needs(stand: Flow, stretch: int, contents: Mapping[str, tuple[Role, int]]) -> list[int]:
    """How much stands in each row of a stretch, in pictures; 0 where connections only pass."""
    needs = [0] * stand.rows[stretch]
    for id_, spot in stand.spots.items():
        if spot.stretch == stretch:
            role, n = contents[id_]
            needs[spot.row] = max(needs[spot.row], 2 if role in ("join", "card") else max(2, min(n, 16)))
    return needs


def _share(whole: Room, needs: list[int], bands: list[float]) -> list[Room]:
    """Rooms below each other; those in which more stands are higher."""
    px = whole.px
    start, passing = whole.top - px(72), px(26)
    spare = whole.bottom - start - passing * needs.count(0) - sum(bands)
    used = sum(n > 0 for n in needs)
    # Heads with buttons where there is height for them, heads alone where there is not.
    tight = (spare - used * px(72 + 22)) < used * px(56)
    # The first row has the height of those that stand alone: the heads and the arcs of all are in one line.
    heads = [px(72) if k == 0 else px(42 if tight else 72) if n else 0.0 for k, n in enumerate(needs)]
    feet = px(12 if tight else 22)
    free = max(px(10) * used, spare - sum(heads) - used * feet)
    rooms, y = [], start
    for k, (need, above) in enumerate(zip(needs, bands, strict=True)):
        top = y + heads[k] + above
        bottom = top + (free * need / sum(needs) if need else passing)
        rooms.append(whole._replace(top=top, bottom=bottom, head=y - start, narrow=True, tight=tight and k > 0))
        y = bottom + (feet if need else 0)
    return rooms
