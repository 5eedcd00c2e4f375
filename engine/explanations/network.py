"""The computational graph of a network for one sample: inputs and weights, products, sums, functions, the loss.

It is worked out in float64 from the inputs, the weights and what activations and losses declare, and then compared with
what the engine computed: a graph that leaves something out (dropout, noise, weights of samples) is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from engine.errors import LearnscopeError
from engine.experiment import Experiment, task
from engine.explanations.graph import ComputationGraph, Link, Vertex, nothing, with_gradients
from engine.explanations.readable import readable
from engine.explanations.signs import Signs
from engine.explanations.steps import CLOSE, lines_but
from engine.explanations.written import Line, worked, written
from engine.expressions import Assignment, assignments, follow, names
from engine.formulas import NOTHING, BigSum, Chain, Formula, Product, Sum, Symbol, Word, chain
from engine.formulas import Number as Value
from engine.losses import Loss
from engine.network import INPUT, Node
from engine.producers.calculation import Calculation, inputs_of
from engine.stepping import Phase
from engine.summing import WEIGHTED

F = NDArray[np.float64]

MOST: Final = 200
"""Vertices of the graph of a whole network; of a larger one only the paths from one weight or neuron are drawn."""
TERMS: Final = 8
"""Terms of a sum that are written out."""


class From(NamedTuple):
    """Where the paths begin: a neuron, or the weight with which it reads a source (by its label)."""

    layer: str
    unit: str
    source: str = ""


class Numbers(NamedTuple):
    """A layer for this sample: what it reads x [i], weights w [i, k], bias b [k], sums z [k], outputs a [k].

    `slopes` is ∂a/∂z: [k] where each output has its own sum, [j, k] where all read all sums.
    """

    x: F
    w: F
    b: F | None
    z: F
    a: F
    slopes: F


class Judged(NamedTuple):
    """The loss, and its slopes [k] at what it reads: the outputs, or, where it is `fused`, their sums."""

    value: float
    slopes: F
    fused: bool


def size_of(found: Calculation, experiment: Experiment) -> int:
    """How many vertices the graph of the whole network has."""
    total, inputs = 1 + len(found.t), len(found.x)
    for node in Signs(experiment).nodes:
        units, reads = node.units.size, len(inputs_of(found, node.sources[0]))
        total += units * (2 + reads + (0 if _owner(node)[0] != node.layer.id else reads) + 1)
    return total + inputs


def of_network(found: Calculation, experiment: Experiment, start: From | None = None) -> ComputationGraph:
    """The graph, of the paths from one place where a `start` is given; raise for what can't be drawn, with advice."""
    if task(experiment) == "unsupervised":
        raise LearnscopeError(
            "A rule without a teacher has no loss to lead back from; choose a task with targets, or type an expression"
        )
    signs = Signs(experiment)
    for node in signs.nodes:
        _check(node)
    if start is None and (size := size_of(found, experiment)) > MOST:
        raise LearnscopeError(
            f"The graph of this network has {size} nodes, and at most {MOST} are drawn; select a weight or a neuron "
            "in the network to see only the paths from it"
        )
    if start is not None and (size := _size_from(signs, start)) > MOST:
        raise LearnscopeError(
            f"The paths from here pass {size} nodes, and at most {MOST} are drawn; select a weight of a later layer"
        )
    made = _Made(found, experiment, signs, start)
    return with_gradients(made.vertices, made.links)


def _size_from(signs: Signs, start: From) -> int:
    """How many vertices the paths from one place pass; those of a weight that is shared pass more."""
    reached, total = {start.layer: 1}, 5 if start.source else 3
    for node in signs.nodes:
        if before := reached.get(node.sources[0], 0):
            reached[node.layer.id] = node.units.size
            total += node.units.size * (before + 2)
    return total


def _check(node: Node) -> None:
    """Refuse a layer that can't be written neuron by neuron."""
    layer = node.layer
    if layer.summing is not WEIGHTED or layer.unwritten:
        raise LearnscopeError(
            f"“{layer.id}” is no layer of neurons with weighted sums; the graph is of networks of dense layers"
        )
    function: Any = layer.activation  # type: ignore[attr-defined] # a layer of weighted sums has one
    if function.unwritten:
        raise LearnscopeError(f"The function of “{layer.id}” can't be drawn: {function.unwritten}")


def _owner(node: Node) -> tuple[str, bool]:
    """Whose weights a layer has, and whether they are turned."""
    tie = next((t for t in node.ties if t.name == "weight" and not t.pull), None)
    return (tie.owner.rpartition(".")[0], tie.turned) if tie is not None else (node.layer.id, False)


