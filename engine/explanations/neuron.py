"""How the numbers of one neuron come about: its sum, its answer, its share of the blame, and how its weights move."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from engine.errors import LearnscopeError
from engine.experiment import Experiment, nodes
from engine.explanations.written import Line, without_ones, worked
from engine.expressions import Assignment, assignments, follow
from engine.formulas import BigSum, Formula, Product, Quotient, Row, Sum, Symbol, Word, chain
from engine.formulas import Number as Value
from engine.layers.dense import Dense
from engine.layers.output import Output
from engine.losses import Loss
from engine.network import INPUT, Node
from engine.producers.calculation import Calculation, Unitwise, inputs_of
from engine.stepping import Phase

TERMS: Final = 12
"""Terms of a sum that are written out; of more, the largest."""


CLOSE: Final = 1e-3
"""How near a number of the run is to the one worked out here, in float32 against float64."""


class Step(NamedTuple):
    """One number of a calculation: what it is, in which phase it comes about, and the lines that lead to it."""

    title: str
    phase: Phase
    lines: tuple[Line, ...]

    @property
    def value(self) -> float:
        """The number."""
        return self.lines[-1].value


class Signs:
    """How the quantities of a network are written: upper index the layer, counted from 1, lower the neuron."""

    def __init__(self, experiment: Experiment) -> None:
        self.nodes = nodes(experiment)
        self._places = {n.layer.id: k for k, n in enumerate(self.nodes, 1)}

    def node(self, layer: str) -> Node:
        """A layer in its place."""
        return self.nodes[self._places[layer] - 1]

    def of(self, letter: str, layer: str, unit: str | int, *others: int) -> Symbol:
        """A quantity of a neuron: z₂⁽¹⁾; with others before it, of a weight: w₁₂⁽¹⁾."""
        upper = f"({self._places[layer]})" if len(self.nodes) > 1 else ""
        places = (*others, unit if isinstance(unit, int) else self.place(layer, unit))
        index = (" " if max(places) > 9 else "").join(str(p) for p in places)
        return Symbol(letter, index, upper)

    def place(self, layer: str, unit: str) -> int:
        """The number of a neuron in its layer, counted from 1."""
        return self.node(layer).units.labels.index(unit) + 1

    def read(self, source: str, place: int) -> Symbol:
        """What a neuron reads from a place of a source: x₁, a₂⁽¹⁾."""
        return Symbol("x", str(place)) if source == INPUT else self.of("a", source, place)


def explain(found: Calculation, experiment: Experiment, layer: str, unit: str, source: str = "") -> tuple[Step, ...]:
    """Explain a neuron or, with the label of a source, one of its weights; raise for what can't be written out."""
    signs = Signs(experiment)
    node = signs.node(layer)
    if not isinstance(node.layer, Dense | Output) or unit not in node.units.labels:
        raise LearnscopeError(f"“{layer}” is no layer of neurons with weighted sums; its cells are explained in “Cell”")
    k = node.units.labels.index(unit)
    steps = [_sum(found, signs, node, k), _answer(found, signs, node, k)]
    if node is signs.nodes[-1]:
        steps.append(_loss(found, experiment, signs, node, k))
    if found.layers[layer].delta is not None:
        steps.append(_delta(found, experiment, signs, node, k))
    if source:
        steps += _weight(found, experiment, signs, node, k, source)
    elif f"{layer}.bias" in found.numbers:
        steps += _moving(found, experiment, f"{layer}.bias", (k,), signs.of("b", layer, k + 1), None)
    return tuple(steps)


def _numbers(found: Calculation, node: Node, k: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], float]:
    """What a neuron reads, its weights, and its bias (0 where it has none)."""
    id_ = node.layer.id
    bias = found.numbers.get(f"{id_}.bias")
    return inputs_of(found, node.sources[0]), found.numbers[f"{id_}.weight"].before[:, k], (
        float(bias.before[k]) if bias is not None else 0.0
    )  # fmt: skip


