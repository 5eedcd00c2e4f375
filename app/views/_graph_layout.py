"""Where the vertices of a graph stand: in columns from left to right, with few crossings, none upon another.

Columns by longest path; in a column the order by barycentres (Sugiyama, Tagawa and Toda, 1981), where a link over
several columns has a point in each, so that it passes between the vertices; heights by least squares to the neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

WIDE: Final = 74.0
HIGH: Final = 54.0
"""The size of a vertex, in pixels at 100 %."""
ACROSS: Final = 34.0
BETWEEN: Final = 10.0
"""The least distances between columns, and between the vertices of one."""
THIN: Final = 8.0
"""The room of a link that passes through a column."""
SWEEPS: Final = 12

Place = tuple[float, float]
Pairs = Sequence[tuple[int, int]]


class Layout(NamedTuple):
    """The centre of each vertex, its column, the points that each link goes through, and the size of it all."""

    places: tuple[Place, ...]
    columns: tuple[int, ...]
    routes: tuple[tuple[Place, ...], ...]
    width: float
    height: float


def laid_out(count: int, links: Pairs) -> Layout:
    """Lay out a graph of so many vertices; each link leads from an earlier one to a later one."""
    columns = _columns(count, links)
    chains, owners = _chains(count, links, columns)
    of = [*columns, *owners]
    rows: list[list[int]] = [[] for _ in range(max(of, default=-1) + 1)]
    for point, column in enumerate(of):
        rows[column].append(point)
    neighbours = _neighbours(len(of), chains)
    _order(rows, neighbours)
    y = _heights(rows, count, of, neighbours)
    top = min((y[k] - (HIGH if k < count else THIN) / 2 for k in range(len(of))), default=0.0)
    bottom = max((y[k] + (HIGH if k < count else THIN) / 2 for k in range(len(of))), default=0.0)
    at = [(WIDE / 2 + of[k] * (WIDE + ACROSS), y[k] - top) for k in range(len(of))]
    width = len(rows) * (WIDE + ACROSS) - ACROSS if rows else 0.0
    routes = tuple(tuple(at[k] for k in chain) for chain in chains)
    return Layout(tuple(at[:count]), tuple(columns), routes, width, bottom - top)


def _columns(count: int, links: Pairs) -> list[int]:
    """The longest path to each; what begins a path stands right before the first that uses it."""
    found = [0] * count
    reads: list[list[int]] = [[] for _ in range(count)]
    used: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        reads[target].append(source)
        used[source].append(target)
    for k in range(count):
        found[k] = max((found[s] + 1 for s in reads[k]), default=0)
    for k in range(count):
        if not reads[k] and used[k]:
            found[k] = min(found[t] for t in used[k]) - 1
    return found


def _chains(count: int, links: Pairs, columns: Sequence[int]) -> tuple[list[tuple[int, ...]], list[int]]:
    """The points of each link, those between its ends numbered from `count`, and the columns of these."""
    chains, between = [], list[int]()
    shared: dict[tuple[int, int], int] = {}
    for source, target in links:
        way = [source]
        for column in range(columns[source] + 1, columns[target]):
            # what leaves one vertex runs together as long as it can
            if (source, column) not in shared:
                shared[source, column] = count + len(between)
                between.append(column)
            way.append(shared[source, column])
        chains.append((*way, target))
    return chains, between


def _neighbours(count: int, chains: Sequence[tuple[int, ...]]) -> tuple[list[list[int]], list[list[int]]]:
    """For each point those it is joined to in the column before, and in the one behind."""
    before: list[list[int]] = [[] for _ in range(count)]
    behind: list[list[int]] = [[] for _ in range(count)]
    for a, b in sorted({pair for chain in chains for pair in pairwise(chain)}):
        behind[a].append(b)
        before[b].append(a)
    return before, behind


def _order(rows: list[list[int]], neighbours: tuple[list[list[int]], list[list[int]]]) -> None:
    """Sort each column by the mean place of its neighbours, to and fro; the best order of all sweeps stays."""
    best, fewest = [list(row) for row in rows], crossings(rows, neighbours[1])
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 1
        side = neighbours[0] if forth else neighbours[1]
        for row in rows if forth else reversed(rows):
            place = {k: n for n, k in enumerate(row)}
            beside = {k: n for other in rows for n, k in enumerate(other)}
            means = {k: sum(beside[j] for j in side[k]) / len(side[k]) if side[k] else float(place[k]) for k in row}
            row.sort(key=lambda k, m=means, p=place: (m[k], p[k]))  # type: ignore[misc] # bound here, not later
        found = crossings(rows, neighbours[1])
        if found < fewest:
            best, fewest = [list(row) for row in rows], found
    rows[:] = best


def crossings(rows: Sequence[Sequence[int]], behind: Sequence[Sequence[int]]) -> int:
    """How many pairs of links between neighbouring columns cross."""
    total = 0
    for row, following in pairwise(rows):
        place = {k: n for n, k in enumerate(following)}
        ends: list[int] = []
        for k in row:
            mine = sorted(place[j] for j in behind[k])
            total += sum(sum(e > m for e in ends) for m in mine)
            ends += mine
    return total


def _heights(
    rows: Sequence[Sequence[int]], count: int, of: Sequence[int], neighbours: tuple[list[list[int]], list[list[int]]]
) -> list[float]:
    """Each point near the mean of its neighbours, in the order of its column and with room between."""
    y = [0.0] * len(of)

    def gap(a: int, b: int) -> float:
        whole = (HIGH if a < count else THIN) / 2 + (HIGH if b < count else THIN) / 2
        return whole + (BETWEEN if a < count or b < count else 2.0)

    for row in rows:
        for a, b in pairwise(row):
            y[b] = y[a] + gap(a, b)
        middle = (y[row[0]] + y[row[-1]]) / 2
        for k in row:
            y[k] -= middle
    both = [[*a, *b] for a, b in zip(*neighbours, strict=True)]
    for sweep in range(SWEEPS):
        # at last by all neighbours, so that both sides pull
        sides = both if sweep >= SWEEPS - 4 else neighbours[sweep % 2]
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [sum(y[j] for j in sides[k]) / len(sides[k]) if sides[k] else y[k] for k in row]
            steps = [gap(a, b) for a, b in pairwise(row)]
            for k, value in zip(row, spread(wanted, steps), strict=True):
                y[k] = value
    return y


def spread(wanted: Sequence[float], steps: Sequence[float]) -> list[float]:
    """The values nearest to those wanted (least squares) of which each is a step or more above the one before.

    Without the steps they must not fall, which pooling those that do solves exactly (isotonic regression).
    """
    offsets = [0.0]
    for step in steps:
        offsets.append(offsets[-1] + step)
    pools: list[tuple[float, int]] = []
    for value, offset in zip(wanted, offsets, strict=True):
        mean, size = value - offset, 1
        while pools and pools[-1][0] > mean:
            other, many = pools.pop()
            mean, size = (mean * size + other * many) / (size + many), size + many
        pools.append((mean, size))
    level = [mean for mean, size in pools for _ in range(size)]
    return [a + b for a, b in zip(level, offsets, strict=True)]
