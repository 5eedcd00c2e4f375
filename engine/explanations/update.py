"""The gradient of a weight or bias for one sample, and how the optimiser moves it."""

from __future__ import annotations

from typing import Final, NamedTuple

from engine.errors import LearnscopeError
from engine.explanations.steps import Neuron, Step
from engine.explanations.written import Line, Real, real, valued, worked, written
from engine.expressions import assignments, parse
from engine.formulas import Formula, Product, Sum, Symbol, Word, chain
from engine.formulas import Number as Value
from engine.producers.calculation import inputs_of
from engine.stepping import Phase

UNMOVED: Final = "by this rule a neuron has no bias, so it stays as it is"


class Moving(NamedTuple):
    """A number that learns: its array, where it stands there, its symbol, and what it weighs; None for a bias."""

    array: str
    place: tuple[int, ...]
    symbol: Symbol
    read: tuple[Formula, Real] | None


def bias(neuron: Neuron) -> tuple[Step, ...]:
    """The gradient of the bias, and how it moves; nothing where there is none."""
    name = f"{neuron.id}.bias"
    if name not in neuron.found.numbers:
        return ()
    return _steps(neuron, Moving(name, (neuron.k,), neuron.signs.bias(neuron.id, neuron.k + 1), None))


def weight(neuron: Neuron, label: str) -> tuple[Step, ...]:
    """The gradient of the weight from the source with a label, and how it moves."""
    name, signs = f"{neuron.id}.weight", neuron.signs
    labels = next(p for p in neuron.node.parameters if p.name == "weight").labels[0]
    if label not in labels or name not in neuron.found.numbers:
        raise LearnscopeError(f"“{neuron.id}” has no weight from “{label}”; choose one of its links")
    i, source = labels.index(label), neuron.node.sources[0]
    read = signs.read(source, i + 1), real(inputs_of(neuron.found, source)[i])
    symbol = signs.weight(neuron.id, source, i + 1, neuron.k + 1)
    return _steps(neuron, Moving(name, (i, neuron.k), symbol, read))


def _steps(neuron: Neuron, moving: Moving) -> tuple[Step, ...]:
    if neuron.here.delta is None:
        return ()
    found = neuron.found
    return (_gradient(neuron, moving), *([moved(neuron, moving)] if found.updates and found.finite else []))


def _gradient(neuron: Neuron, moving: Moving) -> Step:
    """∂L/∂w = δ ∂z/∂w, of a weighted sum δ x, and of a bias δ; with what a rule forgets."""
    signs, delta = neuron.signs, neuron.delta
    partial, blame, forgotten = signs.slope(moving.symbol), neuron.blame, _forgotten(neuron)
    if moving.read is None:
        own = 0 * delta if forgotten else signs.sign * delta
        formula = Value(0) if forgotten else signs.signed(blame)
        line = Line(chain(partial, formula), chain(partial, Value(own)), own)
        return Step("gradient", Phase("backward", neuron.id), (line,), hint=UNMOVED if forgotten else "")
    slope = parse(neuron.summing.by_weight)
    w = real(neuron.found.numbers[moving.array].before[moving.place])
    names: dict[str, Formula] = {"w": moving.symbol, "x": moving.read[0], "o": neuron.output}
    given = {"w": w, "x": moving.read[1], "o": real(neuron.here.a[neuron.k])}
    own = signs.sign * delta * real(valued(slope, {"w": w, "x": moving.read[1]}))
    formula = signs.signed(Product((blame, written(slope, names.__getitem__))))
    numbers = signs.signed(Product((Value(delta), written(slope, lambda name: Value(given[name])))))
    if forgotten:
        more = parse(forgotten)
        own += real(valued(more, given))
        formula = Sum((formula, written(more, names.__getitem__)))
        numbers = Sum((numbers, written(more, lambda name: Value(given[name]))))
    line = Line(chain(partial, formula), chain(partial, numbers, Value(own)), own)
    return Step("gradient", Phase("backward", neuron.id), (line,))


def _forgotten(neuron: Neuron) -> str:
    """What the rule of an output adds to the gradient of a weight."""
    return neuron.experiment.training.loss.forgotten if neuron.node is neuron.signs.nodes[-1] else ""


def moved(neuron: Neuron, moving: Moving) -> Step:
    """How the optimiser moves a number; g is what it is given: the mean over the batch, with the penalty's slope."""
    kept, optimiser = neuron.found.numbers[moving.array], neuron.experiment.training.optimiser
    before, gradient, after = (real(a[moving.place]) for a in (kept.before, kept.gradient, kept.after))
    slots = {s: real(kept.slots[slot][moving.place]) for s, slot in optimiser.slot_symbols.items()}
    values = {
        "w": before, "g": gradient, "η": neuron.found.rate, "t": neuron.found.steps + 1, **slots,
        **optimiser.by_symbol,
    }  # fmt: skip
    names: dict[str, Formula] = {"w": moving.symbol, "η": Symbol(neuron.signs.notation.rate)}
    given = Line(chain(Symbol("g"), Word("what the optimiser is given")), chain(Symbol("g"), Value(gradient)), gradient)
    lines = assignments(optimiser.assignments)
    if not lines or any("Σ" in text for text in optimiser.assignments):
        left = chain(moving.symbol, Word(optimiser.formula), sign="←")
        last = Line(left, chain(moving.symbol, Value(after), sign="←"), after)
        return Step("update", Phase("update"), (given, last))
    return Step("update", Phase("update"), (given, *worked(lines, names, values)))
