"""What one core can do at most, and how time is taken."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.kernels.library import Library
from engine.kernels.record import Floats, Ints, Out, kernel
from engine.kernels.table import Table
from engine.kernels.words import LANES, fma, load, splat, store
from engine.plan import Plan
from engine.plan import procedure as p


@kernel
def fma_chain(f: Floats, i: Ints, count: int, out: Out) -> None:
    """Nothing but multiply-adds, in 12 independent chains of 16 numbers."""
    a, b = splat(f, 0.999999), splat(f, 0.000001)
    s0, s1, s2, s3, s4, s5 = a, a, a, a, a, a
    t0, t1, t2, t3, t4, t5 = b, b, b, b, b, b
    for _ in range(count):
        s0, s1, s2 = fma(s0, a, b), fma(s1, a, b), fma(s2, a, b)
        s3, s4, s5 = fma(s3, a, b), fma(s4, a, b), fma(s5, a, b)
        t0, t1, t2 = fma(t0, a, b), fma(t1, a, b), fma(t2, a, b)
        t3, t4, t5 = fma(t3, a, b), fma(t4, a, b), fma(t5, a, b)
    store(f, out, s0 + s1 + s2 + s3 + s4 + s5 + t0 + t1 + t2 + t3 + t4 + t5 + load(f, out))


def peak(library: Library, count: int = 1_000_000) -> float:
    """What one core can do at most, floating-point operations a second, measured."""
    table = Table()
    table.op(fma_chain, count=count, out=0)
    table.op(p.halt)
    rows = table.encoded({k: library.address(k) for k in table.kernels})
    run = library.runner(np.zeros(LANES, library.dtype), np.zeros(1, np.int64), rows)
    run(0)
    return 12 * 2 * LANES * count / min(timed(lambda: run(0)) for _ in range(3))


def timed(work: Callable[[], Any]) -> float:
    """Seconds that a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rate(step: Callable[[int], None], seconds: float, guess: int) -> float:
    """Steps a second, over about so many seconds."""
    once = timed(lambda: step(guess))
    count = max(1, int(guess * seconds / once))
    return count / timed(lambda: step(count))


def stepper(plan: Plan) -> Callable[[int], None]:
    """What takes so many steps of a plan."""

    def steps(count: int) -> None:
        plan.steps(plan.counter(p.STEP) + count, 1 << 60)

    return steps
