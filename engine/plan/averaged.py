"""The mean of the learned numbers over the steps: learning goes on with the numbers, whoever looks sees their mean."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from engine.kernels.record import Both, Floats, In, Ints, kernel
from engine.kernels.table import Table
from engine.kernels.words import LANES, fma, load, splat, store
from engine.plan.numbers import AVERAGED, Numbers
from engine.plan.tied import Bond, write_values


@kernel
def add_to_mean(f: Floats, i: Ints, count: int, w: In, mean: Both, steps: Both) -> None:
    """N ← n + 1 and m ← m + (w - m) / n; the first step begins it, m = w. Where n stands is `steps`."""
    share = splat(f, 1.0 / (f[steps] + 1.0))
    if f[steps] == 0.0:
        for k in range(0, count, LANES):
            store(f, mean + k, load(f, w + k))
    else:
        for k in range(0, count, LANES):
            m = load(f, mean + k)
            store(f, mean + k, fma(share, load(f, w + k) - m, m))
    f[steps] += 1.0


@kernel
def exchange(f: Floats, i: Ints, count: int, w: Both, mean: Both, steps: In) -> None:
    """W ↔ m, once there is a mean: done twice, all is as before."""
    if f[steps] > 0.0:
        for k in range(0, count, LANES):
            v = load(f, w + k)
            store(f, w + k, load(f, mean + k))
            store(f, mean + k, v)


def write_mean(table: Table, numbers: Numbers) -> None:
    """At the end of a step, when all numbers are what they are to be: they count in the mean."""
    if numbers.mean is not None:
        table.op(add_to_mean, count=numbers.length, w=numbers.value, mean=numbers.mean,
                 steps=numbers.kept[AVERAGED].value)  # fmt: skip


def write_exchange(table: Table, numbers: Numbers, ties: tuple[Bond, ...]) -> None:
    """Before a pass that looks, and again behind it: the mean takes the place of the numbers, and gives it back."""
    if numbers.mean is not None:
        table.op(exchange, count=numbers.length, w=numbers.value, mean=numbers.mean,
                 steps=numbers.kept[AVERAGED].value)  # fmt: skip
        write_values(table, ties)
