"""How an output comes about that joins the votes of ADALINEs, and who of them learns (Widrow 1962, rule MRI)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from engine.errors import LearnscopeError
from engine.explanations import backward, forward, update
from engine.explanations.steps import CLOSE, TERMS, Neuron, Step, as_run
from engine.explanations.written import Line, real
from engine.formulas import BigSum, Brackets, Formula, Product, Quotient, Sum, Symbol, Word, call, chain
from engine.formulas import Number as Value
from engine.layers.madaline import LOGIC, Madaline
from engine.network import INPUT
from engine.producers.calculation import Values, inputs_of
from engine.stepping import Phase

SAYS: Final = "each ADALINE says the sign of its sum, and 1 at 0"
NOBODY: Final = "the answer is right, so nobody learns"
FEWEST: Final = "as few as turn the answer learn what is right: those whose sums are nearest to 0"


class Votes(NamedTuple):
    """What the ADALINEs read, their weights [input, ADALINE] and biases, their sums, and the errors they learn from."""

    x: Values
    w: Values
    b: Values
    sums: Values
    errors: Values

    @property
    def taught(self) -> list[int]:
        """Those that learn."""
        return np.flatnonzero(self.errors).tolist()


def explained(neuron: Neuron, layer: Madaline) -> tuple[Step, ...]:
    """All steps, from the sums of the ADALINEs to how their weights move."""
    votes = _votes(neuron, layer)
    steps: tuple[Step, ...] = (_voted(neuron, layer, votes), forward.output(neuron), forward.loss(neuron))
    if neuron.here.delta is None:
        return steps
    moving = _moving(neuron, votes)
    gradients = _gradients(neuron, votes, moving)
    lines = (*_errors(neuron, votes), *gradients)
    learning = Step("gradient", Phase("backward", neuron.id), lines, "who learns", FEWEST if moving else NOBODY)
    steps = (*steps, backward.delta(neuron), learning)
    if not moving or not neuron.found.updates or not neuron.found.finite:
        return steps
    return (*steps, Step("update", Phase("update"), _updates(neuron, moving, gradients)))


def _votes(neuron: Neuron, layer: Madaline) -> Votes:
    numbers = neuron.found.numbers
    if f"{neuron.id}.weight" not in numbers:
        raise LearnscopeError(f"“{neuron.id}” has too many weights to be written out; choose a smaller layer")
    w, b = numbers[f"{neuron.id}.weight"].before, numbers[f"{neuron.id}.bias"].before
    x = inputs_of(neuron.found, neuron.node.sources[0])
    sums = x @ w + b
    slope = 0.0 if neuron.here.delta is None else float(neuron.here.delta[neuron.k])
    return Votes(x, w, b, sums, _least_disturbance(sums, slope, layer.shift))


def _least_disturbance(sums: Values, slope: float, shift: float) -> Values:
    """½ |δ| (s - t) of as few as turn the answer; t = -1 where δ > 0, else 1."""
    errors, wanted, said = np.zeros_like(sums), -np.sign(slope), np.where(sums >= 0, 1.0, -1.0)
    for k in np.argsort(np.abs(sums), kind="stable"):
        if not slope or (said.sum() + shift >= 0) == (wanted > 0):
            break
        if said[k] != wanted:
            errors[k], said[k] = abs(slope) / 2 * (sums[k] - wanted), wanted
    return errors


def _voted(neuron: Neuron, layer: Madaline, votes: Votes) -> Step:
    """S_k = Σ w x + b of each, and z of all."""
    sums = []
    for k, s in enumerate(votes.sums[:TERMS]):
        terms, numbers = _terms(neuron, votes, k)
        sums.append(Line(chain(_sum(k), Sum(terms)), chain(_sum(k), Sum(numbers), Value(real(s))), real(s)))
    lines = (*sums, *_joined(neuron, layer, votes))
    hint = f"{SAYS}; {layer.logic}: {LOGIC[layer.logic]}"
    return Step("weighted sum", Phase("forward", neuron.id), lines, "sums and votes", hint)


def _terms(neuron: Neuron, votes: Votes, k: int) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
    """The terms of a sum, in letters and in numbers; of many their sum."""
    signs, source, count = neuron.signs, neuron.node.sources[0], len(votes.x)
    bias = signs.bias(neuron.id, k + 1)
    if count > TERMS:
        i = Symbol("i")
        whole = BigSum(Product((Symbol("w", i), Symbol(signs.notation.input, i))), i)
        return (whole, bias), (Value(real(votes.sums[k] - votes.b[k])), Value(real(votes.b[k])))
    letters = [Product((signs.weight(neuron.id, source, i + 1, k + 1), _read(neuron, i))) for i in range(count)]
    numbers = [Product((Value(real(votes.w[i, k])), Value(real(votes.x[i])))) for i in range(count)]
    return (*letters, bias), (*numbers, Value(real(votes.b[k])))


def _read(neuron: Neuron, i: int) -> Formula:
    source = neuron.node.sources[0]
    symbol = neuron.signs.read(source, i + 1)
    return symbol if source == INPUT else symbol.marked((source, neuron.signs.node(source).units.labels[i], ""))


def _sum(k: int) -> Symbol:
    return Symbol("s", str(k + 1))


def _error(k: int) -> Symbol:
    return Symbol("e", str(k + 1))


def _joined(neuron: Neuron, layer: Madaline, votes: Votes) -> tuple[Line, ...]:
    """Z = (Σ sign(s_k) + c) / 2, where the logic unit chooses c."""
    said = [1.0 if s >= 0 else -1.0 for s in votes.sums.tolist()]
    value = (sum(said) + layer.shift) / 2
    left, shift = neuron.net, (Value(layer.shift),) if layer.shift else ()
    letters = _few([call("sign", _sum(k)) for k in range(len(said))])
    numbers = _few([Value(x) for x in said])
    line = Line(
        chain(left, Quotient(Sum((*letters, *shift)), Value(2.0))),
        chain(left, Quotient(Sum((*numbers, *shift)), Value(2.0)), Value(value)),
        value,
    )
    assert neuron.here.z is not None
    return as_run((line,), left, real(neuron.here.z[neuron.k]))


def _few(terms: Sequence[Formula]) -> tuple[Formula, ...]:
    return tuple(terms) if len(terms) <= TERMS else (*terms[:TERMS], Word("…"))


def _errors(neuron: Neuron, votes: Votes) -> list[Line]:
    """E_k = ½ |δ| (s_k - t) of those that learn, 0 of all others."""
    target = neuron.signs.target(neuron.id, neuron.k + 1)
    half, wanted = Quotient(Brackets(neuron.blame, "||"), Value(2.0)), Value(real(neuron.found.t[neuron.k]))
    slope = Quotient(Brackets(Value(neuron.delta), "||"), Value(2.0))
    lines = []
    for k, (s, e) in enumerate(zip(votes.sums[:TERMS], votes.errors[:TERMS], strict=True)):
        left, value = _error(k), real(e)
        if not value:
            lines.append(Line(chain(left, Value(0.0)), chain(left, Value(0.0)), value))
            continue
        formula = Product((half, Sum((_sum(k), -target))))
        numbers = Product((slope, Sum((Value(real(s)), -wanted))))
        lines.append(Line(chain(left, formula), chain(left, numbers, Value(value)), value))
    return lines


def _moving(neuron: Neuron, votes: Votes) -> list[update.Moving]:
    """The weights and biases of those that learn, as many as are written out."""
    id_, source, signs = neuron.id, neuron.node.sources[0], neuron.signs
    found = []
    for k in votes.taught:
        for i, x in enumerate(votes.x.tolist()):
            symbol = signs.weight(id_, source, i + 1, k + 1)
            found.append(update.Moving(f"{id_}.weight", (i, k), symbol, (_read(neuron, i), real(x))))
        found.append(update.Moving(f"{id_}.bias", (k,), signs.bias(id_, k + 1), None))
    return found[:TERMS]


def _updates(neuron: Neuron, moving: list[update.Moving], gradients: list[Line]) -> tuple[Line, ...]:
    """How they move; what the optimiser is given is said where it is not the gradient of this sample."""
    found = list[Line]()
    for m, own in zip(moving, gradients, strict=True):
        given, *lines = update.moved(neuron, m).lines
        same = abs(float(given.value - own.value)) <= CLOSE * max(1.0, abs(float(own.value)))
        found += lines if same else (given, *lines)
    return tuple(found)


def _gradients(neuron: Neuron, votes: Votes, moving: list[update.Moving]) -> list[Line]:
    """∂L/∂w = e x, and of a bias e."""
    lines = []
    for m in moving:
        k = m.place[-1]
        partial, e = neuron.signs.slope(m.symbol), real(votes.errors[k])
        if m.read is None:
            lines.append(Line(chain(partial, _error(k)), chain(partial, Value(e)), e))
            continue
        symbol, x = m.read
        own = e * x
        numbers = Product((Value(e), Value(x)))
        lines.append(Line(chain(partial, Product((_error(k), symbol))), chain(partial, numbers, Value(own)), own))
    return lines
