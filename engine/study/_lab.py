"""Where a study trains: samples and seeds of each repetition, one network after the other, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final, Literal, NamedTuple, final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import streams
from engine.datasets import Samples
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.kernels.library import Library
from engine.machines.base import Progress, Score
from engine.machines.supervised import Supervised
from engine.plan import prepare
from engine.plan.samples import inputs

Values = NDArray[np.floating[Any]]
Varied = Literal["both", "data", "weights"]
"""What differs between repetitions: the training samples, the initial weights (and the order of learning), or both."""

PLACES: Final = 512
"""Most test samples whose answers are kept, spread evenly over all."""
SLICE: Final = 0.05
"""Seconds between two looks at whether the study was given up."""
SEEDS: Final = 2**31
"""Seeds are smaller."""


class GivenUpError(LearnscopeError):
    """Nobody waits for the rest of a study."""


class Trial(NamedTuple):
    """One trained network: where it stands on the axis of the study, its repetition, and how it did.

    `answers` [place, output] are those at the places of the study; none where the test samples are not the same for
    all.
    """

    value: float
    repetition: int
    train: Score
    test: Score
    diverged: bool
    answers: Values


@cache
def _library() -> Library:
    """Kernels of the thread that studies: a library belongs to one."""
    return Library(np.float32)


@final
class Lab:
    """The repetitions of one experiment. Repetition 0 is the experiment as it is; each further one has other seeds.

    Test samples are those of the experiment, always. Training samples are drawn anew from the same formula; own samples
    are drawn from the training samples with replacement, as many as there are (bootstrap, Efron 1979).
    """

    def __init__(
        self, experiment: Experiment, varied: Varied, progress: Progress | None, cancelled: Callable[[], bool]
    ) -> None:
        self.experiment: Final = experiment
        self._varied, self._progress, self._cancelled = varied, progress, cancelled
        self.base: Final = experiment.data.source.samples(experiment.seeds.data)
        self.learned: Final = self.base.train(experiment.data.share / 100)
        self._places = inputs(experiment, self.base.x[test_places(self.learned)])

    @property
    def varies_data(self) -> bool:
        """Whether repetitions learn from other samples."""
        return self._varied != "weights"

    def seed(self, repetition: int) -> int:
        """The seed of the data of a repetition."""
        return (self.experiment.seeds.data + (repetition if self.varies_data else 0)) % SEEDS

    def repeated(self, repetition: int) -> Experiment:
        """The experiment with the initial weights and the order of learning of a repetition."""
        seeds, by = self.experiment.seeds, repetition if self._varied != "data" else 0
        other = replace(seeds, weights=(seeds.weights + by) % SEEDS, training=(seeds.training + by) % SEEDS)
        return replace(self.experiment, seeds=other)

    def samples(self, repetition: int) -> Samples:
        """The samples of a repetition, training samples first."""
        chosen, tested = self.base, np.flatnonzero(~self.learned)
        rows = np.flatnonzero(self.learned)
        if repetition and self.varies_data:
            source = self.experiment.data.source
            if source.family == "own":
                stream = streams.generator(self.seed(repetition), "split", "bootstrap")
                rows = rows[stream.integers(0, len(rows), len(rows))]
            else:
                chosen = source.samples(self.seed(repetition))
                rows = np.flatnonzero(chosen.train(self.experiment.data.share / 100))
        x, y, keys = (
            np.concatenate([a[rows], b[tested]])
            for a, b in ((chosen.x, self.base.x), (chosen.y, self.base.y), (chosen.keys, self.base.keys))
        )
        return replace(self.base, x=x, y=y, keys=keys)

    def machine(self, experiment: Experiment, samples: Samples) -> Supervised:
        """A network at the start of its run on these samples."""
        return Supervised(experiment, self._progress, _library(), prepare(experiment, samples))

    def train(self, machine: Supervised, epochs: int) -> None:
        """Train on, up to an epoch; where the run diverges it stands at its last finite state."""
        while machine.stop is None and machine.position.epoch < epochs:
            if self._cancelled():
                raise GivenUpError("the study was given up")
            machine.advance("epoch", epochs - machine.position.epoch, SLICE)

    def trial(self, machine: Supervised, value: float, repetition: int, *, kept: bool = True) -> Trial:
        """How a network does now; with its answers where they are to be `kept`."""
        answers = machine.answers(self._places if kept else self._places[:0])
        return Trial(value, repetition, *machine.scores(), machine.stop is not None, answers)


def test_places(learned: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The test samples at which answers are compared, spread evenly over all."""
    tested = np.flatnonzero(~learned)
    return tested[np.unique(np.linspace(0, max(len(tested) - 1, 0), min(len(tested), PLACES)).astype(np.intp))]
