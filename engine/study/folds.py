"""k-fold cross-validation: every sample is tested once, by a network that never learned from it (Stone 1974)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from msgspec.structs import replace

from engine.datasets import Samples
from engine.datasets.base import split_keys
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.registry import register
from engine.study._lab import Lab, Trial
from engine.study.base import Epochs, Repetitions, Study

LEAST = 2
"""Fewest folds."""


@register("k folds")
class Folds(Study, tag="folds", frozen=True):
    """Cross-validation: the samples are dealt to k folds, and each is tested by a network that learned from all others.

    The keys that also divide training from test deal them: fold j tests the j-th k-th. The share of the experiment
    plays no part. Further repetitions deal the same samples anew, or start from other weights.
    """

    axis: ClassVar[str] = "fold"
    asks: ClassVar[str] = "k"
    place: ClassVar[str] = "fold {}"
    log: ClassVar[bool] = False
    pooled: ClassVar[bool] = True
    needs_test: ClassVar[bool] = False

    repetitions: Repetitions = 1
    epochs: Epochs = 100

    def usual(self, experiment: Experiment) -> tuple[float, ...]:
        return (5,)

    def span(self, experiment: Experiment) -> tuple[float, float]:
        return LEAST, len(experiment.data.source.samples(experiment.seeds.data))

    def at(self, experiment: Experiment, value: float) -> None:
        """A fold is no experiment of its own."""
        return

    def check(self, experiment: Experiment) -> None:
        super().check(experiment)
        if len(self.values) > 1:
            raise LearnscopeError(f"samples are dealt once, to k folds, and {len(self.values)} numbers are given")

    def size(self, experiment: Experiment) -> int:
        return int(self.tried(experiment)[0])

    def sweep(self, lab: Lab, repetition: int) -> Iterator[Trial]:
        samples, k = lab.base, self.size(lab.experiment)
        if repetition and lab.varies_data:
            samples = replace(samples, keys=split_keys(lab.seed(repetition), len(samples)))
        experiment = lab.repeated(repetition)
        halved = replace(experiment, data=replace(experiment.data, share=50.0))
        for j in range(k):
            machine = lab.machine(halved, dealt(samples, j, k))
            lab.train(machine, self.epochs)
            yield lab.trial(machine, j + 1, repetition, kept=False)


def dealt(samples: Samples, j: int, k: int) -> Samples:
    """The samples with the j-th of k folds as test: its keys are 1, those of all others 0."""
    order = np.argsort(samples.keys, kind="stable")
    keys = np.zeros(len(samples))
    keys[order[j * len(samples) // k : (j + 1) * len(samples) // k]] = 1
    return replace(samples, keys=keys)
