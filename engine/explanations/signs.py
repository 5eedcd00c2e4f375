"""How the quantities of one network are written in a notation."""

from __future__ import annotations

from itertools import accumulate
from math import prod
from typing import Literal

from engine.experiment import Experiment, nodes
from engine.explanations.notation import PLAIN, Notation
from engine.formulas import Formula, Negative, Quotient, Row, Symbol
from engine.network import INPUT, Node

Quantity = Literal["net", "output", "delta"]


class Signs:
    """The symbols of a network: z₂⁽¹⁾ is the sum of neuron 2 in layer 1; neurons and layers are counted from 1."""

    def __init__(self, experiment: Experiment, notation: Notation = PLAIN) -> None:
        self.nodes, self.notation = nodes(experiment), notation
        self._layers = {n.layer.id: k for k, n in enumerate(self.nodes)}
        inputs = next(prod(a.size for a in n.inputs[0]) for n in self.nodes if INPUT in n.sources)
        before = accumulate((prod(a.size for a in n.shape) for n in self.nodes), initial=inputs)
        through = notation.counted == "network"
        self._before = {n.layer.id: b if through else 0 for n, b in zip(self.nodes, before, strict=False)}

    def node(self, layer: str) -> Node:
        """A layer in its place."""
        return self.nodes[self._layers[layer]]

    def of(self, quantity: Quantity, layer: str, place: int) -> Symbol:
        """A quantity of a neuron."""
        letters = self.notation.letters_of(self._hidden(layer))
        letter = {"net": letters.net, "output": letters.output, "delta": letters.delta}[quantity]
        return self._written(letter, layer, (self._number(layer, place),))

    def bias(self, layer: str, place: int) -> Symbol:
        """The bias of a neuron."""
        letters = self.notation.letters_of(self._hidden(layer))
        number = self._number(layer, place)
        if not letters.bias:
            return self._weight(layer, 0, number)
        return self._written(letters.bias, layer, (number,))

    def weight(self, layer: str, source: str, i: int, place: int) -> Symbol:
        """The weight from place i of a source to a neuron."""
        return self._weight(layer, self._number(source, i), self._number(layer, place))

    def product(self, layer: str, i: int, place: int) -> Symbol:
        """The product of weight i of a neuron and what it weighs."""
        return self._written("p", layer, (i, self._number(layer, place)))

    def read(self, source: str, place: int) -> Symbol:
        """What a neuron reads from a place of a source: x₁, a₂⁽¹⁾."""
        return Symbol(self.notation.input, str(place)) if source == INPUT else self.of("output", source, place)

    def target(self, layer: str, place: int) -> Symbol:
        """The answer that a neuron should give."""
        several = self.node(layer).units.size > 1 or self.notation.counted == "network"
        return Symbol(self.notation.target, str(self._number(layer, place)) if several else "")

    @property
    def loss(self) -> Symbol:
        """The loss of the sample."""
        return Symbol(self.notation.loss)

    def slope(self, by: Formula) -> Quotient:
        """∂L by something."""
        return Quotient(Row((Symbol("∂"), self.loss)), Row((Symbol("∂"), by)))

    def signed(self, formula: Formula) -> Formula:
        """What is δ by its slope, or a slope by δ: the other sign where δ is a share of the blame."""
        return Negative(formula) if self.notation.blame else formula

    @property
    def sign(self) -> int:
        """The sign of δ against the slope of the loss."""
        return -1 if self.notation.blame else 1

    def _hidden(self, layer: str) -> bool:
        return self.node(layer) is not self.nodes[-1]

    def _number(self, layer: str, place: int) -> int:
        return self._before.get(layer, 0) + place

    def _weight(self, layer: str, source: int, number: int) -> Symbol:
        pair = (number, source) if self.notation.to_first else (source, number)
        letter = self.notation.letters_of(self._hidden(layer)).weight
        return self._written(letter, layer, pair, self.notation.weights_before)

    def _written(self, letter: str, layer: str, numbers: tuple[int, ...], before: bool = False) -> Symbol:
        name, _, inside = letter.partition("_")
        index = (" " if max(numbers) > 9 else "").join(str(n) for n in numbers)
        return Symbol(name, f"{inside}{index}", self._upper(layer, before))

    def _upper(self, layer: str, before: bool) -> str:
        told = self.notation.counted == "network" or (self.notation.layers_told and len(self.nodes) < 3)
        if told or len(self.nodes) == 1:
            return ""
        return f"({self._layers[layer] + self.notation.first - before})"


def primed(symbol: Symbol) -> Symbol:
    """The slope of what a symbol is a function of: a′."""
    return Symbol(symbol.name, symbol.index, symbol.upper, 1)
