"""A machine that only counts, so that threads and undo can be tested without a compiled kernel."""

from __future__ import annotations

import time
from typing import ClassVar, Self

import numpy as np

from engine.arrays import Array, Labelled
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.machines.base import (
    Machine,
    MachineKind,
    Position,
    Present,
    Progress,
    Score,
    Snapshot,
    State,
    StepUnit,
    Stop,
    Until,
)
from engine.records import Want
from engine.registry import register

PER_EPOCH = 100


class Counting(Machine):
    """Counts samples; one batch is ten of them. Its one learned number is `count`. Called “slow”, it takes its time."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.samples = 0
        self.number = 0.0
        self.rules = Until()
        self.built_in = time.perf_counter()

    @classmethod
    def build(cls, experiment: Experiment, progress: Progress | None = None) -> Self:
        if progress:
            progress("count", 1, 1)
        if experiment.name == "unbuildable":
            raise RuntimeError("a mistake of building")
        return cls(experiment)

    @property
    def position(self) -> Position:
        return Position(self.samples // PER_EPOCH, self.samples // 10, self.samples % 10, self.samples)

    @property
    def batch(self) -> Present:
        return Present(self.samples % PER_EPOCH // 10 * 10, 10)

    def advance(self, unit: StepUnit, amount: int, seconds: float = 0.1) -> int:
        size = {"sample": 1, "batch": 10, "epoch": PER_EPOCH}[unit]
        if self.experiment.name == "slow":
            before, self.samples = self.samples, self.samples + 1
            time.sleep(seconds)
            return self.samples // size - before // size
        done = min(amount, 50)
        self.samples += size * done
        time.sleep(min(seconds, 0.002))
        return done

    @property
    def stop(self) -> Stop | None:
        if self.rules.epoch is not None and self.position.epoch >= self.rules.epoch:
            return Stop("epoch", f"Stopped at epoch {self.rules.epoch}.")
        return None

    def until(self, rules: Until) -> None:
        self.rules = rules

    def snapshot(self, wants: frozenset[Want], *, hurried: bool = False) -> Snapshot:
        if any(want.name == "broken" for want in wants):
            raise RuntimeError("a mistake of a picture")
        return Snapshot(self.experiment, self.position, {})

    def scores(self) -> tuple[Score, Score]:
        return Score(), Score()

    def reset(self) -> None:
        self.samples = 0

    def change(self, experiment: Experiment, give_back: tuple[Labelled, ...] = ()) -> tuple[Labelled, ...]:
        if experiment.name == "refuse":
            raise LearnscopeError("this experiment is refused; name it otherwise")
        if experiment.name == "fail":
            raise RuntimeError("a mistake of ours")
        self.experiment = experiment
        destroyed = self._labelled()
        for numbers in give_back:
            self.number = float(numbers.values.values[0])
        return destroyed

    def assign(self, numbers: tuple[Labelled, ...]) -> tuple[Labelled, ...]:
        before = self._labelled()
        for item in numbers:
            self.number = float(item.values.values[0])
        return before

    def state(self) -> State:
        if self.experiment.name == "stateless":
            raise RuntimeError("a mistake of a state")
        return State((), {"samples": self.samples}, {})

    def restore(self, state: State) -> None:
        self.samples = state.counters["samples"]

    def _labelled(self) -> tuple[Labelled, ...]:
        return (number(self.number),)


def number(value: float) -> Labelled:
    """The machine's one number."""
    return Labelled("count", (("only",),), Array(np.array([value])))


if "counting" not in MachineKind.registry:

    @register("Counting")
    class CountingKind(MachineKind, tag="counting", frozen=True):
        """Counts samples; only in tests."""

        machine: ClassVar[type[Machine]] = Counting
