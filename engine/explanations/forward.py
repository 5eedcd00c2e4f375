"""The way forward through a neuron: its weighted sum, its output, and at the end the loss."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from engine.experiment import task
from engine.explanations.readable import readable
from engine.explanations.steps import HINTS, TERMS, Neuron, Step, as_run
from engine.explanations.written import Line, Real, real, valued, worked, written
from engine.expressions import Assignment, assignments, parse
from engine.formulas import BigSum, Formula, Product, Sum, Symbol, Word, chain
from engine.formulas import Number as Value
from engine.losses import Loss
from engine.network import INPUT
from engine.producers.calculation import Values, inputs_of
from engine.stepping import Phase

UNTAUGHT: Final = "what the rule makes small; nobody says what is right"
"""What a loss is without a teacher."""


class Terms(NamedTuple):
    """What a neuron reads, its weights, what the two make term by term, and its bias: 0 where it has none."""

    x: Values
    w: Values
    each: Values
    b: Real

    @property
    def chosen(self) -> list[int]:
        """The terms that are written out."""
        if len(self.x) <= TERMS:
            return list(range(len(self.x)))
        return sorted(np.argsort(-np.abs(self.each), kind="stable")[:TERMS].tolist())


def _terms(neuron: Neuron) -> Terms:
    numbers, id_, term = neuron.found.numbers, neuron.id, parse(neuron.summing.term)
    bias = numbers.get(f"{id_}.bias")
    w = neuron.weights
    x = inputs_of(neuron.found, neuron.node.sources[0])
    if x.dtype == object:
        each = np.array([valued(term, {"x": a, "w": b}) for a, b in zip(x, w, strict=True)], object)
    else:
        each = valued(term, {"x": x, "w": w})
    return Terms(x, w, each, real(bias.before[neuron.k]) if bias is not None else 0.0)


def weighted_sum(neuron: Neuron) -> Step:
    """Z = Σ w x + b, or of other terms, term by term."""
    how, terms, left = neuron.summing, _terms(neuron), neuron.net
    z = real(valued(parse(how.total), {"s": terms.each.sum()})) + terms.b
    line = Line(chain(left, _in_letters(neuron, terms)), chain(left, _in_numbers(neuron, terms), Value(z)), z)
    assert neuron.here.z is not None
    lines = as_run((line,), left, real(neuron.here.z[neuron.k]))
    return Step("weighted sum", Phase("forward", neuron.id), lines, how.title, how.help)


def _has_bias(neuron: Neuron) -> bool:
    return f"{neuron.id}.bias" in neuron.found.numbers


def _summed(neuron: Neuron, terms: list[Formula], bias: Formula) -> Formula:
    """The whole sum, in letters or in numbers."""
    whole = written(parse(neuron.summing.total), lambda _: Sum(tuple(terms)))
    if not _has_bias(neuron):
        return whole
    return Sum((*(whole.terms if isinstance(whole, Sum) else (whole,)), bias))


def _in_letters(neuron: Neuron, terms: Terms) -> Formula:
    signs = neuron.signs
    bias = signs.bias(neuron.id, neuron.k + 1)
    if len(terms.x) <= TERMS:
        return _summed(neuron, [_term(neuron, i) for i in terms.chosen], bias)
    i, letters = Symbol("i"), signs.notation.letters_of(neuron.node is not signs.nodes[-1])
    names = {"w": Symbol(letters.weight, i), "x": Symbol(signs.notation.input, i)}
    return _summed(neuron, [BigSum(written(parse(neuron.summing.term), names.__getitem__), i)], bias)


def _term(neuron: Neuron, i: int) -> Formula:
    """What a neuron reads, with its weight; each leads to where it can be seen."""
    source, unit = neuron.node.sources[0], neuron.node.units.labels[neuron.k]
    label = next(p for p in neuron.node.parameters if p.name == "weight").labels[0][i]
    weight = neuron.signs.weight(neuron.id, source, i + 1, neuron.k + 1).marked((neuron.id, unit, label))
    read = neuron.signs.read(source, i + 1)
    names = {"w": weight, "x": read if source == INPUT else read.marked((source, label, ""))}
    return written(parse(neuron.summing.term), names.__getitem__)


def _in_numbers(neuron: Neuron, terms: Terms) -> Formula:
    x, w, chosen = terms.x, terms.w, terms.chosen
    term = parse(neuron.summing.term)
    values = [written(term, {"w": Value(real(w[i])), "x": Value(real(x[i]))}.__getitem__) for i in chosen]
    if len(x) > TERMS:
        values.append(Value(real(terms.each.sum() - terms.each[chosen].sum())))
    return _summed(neuron, values, Value(terms.b))


def output(neuron: Neuron, read: tuple[Formula, Values] | None = None) -> Step:
    """A = f(z), of the weighted sum or of what is `read`: how it is written, and its values [unit]."""
    a, left = real(neuron.here.a[neuron.k]), neuron.output
    lines = neuron.lines_of(("a'", "d'"))
    names, values = neuron.names, {**neuron.values, **neuron.by_symbol}
    if read is not None:
        names["z"], values["z"] = read
    del values["a"]
    done = worked(lines, names, values, neuron.k) if lines else ()
    if not done:
        done = (Line(chain(left, Word(neuron.function.formula)), chain(left, Value(a)), a),)
    return Step("output", Phase("forward", neuron.id), as_run(done, left, a))


def lines_of(loss: Loss, fused: bool, *, slope: bool) -> tuple[Assignment, ...]:
    """The lines of a loss: up to its value, or those of its slope."""
    lines = assignments(loss.fused_expressions if fused else loss.expressions)
    until = [x.name for x in lines].index("L") + 1
    return readable(tuple(x for x in lines if x.name != "L") if slope else lines[:until], loss)


def judged(neuron: Neuron) -> tuple[dict[str, Formula], dict[str, Any]]:
    """How the names of its loss are written for an output, and their values; a fused one sees c z, with a gain c."""
    names, values, gain = neuron.names, neuron.values, neuron.gain
    if gain != 1:
        names["z"], values["z"] = Product((Value(gain), neuron.net)), gain * values["z"]
    return names, {**values, **neuron.experiment.training.loss.by_symbol}


def loss(neuron: Neuron) -> Step:
    """The loss of an output; of several, their sum. One that is not written is that of the run."""
    chosen, found, left = neuron.experiment.training.loss, neuron.found, neuron.signs.loss
    hint = UNTAUGHT if task(neuron.experiment) == "unsupervised" else ""
    if chosen.unwritten:
        line = Line(chain(left, Word(chosen.formula)), chain(left, Value(found.loss)), found.loss)
        return Step("loss", Phase("loss"), (line,), hint=f"{hint or HINTS['loss']}; {chosen.unwritten}")
    done = worked(lines_of(chosen, neuron.is_fused, slope=False), *judged(neuron), neuron.k)
    if neuron.node.units.size > 1:
        k = Symbol("k")
        every = BigSum(Symbol(left.name, k), k)
        done = (*done, Line(chain(left, every), chain(left, Value(found.loss)), found.loss))
    return Step("loss", Phase("loss"), done, hint=hint)
