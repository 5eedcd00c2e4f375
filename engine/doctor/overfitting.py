"""Learning by heart."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import edits
from engine.doctor import _remedies as remedies
from engine.doctor.base import Diagnosis, Evidence, Fact, Finding, Remedy, said
from engine.experiment import Experiment
from engine.layers.chance import Dropping
from engine.penalties import NoPenalty
from engine.registry import register

POINTS: Final = 24
"""The least number of points of the curve by which it is judged."""

WINDOW: Final = 9
"""Points over whose median the curves are smoothed: one epoch's luck is no trend."""

RISEN: Final = 1.25
"""The test loss, as a share of its least, from which it has risen."""

WORTH: Final = 0.2
"""The rise, as a share of the run's highest loss, from which it is worth a word: of almost nothing, a quarter more is
almost nothing. Any classifier of clean data grows surer and surer, and pays a little for its few errors."""

FALLEN: Final = 0.9
"""What is left of the training loss since the test loss was least, if the network still learns."""

WHILE: Final = 0.15
"""The share of the curve for which the test loss must have been above its least."""

SHORTEST: Final = 10
"""Epochs of patience at least; otherwise as many as it took to the least test loss."""


@register("Overfitting")
class Overfitting(Diagnosis, tag="overfitting", frozen=True):
    """The test loss has been rising for a while as the training loss fell: noise is learned by heart."""

    def examine(self, evidence: Evidence) -> Finding | None:
        past = evidence.past
        if len(past.test) < POINTS or not np.isfinite(past.test).all() or not np.isfinite(past.train).all():
            return None
        test, train = smooth(past.test), smooth(past.train)
        least = int(test.argmin())
        rise = test[-1] - test[least]
        if len(test) - 1 - least < WHILE * len(test) or rise < WORTH * past.highest:
            return None
        if test[-1] < RISEN * test[least] or train[-1] > FALLEN * train[least] or test[-1] < train[-1]:
            return None
        best = int(past.test.argmin())  # what is said are points of the curve, not their medians
        now, then = (float(past.test[-1]), float(past.train[-1])), (float(past.test[best]), float(past.train[best]))
        return Finding(
            sentence=f"Overfitting: since epoch {past.epochs[best]:.0f} the test loss has risen from {said(then[0])} "
            f"to {said(now[0])} while the training loss fell to {said(now[1])}.",
            because="The network learns the noise of the training samples by heart, which is wrong for others.",
            facts=(
                Fact("least test loss", then[0]),
                Fact("test loss now", now[0]),
                Fact("training loss then", then[1]),
                Fact("training loss now", now[1]),
            ),
            record="loss",
            remedy=self._stop(float(past.epochs[best])),
            others=tuple(self._others(evidence.experiment)),
        )

    @staticmethod
    def _stop(best: float) -> Remedy:
        """Stop early: everything stays as it is, and what was best is there already."""
        patience = max(SHORTEST, int(float(f"{best:.1g}")))
        return Remedy("Start again and stop early, with the best weights", lambda e: e, again=True, patience=patience)

    @staticmethod
    def _others(experiment: Experiment) -> Iterator[Remedy]:
        """What fits besides, from what changes least about the network to what changes most."""
        penalty = experiment.training.penalty
        stricter = remedies.stricter(penalty)
        title = "Add an L2 penalty of" if isinstance(penalty, NoPenalty) else "Raise the penalty to"
        yield Remedy(f"{title} {stricter.strength:g}", partial(remedies.with_penalty, penalty=stricter))
        if points := remedies.more_points(experiment):
            yield Remedy(f"Draw {points} points instead", partial(remedies.with_points, count=points))
        if not any(isinstance(x, Dropping) for x in experiment.model.layers):
            yield Remedy("Drop half of the hidden neurons by chance", remedies.with_dropout)
        columns = remedies.columns(experiment)
        if len(columns) > 1:
            yield Remedy(f"Take layer “{columns[-1].id}” out", partial(edits.remove_layer, id=columns[-1].id))


def smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median of every `WINDOW` points in a row."""
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(values, WINDOW), axis=-1))
