"""A trace in the engine's own numbers: a run of its own, from the start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, final

import numpy as np

from engine.experiment import Experiment, classifies
from engine.kernels.library import Library
from engine.plan import Plan
from engine.plan import procedure as p
from engine.plan.learned import Learner
from engine.plan.samples import Prepared
from engine.tracing.table import Place, Value


class Shown(NamedTuple):
    """The sample that was learned from last: its row of the data, inputs, weighted sums, outputs, targets, its loss."""

    row: int
    x: Sequence[Value]
    z: Sequence[Value]
    o: Sequence[Value]
    t: Sequence[Value]
    loss: Value


class Judged(NamedTuple):
    """The mean loss over the training samples, and how many are answered wrongly (None for a value to predict)."""

    loss: Value
    err: int | None


class Arithmetic(Protocol):
    """One kind of numbers, and a run in them."""

    def numbers(self, places: tuple[Place, ...]) -> list[Value]:
        """Learned numbers as they stand."""

    def learn(self, *, alone: bool) -> bool:
        """Learn from the next sample, or from as many as go at once; False where the run can't go on."""

    def done(self, counter: int) -> int:
        """A counter of `engine.plan.procedure`."""

    def shown(self) -> Shown:
        """The sample that was learned from last, as the network answered then."""

    def judged(self) -> Judged:
        """How good the numbers are now."""


@final
class Floats(Arithmetic):
    """The engine's own arithmetic. Its numbers are told by the shortest decimals that mean them."""

    def __init__(self, experiment: Experiment, prepared: Prepared, library: Library) -> None:
        self.plan = Plan(experiment, prepared, library)
        self.learner = Learner(self.plan)
        self.learner.start()
        self._output = experiment.model.output.id
        self._counts = classifies(experiment)

    def numbers(self, places: tuple[Place, ...]) -> list[Value]:
        return [shortest(self.learner.array(place.array)[place.at]) for place in places]

    def learn(self, *, alone: bool) -> bool:
        return self.plan.steps(self.plan.counter(p.STEP) + 1, 1, 1 if alone else None) != p.DIVERGED

    def done(self, counter: int) -> int:
        return self.plan.counter(counter)

    def shown(self) -> Shown:
        plan = self.plan
        row, last = plan.counter(p.ROW), plan.counter(p.ROWS) - 1
        z = plan.lowered.layout.buffers[f"train.{self._output}.z"]
        return Shown(
            int(plan.prepared.source[row]),
            [shortest(v) for v in plan.prepared.x[row].ravel()],
            [shortest(v) for v in plan.view(z)[last]],
            [shortest(v) for v in plan.view(plan.lowered.outputs[self._output])[last]],
            [shortest(v) for v in plan.prepared.y[row]],
            shortest(plan.score_last()),
        )

    def judged(self) -> Judged:
        train = self.plan.prepared.train
        loss, hits = self.plan.score(0, train)
        return Judged(shortest(loss / train), train - hits if self._counts else None)


def shortest(value: float) -> float:
    """The shortest decimal that the engine's float32 can't tell from the value: 0.1, not 0.10000000149."""
    with np.errstate(over="ignore"):
        return float(str(np.float32(value)))
