"""One step ahead: what the run is about to do, found by doing it on the real numbers and taking it back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.plan import Plan
from engine.plan import procedure as p

Values = NDArray[np.floating[Any]]


class Ahead(NamedTuple):
    """The next step: gradients and changes of all learned numbers by name, and the samples it learns from.

    `gradient` is what the optimiser is given: of the batch's mean loss and its penalty, after whatever else is done to
    it. `change` is None where the step diverges, so that nothing would be updated. `rows` are the last samples of the
    batch (at most one piece) as they stand in the plan, `slope` is dL/dz [row, output] of each one's own loss. `rate`
    is what the schedule makes of the optimiser's.
    """

    gradient: dict[str, Values]
    change: dict[str, Values] | None
    rows: NDArray[np.int64]
    slope: Values
    rate: float


def ahead(plan: Plan) -> Ahead | None:
    """Do the next step and take it back; None where there is nothing to learn from.

    Everything a step touches stands before the data: that stretch and all integers are kept and put back, so the run
    goes on with the same bits. The step is exactly the one that the run does next.
    """
    if not plan.prepared.train:
        return None
    numbers, end = plan.lowered.numbers.arrays, plan.lowered.x.at
    floats, integers = plan.f[:end].copy(), plan.i.copy()
    try:
        code = plan.steps(plan.counter(p.STEP) + 1, 1 << 40)
        gradient = {name: plan.view(n.gradient).copy() for name, n in numbers.items()}
        change = None
        if code != p.DIVERGED:
            change = {name: plan.view(n.value) - n.value.view(floats) for name, n in numbers.items()}
        rows, slope = _batch(plan, integers)
        rate = float(plan.view(plan.lowered.layout.buffers["rate"])[0, 0])
    finally:
        plan.f[:end] = floats
        plan.i[:] = integers
    return Ahead(gradient, change, rows, slope, rate)


def _batch(plan: Plan, before: NDArray[np.int64]) -> tuple[NDArray[np.int64], Values]:
    """The samples of the last piece, and the slope of each one's own loss at the weighted sums of the output."""
    count, whole = plan.counter(p.ROWS), plan.counter(p.WHOLE)
    end = int(before[plan.lowered.counters.at + p.OFFSET]) + whole
    rows = plan.i[plan.lowered.order.at :][end - count : end].copy()
    output = plan.lowered.nodes[-1].layer.id
    slope = plan.view(plan.lowered.layout.buffers[f"train.{output}.d"])[:count] * whole
    return rows, slope
