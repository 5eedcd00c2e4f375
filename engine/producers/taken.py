"""The samples behind a cell of the confusion matrix."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from engine.experiment import task
from engine.producers._judging import judged, part_of
from engine.producers.base import Look, Producer
from engine.records import Record, Want
from engine.registry import register

SHOWN: Final = 12


class Taken(Record, frozen=True, eq=False):
    """The numbers in the data of samples of one class `target` that are taken for another, `answer`; surest first."""

    part: str
    target: int
    answer: int
    rows: tuple[int, ...]
    total: int


@register("Taken for")
class TakenFor(Producer, tag="taken", frozen=True):
    """Samples of a class that are taken for a class, at most 12; the target is (part, class, answer)."""

    yields: ClassVar[type[Record]] = Taken
    judges: ClassVar[bool] = True

    def make(self, look: Look, want: Want) -> Taken | None:
        _, target, answer = (*want.target, "", "", "")[:3]
        if task(look.experiment) == "regression" or not (target.isdecimal() and answer.isdecimal()):
            return None
        part = part_of(want.target)
        found = judged(look, part)
        places = np.flatnonzero((found.target == int(target)) & (found.answer == int(answer)))
        sure = found.share[places].max(axis=1, initial=0.0)
        chosen = places[np.argsort(-sure, kind="stable")[:SHOWN]]
        rows = tuple(int(look.plan.prepared.source[found.rows[k]]) for k in chosen)
        return Taken("taken", part, int(target), int(answer), rows, len(places))
