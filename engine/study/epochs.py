"""Early stopping: error against the epochs of one and the same run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from engine.experiment import Experiment
from engine.registry import register
from engine.study._lab import Lab, Trial
from engine.study.base import Study, grid

LONGEST = 1_000_000


@register("Epochs")
class LearningTime(Study, tag="epochs", frozen=True):
    """Early stopping: each repetition is one run, looked at after these epochs; the best test error tells when to stop.

    The usual epochs go up to the length of learning asked for; given ones decide it.
    """

    axis: ClassVar[str] = "epochs"
    asks: ClassVar[str] = "epochs to look at"
    place: ClassVar[str] = "epoch {}"

    def usual(self, experiment: Experiment) -> tuple[float, ...]:
        return grid(1, self.epochs, 14)

    def span(self, experiment: Experiment) -> tuple[float, float]:
        return 1, LONGEST

    def at(self, experiment: Experiment, value: float) -> None:
        """When to stop is no part of an experiment."""
        return

    def sweep(self, lab: Lab, repetition: int) -> Iterator[Trial]:
        machine = lab.machine(lab.repeated(repetition), lab.samples(repetition))
        for value in self.tried(lab.experiment):
            lab.train(machine, int(value))
            yield lab.trial(machine, value, repetition)