def _weights(found: Calculation, node: Node) -> F:
    owner, turned = _owner(node)
    moved = found.numbers.get(f"{owner}.weight")
    if moved is None:
        raise LearnscopeError(f"“{owner}” has too many weights to be drawn; make a smaller layer")
    return moved.before.T if turned else moved.before


def _numbers(found: Calculation, node: Node, x: F) -> Numbers:
    """Work out a layer by what its activation declares."""
    function: Any = node.layer.activation  # type: ignore[attr-defined]
    w, bias = _weights(found, node), found.numbers.get(f"{node.layer.id}.bias")
    b = bias.before if bias is not None else None
    z = x @ w + (0.0 if b is None else b)
    lines = assignments(function.expressions)
    given: Mapping[str, Any] = {"z": z, **function.by_symbol}
    if not any(line.name == "d'" for line in lines):
        values = follow(lines, given)
        return Numbers(x, w, b, z, *(np.broadcast_to(values[name], z.shape) for name in ("a", "a'")))
    ways = [follow(lines, {**given, "d": one}) for one in np.eye(len(z))]
    return Numbers(x, w, b, z, np.asarray(ways[0]["a"]), np.stack([way["d'"] for way in ways], axis=1))


def _judged(experiment: Experiment, last: Numbers, t: F, fused: bool) -> Judged:
    """Work out the loss by what it declares."""
    loss, function = experiment.training.loss, experiment.model.output.activation
    gain = function.gain if fused else 1.0
    lines = _written(loss, fused)
    values = follow(lines, {"z": gain * last.z, "o": last.a, "a": last.a, "t": t, **loss.by_symbol})
    each, slopes = (np.broadcast_to(values[name], t.shape) for name in ("L", "L'"))
    return Judged(float(each.sum()), gain * slopes, fused)


