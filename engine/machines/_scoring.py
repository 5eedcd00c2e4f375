"""The scores of all samples at one step, some rows at a time, so that nobody waits for a pass over many pictures."""

from __future__ import annotations

import time
from typing import Final, final

from engine.experiment import classifies
from engine.machines._history import first_stride
from engine.machines._pacing import REST
from engine.machines.base import Score
from engine.plan import Plan
from engine.plan import procedure as p

SLICE: Final = 32
"""Pictures that are scored at once: a few milliseconds for the networks that are trained here."""

Scores = tuple[Score, Score]


@final
class Scoring:
    """Scores training and test samples where the run stands.

    Sums are made of the same slices in the same order, however they are spread over calls: a curve has the same bits
    whether somebody watched, paused or waited. Samples that are no pictures are one slice.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        rows, train = len(plan.prepared.x), plan.prepared.train
        self.sliced: Final = plan.experiment.data.source.axes is not None
        size = SLICE if self.sliced else max(rows, 1)
        self._slices: Final = [
            (first, min(first + size, end))
            for start, end in ((0, train), (train, rows))
            for first in range(start, end, size)
        ]
        self.last: tuple[int, Score, Score] | None = None
        """The last step that was scored, with the scores of training and test samples."""
        self.wanted = False
        """Whether somebody looks who should see scores that are newer."""
        self._cost = self._until = 0.0
        self.forget()

    @property
    def stride(self) -> int:
        """Steps between points of a curve at first."""
        plan = self._plan
        batch = min(plan.counter(p.BATCH), max(plan.prepared.train, 1))
        return first_stride(len(plan.prepared.x), batch, pictures=self.sliced)

    def forget(self) -> None:
        """What was scored is no longer true."""
        self.last, self.wanted = None, False
        self._begin(-1)

    def ask(self) -> bool:
        """Say that scores are shown while a run goes on; tell whether the last will do until newer ones are made.

        They are made anew when a multiple of the time has gone by that it takes to make them.
        """
        self.wanted = self.sliced and time.perf_counter() > self._until
        return self.sliced and self.last is not None

    def _begin(self, step: int) -> None:
        self._step, self._done, self._cost = step, 0, 0.0
        self._train = self._test = 0.0, 0

    def go_on(self, seconds: float) -> bool:
        """Score about so long (but at least one slice) at the step that the run stands at; tell whether all is done."""
        step, begun = self._plan.counter(p.STEP), time.perf_counter()
        if self.last is not None and self.last[0] == step:
            self.wanted = False
            return True
        if self._step != step:
            self._begin(step)
        spent = 0.0
        while self._done < len(self._slices) and (not spent or spent < seconds):
            self._add(*self._slices[self._done])
            self._done += 1
            spent = time.perf_counter() - begun
        self._cost += spent
        if self._done < len(self._slices):
            return False
        self.note(step, self._train, self._test)
        self.wanted, self._until = False, time.perf_counter() + REST * self._cost
        return True

    def _add(self, first: int, end: int) -> None:
        loss, hits = self._plan.score(first, end)
        if first < self._plan.prepared.train:
            self._train = self._train[0] + loss, self._train[1] + hits
        else:
            self._test = self._test[0] + loss, self._test[1] + hits

    def note(self, step: int, train: tuple[float, int], test: tuple[float, int]) -> Scores:
        """Take the sums of losses and the hits that were found at a step; they give the scores."""
        count = self._plan.prepared.train
        scores = self._mean(train, count), self._mean(test, len(self._plan.prepared.x) - count)
        self.last = step, *scores
        return scores

    def _mean(self, sums: tuple[float, int], count: int) -> Score:
        if not count:
            return Score()
        loss, hits = sums
        return Score(loss / count, hits / count if classifies(self._plan.experiment) else None)

    def now(self) -> Scores:
        """The scores where the run stands."""
        self.go_on(float("inf"))
        assert self.last is not None
        return self.last[1:]