def _sum(found: Calculation, signs: Signs, node: Node, k: int) -> Step:
    """Z = Σ w x + b, term by term."""
    id_, source = node.layer.id, node.sources[0]
    x, w, b = _numbers(found, node, k)
    z = found.layers[id_].z
    assert z is not None
    labels = next(p for p in node.parameters if p.name == "weight").labels[0]
    chosen = range(len(x)) if len(x) <= TERMS else sorted(np.argsort(-np.abs(w * x), kind="stable")[:TERMS].tolist())
    names = [
        signs.of("w", id_, k + 1, i + 1).marked((id_, node.units.labels[k], labels[i])) * signs.read(source, i + 1)
        for i in chosen
    ]
    values: list[Formula] = [Product((Value(float(w[i])), Value(float(x[i])))) for i in chosen]
    if len(x) > TERMS:
        i = Symbol("i")
        names = [BigSum(Product((Symbol("w", i), Symbol("x", i))), i)]
        values.append(Value(float(w @ x - sum(w[j] * x[j] for j in chosen))))
    if f"{id_}.bias" in found.numbers:
        names.append(signs.of("b", id_, k + 1))
        values.append(Value(b))
    left = signs.of("z", id_, k + 1)
    total = float(w @ x + b)
    line = Line(chain(left, Sum(tuple(names))), chain(left, Sum(tuple(values)), Value(total)), total)
    return Step("weighted sum", Phase("forward", id_), _as_run((line,), left, float(z[k])))


def _as_run(lines: tuple[Line, ...], left: Symbol, engine: float) -> tuple[Line, ...]:
    """The lines, and where the run has another number, because something is done to the step besides, that one too."""
    if abs(lines[-1].value - engine) <= CLOSE * max(1.0, abs(engine)):
        return lines
    return (*lines, Line(chain(left, Word("with regularisation")), chain(left, Value(engine)), engine))


def _own(signs: Signs, node: Node, k: int) -> dict[str, Formula]:
    """How the names of expressions are written for a neuron."""
    id_ = node.layer.id
    found: dict[str, Formula] = {letter: signs.of(letter, id_, k + 1) for letter in "za"}
    found["a'"] = _primed(signs.of("a", id_, k + 1))
    return found | {"o": found["a"], "t": Symbol("t", str(k + 1) if node.units.size > 1 else "")}


def _primed(symbol: Symbol) -> Symbol:
    return Symbol(symbol.name, symbol.index, symbol.upper, 1)


def _given(found: Calculation, node: Node) -> dict[str, Any]:
    """The values of those names, [unit]."""
    here = found.layers[node.layer.id]
    return {"z": here.z, "a": here.a, "o": here.a, "t": found.t}


def _answer(found: Calculation, signs: Signs, node: Node, k: int) -> Step:
    """A = f(z)."""
    function: Any = node.layer.activation  # type: ignore[attr-defined]
    a = found.layers[node.layer.id].a
    lines = _plain(function, ("a'", "d'"))
    values = {**_given(found, node), **function.by_symbol}
    del values["a"]
    done = worked(lines, _own(signs, node, k), values, k) if lines else ()
    if not done:
        left = signs.of("a", node.layer.id, k + 1)
        done = (Line(chain(left, Word(function.formula)), chain(left, Value(float(a[k]))), float(a[k])),)
    left = signs.of("a", node.layer.id, k + 1)
    return Step("output", Phase("forward", node.layer.id), _as_run(done, left, float(a[k])))


def _plain(function: Any, but: tuple[str, ...]) -> tuple[Assignment, ...]:
    """The lines of an activation but for some."""
    return without_ones(tuple(x for x in assignments(function.expressions) if x.name not in but), function.by_symbol)


def _fused(experiment: Experiment) -> bool:
    loss, output = experiment.training.loss, experiment.model.output
    return bool(loss.is_fused(output.activation) and loss.fused_expressions)


