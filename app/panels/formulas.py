"""A neuron's formula with its numbers written in: a = tanh(0.84·h₁ − 1.12·h₂ + 0.3·h₃ … + b)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from app.numbers import MINUS, human

SHOWN: Final = 3
"""Terms written out; the row below the formula has all of them."""

_SUM: Final = re.compile(r"\bz\b")


def weighted_sum(terms: Sequence[tuple[str, float]], bias: bool = True) -> str:
    """The sum of the first few terms, each weight with its sign: 0.84·h₁ − 1.12·h₂ + b."""
    text = ""
    for k, (name, weight) in enumerate(terms[:SHOWN]):
        amount = f"{human(abs(weight), 2)}·{name}"
        sign = MINUS if weight < 0 else "+"
        text += f" {sign} {amount}" if k else f"{MINUS if weight < 0 else ''}{amount}"
    dots = " …" if len(terms) > SHOWN else ""
    return f"{text}{dots}{' + b' if bias else ''}"


def nearness(terms: Sequence[tuple[str, float]]) -> str:
    """Minus half the squared distance from the first few coordinates of a place: −½((x₁ − 0.25)² + (x₂ + 1.1)²)."""
    squares = (f"({name} {'+' if w < 0 else MINUS} {human(abs(w), 2)})²" for name, w in terms[:SHOWN])
    return f"{MINUS}½({' + '.join(squares)}{' + …' if len(terms) > SHOWN else ''})"


def written_out(formula: str, total: str) -> str:
    """The formula of an activation with the sum in place of z; apart where z occurs more than once."""
    plain = formula.removeprefix("a = ").strip()
    places = _SUM.findall(plain)
    if plain == "z":
        return f"a = {total}"
    if len(places) == 1:
        return f"a = {_SUM.sub(lambda _m: total, plain)}"
    return f"a = {plain},  z = {total}"


def of_layer(formula: str, parameters: Sequence[tuple[str, tuple[int, ...]]], total: str = "") -> str:
    """The formula of a whole layer and the sizes of what it learns: a = tanh(x W + b),  weight 8 × 6,  bias 6."""
    bias = any(name == "bias" for name, _ in parameters)
    sizes = [f"{name} {' × '.join(str(n) for n in shape)}" for name, shape in parameters]
    return ",  ".join([written_out(formula, total or ("x W + b" if bias else "x W")), *sizes])
