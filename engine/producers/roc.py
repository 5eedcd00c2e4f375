"""How well the classes are told apart at every threshold, and how true the probabilities are."""

from __future__ import annotations

import math
from typing import ClassVar, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.experiment import task
from engine.producers._judging import Judged, judged, part_of
from engine.producers.base import Look, Producer
from engine.records import Record, Want, readonly
from engine.registry import register

BINS: Final = 10


class Threshold(Struct, frozen=True, eq=False):
    """One class against the rest: (false positive rate, true positive rate) [corner, 2] as the threshold falls.

    `auc` is the area under the curve: the chance that a sample of the class gets a higher output than another one;
    NaN where there are no samples of the class, or of no other.
    """

    kind: int
    name: str
    curve: NDArray[np.float64]
    auc: float


class Roc(Record, frozen=True, eq=False):
    """Curves of the classes (of the second one alone where there are two), and the calibration of the answers.

    An answer's confidence is the probability of the class it gives. Over ten equal steps of confidence, `confidence` is
    its mean, `right` the share of right answers and `amount` their number; `error` is the expected calibration error,
    Σ amount |right - confidence| / samples (Naeini, Cooper, Hauskrecht 2015).
    """

    part: str
    curves: tuple[Threshold, ...]
    confidence: NDArray[np.float64]
    right: NDArray[np.float64]
    amount: NDArray[np.intp]
    error: float
    samples: int
    total: int


@register("ROC and calibration")
class RocOf(Producer, tag="roc", frozen=True):
    """Receiver operating characteristic, area under it, reliability diagram and expected calibration error."""

    yields: ClassVar[type[Record]] = Roc
    judges: ClassVar[bool] = True

    def make(self, look: Look, want: Want) -> Roc | None:
        kind, part = task(look.experiment), part_of(want.target)
        if kind == "regression":
            return None
        found, names = judged(look, part), look.experiment.data.source.class_names
        shown = [len(names) - 1] if kind == "binary" else range(len(names))
        curves = tuple(_threshold(found, k, names[k], kind == "binary") for k in shown)
        confidence, right, amount = calibration(found.share.max(axis=1, initial=0.0), found.answer == found.target)
        error = float((amount * np.abs(right - confidence)).sum() / max(len(found.rows), 1)) if amount.any() else 0.0
        known = amount > 0
        return Roc(
            "roc", part, curves, readonly(confidence[known]), readonly(right[known]), readonly(amount[known]),
            error if known.any() else math.nan, len(found.rows), found.total,
        )  # fmt: skip


def _threshold(found: Judged, k: int, name: str, alone: bool) -> Threshold:
    curve, auc = roc(found.output[:, 0 if alone else k], found.target == k)
    return Threshold(k, name, readonly(curve), auc)


def roc(score: NDArray[np.float64], positive: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """The corners of the curve from (0, 0) to (1, 1), and the area under it; equal scores make one slanted step."""
    yes, no = int(positive.sum()), int((~positive).sum())
    if not yes or not no:
        return np.zeros((0, 2)), math.nan
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    up = np.concatenate([[0], np.cumsum(positive[order])[last]]) / yes
    across = np.concatenate([[0], np.cumsum(~positive[order])[last]]) / no
    area = float(np.sum(np.diff(across) * (up[1:] + up[:-1]) / 2))
    return _corners(np.stack([across, up], axis=1)), area


def _corners(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same line without the points in the middle of straight stretches."""
    step = np.diff(points, axis=0)
    turns = np.abs(step[1:, 0] * step[:-1, 1] - step[1:, 1] * step[:-1, 0]) > 1e-15
    kept: NDArray[np.float64] = points[np.concatenate([[True], turns, [True]])]
    return kept


def calibration(
    confidence: NDArray[np.float64], right: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Mean confidence, share of right answers and amount in each of ten equal steps from 0 to 1."""
    place = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    amount = np.bincount(place, minlength=BINS)
    whole = np.maximum(amount, 1)
    return np.bincount(place, confidence, BINS) / whole, np.bincount(place, right, BINS) / whole, amount