@final
class _Made:
    """A network on its way to a graph, layer by layer; with a start, only what it leads to is made."""

    def __init__(self, found: Calculation, experiment: Experiment, signs: Signs, start: From | None) -> None:
        self.found, self.experiment, self.signs, self.start = found, experiment, signs, start
        self.vertices: list[Vertex] = []
        self.links: list[Link] = []
        self.at: dict[Any, int] = {}
        self.numbers: dict[str, Numbers] = {}
        if start is None:
            for i, x in enumerate(found.x):
                first = Phase("backward", signs.nodes[0].layer.id)
                self._add(Vertex(("a", INPUT, i), "given", "", Symbol("x", str(i + 1)), x, None, nothing,
                                 Phase("sample"), first))  # fmt: skip
        for node in signs.nodes:
            source = node.sources[0]
            here = _numbers(found, node, found.x if source == INPUT else self.numbers[source].a)
            self.numbers[node.layer.id] = here
            self._layer(node, here)
        self._result(signs.nodes[-1])

    def _add(self, vertex: Vertex, *sources: tuple[int, Any, Any]) -> int:
        """Add a vertex and what it is made of: place, slope and the slope's formula."""
        k = self.at[vertex.key] = len(self.vertices)
        self.vertices.append(vertex)
        self.links += [Link(source, k, slope, rule) for source, slope, rule in sources]
        return k

    # -- a layer ------------------------------------------------------------------------------------------------

    def _layer(self, node: Node, here: Numbers) -> None:
        id_ = node.layer.id
        sums = [self._sum(node, here, k) for k in range(len(here.z))]
        back, there = Phase("backward", id_), Phase("forward", id_)
        title = type(node.layer.activation).registry[node.layer.activation.key].title  # type: ignore[attr-defined]
        for k, a in enumerate(here.a):
            reads = range(len(sums)) if here.slopes.ndim == 2 else (k,)
            rule = _slope(lines_but(node.layer.activation, ("a", "d'")), "a'", self._names(node, k))  # type: ignore[attr-defined]
            sources = [
                (at, float(here.slopes[j, k] if here.slopes.ndim == 2 else here.slopes[k]), rule)
                for j in reads
                if (at := sums[j]) is not None
            ]
            if sources:
                lines = partial(self._answer, node, here, k)
                name = self.signs.of("output", id_, k + 1)
                self._add(Vertex(("a", id_, k), "worked out", title, name, float(a), None, lines, there, back),
                          *sources)  # fmt: skip

    def _sum(self, node: Node, here: Numbers, k: int) -> int | None:
        """The sum of a neuron; None where the start does not lead to it."""
        id_, name = node.layer.id, self.signs.of("net", node.layer.id, k + 1)
        terms = [(at, 1.0, None) for i in self._read(node, k) for at in [self._product(node, here, i, k)]]
        begins = self.start is not None and not self.start.source and self.start[:2] == (id_, node.units.labels[k])
        if not terms and not begins:
            return None
        back = Phase("backward", id_)
        if here.b is not None and self.start is None:
            bias = Vertex(("b", id_, k), "learned", "", self.signs.bias(id_, k + 1), float(here.b[k]), None,
                          nothing, None, back)  # fmt: skip
            terms.append((self._add(bias), 1.0, None))
        lines = partial(self._summed, node, here, k)
        return self._add(Vertex(("z", id_, k), "worked out", "+", name, float(here.z[k]), None, lines,
                                Phase("forward", id_), back), *terms)  # fmt: skip

    def _read(self, node: Node, k: int) -> Iterator[int]:
        """The inputs of a neuron that are drawn: all, or those that the start leads to."""
        source, reads = node.sources[0], len(self.numbers[node.layer.id].x)
        weight = self._start_weight
        for i in range(reads):
            if self.start is None or ("a", source, i) in self.at or self._weight_key(node, i, k) == weight:
                yield i

    @property
    def _start_weight(self) -> tuple[Any, ...] | None:
        """The key of the weight that the paths begin at."""
        if self.start is None or not self.start.source:
            return None
        node = self.signs.node(self.start.layer)
        labels = next(p for p in node.parameters if p.name == "weight").labels
        if self.start.unit not in labels[-1] or self.start.source not in labels[0]:
            raise LearnscopeError(f"“{self.start.layer}” has no weight from “{self.start.source}”; choose another link")
        return self._weight_key(node, labels[0].index(self.start.source), labels[-1].index(self.start.unit))

    def _weight_key(self, node: Node, i: int, k: int) -> tuple[Any, ...]:
        """A weight, by the layer that owns it: layers that share it have one vertex."""
        owner, turned = _owner(node)
        return ("w", owner, k, i) if turned else ("w", owner, i, k)

    def _product(self, node: Node, here: Numbers, i: int, k: int) -> int:
        id_, source, key = node.layer.id, node.sources[0], self._weight_key(node, i, k)
        back = Phase("backward", id_)
        w, x = float(here.w[i, k]), float(here.x[i])
        owner, read = self.signs.node(key[1]), self.signs.read(source, i + 1)
        weight = self.signs.weight(key[1], owner.sources[0], key[2] + 1, key[3] + 1)
        if key not in self.at and (self.start is None or key == self._start_weight):
            self._add(Vertex(key, "learned", "", weight, w, None, nothing, None, Phase("backward", key[1])))
        factors = ((key, x, read), (("a", source, i), w, weight))
        sources = [(self.at[at], slope, partial(_same, name)) for at, slope, name in factors if at in self.at]
        name = self.signs.product(id_, i + 1, k + 1)
        line = Line(
            chain(name, Product((weight, read))), chain(name, Product((Value(w), Value(x))), Value(w * x)), w * x
        )
        return self._add(Vertex(("p", id_, i, k), "worked out", "×", name, w * x, None, lambda: (line,),
                                Phase("forward", id_), back), *sources)  # fmt: skip

    # -- what leads to a number ---------------------------------------------------------------------------------

    def _summed(self, node: Node, here: Numbers, k: int) -> tuple[Line, ...]:
        """Z = Σ p + b."""
        id_, z = node.layer.id, float(here.z[k])
        left, parts = self.signs.of("net", id_, k + 1), here.w[:, k] * here.x
        terms: list[Formula] = [self.signs.product(id_, i + 1, k + 1) for i in range(len(parts))]
        values: list[Formula] = [Value(float(p)) for p in parts]
        if len(parts) > TERMS:
            terms, values = [BigSum(Symbol("p", Symbol("i")), Symbol("i"))], [Value(float(parts.sum()))]
        if here.b is not None:
            terms.append(self.signs.bias(id_, k + 1))
            values.append(Value(float(here.b[k])))
        return (Line(chain(left, Sum(tuple(terms))), chain(left, Sum(tuple(values)), Value(z)), z),)

    def _names(self, node: Node, k: int) -> dict[str, Formula]:
        """How the names of expressions are written for a neuron."""
        z, a = self.signs.of("net", node.layer.id, k + 1), self.signs.of("output", node.layer.id, k + 1)
        return {"z": z, "a": a, "o": a, "t": self.signs.target(node.layer.id, k + 1)}

    def _answer(self, node: Node, here: Numbers, k: int) -> tuple[Line, ...]:
        """A = f(z)."""
        function: Any = node.layer.activation  # type: ignore[attr-defined]
        return worked(lines_but(function, ("a'", "d'")), self._names(node, k), {"z": here.z, **function.by_symbol}, k)

    # -- the loss -----------------------------------------------------------------------------------------------

    def _result(self, node: Node) -> None:
        """The loss, in the form whose slopes are those of the engine."""
        loss, last, id_ = self.experiment.training.loss, self.numbers[node.layer.id], node.layer.id
        if loss.unwritten:
            raise LearnscopeError(f"The loss can't be drawn: {loss.unwritten}")
        forms = [False] if loss.expressions else []
        forms += [True] if loss.is_fused(self.experiment.model.output.activation) and loss.fused_expressions else []
        judged = [_judged(self.experiment, last, self.found.t, fused) for fused in forms]
        right = next((j for j in judged if self._is_as_run(j, last)), None)
        if right is None:
            raise LearnscopeError(
                "This step does more than a graph can show, such as dropout, noise, or weights of the samples; "
                "take that away to see the graph"
            )
        read = "z" if right.fused else "a"
        sources: list[tuple[int, Any, Any]] = [
            (self.at[read, id_, k], float(s), _slope(_written(loss, right.fused), "L'", self._names(node, k)))
            for k, s in enumerate(right.slopes)
            if (read, id_, k) in self.at
        ]
        if self.start is None:
            targets = [Vertex(("t", k), "given", "", self._names(node, k)["t"], float(t), None, nothing,
                              Phase("sample")) for k, t in enumerate(self.found.t)]  # fmt: skip
            sources += [(self._add(target), None, None) for target in targets]
        lines = partial(self._lost, node, right)
        self._add(Vertex(("L",), "result", "loss", Symbol("L"), right.value, None, lines, Phase("loss"), Phase("loss")),
                  *sources)  # fmt: skip

    def _is_as_run(self, judged: Judged, last: Numbers) -> bool:
        """Whether loss and δ are those that the engine has."""
        slopes = last.slopes
        through = (
            judged.slopes if judged.fused else slopes @ judged.slopes if slopes.ndim == 2 else slopes * judged.slopes
        )
        here = self.found.layers[self.signs.nodes[-1].layer.id]
        delta = here.delta if here.delta is not None else through
        same: list[tuple[Any, Any]] = [(judged.value, self.found.loss), (through, delta), (last.a, here.a)]
        return all(bool(np.all(np.abs(a - b) <= CLOSE * np.maximum(1.0, np.abs(b)))) for a, b in same)

    def _lost(self, node: Node, judged: Judged) -> tuple[Line, ...]:
        """What the loss is; of several outputs the sum of their terms."""
        loss, last = self.experiment.training.loss, self.numbers[node.layer.id]
        lines = _written(loss, judged.fused)
        until = [line.name for line in lines].index("L") + 1
        gain = self.experiment.model.output.activation.gain if judged.fused else 1.0
        given = {"z": gain * last.z, "o": last.a, "a": last.a, "t": self.found.t, **loss.by_symbol}
        if node.units.size == 1:
            return worked(lines[:until], self._names(node, 0), given)
        each = [
            *(worked(lines[:until], {**self._names(node, k), "L": Symbol("L", str(k + 1))}, given, k)[-1]
              for k in range(min(node.units.size, TERMS))),
        ]  # fmt: skip
        k = Symbol("k")
        total = Line(
            chain(Symbol("L"), BigSum(Symbol("L", k), k)), chain(Symbol("L"), Value(judged.value)), judged.value
        )
        more = (Line(chain(NOTHING, Word("…")), Chain((NOTHING,), ()), 0.0),) if node.units.size > TERMS else ()
        return (*each, *more, total)


def _same(name: Formula) -> Formula:
    return name


def _written(loss: Loss, fused: bool) -> tuple[Assignment, ...]:
    return readable(assignments(loss.fused_expressions if fused else loss.expressions), loss)


def _slope(lines: tuple[Assignment, ...], name: str, symbols: Mapping[str, Formula]) -> Callable[[], Formula] | None:
    """How a slope is written by the names of vertices; None where it is written by helpers or hyper-parameters."""
    found = next((line.expression for line in lines if line.name == name), None)
    if found is None or not set(names(found)) <= set(symbols):
        return None
    return lambda: written(found, symbols.__getitem__)
