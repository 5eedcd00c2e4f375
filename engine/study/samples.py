"""The learning curve: error against the number of training samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from msgspec.structs import replace

from engine.datasets import Samples
from engine.datasets.base import LEAST_SHARE
from engine.experiment import Experiment
from engine.registry import register
from engine.study._lab import Lab, Trial
from engine.study.base import LEAST_SAMPLES, Study, grid


@register("Training samples")
class TrainingSamples(Study, tag="samples", frozen=True):
    """The learning curve: with more training samples, training and test error come together.

    The first of the training samples in the order of their split, each number of them a part of the next; the test
    samples are the same for all. Each network takes as many steps as the one with all samples takes in the epochs
    asked for, so that small sets are not learned less.
    """

    axis: ClassVar[str] = "training samples"
    asks: ClassVar[str] = "numbers of samples"
    place: ClassVar[str] = "{} training samples"

    def usual(self, experiment: Experiment) -> tuple[float, ...]:
        return grid(LEAST_SAMPLES, self._all(experiment), 9)

    def span(self, experiment: Experiment) -> tuple[float, float]:
        return LEAST_SAMPLES, self._all(experiment)

    def at(self, experiment: Experiment, value: float) -> Experiment | None:
        """The same share of the samples: the samples left out are tested on."""
        share = 100 * value / len(self._samples(experiment))
        return replace(experiment, data=replace(experiment.data, share=share)) if share >= LEAST_SHARE else None

    def now(self, experiment: Experiment) -> float | None:
        return float(self._all(experiment))

    def sweep(self, lab: Lab, repetition: int) -> Iterator[Trial]:
        experiment, samples = lab.repeated(repetition), lab.samples(repetition)
        everything = int(lab.learned.sum())
        batch = experiment.training.batch

        def steps(count: int) -> int:
            """The steps of an epoch."""
            return -(-count // batch) if batch else 1

        for value in self.tried(lab.experiment):
            machine = lab.machine(experiment, first(samples, int(value), experiment.data.share / 100))
            lab.train(machine, -(-self.epochs * steps(everything) // steps(int(value))))
            yield lab.trial(machine, value, repetition)

    @staticmethod
    def _samples(experiment: Experiment) -> Samples:
        return experiment.data.source.samples(experiment.seeds.data)

    def _all(self, experiment: Experiment) -> int:
        return int(self._samples(experiment).train(experiment.data.share / 100).sum())


def first(samples: Samples, count: int, share: float) -> Samples:
    """The first training samples by their keys, and all test samples."""
    learned = np.flatnonzero(samples.train(share))
    chosen = np.zeros(len(samples), np.bool_)
    chosen[learned[np.argsort(samples.keys[learned], kind="stable")[:count]]] = True
    rows = chosen | ~samples.train(share)
    return replace(samples, x=samples.x[rows], y=samples.y[rows], keys=samples.keys[rows])