def _loss(found: Calculation, experiment: Experiment, signs: Signs, node: Node, k: int) -> Step:
    """The loss of an output."""
    loss = experiment.training.loss
    lines = _lines(loss, _fused(experiment), slope=False)
    done = worked(lines, _own(signs, node, k), {**_given(found, node), **loss.by_symbol}, k)
    if node.units.size > 1:
        left = Symbol("L")
        total = BigSum(Symbol("L", Symbol("k")), Symbol("k"))
        done = (*done, Line(chain(left, total), chain(left, Value(found.loss)), found.loss))
    return Step("loss", Phase("loss"), done)


def _lines(loss: Loss, fused: bool, *, slope: bool) -> tuple[Any, ...]:
    lines = assignments(loss.fused_expressions if fused else loss.expressions)
    until = [x.name for x in lines].index("L") + 1
    return tuple(x for x in lines if x.name != "L") if slope else lines[:until]


def _delta(found: Calculation, experiment: Experiment, signs: Signs, node: Node, k: int) -> Step:
    """δ = ∂L/∂z: at an output from the loss, else what comes back along each weight, times the slope of f."""
    phase = Phase("backward", node.layer.id)
    if node is signs.nodes[-1]:
        return Step("delta", phase, _delta_of_output(found, experiment, signs, node, k))
    return Step("delta", phase, _delta_of_hidden(found, signs, node, k))


def _slope(found: Calculation, signs: Signs, node: Node, k: int) -> tuple[Line, ...]:
    """f'(z) of a neuron, by its expressions."""
    function: Any = node.layer.activation  # type: ignore[attr-defined]
    lines = _plain(function, ("a", "d'"))
    return worked(lines, _own(signs, node, k), {**_given(found, node), **function.by_symbol}, k)


def _delta_of_output(found: Calculation, experiment: Experiment, signs: Signs, node: Node, k: int) -> tuple[Line, ...]:
    loss, fused = experiment.training.loss, _fused(experiment)
    left, own = signs.of("δ", node.layer.id, k + 1), _own(signs, node, k)
    partial = Quotient(Row((Symbol("∂"), Symbol("L"))), Row((Symbol("∂"), own["z" if fused else "o"])))
    values = {**_given(found, node), **loss.by_symbol}
    outer = worked(_lines(loss, fused, slope=True), {**own, "L'": partial}, values, k)
    together = _plain(experiment.model.output.activation, ("a", "a'"))
    if not fused and any(line.name == "d'" for line in together):
        function: Any = experiment.model.output.activation
        slopes = follow(_lines(loss, fused, slope=True), values)["L'"]
        here = {**_given(found, node), **function.by_symbol, "d": np.broadcast_to(slopes, found.t.shape)}
        inner = worked(together, {**own, "d": partial, "d'": left}, here, k)
        return _as_run((*outer, *inner), left, _delta_value(found.layers[node.layer.id], k))
    inner = () if fused else _slope(found, signs, node, k)
    factor = experiment.model.output.activation.gain if fused else inner[-1].value if inner else 1.0
    delta = outer[-1].value * factor
    right: Formula = partial if fused and factor == 1 else Product((partial, Value(factor) if fused else own["a'"]))
    number = Product((Value(outer[-1].value), Value(factor)))
    last = Line(
        chain(left, right), chain(left, Value(delta)) if right is partial else chain(left, number, Value(delta)), delta
    )
    return _as_run((*outer, *inner, last), left, _delta_value(found.layers[node.layer.id], k))


def _delta_value(here: Unitwise, k: int) -> float:
    assert here.delta is not None
    return float(here.delta[k])


