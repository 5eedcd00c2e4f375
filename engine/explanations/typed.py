"""The computational graph of what is typed: an expression, or lines of assignments, with a value for each name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple, final

from engine.errors import ExpressionError
from engine.explanations.graph import ComputationGraph, Link, Vertex, nothing
from engine.explanations.written import Line, symbol, written
from engine.expressions import (
    Backward,
    Call,
    Comparison,
    Conditional,
    Expression,
    Graph,
    Name,
    Negation,
    Number,
    Operation,
    assignments,
    graph,
    graph_of,
    parse,
    slopes,
)
from engine.formulas import Chain, Formula, Word, chain, number

MOST: Final = 120
"""Vertices of a typed graph."""
SHOWN: Final = {"*": "×", "-": "−", "/": "÷", "^": "xʸ", "<=": "≤", ">=": "≥", "!=": "≠", "==": "="}
DIGITS: Final = 6


class Example(NamedTuple):
    """A ready expression: its title, what it shows and where it is from, its lines, and values for its names."""

    title: str
    told: str
    text: str
    values: Mapping[str, float]


EXAMPLES: Final = (
    Example(
        "a = relu(w x + b)",
        "The book's first automatic gradient: one weight, one input, one bias.",
        "a = relu(w*x + b)",
        {"w": 2, "x": 3, "b": 1},
    ),
    Example(
        "AND neuron",
        "Two inputs, a sigmoid and the squared error, at the sample (1, 1).",
        "z = w₁*x₁ + w₂*x₂ + b\na = σ(z)\nL = (a - t)^2/2",
        {"w₁": 20, "x₁": 1, "w₂": 20, "x₂": 1, "b": -30, "t": 1},
    ),
    Example(
        "tutorial, one path",
        "The 3-2-1 network by hand: from the weight w₁₄ over the hidden unit 4 to the loss.",
        "h = σ(w₁₄*x₁ + w₂₄*x₂ + w₃₄*x₃ + θ₄)\no = σ(w₄₆*h + w₅₆*a₅ + θ₆)\nL = (t - o)^2/2",
        {
            "w₁₄": 0.2,
            "x₁": 1,
            "w₂₄": 0.4,
            "x₂": 0,
            "w₃₄": -0.5,
            "x₃": 1,
            "θ₄": -0.4,
            "w₄₆": -0.3,
            "w₅₆": -0.2,
            "a₅": 0.524979,
            "θ₆": 0.1,
            "t": 1,
        },
    ),
    Example(
        "one weight, two places",
        "A shared weight: two paths lead from w to L, and its gradient is their sum.",
        "h = w*x\ny = w*h\nL = (y - t)^2",
        {"w": 2, "x": 3, "t": 10},
    ),
    Example(
        "two layers, two paths",
        "The unit that w₁₁ feeds feeds both units of the next layer.",
        "h = relu(w₁₁*x)\np = relu(u₁*h)\nq = relu(u₂*h)\nJ = v₁*p + v₂*q",
        {"w₁₁": 3, "x": 2, "u₁": 1, "u₂": 0.5, "v₁": 5, "v₂": 7},
    ),
)
"""From the course, the simplest first."""


class Typed(NamedTuple):
    """What was read: the graph of the lines, and the names that need a value."""

    graph: Graph
    names: tuple[str, ...]


def read(text: str) -> Typed:
    """Read an expression, or lines that each assign a name; `ExpressionError` says what can't be read, and where."""
    lines = [line.strip() for line in text.replace(";", "\n").splitlines() if line.strip()]
    if not lines:
        raise ExpressionError("there is no expression; type one such as relu(w*x + b)")
    if len(lines) == 1 and not _assigns(lines[0]):
        found = graph(parse(lines[0]))
    else:
        for k, line in enumerate(lines, 1):
            try:
                assignments((line,))
            except ExpressionError as error:
                where = f"line {k}: " if len(lines) > 1 else ""
                raise ExpressionError(f"{where}{error}", error.place) from error
        found = graph_of(assignments(tuple(lines)))
    if len(found.nodes) > MOST:
        raise ExpressionError(f"the graph has {len(found.nodes)} nodes; at most {MOST} are drawn, so shorten it")
    return Typed(found, tuple(found.leaves))


def _assigns(line: str) -> bool:
    """Whether a line has an = that is no part of a comparison."""
    for sign in ("==", "<=", ">=", "!="):
        line = line.replace(sign, "")
    return "=" in line


def of_typed(typed: Typed, values: Mapping[str, Any], exact: bool = False) -> ComputationGraph:
    """The graph with its numbers: float64, or fractions where it is `exact`."""
    return _Made(typed.graph, typed.graph.backward(values, exact=exact)).graph()


