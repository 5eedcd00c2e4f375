"""What the engine thread does: serve requests, train in chunks, step, and publish what is looked at."""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from app.protocol import (
    Assign,
    Back,
    Change,
    Event,
    Failed,
    Look,
    Open,
    Opened,
    Pause,
    Request,
    Reset,
    Rules,
    Run,
    StateRefused,
    StateTaken,
    Step,
    Stopped,
    TakeState,
    Warming,
)
from engine.errors import LearnscopeError
from engine.machines.base import Machine, Position, Snapshot, build
from engine.records import Want
from engine.stepping import Stepper, Unit

if TYPE_CHECKING:
    from app.worker import Mailbox

log = logging.getLogger(__name__)

CHUNK: Final = 0.018
"""Seconds of training between two looks at the requests while somebody watches."""

SLICE: Final = 0.004
"""Seconds between two slices of a picture while the run stands still."""

LONG_CHUNK: Final = 0.1
"""The same while nobody does."""

SLOW: Final = 2.0
"""Samples a second up to which each phase of a sample is shown."""


class Runner:
    """What the engine thread does: serve a request, or train for a chunk and publish what is looked at.

    A step is trained in chunks too, so that an epoch of a large set keeps nobody waiting.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self.wants: frozenset[Want] = frozenset()
        self._mailbox = mailbox
        self._stepper: Stepper | None = None
        self._running = False
        self._steps: list[Unit] = []
        self._pace: float | None = None
        self._owed = 0.0
        self._then = 0.0
        self._speed = Speed()
        self._unfinished = False

    @property
    def patience(self) -> float | None:
        """How long the next request may be waited for: not at all while running, for ever while standing still.

        A picture that is made in slices goes on while the run stands still.
        """
        if not self._running and not self._steps:
            return SLICE if self._unfinished else None
        return 0.0001 if self._steps or self._pace is None or self._pace > 2000 else 0.01

    def serve(self, request: Request) -> None:
        """Do what was asked; a refusal becomes an event and leaves the run as it was."""
        try:
            getattr(self, f"_{type(request).__name__.lower()}")(request)
        except LearnscopeError as error:
            self._mailbox.put(refusal(request, str(error)))
        except Exception as error:
            log.exception("the engine could not serve %s", type(request).__name__)
            sentence = f"The engine could not do this ({type(error).__name__}: {error}); undo the last edit"
            self._mailbox.put(refusal(request, sentence))
            self._stand()
        if self._stepper is not None and not self._comes_anyway(request):
            self._publish()

    def _comes_anyway(self, request: Request) -> bool:
        """Whether what was asked for needs no snapshot, or has one with the end of the next chunk."""
        return isinstance(request, TakeState) or (isinstance(request, Look) and self._running)

    def go_on(self) -> None:
        """Train for a chunk, at the pace asked for, and publish when the last snapshot was taken."""
        stepper = self._stepper
        if stepper is None:
            return
        if not (self._running or self._steps):
            if self._unfinished and self._mailbox.empty:
                self._publish()
            return
        try:
            self._go_step(stepper) if self._steps else self._chunk(stepper)
        except Exception as error:
            log.exception("the run failed")
            self._stand()
            self._mailbox.put(Failed(f"The run failed ({type(error).__name__}: {error}); undo the last edit or reset"))
        if stepper.machine.stop is not None and self._running:
            self._running = False
            self._publish()
            self._mailbox.put(Stopped(stepper.machine.stop))
        elif self._mailbox.empty or not (self._running or self._steps):
            self._publish()

    def _chunk(self, stepper: Stepper) -> None:
        seconds = CHUNK if self.wants else LONG_CHUNK
        before = stepper.machine.position.samples
        now = time.perf_counter()
        if self._pace is None:
            stepper.advance("batch", 1 << 40, seconds)
        else:
            # Samples fall due with time; a window that was busy does not make up for more than a fifth of a second.
            self._owed = min(self._owed + (now - self._then) * self._pace, max(1.0, self._pace / 5))
            self._pay(stepper, seconds)
        self._then = now
        self._speed.note(stepper.machine.position.samples - before, time.perf_counter() - now)

    def _pay(self, stepper: Stepper, seconds: float) -> None:
        """Run the samples that are due; in slow motion, the phases."""
        if self._pace is not None and self._pace <= SLOW:
            share = 1 / len(stepper.phases)
            if self._owed >= share:
                stepper.step_phase()
                self._owed -= share
        elif due := int(self._owed):
            stepper.advance("sample", due, seconds)
            self._owed -= due

    def _go_step(self, stepper: Stepper) -> None:
        unit, machine = self._steps[0], stepper.machine
        if unit == "phase":
            stepper.step_phase()
            self._steps.pop(0)
            return
        before = machine.position.samples
        done = stepper.advance(unit, 1, CHUNK)
        # Where nothing moves (no samples to learn from, or a run that stopped) a step is over too.
        if done or machine.stop is not None or machine.position.samples == before:
            self._steps.pop(0)

    def _stand(self) -> None:
        self._running, self._steps = False, []

    def _publish(self) -> None:
        assert self._stepper is not None
        machine = self._stepper.machine
        try:
            snapshot = machine.snapshot(self.wants, hurried=self._running)
        except Exception as error:
            # Without records at least the position is shown; they are tried again when somebody looks anew.
            log.exception("a picture of the run failed")
            self._stand()
            self.wants = frozenset()
            snapshot = machine.snapshot(self.wants)
            self._mailbox.put(Failed(f"A view can't be computed ({type(error).__name__}: {error}); close it or undo"))
        self._unfinished = snapshot.unfinished
        position = replace(snapshot.position, phase=self._stepper.phase)
        # What is trained in a second of training is no more than the pace lets through.
        speed = min(self._speed.value, self._pace or math.inf) if self._running else 0.0
        self._mailbox.put(snapshot_at(snapshot, position, speed))

    def _open(self, request: Open) -> None:
        self._stand()
        self._stepper = None  # what can't be built must not leave the one before under its name
        self._mailbox.put(Opened())
        machine = build(request.experiment, lambda *p: self._mailbox.put(Warming(*p)))
        stepper = Stepper(machine)
        if request.state is not None:
            stepper.restore(request.state)
        self._stepper = stepper

    def _change(self, request: Change) -> None:
        given = tuple(n for p in request.give_back for n in p.numbers)
        request.patch.numbers = self._changed().change(request.experiment, given)

    def _assign(self, request: Assign) -> None:
        given = tuple(n for p in request.give_back for n in p.numbers)
        request.patch.numbers = self._changed().assign((*request.numbers, *given))

    def _changed(self) -> Machine:
        """The machine, to be changed: its past begins anew."""
        stepper = self._need()
        stepper.begin()
        return stepper.machine

    def _run(self, request: Run) -> None:
        self._need()
        if not self._running:
            self._then, self._owed = time.perf_counter(), 1.0
            self._speed = Speed()
        self._running, self._pace = True, request.pace
        self._steps = []

    def _pause(self, request: Pause) -> None:
        self._stand()

    def _step(self, request: Step) -> None:
        self._running = False
        self._steps.append(request.unit)
        self._go_step(self._need())

    def _back(self, request: Back) -> None:
        self._stand()
        self._need().back(request.unit)

    def _reset(self, request: Reset) -> None:
        self._steps = []
        self._changed().reset()

    def _look(self, request: Look) -> None:
        self.wants = request.wants

    def _rules(self, request: Rules) -> None:
        stepper = self._need()
        stepper.rules = request.rules
        stepper.machine.until(request.rules)

    def _takestate(self, request: TakeState) -> None:
        stepper = self._need()
        self._mailbox.put(StateTaken(request.token, stepper.machine.experiment, stepper.state()))

    def _need(self) -> Stepper:
        if self._stepper is None:
            raise LearnscopeError("no experiment is open yet; open one first")
        return self._stepper


def refusal(request: Request, sentence: str) -> Event:
    """The event that says that a request was refused: who waits for a state learns that it won't come."""
    return StateRefused(request.token, sentence) if isinstance(request, TakeState) else Failed(sentence)


class Speed:
    """Samples a second, smoothed over about a second."""

    def __init__(self) -> None:
        self._samples = self._seconds = 0.0

    def note(self, samples: int, seconds: float) -> None:
        """Count a chunk; older ones fade."""
        fade = 0.5 ** (seconds / 0.5)
        self._samples, self._seconds = self._samples * fade + samples, self._seconds * fade + seconds

    @property
    def value(self) -> float:
        """Samples a second lately."""
        return self._samples / self._seconds if self._seconds > 0 else 0.0


def snapshot_at(snapshot: Snapshot, position: Position, speed: float) -> Snapshot:
    """Return the snapshot with the phase and the speed of the run written in."""
    return replace(snapshot, position=position, samples_per_second=speed)