def _delta_of_hidden(found: Calculation, signs: Signs, node: Node, k: int) -> tuple[Line, ...]:
    id_ = node.layer.id
    left, delta = signs.of("δ", id_, k + 1), _delta_value(found.layers[id_], k)
    terms, numbers, back = list[Formula](), list[Formula](), 0.0
    for reader in signs.nodes:
        there = found.layers[reader.layer.id].delta
        weight = found.numbers.get(f"{reader.layer.id}.weight")
        if id_ not in reader.sources or there is None or weight is None or weight.before.ndim != 2:
            continue
        for j in range(len(there)):
            terms.append(Product((signs.of("δ", reader.layer.id, j + 1), signs.of("w", reader.layer.id, j + 1, k + 1))))
            numbers.append(Product((Value(float(there[j])), Value(float(weight.before[k, j])))))
            back += float(there[j] * weight.before[k, j])
    inner = _slope(found, signs, node, k)
    slope, value = _primed(signs.of("a", id_, k + 1)), inner[-1].value if inner else 1.0
    worth = value * back
    last = Line(
        chain(left, Product((slope, _few(terms)))),
        chain(left, Product((Value(value), _few(numbers))), Value(worth)),
        worth,
    )
    return _as_run((*inner, last), left, delta)


def _few(terms: list[Formula]) -> Formula:
    """A sum, its end left out where it is long."""
    if not terms:
        return Value(0.0)
    return Sum(tuple(terms)) if len(terms) <= TERMS else Sum((*terms[:TERMS], Word("…")))


def _weight(found: Calculation, experiment: Experiment, signs: Signs, node: Node, k: int, source: str) -> list[Step]:
    """The gradient of one weight, and how it moves."""
    id_, name = node.layer.id, f"{node.layer.id}.weight"
    parameter = next(p for p in node.parameters if p.name == "weight")
    if source not in parameter.labels[0] or name not in found.numbers:
        raise LearnscopeError(f"“{id_}” has no weight from “{source}”; choose one of its links")
    i = parameter.labels[0].index(source)
    symbol = signs.of("w", id_, k + 1, i + 1)
    return _moving(found, experiment, name, (i, k), symbol, (signs, node, k, i))


def _moving(
    found: Calculation, experiment: Experiment, name: str, place: tuple[int, ...], symbol: Symbol,
    weight: tuple[Signs, Node, int, int] | None,
) -> list[Step]:  # fmt: skip
    """The gradient of a number for this sample, and the update by the optimiser where it comes now."""
    id_, k = name.split(".")[0], place[-1]
    here = found.layers[id_]
    if here.delta is None:
        return []
    signs = Signs(experiment)
    delta = _delta_value(here, k)
    partial = Quotient(Row((Symbol("∂"), Symbol("L"))), Row((Symbol("∂"), symbol)))
    blame = signs.of("δ", id_, k + 1)
    if weight is None:
        own = delta
        line = Line(chain(partial, blame), chain(partial, Value(delta)), own)
    else:
        _, node, _, i = weight
        x = float(inputs_of(found, node.sources[0])[i])
        own = delta * x
        line = Line(
            chain(partial, Product((blame, signs.read(node.sources[0], i + 1)))),
            chain(partial, Product((Value(delta), Value(x))), Value(own)),
            own,
        )
    steps = [Step("gradient", Phase("backward", id_), (line,))]
    if found.updates and found.finite:
        steps.append(_update(found, experiment, name, place, symbol))
    return steps


def _update(found: Calculation, experiment: Experiment, name: str, place: tuple[int, ...], symbol: Symbol) -> Step:
    """How the optimiser moves a number; g is what it is given: the mean over the batch, with the penalty's slope."""
    moved, optimiser = found.numbers[name], experiment.training.optimiser
    before, gradient, after = (float(a[place]) for a in (moved.before, moved.gradient, moved.after))
    slots = {s: float(moved.slots[slot][place]) for s, slot in optimiser.slot_symbols.items()}
    values = {"w": before, "g": gradient, "η": found.rate, "t": found.steps + 1, **slots, **optimiser.by_symbol}
    names: dict[str, Formula] = {"w": symbol}
    given = Line(chain(Symbol("g"), Word("what the optimiser is given")), chain(Symbol("g"), Value(gradient)), gradient)
    lines = assignments(optimiser.assignments)
    if not lines or any("Σ" in text for text in optimiser.assignments):
        left = chain(symbol, Word(optimiser.formula), sign="←")
        return Step("update", Phase("update"), (given, Line(left, chain(symbol, Value(after), sign="←"), after)))
    return Step("update", Phase("update"), (given, *worked(lines, names, values)))
