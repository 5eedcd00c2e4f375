"""The wiring as a drawing has it: a rank for each layer, and lanes where branches run beside each other.

The rank is the longest way from the inputs; the output stands alone at the end. A connection over several ranks is an
arc where its layer is reached from there by another way too (a skip connection), else it keeps a lane for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import Final, NamedTuple

from engine.network import INPUT

Edge = tuple[str, str]
"""A connection: the layer that is read, the layer that reads."""


class Spot(NamedTuple):
    """A place in the drawing: the rank, and the row among all rows of its stretch; a stretch is -1 without lanes."""

    rank: int
    stretch: int = -1
    row: int = 0


class Flow(NamedTuple):
    """Where each layer stands, where connections pass (one spot for each rank they pass), and which are arcs."""

    spots: dict[str, Spot]
    passing: dict[Edge, tuple[Spot, ...]]
    arcs: tuple[Edge, ...]
    ranks: int
    rows: tuple[int, ...]
    """The number of rows of each stretch."""


def flow(wiring: Sequence[tuple[str, tuple[str, ...]]]) -> Flow:
    """Place layers, given in the order of computation with what each reads; the last one is the output."""
    rank = _ranks(wiring)
    edges = [(s, layer) for layer, sources in wiring for s in sources]
    far = [(s, t) for s, t in edges if rank[t] > rank[s] + 1]
    reads = dict(wiring)
    above = _above(reads)
    arcs = tuple((s, t) for s, t in far if any(s in above[other] for other in reads[t] if other != s))
    ways = [e for e in far if e not in arcs]
    alive = above[wiring[-1][0]] | {wiring[-1][0]}
    lanes = _uncrossed(rank, edges, ways, alive)
    stretches = _stretches(lanes)
    rows = [sorted({lane for r in stretch for lane in lanes[r].values()}) for stretch in stretches]

    def spot(entry: str | Edge, at: int) -> Spot:
        k = next((k for k, stretch in enumerate(stretches) if at in stretch), -1)
        return Spot(at, k, rows[k].index(lanes[at][entry])) if k >= 0 else Spot(at)

    return Flow(
        spots={layer: spot(layer, at) for layer, at in rank.items()},
        passing={w: tuple(spot(w, r) for r in range(rank[w[0]] + 1, rank[w[1]])) for w in ways},
        arcs=arcs,
        ranks=len(lanes),
        rows=tuple(map(len, rows)),
    )


def _ranks(wiring: Sequence[tuple[str, tuple[str, ...]]]) -> dict[str, int]:
    rank = {INPUT: 0}
    for layer, sources in wiring[:-1]:
        rank[layer] = 1 + max(rank[s] for s in sources)
    rank[wiring[-1][0]] = 1 + max(rank.values())
    return rank


def _above(reads: dict[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """All that each layer is made from."""
    found: dict[str, set[str]] = {INPUT: set()}
    for layer, sources in reads.items():
        found[layer] = set(sources).union(*(found[s] for s in sources))
    return found


Lanes = list[dict[str | Edge, int]]
"""The lane of every layer, and of every connection that passes, at each rank."""

SWEEPS: Final = 4
"""Times that the lanes are tried anew in the order of what follows."""


def _uncrossed(rank: dict[str, int], edges: list[Edge], ways: list[Edge], alive: set[str]) -> Lanes:
    """Lanes with few crossings: each rank in the order of the mean lane of what follows (the barycentre heuristic).

    Sugiyama, Tagawa, Toda 1981. The order of the layers stands where another is no better.
    """
    tried = [_lanes(rank, edges, ways, alive, {})]
    for _ in range(SWEEPS):
        before = tried[-1]
        if not _crossings(before, edges):
            break
        wish: dict[str | Edge, float] = {}
        for here, there in pairwise(before):
            for entry in here:
                lanes = [there[x] for x in there if entry in _before(x, edges)]
                wish[entry] = sum(lanes) / len(lanes) if lanes else float(here[entry])
        tried.append(_lanes(rank, edges, ways, alive, wish))
    return min(tried, key=lambda lanes: _crossings(lanes, edges))


def _crossings(lanes: Lanes, edges: list[Edge]) -> int:
    """How many pairs of connections between neighbouring ranks cross."""
    found = 0
    for here, there in pairwise(lanes):
        drawn = [(here[x], there[y]) for y in there for x in dict.fromkeys(_before(y, edges)) if x in here]
        found += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(drawn, 2))
    return found


def _lanes(
    rank: dict[str, int], edges: list[Edge], ways: list[Edge], alive: set[str], wish: Mapping[str | Edge, float]
) -> Lanes:
    """The lanes where each rank is in the order of `wish`, as far as it says one."""
    lanes: Lanes = []
    for at in range(max(rank.values()) + 1):
        entries: list[str | Edge] = [layer for layer, r in rank.items() if r == at]
        entries += [w for w in ways if rank[w[0]] < at < rank[w[1]]]
        # What leads to the output comes first, so that a dead end stands aside.
        entries.sort(key=lambda e: ((e if isinstance(e, str) else e[1]) not in alive, wish.get(e, 0.0)))
        before = lanes[-1] if lanes else {}
        found: dict[str | Edge, int] = {}
        for entry in entries:
            wanted = [before[p] for p in _before(entry, edges) if p in before and before[p] not in found.values()]
            if wanted:
                found[entry] = min(wanted)
        for entry in entries:
            if entry not in found:
                found[entry] = next(k for k in range(len(entries)) if k not in found.values())
        lanes.append(found)
    return lanes


def _before(entry: str | Edge, edges: list[Edge]) -> list[str | Edge]:
    """What an entry may continue at the rank before: the connection itself or its source; the layers it reads."""
    if isinstance(entry, tuple):
        return [entry, entry[0]]
    return [p for e in edges if e[1] == entry for p in (e, e[0])]


def _stretches(lanes: list[dict[str | Edge, int]]) -> list[range]:
    """Neighbouring ranks at which several things stand above each other."""
    found: list[range] = []
    for at, entries in enumerate(lanes):
        if len(entries) < 2:
            continue
        if found and found[-1].stop == at:
            found[-1] = range(found[-1].start, at + 1)
        else:
            found.append(range(at, at + 1))
    return found
