"""The mean of the learned numbers over the steps: learning goes on with the numbers, whoever looks sees their mean."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Final

from engine.kernels.record import Both, Floats, In, Ints, Slot, kernel
from engine.kernels.table import Buffer, Table
from engine.kernels.words import LANES, fma, load, splat, store
from engine.plan.numbers import AVERAGED, Numbers
from engine.plan.tied import Bond, write_values

MOST: Final = 1 << 14
"""The mean is of at most so many numbers: where one is less than a ten-thousandth of the whole, its share of a number
in single precision is soon lost in rounding, and after a million steps the mean would stand still."""

LONGEST: Final = 1 << 40
"""The search for s ends here, whatever a file says that n is."""


@kernel
def add_to_mean(f: Floats, i: Ints, count: int, step: Slot, w: In, mean: Both, steps: Both) -> None:
    """N ← n + s and m ← m + (w - m) s / n where the number of the step is divisible by s; the first begins it, m = w.

    s = 1 for the first `MOST` steps and twice as many each time that n doubles from then on: every s-th step stands for
    s of them. So n is always exact. Where n stands is `steps`.
    """
    n, every = f[steps], 1
    while n >= MOST * every and every < LONGEST:
        every *= 2
    if i[step] % every == 0:
        share = splat(f, every / (n + every))
        for k in range(0, count, LANES):
            m = load(f, mean + k)
            store(f, mean + k, load(f, w + k) if n == 0.0 else fma(share, load(f, w + k) - m, m))
        f[steps] = n + every


@kernel
def exchange(f: Floats, i: Ints, count: int, w: Both, mean: Both, steps: In) -> None:
    """W ↔ m, once there is a mean: done twice, all is as before."""
    if f[steps] > 0.0:
        for k in range(0, count, LANES):
            v = load(f, w + k)
            store(f, w + k, load(f, mean + k))
            store(f, mean + k, v)


def write_mean(table: Table, numbers: Numbers, step: Buffer) -> None:
    """At the end of a step, when all numbers are what they are to be: they count in the mean."""
    if numbers.mean is not None:
        table.op(add_to_mean, count=numbers.length, step=step, w=numbers.value, mean=numbers.mean,
                 steps=numbers.kept[AVERAGED].value)  # fmt: skip


def write_exchange(table: Table, numbers: Numbers, ties: tuple[Bond, ...]) -> None:
    """Before a pass that looks, and again behind it: the mean takes the place of the numbers, and gives it back."""
    if numbers.mean is not None:
        table.op(exchange, count=numbers.length, w=numbers.value, mean=numbers.mean,
                 steps=numbers.kept[AVERAGED].value)  # fmt: skip
        write_values(table, ties)
