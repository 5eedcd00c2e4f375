"""What a study is: many networks made of one experiment that differ in one thing, and the numbers they give."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Annotated, ClassVar, Final

import numpy as np
from msgspec.structs import replace

from engine.errors import LearnscopeError
from engine.experiment import Experiment, classifies
from engine.fields import choice, count, listing
from engine.machines.base import MachineKind, Progress
from engine.machines.supervised import Supervised
from engine.registry import Kind, Registry
from engine.study._lab import GivenUpError, Lab, Trial, Varied

MOST_VALUES: Final = 64
LEAST_SAMPLES: Final = 2
"""Fewest training samples from which anything can be learned."""

Repetitions = Annotated[int, count("repetitions", "networks for each value", low=1, high=200)]
Epochs = Annotated[
    int, count("epochs", "how long each network learns", low=1, high=100_000, log=True, choices=(30, 100, 300, 1000))
]


class Study(Kind, frozen=True):
    """One thing that is changed, its values, and how often each is tried.

    `axis` is its name below a picture, `log` whether it is shown by powers of ten, `whole` whether its values are whole
    numbers. Of a `pooled` study the points are draws of one number. `needs_test` says whether it needs test samples,
    `asks` what the values are called in a form, and `place` what a point is called in a sentence.
    """

    registry: ClassVar[Registry[Study]] = Registry("study")
    axis: ClassVar[str] = ""
    asks: ClassVar[str] = "values"
    place: ClassVar[str] = "{}"
    log: ClassVar[bool] = True
    whole: ClassVar[bool] = True
    pooled: ClassVar[bool] = False
    needs_test: ClassVar[bool] = True

    values: Annotated[tuple[float, ...], listing("values", "what is tried; empty: what is usual", longest=64)] = ()
    repetitions: Repetitions = 5
    epochs: Epochs = 1000
    varied: Annotated[Varied, choice("varied", "what differs between repetitions")] = "both"

    def usual(self, experiment: Experiment) -> tuple[float, ...]:
        """The values that are tried when none are given."""
        raise NotImplementedError

    def span(self, experiment: Experiment) -> tuple[float, float]:
        """The smallest and the largest value that can be tried."""
        raise NotImplementedError

    def at(self, experiment: Experiment, value: float) -> Experiment | None:
        """The experiment with this value; None where no experiment has it. Errors say why it can't be made."""
        raise NotImplementedError

    def now(self, experiment: Experiment) -> float | None:
        """The value that the experiment has; None where it has no single one."""
        return None

    def size(self, experiment: Experiment) -> int:
        """The number of trials of a repetition."""
        return len(self.tried(experiment))

    def sweep(self, lab: Lab, repetition: int) -> Iterator[Trial]:
        """The trials of a repetition, as they are done; usually a network for each value."""
        experiment, samples = lab.repeated(repetition), lab.samples(repetition)
        for value in self.tried(lab.experiment):
            changed = self.at(experiment, value)
            assert changed is not None
            machine = lab.machine(changed, samples)
            lab.train(machine, self.epochs)
            yield lab.trial(machine, value, repetition)

    # -- for everybody ------------------------------------------------------------------------------------------

    def tried(self, experiment: Experiment) -> tuple[float, ...]:
        """The values that are tried, in rising order, each once."""
        return tuple(sorted(set(self.values))) or self.usual(experiment)

    def check(self, experiment: Experiment) -> None:
        """Refuse what can't be studied, and values that can't be tried."""
        if MachineKind.registry[experiment.machine].kind.machine is not Supervised:
            raise LearnscopeError(f"a study needs supervised learning, and this is “{experiment.machine}”")
        samples = experiment.data.source.samples(experiment.seeds.data)
        learned = samples.train(experiment.data.share / 100)
        if learned.sum() < LEAST_SAMPLES:
            raise LearnscopeError(f"a study needs at least {LEAST_SAMPLES} training samples; draw more points")
        if self.needs_test and learned.all():
            raise LearnscopeError("a study needs test samples and there are none; lower the train share")
        if classifies(experiment) and len(np.unique(samples.y[learned])) < LEAST_SAMPLES:
            raise LearnscopeError("all training samples are of one class; draw points of another")
        if len(self.values) > MOST_VALUES:
            raise LearnscopeError(f"{len(self.values)} values are too many for a study; give at most {MOST_VALUES}")
        for value in self.values:
            self._check_value(experiment, value)

    def _check_value(self, experiment: Experiment, value: float) -> None:
        low, high = self.span(experiment)
        if not low <= value <= high:
            raise LearnscopeError(f"{value:g} can't be tried as {self.asks}; choose from {low:g} to {high:g}")
        if self.whole and value != int(value):
            raise LearnscopeError(f"{value:g} can't be tried as {self.asks}; give whole numbers")


def trials_of(
    study: Study, experiment: Experiment, progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Trial]:  # fmt: skip
    """All trials of a study, one repetition after the other, until it is done or given up.

    The same study of the same experiment gives the same numbers, bit for bit; further repetitions change none before.
    """
    study.check(experiment)
    lab = Lab(experiment, study.varied, progress, cancelled)
    try:
        for repetition in range(study.repetitions):
            yield from study.sweep(lab, repetition)
    except GivenUpError:
        return


def total(study: Study, experiment: Experiment) -> int:
    """The number of all trials."""
    return study.repetitions * study.size(experiment)


def grid(low: int, high: int, amount: int) -> tuple[float, ...]:
    """About so many whole numbers from low to high, each about the same factor above the one before."""
    steps = np.geomspace(low, max(low, high), amount)
    return tuple(float(v) for v in sorted({round(step) for step in steps}))


def with_values(study: Study, text: str) -> Study:
    """The study with values that somebody typed: numbers between spaces, commas or semicolons; none for the usual."""
    words = text.replace(";", " ").replace(",", " ").split()
    found = []
    for word in words:
        try:
            found.append(float(word))
        except ValueError:
            found.append(math.nan)
        if not math.isfinite(found[-1]):
            raise LearnscopeError(f"“{word}” can't be tried as {study.asks}; give numbers such as 1, 2, 4, 8")
    return replace(study, values=tuple(found))