def formula_of(name: str) -> Formula:
    """A name as it is typed: w₁, w_1 and w1 as a letter with an index, a longer word upright."""
    plain = name.replace("_", "")
    try:
        return symbol(plain, {})
    except ValueError:
        return Word(name)


@final
class _Made:
    """A graph of expressions on its way to one that is shown: each node has a name, so formulas can speak of it."""

    def __init__(self, found: Graph, numbers: Backward) -> None:
        self.nodes, self.numbers = found.nodes, numbers
        self.names = {k: name for name, k in found.leaves.items()}
        self.names |= {k: name for name, k in found.assigned if k not in self.names}
        free = _fresh({*self.names.values()})
        for k, node in enumerate(self.nodes):
            if k not in self.names and not isinstance(node.part, Number | Comparison):
                self.names[k] = next(free)
        used = {len(self.nodes) - 1}
        for k in range(len(self.nodes) - 1, -1, -1):
            if k in used:
                used.update(self.nodes[k].arguments)
        self.used = sorted(used)

    def graph(self) -> ComputationGraph:
        """What is shown of it: all that the result needs."""
        place = {k: n for n, k in enumerate(self.used)}
        links = [
            Link(place[a], place[k], slope, partial(self._rule, k, n) if slope is not None else None)
            for k in self.used
            for n, (a, slope) in enumerate(zip(self.nodes[k].arguments, self.numbers.edges[k], strict=True))
        ]
        return ComputationGraph(tuple(self._vertex(k) for k in self.used), tuple(links))

    def _vertex(self, k: int) -> Vertex:
        node, last = self.nodes[k], k == len(self.nodes) - 1
        leaf = isinstance(node.part, Name | Number)
        operation = "" if leaf else SHOWN.get(node.operation, node.operation)
        return Vertex(
            (self.names.get(k, ""), k), "given" if leaf else "result" if last else "worked out", operation,
            self._named(k), self.numbers.values[k], self.numbers.gradients[k],
            nothing if leaf or isinstance(node.part, Comparison) else partial(self._lines, k),
        )  # fmt: skip

    def _named(self, k: int) -> Formula:
        part = self.nodes[k].part
        if isinstance(part, Number):
            return number(part.value, DIGITS)
        return formula_of(self.names[k]) if k in self.names else Word("if")

    def _reference(self, k: int) -> Expression:
        """How a node stands in the formula of another: by its name, numbers as they are."""
        part = self.nodes[k].part
        return part if isinstance(part, Number) else Name(self.names[k])

    def _step(self, k: int) -> Expression:
        """What is done at one node, in the names of those it is made of."""
        node = self.nodes[k]
        if isinstance(node.part, Conditional):
            test, then, otherwise = node.arguments
            condition = self.nodes[test].part
            assert isinstance(condition, Comparison)
            terms = tuple(map(self._reference, self.nodes[test].arguments))
            compared = Comparison(terms, condition.relations)
            return Conditional(compared, self._reference(then), self._reference(otherwise))
        inner = tuple(map(self._reference, node.arguments))
        match node.part:
            case Negation():
                return Negation(*inner)
            case Operation(sign):
                return Operation(sign, *inner)
            case Call(function):
                return Call(function, inner)
        raise AssertionError(node)

    def _lines(self, k: int) -> tuple[Line, ...]:
        value, left, step = self.numbers.values[k], self._named(k), self._step(k)
        if value is None:
            return ()
        given = {self.names[a]: self.numbers.values[a] for a in self._read(k)}
        formula = chain(left, written(step, formula_of))
        shown = number(value, DIGITS)
        if isinstance(step, Conditional):
            return (Line(formula, chain(left, shown), float(value)),)
        numbers = written(step, lambda name: number(given[name], DIGITS))
        return (Line(formula, Chain((left, numbers, shown), ("=", "=")), float(value)),)

    def _read(self, k: int) -> list[int]:
        return [a for a in self.nodes[k].arguments if a in self.names]

    def _rule(self, k: int, which: int) -> Formula:
        """The slope at one argument, in the names of the nodes."""
        part, arguments = self.nodes[k].part, self.nodes[k].arguments
        if isinstance(part, Conditional):
            return number(1)
        assert isinstance(part, Negation | Operation | Call)
        names: dict[str, Formula] = {"a": self._named(k)}
        names |= {letter: self._named(a) for letter, a in zip("xy", arguments, strict=False)}
        return written(slopes(part)[which], names.__getitem__)


def _fresh(taken: set[str]) -> Iterator[str]:
    """Names for what has none: u₁, u₂ ..., by a letter that nobody has used."""
    letter = next(c for c in "uvqrsgABCDEFGHIJKLMNOPQRSTUVWXYZ" if not any(name.startswith(c) for name in taken))
    k = 0
    while True:
        k += 1
        yield f"{letter}{k}"
