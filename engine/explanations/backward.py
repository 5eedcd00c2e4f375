"""The way back through a neuron: δ, what the loss changes by as its weighted sum grows."""

from __future__ import annotations

import numpy as np

from engine.explanations.forward import judged, lines_of
from engine.explanations.signs import primed
from engine.explanations.steps import TERMS, Neuron, Step, as_run, hint_of
from engine.explanations.written import Line, Real, real, valued, worked, written
from engine.expressions import follow, parse
from engine.formulas import Formula, Negative, Product, Sum, Word, chain
from engine.formulas import Number as Value
from engine.network import Node
from engine.stepping import Phase


def delta(neuron: Neuron) -> Step:
    """δ = ∂L/∂z: at an output from the loss, else what comes back along each weight, times the slope of f."""
    hint = ""
    if neuron.node is not neuron.signs.nodes[-1]:
        lines = _hidden(neuron)
    elif why := neuron.experiment.training.loss.unwritten:
        lines = (_last(neuron, Word("what the loss gives"), Value(neuron.delta), neuron.delta),)
        hint = f"{hint_of('delta', neuron.signs)}; {why}"
    elif neuron.is_fused:
        lines = _fused(neuron)
    elif any(line.name == "d'" for line in neuron.lines_of(("a", "a'"))):
        lines = _together(neuron)
    else:
        lines = _apart(neuron)
    return Step("delta", Phase("backward", neuron.id), as_run(lines, neuron.blame, neuron.delta), hint=hint)


def _of_loss(neuron: Neuron, by: Formula) -> tuple[Line, ...]:
    """The slope of the loss at the output, or fused at the weighted sum."""
    lines = lines_of(neuron.experiment.training.loss, neuron.is_fused, slope=True)
    names, values = judged(neuron)
    return worked(lines, {**names, "L'": neuron.signs.slope(by)}, values, neuron.k)


def _fused(neuron: Neuron) -> tuple[Line, ...]:
    """The loss and the output as one: δ = ∂L/∂z, times the gain of an output that is steeper than usual."""
    signs, gain = neuron.signs, neuron.gain
    by: Formula = neuron.net if gain == 1 else Product((Value(gain), neuron.net))
    outer = _of_loss(neuron, by)
    slope, partial = outer[-1].value, signs.slope(by)
    formula: Formula = partial
    number: Formula = Value(slope)
    if gain != 1:
        formula, number = Product((partial, Value(gain))), Product((number, Value(gain)))
    return (*outer, _last(neuron, signs.signed(formula), signs.signed(number), signs.sign * slope * gain))


def _apart(neuron: Neuron) -> tuple[Line, ...]:
    """δ = ∂L/∂a f′(z), unit by unit."""
    signs, partial = neuron.signs, neuron.signs.slope(neuron.output)
    outer, inner = _of_loss(neuron, neuron.output), _slope(neuron)
    slope, factor = outer[-1].value, inner[-1].value if inner else 1
    formula = Product((partial, primed(neuron.output)))
    number = Product((Value(slope), Value(factor)))
    return (*outer, *inner, _last(neuron, signs.signed(formula), signs.signed(number), signs.sign * slope * factor))


def _together(neuron: Neuron) -> tuple[Line, ...]:
    """An output whose units depend on each other: the slopes of all are in the δ of each."""
    signs, partial = neuron.signs, neuron.signs.slope(neuron.output)
    _, values = judged(neuron)
    slopes = follow(lines_of(neuron.experiment.training.loss, neuron.is_fused, slope=True), values)["L'"]
    here = {**neuron.values, **neuron.by_symbol, "d": np.broadcast_to(slopes, neuron.found.t.shape)}
    left = signs.slope(neuron.net) if signs.notation.blame else neuron.blame
    lines = neuron.lines_of(("a", "a'"))
    inner = worked(lines, {**neuron.names, "d": partial, "d'": left}, here, neuron.k)
    done = (*_of_loss(neuron, neuron.output), *inner)
    if not signs.notation.blame:
        return done
    slope = inner[-1].value
    return (*done, _last(neuron, Negative(left), Negative(Value(slope)), -slope))


def _hidden(neuron: Neuron) -> tuple[Line, ...]:
    """δ = f′(z) Σ δ w over all that read the neuron."""
    through = [r.layer.id for r in neuron.signs.nodes if neuron.id in r.sources and not _weighs(neuron, r)]
    if through:
        told = Word(f"what comes back through {', '.join(f'“{x}”' for x in through)}")
        return (_last(neuron, told, Value(neuron.delta), neuron.delta),)
    terms, numbers, back = _coming_back(neuron)
    inner = _slope(neuron)
    slope = inner[-1].value if inner else 1
    formula = Product((primed(neuron.output), _few(terms)))
    return (*inner, _last(neuron, formula, Product((Value(slope), _few(numbers))), slope * back))


def _weighs(neuron: Neuron, reader: Node) -> bool:
    """Whether a layer reads the neuron by weights that are known, and has slopes of its own."""
    weight, there = neuron.found.numbers.get(f"{reader.layer.id}.weight"), neuron.found.layers[reader.layer.id]
    return reader.layer.summing is not None and weight is not None and there.delta is not None


def _coming_back(neuron: Neuron) -> tuple[list[Formula], list[Formula], Real]:
    """What comes back along each weight, δ ∂z/∂x: in letters, in numbers, and all of it."""
    signs, k = neuron.signs, neuron.k
    terms, numbers, back = list[Formula](), list[Formula](), real(0 * neuron.here.a[k])
    for reader in signs.nodes:
        id_, how = reader.layer.id, reader.layer.summing
        if neuron.id not in reader.sources or how is None:
            continue
        there, weight = neuron.found.layers[id_].delta, neuron.found.numbers[f"{id_}.weight"]
        assert there is not None
        slope = parse(how.by_input)
        for j, own in enumerate(there):
            delta = signs.sign * real(own)
            given = {"w": real(weight.before[k, j]), "x": real(neuron.here.a[k])}
            blame = signs.of("delta", id_, j + 1).marked((id_, reader.units.labels[j], ""))
            names = {"w": signs.weight(id_, neuron.id, k + 1, j + 1), "x": neuron.output}
            terms.append(Product((blame, written(slope, names.__getitem__))))
            numbers.append(Product((Value(delta), written(slope, {n: Value(v) for n, v in given.items()}.__getitem__))))
            back += delta * real(valued(slope, given))
    return terms, numbers, back


def _slope(neuron: Neuron) -> tuple[Line, ...]:
    """F′(z) of a neuron, by its expressions."""
    return worked(neuron.lines_of(("a", "d'")), neuron.names, {**neuron.values, **neuron.by_symbol}, neuron.k)


def _last(neuron: Neuron, formula: Formula, numbers: Formula, value: Real) -> Line:
    """The line that says δ; a number alone is not said twice."""
    left = neuron.blame
    filled = chain(left, Value(value)) if isinstance(numbers, Value) else chain(left, numbers, Value(value))
    return Line(chain(left, formula), filled, value)


def _few(terms: list[Formula]) -> Formula:
    """A sum, its end left out where it is long."""
    if not terms:
        return Value(0.0)
    return Sum(tuple(terms)) if len(terms) <= TERMS else Sum((*terms[:TERMS], Word("…")))
