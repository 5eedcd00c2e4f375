"""A picture as a run sees it: changed anew each time, by the operations of the run's own step."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.plan import Plan
from engine.plan import procedure as p
from engine.producers._sight import picture_of, pixels_of, row_of
from engine.producers.base import F, Look, Producer
from engine.records import Record, Want, readonly
from engine.registry import register
from engine.regularisers import Regulariser

SHOWN: Final = 8


class Augmented(Record, frozen=True, eq=False):
    """A picture [row, column, channel] and `versions` of it [version, row, column, channel].

    `by` are the titles of what changes it, in their order; `drawn` is the number of the draw: the versions are those
    of the samples `drawn` · n, `drawn` · n + 1 ... of a run, n versions at once.
    """

    before: F
    versions: F
    by: tuple[str, ...]
    drawn: int


@register("Augmented")
class AugmentedOf(Producer, tag="augmented", frozen=True):
    """The picture that is looked at and what training makes of it; the target is the draw, then the sample."""

    yields: ClassVar[type[Record]] = Augmented
    needs: ClassVar[str] = "pictures"

    def make(self, look: Look, want: Want) -> Augmented | None:
        asked = Want(want.name, target=want.target[1:], given=want.given)
        x, row = pixels_of(look, asked), row_of(look, asked)
        if x is None:
            return None
        drawn = int(want.target[0]) if want.target and want.target[0].isdecimal() else 0
        count, before = want.size or SHOWN, picture_of(look, x)
        target = look.plan.prepared.y[row] if row >= 0 else np.zeros(look.plan.prepared.y.shape[1])
        found = changed(look.plan, x, target, count, drawn * count)
        titles = tuple(Regulariser.registry.title(r) for r in look.experiment.training.regularisers if r.changes_inputs)
        return Augmented(
            "augmented", before, readonly(found.astype(np.float32).reshape(count, *before.shape)), titles, drawn,
        )  # fmt: skip


def changed(plan: Plan, x: NDArray[Any], target: NDArray[Any], count: int, first: int) -> NDArray[Any]:
    """What a step would see of inputs x if they were its samples number `first`, `first` + 1 ..., [version, input].

    The operations are those of the step itself, in the same arena; the inputs and targets of the last piece, which
    somebody may still ask about, and the counters are put back.
    """
    buffers = plan.lowered.layout.buffers
    batch = buffers["train.x"]
    touched = [b for name, b in buffers.items() if name in ("train.x", "train.y") or name.startswith("train.y.")]
    before, counters = [plan.view(b).copy() for b in touched], plan.i.copy()
    found = np.empty((count, batch.columns), plan.f.dtype)
    try:
        for done in range(0, count, plan.lowered.piece):
            rows = min(plan.lowered.piece, count - done)
            plan.view(batch)[:rows] = x
            plan.view(buffers["train.y"])[:rows] = target
            plan.set(p.ROWS, rows)
            plan.set(p.SAMPLES, first + done)
            plan.run("changed")
            found[done : done + rows] = plan.view(batch)[:rows]
    finally:
        for buffer, values in zip(touched, before, strict=True):
            plan.view(buffer)[:] = values
        plan.i[:] = counters
    return found
