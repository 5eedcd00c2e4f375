"""The confusion matrix, and what follows from it."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.producers._judging import judged, part_of
from engine.producers.base import Look, Producer
from engine.records import Record, Want, readonly
from engine.registry import register

POINTS: Final = 2048
"""Most points of targets against answers."""


class Confusion(Record, frozen=True, eq=False):
    """`counts[target, answer]` over the samples of a part (`train` or `test`), `samples` of `total`.

    For each class: precision, the share of its answers that are right; recall, the share of its samples that are found;
    F1, their harmonic mean; NaN where there are none. A value to predict has no classes but points (target, answer).
    """

    part: str
    classes: tuple[str, ...]
    counts: NDArray[np.intp]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    accuracy: float
    points: NDArray[np.float64]
    samples: int
    total: int


@register("Confusion matrix")
class ConfusionOf(Producer, tag="confusion", frozen=True):
    """Which class is taken for which, on the training or the test samples; of a value, its targets and answers."""

    yields: ClassVar[type[Record]] = Confusion
    judges: ClassVar[bool] = True

    def make(self, look: Look, want: Want) -> Confusion:
        part = part_of(want.target)
        found = judged(look, part)
        names = look.experiment.data.source.class_names
        k = len(names)
        counts = np.zeros((k, k), np.intp)
        points = np.zeros((0, 2))
        if k:
            np.add.at(counts, (found.target.astype(np.intp), found.answer.astype(np.intp)), 1)
        else:
            step = max(1, -(-len(found.rows) // POINTS))
            points = np.stack([found.target, found.answer], axis=1)[::step]
        right = np.diag(counts).astype(np.float64)
        precision, recall = _share(right, counts.sum(axis=0)), _share(right, counts.sum(axis=1))
        f1 = _share(2 * right, counts.sum(axis=0) + counts.sum(axis=1))
        return Confusion(
            "confusion", part, names, readonly(counts), readonly(precision), readonly(recall), readonly(f1),
            float(_share(right.sum(), counts.sum())), readonly(np.ascontiguousarray(points)), len(found.rows),
            found.total,
        )  # fmt: skip


def _share(part: Any, whole: Any) -> NDArray[np.float64]:
    """Part / whole, NaN where there is no whole."""
    whole = np.asarray(whole, np.float64)
    found: NDArray[np.float64] = np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
    return found
