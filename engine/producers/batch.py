"""The samples of the next batch, and how hard each one pulls."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.producers.base import Look, Producer
from engine.records import Record, Want, readonly
from engine.registry import register


class Batch(Record, frozen=True, eq=False):
    """`rows` of the data in the next batch (its last 512), and the `pull` of each.

    The pull is |dL/dz|, the length of the slope of the sample's own loss at the weighted sums of the output.
    """

    rows: NDArray[np.intp]
    pull: NDArray[np.float64]


@register("Batch")
class BatchOf(Producer, tag="batch", frozen=True):
    """Which samples are in the batch that is learned from next, and how hard each one pulls."""

    yields: ClassVar[type[Record]] = Batch

    def make(self, look: Look, want: Want) -> Batch:
        return batch(look)


def batch(look: Look) -> Batch:
    """The next batch; empty where there is nothing to learn from."""
    ahead = look.ahead()
    if ahead is None:
        return Batch("batch", readonly(np.zeros(0, np.intp)), readonly(np.zeros(0)))
    pull = np.linalg.norm(ahead.slope.astype(np.float64), axis=1)
    return Batch("batch", readonly(look.plan.prepared.source[ahead.rows]), readonly(pull))
