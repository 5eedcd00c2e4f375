"""Supervised learning: a network, a loss and an optimiser on labelled samples."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache, partial
from typing import Any, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Array, Labelled
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.kernels.library import Library
from engine.machines._history import History
from engine.machines._keeping import COUNTERS, diverged, refuse_unfit, take_position
from engine.machines._pacing import Pacing
from engine.machines._scoring import Scores, Scoring
from engine.machines._stopping import Stopping
from engine.machines.base import (
    Machine,
    MachineKind,
    Position,
    Present,
    Progress,
    Snapshot,
    State,
    StepUnit,
    Stop,
    Until,
)
from engine.plan import Plan, prepare, same_prepared, same_samples
from engine.plan import procedure as p
from engine.plan.bridge import bridged, overwritten
from engine.plan.curve import LOG
from engine.plan.learned import Learner
from engine.plan.plan import NO_POINTS, Points
from engine.plan.samples import Prepared
from engine.producers import Look, offered, produce
from engine.records import Record, Want
from engine.registry import register

UPDATES: Final = "#updates"
"""The step count of the optimiser travels with its state in patches."""

SCORES: Final = "scores"
"""What the scores are called among what is looked at."""

PROBES: Final = 512
"""About as many samples are probes of an edit."""

PROBED: Final = 24
"""Sides of the grid of places that are probes."""

WORTHWHILE: Final = 0.5
"""The share of a piece for which there must be time, or none is begun."""

SLOWING: Final = 0.9
"""How much slower than the last call the speed is taken to be at most."""


@cache
def shared_library() -> Library:
    """Compiled kernels are shared by all machines of a process."""
    return Library(np.float32)


class Supervised(Machine):
    """Runs gradient descent on the mean loss of batches; see `Machine` for what each method promises.

    Samples that are `prepared` stand for those of the experiment.
    """

    def __init__(
        self,
        experiment: Experiment,
        progress: Progress | None = None,
        library: Library | None = None,
        prepared: Prepared | None = None,
    ) -> None:
        self._library = library or shared_library()
        self._stopping = Stopping()
        self._stop: Stop | None = None
        self._samples_per_second = 0.0
        self._adopt(experiment, Plan(experiment, prepared or prepare(experiment), self._library, progress))
        self._learner.start()
        self._history = History(self._scoring.stride)
        self._note()

    @classmethod
    def build(cls, experiment: Experiment, progress: Progress | None = None) -> Self:
        return cls(experiment, progress)

    def _adopt(self, experiment: Experiment, plan: Plan, before: Look | None = None) -> None:
        self.experiment = experiment
        self._running = plan
        self._learner = Learner(plan)
        self._look = Look(plan, self._learner, before)
        self._scoring = Scoring(plan)
        self._pacing = Pacing()
        self._speed = 0.0

    # running -----------------------------------------------------------------------------------------------------

    @property
    def position(self) -> Position:
        return Position(*(self._running.counter(k) for k in (p.EPOCH, p.STEP, p.SEEN, p.SAMPLES)))

    @property
    def batch(self) -> Present:
        offset = self._running.counter(p.OFFSET)
        return Present(offset, min(self._running.counter(p.BATCH), self._running.prepared.train - offset))

    @property
    def stop(self) -> Stop | None:
        return self._stop

    def until(self, rules: Until) -> None:
        if self._stopping.set(rules, self._stop):
            self._history.refine(self._scoring.stride)
        if self._stop is not None and self._stop.reason != "diverged":
            self._stop = None
        self._check_rules()

    def advance(self, unit: StepUnit, amount: int, seconds: float = 0.1) -> int:
        if self._stop is not None or amount <= 0 or not self._running.prepared.train:
            return 0
        began = self._units_done(unit)
        target = self._target(unit, amount)
        started = now = time.perf_counter()
        samples = self._running.counter(p.SAMPLES)
        while self._stop is None and now - started < seconds:
            left = amount - (self._units_done(unit) - began)
            if left <= 0:
                break
            self._chunk(target, left if unit == "sample" else None, seconds - (now - started))
            now = time.perf_counter()
            if self._speed and (seconds - (now - started)) * self._speed < WORTHWHILE:
                break
        if self._stop is None and self._point_is_due and amount <= self._units_done(unit) - began:
            self._note()  # a run that comes to its end has the point that belongs there
            self._check_rules()
        if now - started > 0.001:
            self._samples_per_second = (self._running.counter(p.SAMPLES) - samples) / (now - started)
        return self._units_done(unit) - began

    def _chunk(self, target: int, samples: int | None, seconds: float) -> None:
        """One compiled call: up to the target, the last point of the curve, an epoch's end or the time.

        A call ends where a point of a curve of pictures is due: their pass is made in slices, between the calls.
        """
        plan = self._running
        step = plan.counter(p.STEP)
        due = self._point_is_due
        if due or self._scoring.wanted:
            if self._scoring.go_on(seconds) and due:
                self._note()
                self._check_rules()
            return
        if self._pacing.pay():
            return
        last = min(target, self._step_of_epoch_rule())
        single = self._stopping.rules.about_scores or self._look.path.watched
        points: Points = (self._history.next_step(step), self._history.stride, 1 if single else LOG)
        if self._scoring.sliced:
            last, points = min(last, points[0]), NO_POINTS
        pieces = samples or max(1, min(int(self._speed * seconds), 1 << 40))
        started = time.perf_counter()
        before = plan.counter(p.SAMPLES)
        code = plan.steps(last, pieces, 1 if samples else None, points)
        self._measure(plan.counter(p.SAMPLES) - before, time.perf_counter() - started, bool(samples))
        self._note_all()
        if code == p.DIVERGED:
            # back to before the step: its samples count as not seen
            plan.set(p.SAMPLES, plan.counter(p.SAMPLES) - plan.counter(p.SEEN))
            plan.set(p.SEEN, 0)
            self._stop = diverged(plan, self._learner)
        elif plan.counter(p.STEP) > step and not self._point_is_due:
            self._check_rules()

    @property
    def _point_is_due(self) -> bool:
        """Whether a point belongs here that no compiled call took."""
        return self._scoring.sliced and self._history.due(self._running.counter(p.STEP))

    def _measure(self, samples: int, seconds: float, single: bool) -> None:
        if single or seconds <= 0:
            return
        pieces = samples / max(1, min(self._running.lowered.piece, self._running.counter(p.BATCH)))
        # The clock includes the wait for the interpreter after the call: believe a slower speed only by and by, or each
        # wait would make the next call shorter and the waits more.
        self._speed = max(1.0, pieces / seconds, SLOWING * self._speed)

    def _units_done(self, unit: StepUnit) -> int:
        return self._running.counter({"sample": p.SAMPLES, "batch": p.STEP, "epoch": p.EPOCH}[unit])

    def _target(self, unit: StepUnit, amount: int) -> int:
        """The step before which a run of so many units ends."""
        plan = self._running
        step = plan.counter(p.STEP)
        if unit == "epoch":
            return self._step_at(plan.counter(p.EPOCH) + amount)
        return step + (amount if unit == "batch" else 1 << 60)

    def _step_at(self, epoch: int) -> int:
        """The step with which a later epoch begins."""
        plan = self._running
        train, batch = plan.prepared.train, plan.counter(p.BATCH)
        rest = -(-(train - plan.counter(p.OFFSET)) // batch)
        whole = -(-train // batch)
        return plan.counter(p.STEP) + rest + whole * (epoch - plan.counter(p.EPOCH) - 1)

    def _step_of_epoch_rule(self) -> int:
        epoch = self._stopping.rules.epoch
        return self._step_at(epoch) if epoch is not None and epoch > self.position.epoch else 1 << 60

    def _check_rules(self) -> None:
        if self._stop is None:
            self._stop = self._stopping.check(self._running, self._learner, self._history)
            if self._stop is not None and self._stop.numbers:
                self._jumped()
                self._note(again=True)

    # looking -----------------------------------------------------------------------------------------------------

    def scores(self) -> Scores:
        return self._scoring.now()

    def _jumped(self) -> None:
        """Forget what was seen: the numbers are others than training made them."""
        self._scoring.forget()
        self._pacing.forget()

    def answers(self, x: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """What the outputs say at inputs x [place, feature]: [place, output]."""
        self._running.set_grid(x)
        said = self._running.maps(every_layer=False)[self.experiment.model.output.id]
        return said.T.astype(np.float64)

    def _note_all(self) -> None:
        """Add the points that the last call took, where they lie on the grid, which widens as they come."""
        for point in self._running.noted():
            scores = self._scoring.note(point.step, point.train, point.test)
            if self._history.due(point.step):
                self._history.add(point.step, point.epoch + point.offset / self._running.prepared.train, *scores)
                self._look.follow()

    def _note(self, again: bool = False) -> None:
        """Add a point to the curve where one is due, between calls; `again` where an edit changed that of this step."""
        step, plan = self.position.step, self._running
        if again:
            self._history.forget(step)
        if self._history.due(step):
            epochs = plan.counter(p.EPOCH) + self.batch.offset / max(plan.prepared.train, 1)
            self._history.add(step, epochs, *self.scores())
        self._look.follow()

    def snapshot(self, wants: frozenset[Want], *, hurried: bool = False) -> Snapshot:
        records: dict[Want, Record] = {}
        self._look.past, self._look.path.watched = self._history, False
        self._pacing.begin((*wants, SCORES))
        if not (hurried and self._scoring.ask()):
            self._pacing.get(SCORES, self.scores, hurried=hurried and self._scoring.last is not None)
        assert self._scoring.last is not None
        scored_at, train, test = self._scoring.last
        for want in sorted(wants, key=lambda w: (w.name, w.size, w.target, w.area or ())):
            record = self._pacing.get(want, partial(produce, self._look, want), hurried=hurried)
            if record is not None:
                records[want] = record
        return Snapshot(
            experiment=self.experiment,
            position=self.position,
            records=records,
            train=train,
            test=test,
            scored_at=scored_at,
            penalty=self._learner.cost(self.experiment.training.penalty),
            stop=self._stop,
            samples_per_second=self._samples_per_second,
        )

    # changing ----------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        plan = self._running
        for counter in (*p.POSITION, p.SHUFFLED, p.ROWS):
            plan.set(counter, 0)
        self._learner.start()
        self._stopping.forget()
        self._stop = None
        self._jumped()
        self._history = History(self._scoring.stride)
        self._note()
        self._check_rules()

    def change(self, experiment: Experiment, give_back: tuple[Labelled, ...] = ()) -> tuple[Labelled, ...]:
        before, old, learner = self.experiment, self._running, self._learner
        prepared = old.prepared
        if not same_prepared(before, experiment):
            prepared = prepare(experiment, prepared.samples if same_samples(before, experiment) else None)
        self._adopt(experiment, Plan(experiment, prepared, self._library), self._look)
        destroyed = learner.lost({name: self._learner.labels(name) for name in self._learner.names()})
        self._learner.start()
        self._learner.give(learner.take(gradients=True))
        bridge = bridged(learner, self._learner, self._probes(before))
        destroyed = (*destroyed, *overwritten(bridge, learner))
        same_optimiser = before.training.optimiser.key == experiment.training.optimiser.key
        if not same_optimiser and before.training.optimiser.slots:
            count = Array(np.array([old.counter(p.UPDATES)]))
            destroyed = (*destroyed, Labelled(UPDATES, ((UPDATES,),), count))
        take_position(self._running, old, experiment, before)
        self._give_back(give_back)
        self._stop = None
        self._stopping.forget()
        self._history.coarsen(self._scoring.stride)
        self._note(again=True)
        self._check_rules()
        return destroyed

    def _probes(self, before: Experiment) -> NDArray[np.floating[Any]]:
        """Inputs on which a changed network is compared with the one before: samples, and places of the plane."""
        now, prepared = self.experiment, self._running.prepared
        was, is_ = ((d.features, d.source.columns, d.source.axes) for d in (before.data, now.data))
        if before.model.layers == now.model.layers or was != is_:
            return np.zeros((0, 0))
        samples = prepared.x[: prepared.train]
        samples = samples[:: max(1, len(samples) // PROBES)]
        return np.concatenate([samples, self._look.grid(PROBED)]) if now.data.source.axes is None else samples

    def _give_back(self, numbers: tuple[Labelled, ...]) -> None:
        self._learner.give(numbers)
        for given in numbers:
            if given.name == UPDATES:
                self._running.set(p.UPDATES, int(given.values.values[0]))

    def assign(self, numbers: tuple[Labelled, ...]) -> tuple[Labelled, ...]:
        for given in numbers:
            if not np.isfinite(given.values.values).all():
                raise LearnscopeError(f"{given.name} can't be set to a number that is not finite; give a finite one")
        numbers = self._learner.owned(numbers)
        before = self._learner.at(numbers)
        self._give_back((*self._learner.averages_of(numbers), *numbers))
        self._stop = None
        self._jumped()
        self._note(again=True)
        return before

    # keeping -----------------------------------------------------------------------------------------------------

    def state(self) -> State:
        counters = {name: self._running.counter(place) for name, place in COUNTERS.items()}
        counters["stride"] = self._history.stride
        gradients = self._running.counter(p.SEEN) > 0
        return State(self._learner.take(gradients), counters, {"history": Array(self._history.table())})

    def restore(self, state: State) -> None:
        refuse_unfit(state, self._running, self._learner)
        self._learner.start()
        self._learner.give(state.numbers)
        for name, place in COUNTERS.items():
            self._running.set(place, state.counters[name])
        for counter in (p.SHUFFLED, p.ROWS):
            self._running.set(counter, 0)
        self._history.restore(state.counters["stride"], state.arrays["history"].values)
        self._stopping.forget()
        self._stop = None
        self._jumped()


@register("Supervised learning")
class SupervisedKind(MachineKind, tag="supervised", frozen=True):
    """A network learns the answers that its samples carry: two classes, several, or a value."""

    records: ClassVar[Mapping[str, type[Record]]] = offered(Look)
    machine: ClassVar[type[Machine]] = Supervised
