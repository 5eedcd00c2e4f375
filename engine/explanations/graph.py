"""The computational graph as it is shown: vertices with values and gradients, links with local derivatives, paths.

The gradient ∂L/∂v of a vertex is Σ ∂L/∂u · ∂u/∂v over the vertices u that use it: the sum, over all paths from v to the
result, of the products of the local derivatives along the path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final, Literal, NamedTuple, final

from engine.explanations.written import Line
from engine.formulas import Formula
from engine.stepping import Phase

MOST_PATHS: Final = 8
"""Paths that are listed; all are counted."""

Key = tuple[Any, ...]
"""What a vertex is, whatever its numbers are."""
Role = Literal["given", "learned", "worked out", "result"]


def nothing() -> tuple[Line, ...]:
    """What leads to a given number."""
    return ()


class Vertex(NamedTuple):
    """One number: what is done to get it (empty for what is given), how it is written, its value and its gradient.

    None is a value that is not worked out, and the gradient of what nothing flows back to. `lines` say how the value
    comes about. `forward` and `backward` are the phases of a step in which value and gradient come about, None where
    there are no phases.
    """

    key: Key
    role: Role
    operation: str
    name: Formula
    value: Any
    gradient: Any = None
    lines: Callable[[], tuple[Line, ...]] = nothing
    forward: Phase | None = None
    backward: Phase | None = None


class Link(NamedTuple):
    """The vertex `target` uses the vertex `source`; `slope` is ∂target/∂source, None where nothing flows back.

    `rule` writes the slope in the names of the vertices, where that says more than the number.
    """

    source: int
    target: int
    slope: Any
    rule: Callable[[], Formula] | None = None


class Way(NamedTuple):
    """A path from a vertex to the result: its links in this order, and the product of their slopes."""

    links: tuple[int, ...]
    product: Any


@final
@dataclass(frozen=True)
class ComputationGraph:
    """Vertices, each after those it is made of; the last is the result."""

    vertices: tuple[Vertex, ...]
    links: tuple[Link, ...]

    @cached_property
    def places(self) -> dict[Key, int]:
        """Where each vertex stands, by its key."""
        return {v.key: k for k, v in enumerate(self.vertices)}

    @cached_property
    def form(self) -> tuple[tuple[Key, ...], tuple[tuple[int, int], ...]]:
        """What the graph looks like, whatever its numbers are."""
        return tuple(v.key for v in self.vertices), tuple((e.source, e.target) for e in self.links)

    @cached_property
    def users(self) -> tuple[tuple[int, ...], ...]:
        """The links that lead from each vertex back from the result: those with a slope."""
        found: list[list[int]] = [[] for _ in self.vertices]
        for k, link in enumerate(self.links):
            if link.slope is not None:
                found[link.source].append(k)
        return tuple(map(tuple, found))

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many paths lead from each vertex to the result."""
        last = len(self.vertices) - 1
        found = [0] * (last + 1)
        for k in range(last, -1, -1):
            found[k] = 1 if k == last else sum(found[self.links[e].target] for e in self.users[k])
        return tuple(found)

    def lit(self, vertex: int) -> frozenset[int]:
        """All links on paths from a vertex to the result."""
        seen, found = {vertex}, set[int]()
        for k in range(vertex, len(self.vertices)):
            if k in seen:
                onward = [e for e in self.users[k] if self.counts[self.links[e].target]]
                found.update(onward)
                seen.update(self.links[e].target for e in onward)
        return frozenset(found)

    def ways(self, vertex: int, most: int = MOST_PATHS) -> tuple[Way, ...]:
        """The paths from a vertex to the result, the first `most` of them; the product of the empty path is 1."""
        return tuple(islice(self._ways(vertex, (), 1), most))

    def _ways(self, vertex: int, links: tuple[int, ...], product: Any) -> Iterator[Way]:
        if vertex == len(self.vertices) - 1:
            yield Way(links, product)
            return
        for k in self.users[vertex]:
            link = self.links[k]
            if self.counts[link.target]:
                yield from self._ways(link.target, (*links, k), product * link.slope)


def with_gradients(vertices: Sequence[Vertex], links: Sequence[Link]) -> ComputationGraph:
    """The graph with ∂L/∂v at each vertex, worked out backward from 1 at the result."""
    bare = ComputationGraph(tuple(vertices), tuple(links))
    last = len(vertices) - 1
    found: list[Any] = [None] * last + [1.0]
    for k in range(last - 1, -1, -1):
        users = [links[e] for e in bare.users[k] if found[links[e].target] is not None]
        if users:
            found[k] = sum(found[e.target] * e.slope for e in users)
    return ComputationGraph(tuple(v._replace(gradient=g) for v, g in zip(vertices, found, strict=True)), tuple(links))
