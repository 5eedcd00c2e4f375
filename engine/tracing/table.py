"""The table of a trace: which columns it has, and how they are called."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np

from engine.formulas import Symbol, text
from engine.layers import Parameter
from engine.network import Node
from engine.records import Record

MOST_ROWS: Final = 2000
MOST_NUMBERS: Final = 300
"""Weights and biases that have columns of their own."""

RAISED: Final = str.maketrans("()0123456789", "⁽⁾⁰¹²³⁴⁵⁶⁷⁸⁹")

Value: TypeAlias = float | Fraction
Unit = Literal["sample", "batch", "epoch"]
Group = Literal[
    "count", "row", "inputs", "weights", "net", "output", "target", "error", "loss", "err", "changes"
]  # fmt: skip


class Column(NamedTuple):
    """A column: what kind of quantity it holds, and its name."""

    group: Group
    title: str


class Trace(Record, frozen=True, eq=False):
    """Row k is what comes after k samples, batches or passes from the start: `rows[k]`, a value for each column.

    Weights are those before the row's learning, and the loss and `err`, the training samples answered wrongly, are
    theirs; of a sample the loss is its own. `told` says what is missing, and why. So many rows were `asked` for; it is
    `ended` where no more can be made.
    """

    unit: Unit
    exact: bool
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    asked: int
    ended: bool
    told: str

    @property
    def unfinished(self) -> bool:
        return not self.ended and len(self.rows) < self.asked


class Place(NamedTuple):
    """A learned number: the array it stands in, where, its name, and its label along each axis."""

    array: str
    at: tuple[int, ...]
    title: str
    labels: tuple[str, ...]


def places(nodes: tuple[Node, ...]) -> tuple[Place, ...]:
    """All learned numbers, neuron by neuron: its weights, then its bias; none where there are too many."""
    if sum(prod(q.shape) for n in nodes for q in n.parameters) > MOST_NUMBERS:
        return ()
    found = []
    for layer, node in enumerate(nodes, 1):
        mine = [
            (at[-1], Place(f"{node.layer.id}.{q.name}", at, _named(q, at, layer if len(nodes) > 1 else 0),
                           tuple(labels[k] for labels, k in zip(q.labels, at, strict=True))))
            for q in node.parameters
            for at in np.ndindex(q.shape)
        ]  # fmt: skip
        found += [place for _, place in sorted(mine, key=lambda pair: pair[0])]
    return tuple(found)


def _named(parameter: Parameter, at: tuple[int, ...], layer: int) -> str:
    """w₂₁⁽¹⁾ is the weight of neuron 2 in layer 1 from input 1; where there is one of a kind it needs no number."""
    known = {"weight": "w", "bias": "b"}
    several = parameter.shape[-1] > 1 or layer
    numbers = [at[-1] + 1] if several else []
    numbers += [k + 1 for k in at[:-1]]
    index = ("" if max(numbers, default=0) < 10 else " ").join(map(str, numbers))
    return text(Symbol(known.get(parameter.name, parameter.name), index)) + (
        f"({layer})".translate(RAISED) * (layer > 0)
    )


def columns(
    unit: Unit, learned: tuple[Place, ...], inputs: tuple[str, ...], outputs: int, judged: bool
) -> tuple[Column, ...]:
    """The columns of a table; of several outputs each has its own."""
    weights = [Column("weights", p.title) for p in learned]
    changes = [Column("changes", f"Δ{p.title}") for p in learned]
    if unit != "sample":
        err = [Column("err", "err")] if judged else []
        name = "pass" if unit == "epoch" else unit
        return (Column("count", name), *weights, Column("loss", "loss"), *err, *changes)
    own: list[Column] = []
    groups: tuple[tuple[Group, str], ...] = (("net", "z"), ("output", "o"), ("target", "t"), ("error", "t − o"))
    for group, letter in groups:
        places = range(1, outputs + 1) if outputs > 1 else ("",)
        own += [Column(group, " − ".join(text(Symbol(x, str(k))) for x in letter.split(" − "))) for k in places]
    shown = [Column("inputs", name) for name in inputs]
    return (Column("count", unit), Column("row", "row"), *shown, *weights, *own, Column("loss", "loss"), *changes)
