"""A study on its way: a few networks at a time, so that the job thread is free in between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final, NamedTuple, final

from app.messages import refused
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.study import Point, Study, Trial, Truth, gathered, total, trials_of, truth_of

PIECE: Final = 0.15
"""Seconds of training after which the points so far are shown."""


class Found(NamedTuple):
    """What a study of an experiment has found so far: `done` of `of` networks, and whether it is over."""

    study: Study
    experiment: Experiment
    points: tuple[Point, ...] = ()
    done: int = 0
    of: int = 0
    over: bool = False


@final
class Work:
    """One study. Only the job thread calls `piece`, and only one at a time."""

    def __init__(self, study: Study, experiment: Experiment) -> None:
        self.study: Final = study
        self.experiment: Final = experiment
        self.given_up = False
        self._trials: list[Trial] = []
        self._source: Iterator[Trial] | None = None
        self._truth: Truth | None = None
        self._of = 0

    def piece(self) -> Found | str:
        """Train on for a moment; a sentence where that can't be."""
        try:
            return self._piece()
        except LearnscopeError as error:
            return refused(error).sentence

    def _piece(self) -> Found:
        if self._source is None:
            self.study.check(self.experiment)
            self._of, self._truth = total(self.study, self.experiment), truth_of(self.experiment)
            self._source = trials_of(self.study, self.experiment, None, lambda: self.given_up)
        assert self._truth is not None
        end, over = time.monotonic() + PIECE, True
        for trial in self._source:
            self._trials.append(trial)
            if time.monotonic() > end:
                over = False
                break
        over = over or self.given_up or len(self._trials) == self._of
        points = gathered(self._trials, self._truth)
        return Found(self.study, self.experiment, points, len(self._trials), self._of, over)
