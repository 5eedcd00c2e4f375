"""A run gone over again in fractions: from its start to the place where the engine's own run stands."""

from __future__ import annotations

import time
from math import log2
from typing import Final, final

import numpy as np

from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.kernels.library import Library
from engine.plan import Plan
from engine.plan import procedure as p
from engine.plan.learned import Learner
from engine.plan.samples import Prepared
from engine.tracing.exactly import Exactly
from engine.tracing.floats import Floats

MOST_SAMPLES: Final = 20_000
MOST_DIGITS: Final = 30
"""Of the numerators and denominators of the learned numbers; nobody reads longer ones, and a panel can't hold them."""
ELSEWHERE: Final = (
    "From its start the run does not come by here: a weight was set by hand, or a setting was changed on the way. "
    "Reset, and it goes the way from the start."
)


@final
class Replay:
    """The run of one experiment in fractions; raise for an experiment that leads out of them."""

    def __init__(self, experiment: Experiment, prepared: Prepared, library: Library) -> None:
        self._floats = Floats(experiment, prepared, library)
        self.exactly = Exactly(experiment, prepared, self._floats)

    @property
    def samples(self) -> int:
        """How many it has learned from."""
        return self._floats.plan.counter(p.SAMPLES)

    def reach(self, plan: Plan, learner: Learner, seconds: float) -> bool:
        """Go on to where a run stands, or as far as there is time: then False. Raise for a place it never comes to."""
        wanted, until = plan.counter(p.SAMPLES), time.perf_counter() + seconds
        if wanted > MOST_SAMPLES:
            raise LearnscopeError(
                f"The run has learned from {wanted:,} samples, and fractions are followed for at most "
                f"{MOST_SAMPLES:,}; reset to see them."
            )
        while self.samples < wanted:
            self._check_length()
            if time.perf_counter() >= until:
                return False
            if not self.exactly.learn(alone=True):
                raise LearnscopeError(ELSEWHERE)
        self._check_length()
        if not self._is_at(plan, learner):
            raise LearnscopeError(ELSEWHERE)
        return True

    def _check_length(self) -> None:
        if self.exactly.bits > MOST_DIGITS * log2(10):
            raise LearnscopeError(
                f"After {self.samples:,} samples the fractions are longer than {MOST_DIGITS} digits; go back, or "
                "reset, to see shorter ones."
            )

    def _is_at(self, plan: Plan, learner: Learner) -> bool:
        """Whether the floats beside the fractions are those of the run, bit by bit."""
        counters = all(plan.counter(k) == self._floats.plan.counter(k) for k in p.POSITION)
        half = plan.counter(p.SEEN) > 0
        pairs = zip(learner.take(half), self._floats.learner.take(half), strict=True)
        return counters and all(np.array_equal(a.values.values, b.values.values) for a, b in pairs)
