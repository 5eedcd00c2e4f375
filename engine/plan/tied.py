"""Arrays that follow arrays of other layers: hard ties are the same numbers, soft ones draw each other."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import NamedTuple

from engine.kernels.record import Both, Counter, Floats, In, Ints, Out, kernel
from engine.kernels.table import Buffer, Table
from engine.kernels.words import bits, real
from engine.network import Node
from engine.plan.numbers import Learned, Numbers
from engine.ties import Tie


@kernel
def follow(f: Floats, i: Ints, rows: int, columns: int, stride: int, row: int, column: int, w: In, into: Out) -> None:
    """Into [rows, columns] = W, whose element (r, c) stands at r `row` + c `column`."""
    for r in range(rows):
        for c in range(columns):
            f[into + r * stride + c] = f[w + r * row + c * column]


@kernel
def hand_over(
    f: Floats, i: Ints, rows: int, columns: int, stride: int, row: int, column: int, g: Both, to: Both
) -> None:
    """Add G [rows, columns] to the gradient it belongs to, and leave 0."""
    for r in range(rows):
        for c in range(columns):
            f[to + r * row + c * column] += f[g + r * stride + c]
            f[g + r * stride + c] = 0.0


@kernel
def draw_together(
    f: Floats, i: Ints, rows: int, columns: int, stride: int, row: int, column: int, pull: float, back: float,
    v: In, w: In, dv: Both, dw: Both,
) -> None:  # fmt: skip
    """DV += λ (V - W) and dW += μ (W - V): with λ = μ the slopes of λ/2 ‖V - W‖²; 0 for one that is held fast."""
    for r in range(rows):
        for c in range(columns):
            away = f[v + r * stride + c] - f[w + r * row + c * column]
            f[dv + r * stride + c] += pull * away
            f[dw + r * row + c * column] -= back * away


@kernel
def draw_cost(
    f: Floats, i: Ints, rows: int, columns: int, stride: int, row: int, column: int, pull: float, v: In, w: In,
    into: Counter,
) -> None:  # fmt: skip
    """Add λ/2 ‖V - W‖² to a float64 kept as bits."""
    found = 0.0
    for r in range(rows):
        for c in range(columns):
            away = 1.0 * f[v + r * stride + c] - f[w + r * row + c * column]
            found += away * away
    i[into] = bits(real(i[into]) + 0.5 * pull * found)


class Bond(NamedTuple):
    """A tie between two arrays that have their places."""

    mine: Learned
    owner: Learned
    tie: Tie

    @property
    def hard(self) -> bool:
        """Whether both are the same numbers."""
        return self.tie.pull == 0

    def places(self) -> dict[str, int]:
        """How the kernels walk both."""
        m, o = self.mine.value, self.owner.value
        row, column = (1, o.stride) if self.tie.turned else (o.stride, 1)
        return {"rows": m.rows, "columns": m.columns, "stride": m.stride, "row": row, "column": column}


def bonds(resolved: tuple[Node, ...], numbers: Numbers) -> tuple[Bond, ...]:
    """All ties of a network."""
    found = numbers.arrays
    return tuple(Bond(found[f"{n.layer.id}.{t.name}"], found[t.owner], t) for n in resolved for t in n.ties)


def write_values(table: Table, ties: tuple[Bond, ...]) -> None:
    """Before a pass: what is tied hard takes the numbers of its owner."""
    for bond in ties:
        if bond.hard:
            table.op(follow, **bond.places(), w=bond.owner.value, into=bond.mine.value)


def write_gradients(table: Table, ties: tuple[Bond, ...]) -> None:
    """When the gradients of a batch are complete: owners learn from all that follow them; soft ties pull."""
    for bond in ties:
        mine, owner = bond.mine, bond.owner
        if bond.hard and mine.learns:
            table.op(hand_over, **bond.places(), g=mine.gradient, to=owner.gradient)
        elif not bond.hard and (mine.learns or owner.learns):
            table.op(draw_together, **bond.places(), pull=bond.tie.pull * mine.learns,
                     back=bond.tie.pull * owner.learns, v=mine.value, w=owner.value, dv=mine.gradient,
                     dw=owner.gradient)  # fmt: skip


def write_costs(table: Table, ties: tuple[Bond, ...], into: Buffer) -> None:
    """Add what soft ties cost to the loss of a batch."""
    for bond in ties:
        if not bond.hard:
            table.op(draw_cost, **bond.places(), pull=bond.tie.pull, v=bond.mine.value, w=bond.owner.value, into=into)
