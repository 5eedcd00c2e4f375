"""What a machine is: the running form of an experiment. The window, the command line and the tests know only this."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, Final, Literal, NamedTuple, Self

from msgspec import Struct

from engine.arrays import Array, Labelled
from engine.errors import ExperimentError
from engine.experiment import Experiment
from engine.producers import fitting
from engine.records import Record, Want
from engine.registry import Kind, Registry

StepUnit = Literal["sample", "batch", "epoch"]
Progress = Callable[[str, int, int], None]
"""Told while something long goes on: what, how much is done, of how much."""


class Position(Struct, frozen=True):
    """Where a run stands: `step` counts updates, `sample` the samples of the current batch already seen.

    `phase` is how many phases of the next sample are shown (`engine.stepping`).
    """

    epoch: int = 0
    step: int = 0
    sample: int = 0
    samples: int = 0
    phase: int = 0


class Present(NamedTuple):
    """The present batch: how many samples of the epoch came before it, and how many it has."""

    offset: int
    size: int


class Score(Struct, frozen=True):
    """Mean data loss and accuracy (None where it has no meaning, or no such samples)."""

    loss: float | None = None
    accuracy: float | None = None

    @property
    def error(self) -> float | None:
        """The mean 0-1 loss: the share of wrong answers."""
        return None if self.accuracy is None else 1 - self.accuracy


class Stop(Struct, frozen=True):
    """Why a run stopped by itself; `reason` for programs, `sentence` for people.

    Where it put back the best numbers of the run, `numbers` are those, and `before` what stood there.
    """

    reason: Literal["diverged", "epoch", "loss", "accuracy", "plateau"]
    sentence: str
    numbers: tuple[Labelled, ...] = ()
    before: tuple[Labelled, ...] = ()


class Until(Struct, frozen=True):
    """Stop rules: a run stops at the first that holds; None means not asked for.

    `plateau` is the number of epochs without a better test loss (training loss when there is no test), or with a loss
    that is judged `by_errors` without fewer wrong answers. With `keep_best`, what was learned at the best point since
    the rule was set is then put back (Prechelt 1998).
    """

    epoch: int | None = None
    loss: float | None = None
    accuracy: float | None = None
    plateau: int | None = None
    keep_best: bool = False

    @property
    def about_scores(self) -> bool:
        """Whether a rule depends on the points of the curve, so that each of them may end the run."""
        return any(rule is not None for rule in (self.loss, self.accuracy, self.plateau))


class Snapshot(Struct, frozen=True, eq=False):
    """What a run looked like at one moment. `experiment` is the value that was running: views never mix two.

    The losses of `train` and `test` are those of the data; what the weights cost besides is the `penalty`.
    """

    experiment: Experiment
    position: Position
    records: Mapping[Want, Record]
    train: Score = Score()
    test: Score = Score()
    scored_at: int = 0
    penalty: float = 0.0
    stop: Stop | None = None
    samples_per_second: float = 0.0

    @property
    def unfinished(self) -> bool:
        """Whether a record of it goes on when it is asked for again."""
        return any(record.unfinished for record in self.records.values())

    def get(self, name: str) -> Record | None:
        """Return the record called `name`, if it was asked for; of a surface, the whole plane."""
        return next((r for want, r in self.records.items() if want.name == name and want.area is None), None)


PHASE: Final = "phase"
"""The counter of a state that says how many phases of the next sample were shown; it has none between samples."""


class State(Struct, frozen=True, forbid_unknown_fields=True):
    """A run, so exactly that it can go on elsewhere: learned numbers, counters, streams, order, history."""

    numbers: tuple[Labelled, ...]
    counters: dict[str, int]
    arrays: dict[str, Array]


class Machine(ABC):
    """A running experiment. One thread at a time may use it.

    Numbers it learned are labelled by ids: `h1.weight` with axes (input/x1 ...), (h1/0 ...); optimiser state is
    `h1.weight#mean` and so on, with the same axes.
    """

    experiment: Experiment

    @classmethod
    @abstractmethod
    def build(cls, experiment: Experiment, progress: Progress | None = None) -> Self:
        """Make the machine at the start of its run; compilation reports to `progress`."""

    @property
    @abstractmethod
    def position(self) -> Position:
        """Where the run stands."""

    @property
    @abstractmethod
    def batch(self) -> Present:
        """The batch in which the run stands."""

    @abstractmethod
    def advance(self, unit: StepUnit, amount: int, seconds: float = 0.1) -> int:
        """Run up to `amount` units, at most about `seconds`; return how many were done (0 when stopped)."""

    @property
    @abstractmethod
    def stop(self) -> Stop | None:
        """Why the run can't or should not go on; None while it may."""

    @abstractmethod
    def until(self, rules: Until) -> None:
        """Set the stop rules and forget a stop they caused."""

    @abstractmethod
    def snapshot(self, wants: frozenset[Want], *, hurried: bool = False) -> Snapshot:
        """Compute the records asked for, and nothing else.

        In a hurry, while a run goes on, what takes long may be as it was a moment ago, so that learning goes on.
        """

    @abstractmethod
    def scores(self) -> tuple[Score, Score]:
        """Evaluate now: train and test."""

    @abstractmethod
    def reset(self) -> None:
        """Go to the start of the experiment as it is now; the same run again, bit for bit."""

    @abstractmethod
    def change(self, experiment: Experiment, give_back: tuple[Labelled, ...] = ()) -> tuple[Labelled, ...]:
        """Go on with an edited experiment, keeping every number whose ids still meet.

        `give_back` are numbers an undo restores. Returns those the edit destroyed, so that undo can give them back.
        """

    @abstractmethod
    def assign(self, numbers: tuple[Labelled, ...]) -> tuple[Labelled, ...]:
        """Set learned numbers and return what stood there (with their optimiser state)."""

    @abstractmethod
    def state(self) -> State:
        """Take the state of the run."""

    @abstractmethod
    def restore(self, state: State) -> None:
        """Go on exactly from a state taken from a machine of the same experiment; refuse one that does not fit."""


class MachineKind(Kind, frozen=True):
    """A kind of experiment: what it shows, which networks it has besides the main one, and how its machine is built."""

    registry: ClassVar[Registry[MachineKind]] = Registry("machine")
    records: ClassVar[Mapping[str, type[Record]]] = {}
    networks: ClassVar[tuple[str, ...]] = ()
    machine: ClassVar[type[Machine]]

    @classmethod
    def shown(cls, experiment: Experiment) -> Mapping[str, type[Record]]:
        """The records that an experiment of this kind yields with its data."""
        return {name: kind for name, kind in cls.records.items() if fitting(name, experiment)}


def runnable(experiment: Experiment) -> Experiment:
    """Return the experiment if its kind is known and has the networks that it names; else say what is not."""
    entry = MachineKind.registry[experiment.machine]
    for part in ("model", "training"):
        for name in getattr(experiment, part).networks:
            if name not in entry.kind.networks:
                raise ExperimentError(
                    f"“{entry.title.lower()}” has no network “{name}” besides the main one; remove it",
                    f"{part}.networks",
                )
    return experiment


def build(experiment: Experiment, progress: Progress | None = None) -> Machine:
    """Build the machine of an experiment."""
    return MachineKind.registry[experiment.machine].kind.machine.build(experiment, progress)
