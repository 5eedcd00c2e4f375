"""The samples with the largest loss, and how hard those of the next batch pull."""

from __future__ import annotations

import math
from typing import ClassVar, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.experiment import task
from engine.producers._judging import Judged, judged, part_of
from engine.producers.base import Look, Producer
from engine.producers.batch import batch
from engine.records import Record, Want
from engine.registry import register

SHOWN: Final = 40
TRIED: Final = 160
"""Samples whose exact loss is asked for, chosen by the distance of answer and target."""


class Hard(Struct, frozen=True):
    """One sample: its row in the data, its columns, target and answer as people read them, loss and pull.

    `pull` is how hard it pulls in the next batch (see `Batch`); NaN for samples that are not in it.
    """

    row: int
    place: tuple[float, ...]
    target: float
    answer: float
    loss: float
    pull: float


class Hardest(Record, frozen=True, eq=False):
    """The samples of a part with the largest loss, the hardest first.

    `classes` name targets and answers where there are classes, `columns` the places. `batch` is the size of the next
    batch, and `pull` the mean pull in it.
    """

    part: str
    items: tuple[Hard, ...]
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    batch: int
    pull: float
    samples: int
    total: int


@register("Hardest samples")
class HardestOf(Producer, tag="hardest", frozen=True):
    """The samples with the largest loss; which ones are in the next batch, and how hard each one pulls."""

    yields: ClassVar[type[Record]] = Hardest
    judges: ClassVar[bool] = True

    def make(self, look: Look, want: Want) -> Hardest:
        part, prepared = part_of(want.target), look.plan.prepared
        found, coming = judged(look, part), batch(look)
        pull_of = dict(zip(coming.rows.tolist(), coming.pull.tolist(), strict=True))
        items = []
        for k, loss in _by_loss(look, found):
            row = int(prepared.source[found.rows[k]])
            place = tuple(float(v) for v in prepared.samples.x[row])
            pull = pull_of.get(row, math.nan)
            items.append(Hard(row, place, float(found.target[k]), float(found.answer[k]), loss, pull))
        pull = float(coming.pull.mean()) if len(coming.rows) else math.nan
        columns, classes = prepared.samples.columns, look.experiment.data.source.class_names
        return Hardest(
            "hardest", part, tuple(items), tuple(columns), classes, len(coming.rows), pull, len(found.rows),
            found.total,
        )  # fmt: skip


def _by_loss(look: Look, found: Judged) -> list[tuple[int, float]]:
    """The places in `found` of the samples with the largest loss, and the loss: exact, of those that are farthest off.

    Farthest from its target a sample has the largest loss by every loss that grows with the distance.
    """
    if task(look.experiment) == "regression":
        far = np.abs(found.answer - found.target)
    else:
        sure = found.share[np.arange(len(found.rows)), found.target.astype(np.intp)]
        far = 1 - sure + _beyond(look, found)
    tried = np.argsort(-far, kind="stable")[:TRIED].tolist()
    losses = [(k, look.plan.score(int(found.rows[k]), int(found.rows[k]) + 1)[0]) for k in tried]
    return sorted(losses, key=lambda item: -item[1])[:SHOWN]


def _beyond(look: Look, found: Judged) -> NDArray[np.float64]:
    """How far outputs lie outside the range of the targets, where shares can't tell them apart."""
    low, high = look.experiment.training.loss.targets(look.experiment.model.output.activation)
    outside = np.maximum(found.output - high, 0) + np.maximum(low - found.output, 0)
    total: NDArray[np.float64] = outside.sum(axis=1)
    return total
