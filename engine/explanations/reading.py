"""How the number of a layer without weights comes about: passed on, bent by a function, added or multiplied."""

from __future__ import annotations

from typing import Final

from engine.explanations import forward
from engine.explanations.steps import Neuron, Step, as_run
from engine.explanations.written import Line, Real, real
from engine.formulas import Formula, Product, Sum, chain
from engine.formulas import Number as Value
from engine.layers import Reading
from engine.network import INPUT
from engine.producers.calculation import inputs_of
from engine.stepping import Phase

BENT: Final = "the function of what it reads"
JOINED: Final = {"": "what it reads, passed on", "+": "the sum of what it reads", "·": "the product of what it reads"}


def output(neuron: Neuron, reading: Reading) -> Step:
    """A = f(x), x + y, x y, or x."""
    node = neuron.node
    letters = [_letter(neuron, node.sources[k], place) for k, place in reading.places]
    values = [real(inputs_of(neuron.found, node.sources[k])[place]) for k, place in reading.places]
    if hasattr(node.layer, "activation"):
        step = forward.output(neuron, (letters[0], inputs_of(neuron.found, node.sources[reading.places[0][0]])))
        return step._replace(hint=BENT)
    left, a = neuron.output, real(neuron.here.a[neuron.k])
    formula, numbers, total = _joined(reading.sign, letters, values)
    filled = chain(left, numbers) if isinstance(numbers, Value) else chain(left, numbers, Value(total))
    lines = as_run((Line(chain(left, formula), filled, total),), left, a)
    return Step("output", Phase("forward", neuron.id), lines, hint=JOINED[reading.sign])


def _letter(neuron: Neuron, source: str, place: int) -> Formula:
    """What is read; it leads to the neuron that says it."""
    symbol = neuron.signs.read(source, place + 1)
    return symbol if source == INPUT else symbol.marked((source, neuron.signs.node(source).units.labels[place], ""))


def _joined(sign: str, letters: list[Formula], values: list[Real]) -> tuple[Formula, Formula, Real]:
    """In letters, in numbers, and what comes of it."""
    numbers = tuple(Value(value) for value in values)
    if sign == "+":
        return Sum(tuple(letters)), Sum(numbers), sum(values)
    if sign == "·":
        total: Real = 1
        for value in values:
            total *= value
        return Product(tuple(letters)), Product(numbers), total
    return letters[0], numbers[0], values[0]
