"""The computational graph of an expression: values forward, slopes on the edges, gradients backward.

A name that occurs twice is one leaf with two edges, so its gradient is the sum over both paths: weight sharing. In
L = f(u), u = g(w), the gradient at w is ∂L/∂u · ∂u/∂w, the product of the slopes along the path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any, Final, NamedTuple, final

import numpy as np

from engine.errors import ExpressionError
from engine.expressions.arithmetic import FLOATS, FRACTIONS, Arithmetic, called, holds, needed, result, slopes
from engine.expressions.assigning import Assignment
from engine.expressions.functions import FUNCTIONS
from engine.expressions.tree import (
    Call,
    Comparison,
    Conditional,
    Expression,
    Name,
    Negation,
    Number,
    Operation,
    Part,
    parts,
)

MOST_PATHS: Final = 1000
"""How many paths are listed; all are counted."""


class Node(NamedTuple):
    """One step of the calculation: the part of the expression, and the nodes it is made of, in their order.

    A conditional is made of its condition and both branches. One that does not `vary` has no name in it.
    """

    part: Part
    arguments: tuple[int, ...]
    varies: bool

    @property
    def operation(self) -> str:
        """What is done here: a sign, the name of a function, `if`, a relation; a name or a number for leaves."""
        match self.part:
            case Name(name) | Call(name):
                return name
            case Number(value):
                return str(value)
            case Negation():
                return "-"
            case Operation(sign):
                return sign
            case Comparison(_, relations):
                return " ".join(relations)
            case Conditional():
                return "if"


class Path(NamedTuple):
    """A way from the result down to a leaf: its nodes, and the product of the slopes on its edges."""

    nodes: tuple[int, ...]
    product: Any


@final
@dataclass(frozen=True)
class Graph:
    """Nodes in the order in which they are worked out; the last is the result.

    `assigned` says which node has which name, where names were assigned.
    """

    nodes: tuple[Node, ...]
    assigned: tuple[tuple[str, int], ...] = ()

    @cached_property
    def leaves(self) -> dict[str, int]:
        """Where each name stands."""
        return {node.part.name: k for k, node in enumerate(self.nodes) if isinstance(node.part, Name)}

    def forward(self, values: Mapping[str, Any], exact: bool = False) -> tuple[Any, ...]:
        """The value at each node: floats, or fractions; None in the branches that are not taken."""
        with np.errstate(all="ignore"):
            return self._forward(values, FRACTIONS if exact else FLOATS)

    def _forward(self, values: Mapping[str, Any], arithmetic: Arithmetic) -> tuple[Any, ...]:
        given = {}
        for name, value in needed(tuple(self.leaves), values).items():
            given[name] = arithmetic.given(name, value)
            if np.ndim(given[name]) > 0:
                raise ExpressionError(f"{name} has the shape {np.shape(value)}; a graph takes one number for each name")
        found: list[Any] = [None] * len(self.nodes)
        self._work_out(len(self.nodes) - 1, arithmetic, given, found)
        return tuple(found)

    def _work_out(self, k: int, arithmetic: Arithmetic, given: Mapping[str, Any], found: list[Any]) -> Any:
        if found[k] is None:
            found[k] = self._value(self.nodes[k], arithmetic, given, found)
        return found[k]

    def _value(self, node: Node, arithmetic: Arithmetic, given: Mapping[str, Any], found: list[Any]) -> Any:
        if isinstance(node.part, Conditional):
            test, then, otherwise = node.arguments
            taken = then if self._work_out(test, arithmetic, given, found) else otherwise
            return self._work_out(taken, arithmetic, given, found)
        inner = tuple(self._work_out(a, arithmetic, given, found) for a in node.arguments)
        match node.part:
            case Number(value):
                return arithmetic.number(value)
            case Name(name):
                return given[name]
            case Negation():
                return -inner[0]
            case Operation() as operation:
                return arithmetic.joined(operation, *inner)
            case Call(function):
                return called(FUNCTIONS[function], arithmetic, inner)
            case Comparison() as condition:
                return bool(holds(condition, arithmetic, inner))

    def backward(self, values: Mapping[str, Any], seed: Any = 1, exact: bool = False) -> Backward:
        """Values, slopes on the edges and gradients, from a gradient `seed` at the result."""
        arithmetic: Arithmetic = FRACTIONS if exact else FLOATS
        found = self.forward(values, exact)
        with np.errstate(all="ignore"):
            edges = tuple(self._slopes(k, found, arithmetic) for k in range(len(self.nodes)))
            gradients = [arithmetic.number(Fraction(0)) if node.varies else None for node in self.nodes]
            gradients[-1] = arithmetic.given("the seed", seed)
            for k in range(len(self.nodes) - 1, -1, -1):
                for argument, slope in zip(self.nodes[k].arguments, edges[k], strict=True):
                    if slope is not None:
                        gradients[argument] += gradients[k] * slope
        return Backward(self, found, edges, tuple(gradients))

    def _slopes(self, k: int, found: tuple[Any, ...], arithmetic: Arithmetic) -> tuple[Any, ...]:
        """The slope on each edge into a node; None where nothing can flow back."""
        node = self.nodes[k]
        open_ = [found[k] is not None and self.nodes[a].varies for a in node.arguments]
        match node.part:
            case Conditional():
                taken = 1 if found[node.arguments[0]] else 2
                one = arithmetic.number(Fraction(1))
                return tuple(one if at == taken and o else None for at, o in enumerate(open_))
            case Negation() | Operation() | Call():
                known = dict(zip("xy", (found[a] for a in node.arguments), strict=False)) | {"a": found[k]}
                each = zip(slopes(node.part), open_, strict=True)
                return tuple(result(slope, arithmetic, known) if o else None for slope, o in each)
        return (None,) * len(open_)


@final
@dataclass(frozen=True)
class Backward:
    """A graph with numbers on it.

    `values` and `gradients` stand at the nodes, `edges` has for each node the slope at each of its arguments. None is
    the value of what is not taken; the slope towards it, towards what does not vary, and towards the terms of a
    condition, through which nothing flows back; and the gradient of what does not vary.
    """

    graph: Graph
    values: tuple[Any, ...]
    edges: tuple[tuple[Any, ...], ...]
    gradients: tuple[Any, ...]

    def gradient(self, name: str) -> Any:
        """The gradient at a name: the sum over all paths."""
        return self.gradients[self._leaf(name)]

    def paths(self, name: str, most: int = MOST_PATHS) -> tuple[Path, ...]:
        """The ways from the result to a name, in the order of the expression, the first `most` of them."""
        last = len(self.graph.nodes) - 1
        reaches = self._counts(self._leaf(name))
        seed = self.gradients[last]
        return tuple(islice(self._paths(last, reaches, (last,), seed), most))

    def count(self, name: str) -> int:
        """How many paths there are."""
        return self._counts(self._leaf(name))[-1]

    def _leaf(self, name: str) -> int:
        if name not in self.graph.leaves:
            raise ExpressionError(f"there is no {name} in the expression; it has {', '.join(self.graph.leaves)}")
        return self.graph.leaves[name]

    def _counts(self, leaf: int) -> list[int]:
        """The number of paths from each node to a leaf."""
        found = [0] * len(self.graph.nodes)
        for k, node in enumerate(self.graph.nodes):
            found[k] = 1 if k == leaf else sum(found[a] for a, slope in self._open(k, node))
        return found

    def _open(self, k: int, node: Node) -> list[tuple[int, Any]]:
        return [(a, s) for a, s in zip(node.arguments, self.edges[k], strict=True) if s is not None]

    def _paths(self, k: int, reaches: list[int], way: tuple[int, ...], product: Any) -> Iterator[Path]:
        node = self.graph.nodes[k]
        if not node.arguments:
            yield Path(way, product)
        for argument, slope in self._open(k, node):
            if reaches[argument]:
                yield from self._paths(argument, reaches, (*way, argument), product * slope)


def graph(expression: Expression) -> Graph:
    """The graph of an expression: each name once, everything else as often as it is written."""
    nodes: list[Node] = []
    leaves: dict[str, int] = {}
    _add(expression, nodes, leaves)
    return Graph(tuple(nodes))


def graph_of(lines: Iterable[Assignment]) -> Graph:
    """The graph of assignments; what one of them names is one node for all lines after it. The last is the result."""
    nodes: list[Node] = []
    known: dict[str, int] = {}
    assigned: dict[str, int] = {}
    for line in lines:
        known[line.name] = assigned[line.name] = last = _add(line.expression, nodes, known)
    return Graph(tuple(nodes[: last + 1]), tuple((name, k) for name, k in assigned.items() if k <= last))


def _add(part: Part, nodes: list[Node], leaves: dict[str, int]) -> int:
    if isinstance(part, Name) and part.name in leaves:
        return leaves[part.name]
    if isinstance(part, Call) and FUNCTIONS[part.function].across:
        raise ExpressionError(
            f"“{part.function}” is over all outputs together, but a graph is of single numbers; write the sum out"
        )
    arguments = tuple(_add(inner, nodes, leaves) for inner in parts(part))
    varies = isinstance(part, Name) or any(nodes[a].varies for a in arguments)
    nodes.append(Node(part, arguments, varies))
    if isinstance(part, Name):
        leaves[part.name] = len(nodes) - 1
    return len(nodes) - 1
