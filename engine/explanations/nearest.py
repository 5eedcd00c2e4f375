"""How the answer of the nearest samples that are remembered comes about: their distances, and the mean of targets."""

from __future__ import annotations

from typing import Final

from engine.explanations import forward
from engine.explanations.steps import TERMS, Neuron, Step, as_run
from engine.explanations.written import Line, Real, real
from engine.formulas import BigSum, Brackets, Formula, Power, Product, Quotient, Sum, Symbol, Word, chain
from engine.formulas import Number as Value
from engine.layers.neighbours import NEAR, Neighbours
from engine.producers.calculation import Remembered
from engine.stepping import Phase

FEW: Final = 4
"""Inputs of which every difference is written out."""
HINT: Final = "how far they are, and the mean of their targets"
ITSELF: Final = "the first is the sample itself, which is remembered too"


def explained(neuron: Neuron, layer: Neighbours) -> tuple[Step, ...]:
    """The nearest samples, the answer, and at the end the loss; nothing learns."""
    near = neuron.found.near
    assert near is not None
    lines = (*(_distance(neuron, near, j) for j in range(len(near.rows))[:TERMS]), *_mean(neuron, layer, near))
    rows = ", ".join(str(row + 1) for row in near.rows[:TERMS])
    told = f"row{'s' if len(near.rows) > 1 else ''} {rows}{' …' if len(near.rows) > TERMS else ''} of the data"
    hint = f"{told}: {HINT}{'' if near.squares[0] else f'; {ITSELF}'}"
    first = Step("weighted sum", Phase("forward", neuron.id), lines, "nearest samples", hint)
    return first, forward.output(neuron), forward.loss(neuron)


def _far(j: int) -> Symbol:
    return Symbol("d", str(j + 1))


def _distance(neuron: Neuron, near: Remembered, j: int) -> Line:
    """D_j² = Σ_i (s_i (x_i - m_i))², with the scale s of each input."""
    i, letter = Symbol("i"), neuron.signs.notation.input
    scaled = any(s != 1 for s in near.scale)
    off: Formula = Brackets(Sum((Symbol(letter, i), -Symbol("m", i))))
    body = Product((Symbol("s", i), off)) if scaled else off
    left, value = Power(_far(j), Value(2.0)), real(near.squares[j])
    parts: list[Formula] = []
    for x, m, s in zip(neuron.found.x, near.x[j], near.scale, strict=True):
        part: Formula = Brackets(Sum((Value(real(x)), -Value(real(m)))))
        parts.append(Power(Brackets(Product((Value(real(s)), part))) if scaled else part, Value(2.0)))
    whole = BigSum(Power(Brackets(body) if scaled else body, Value(2.0)), i)
    formula = chain(left, whole)
    numbers = (Sum(tuple(parts)),) if len(parts) <= FEW else ()
    return Line(formula, chain(left, *numbers, Value(value)), value)


def _mean(neuron: Neuron, layer: Neighbours, near: Remembered) -> tuple[Line, ...]:
    """Z = Σ t_j / k, or weighed by nearness, Σ v_j t_j / Σ v_j with v_j = 1 / (d_j² + ε)."""
    targets, left = [real(t[neuron.k]) for t in near.t], neuron.net
    j, t = Symbol("j"), neuron.signs.notation.target
    shares: list[Real] = [1.0] * len(targets)
    top: Formula = BigSum(Symbol(t, j), j)
    below: Formula = Symbol("k")
    if layer.vote == "nearness":
        shares = [1.0 / (float(d) + NEAR) for d in near.squares]
        top, below = BigSum(Product((Symbol("v", j), Symbol(t, j))), j), BigSum(Symbol("v", j), j)
    whole = sum(shares)
    value = sum(v * t for v, t in zip(shares, targets, strict=True)) / whole
    alike = layer.vote == "equal"
    terms = [Value(t) if alike else Product((Value(v), Value(t))) for v, t in zip(shares, targets, strict=True)]
    few = tuple(terms) if len(terms) <= TERMS else (*terms[:TERMS], Word("…"))
    line = Line(chain(left, Quotient(top, below)), chain(left, Quotient(Sum(few), Value(whole)), Value(value)), value)
    assert neuron.here.z is not None
    return as_run((line,), left, real(neuron.here.z[neuron.k]))
