"""The engine thread and the job thread; nothing else in the window touches threads.

Frozen requests go in; the newest snapshot and a few events come out. The window never waits for the engine and the
engine never waits for the window: an untaken snapshot is replaced by a newer one.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from app.protocol import (
    Assign,
    Change,
    Event,
    Failed,
    JobDone,
    JobProgress,
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
from engine.machines.base import Machine, Snapshot, StepUnit, build
from engine.records import Want

log = logging.getLogger(__name__)

CHUNK: Final = 0.018
"""Seconds of training between two looks at the requests while somebody watches."""

SLICE: Final = 0.004
"""Seconds between two slices of a picture while the run stands still."""

LONG_CHUNK: Final = 0.1
"""The same while nobody does."""


def left_over() -> int:
    """How many threads besides the main one are alive: none after a session was closed."""
    return threading.active_count() - 1


class Mailbox:
    """One slot for the newest snapshot and a queue of events, with a bell that rings once until it is answered."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._events: list[Event] = []
        self._rung = False
        self.closed = False

    @property
    def empty(self) -> bool:
        """Whether the last snapshot was taken."""
        return self._snapshot is None

    def put(self, item: Snapshot | Event) -> None:
        """Leave a snapshot (replacing an untaken one) or an event, and ring."""
        with self._lock:
            if isinstance(item, Snapshot):
                self._snapshot = item
            else:
                self._events.append(item)
            if isinstance(item, Opened):
                self._snapshot = None
            ring, self._rung = not self._rung and not self.closed, True
        if ring:
            self._ring()

    def take(self) -> tuple[Snapshot | None, list[Event]]:
        """Take what is there."""
        with self._lock:
            snapshot, self._snapshot = self._snapshot, None
            events, self._events = self._events, []
            self._rung = False
        return snapshot, events


class Worker:
    """The engine thread."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self.mailbox = Mailbox(ring)
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="learnscope-engine", daemon=True)
        self._thread.start()

    def send(self, request: Request) -> None:
        """Queue a request and return at once."""
        self._requests.put(request)

    def close(self, patience: float = 30.0) -> bool:
        """End the thread after its current chunk; tell whether it ended in time."""
        self.mailbox.closed = True
        self._requests.put(None)
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _serve(self) -> None:
        runner = Runner(self.mailbox)
        while True:
            try:
                request = self._requests.get(timeout=runner.patience)
            except queue.Empty:
                runner.go_on()
                continue
            if request is None:
                return
            runner.serve(request)


class Runner:
    """What the engine thread does: serve a request, or train for a chunk and publish what is looked at.

    A step is trained in chunks too, so that an epoch of a large set keeps nobody waiting.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self.wants: frozenset[Want] = frozenset()
        self._mailbox = mailbox
        self._machine: Machine | None = None
        self._running = False
        self._steps: list[StepUnit] = []
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
        if self._machine is not None and not self._comes_anyway(request):
            self._publish()

    def _comes_anyway(self, request: Request) -> bool:
        """Whether what was asked for needs no snapshot, or has one with the end of the next chunk."""
        return isinstance(request, TakeState) or (isinstance(request, Look) and self._running)

    def go_on(self) -> None:
        """Train for a chunk, at the pace asked for, and publish when the last snapshot was taken."""
        machine = self._machine
        if machine is None:
            return
        if not (self._running or self._steps):
            if self._unfinished and self._mailbox.empty:
                self._publish()
            return
        try:
            self._go_step(machine) if self._steps else self._chunk(machine)
        except Exception as error:
            log.exception("the run failed")
            self._stand()
            self._mailbox.put(Failed(f"The run failed ({type(error).__name__}: {error}); undo the last edit or reset"))
        if machine.stop is not None and self._running:
            self._running = False
            self._publish()
            self._mailbox.put(Stopped(machine.stop))
        elif self._mailbox.empty or not (self._running or self._steps):
            self._publish()

    def _chunk(self, machine: Machine) -> None:
        seconds = CHUNK if self.wants else LONG_CHUNK
        before = machine.position.samples
        now = time.perf_counter()
        if self._pace is None:
            machine.advance("batch", 1 << 40, seconds)
        else:
            # Samples fall due with time; a window that was busy does not make up for more than a fifth of a second.
            self._owed = min(self._owed + (now - self._then) * self._pace, max(1.0, self._pace / 5))
            due = int(self._owed)
            if due:
                machine.advance("sample", due, seconds)
                self._owed -= due
        self._then = now
        self._speed.note(machine.position.samples - before, time.perf_counter() - now)

    def _go_step(self, machine: Machine) -> None:
        before = machine.position.samples
        done = machine.advance(self._steps[0], 1, CHUNK)
        # Where nothing moves (no samples to learn from, or a run that stopped) a step is over too.
        if done or machine.stop is not None or machine.position.samples == before:
            self._steps.pop(0)

    def _stand(self) -> None:
        self._running, self._steps = False, []

    def _publish(self) -> None:
        assert self._machine is not None
        try:
            snapshot = self._machine.snapshot(self.wants, hurried=self._running)
        except Exception as error:
            # Without records at least the position is shown; they are tried again when somebody looks anew.
            log.exception("a picture of the run failed")
            self._stand()
            self.wants = frozenset()
            snapshot = self._machine.snapshot(self.wants)
            self._mailbox.put(Failed(f"A view can't be computed ({type(error).__name__}: {error}); close it or undo"))
        self._unfinished = snapshot.unfinished
        self._mailbox.put(snapshot_at(snapshot, self._speed.value if self._running else 0.0))

    def _open(self, request: Open) -> None:
        self._stand()
        self._machine = None  # what can't be built must not leave the one before under its name
        self._mailbox.put(Opened())
        self._machine = build(request.experiment, lambda *p: self._mailbox.put(Warming(*p)))
        if request.state is not None:
            self._machine.restore(request.state)

    def _change(self, request: Change) -> None:
        given = tuple(n for p in request.give_back for n in p.numbers)
        request.patch.numbers = self._need().change(request.experiment, given)

    def _assign(self, request: Assign) -> None:
        given = tuple(n for p in request.give_back for n in p.numbers)
        request.patch.numbers = self._need().assign((*request.numbers, *given))

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

    def _reset(self, request: Reset) -> None:
        self._steps = []
        self._need().reset()

    def _look(self, request: Look) -> None:
        self.wants = request.wants

    def _rules(self, request: Rules) -> None:
        self._need().until(request.rules)

    def _takestate(self, request: TakeState) -> None:
        machine = self._need()
        self._mailbox.put(StateTaken(request.token, machine.experiment, machine.state()))

    def _need(self) -> Machine:
        if self._machine is None:
            raise LearnscopeError("no experiment is open yet; open one first")
        return self._machine


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


def snapshot_at(snapshot: Snapshot, speed: float) -> Snapshot:
    """Return the snapshot with the speed of the run written in."""
    return replace(snapshot, samples_per_second=speed)


Job = Callable[[Callable[[str, int, int], None], Callable[[], bool]], Any]
"""A job gets (progress, cancelled) and returns its result; a `LearnscopeError` is told to the user."""


class Jobs:
    """The job thread: imports and exports, one after another, with progress and cancelling."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._queue: queue.SimpleQueue[tuple[int, Job] | None] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._count = 0
        self._thread = threading.Thread(target=self._serve, name="learnscope-jobs", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> int:
        """Queue a job; its `JobDone` carries the token returned here."""
        self._count += 1
        self._queue.put((self._count, job))
        return self._count

    def cancel(self, token: int) -> None:
        """Ask a job to give up."""
        self._cancelled.add(token)

    def close(self, patience: float = 10.0) -> bool:
        """End the thread after its current job, which is cancelled."""
        self._cancelled.update(range(self._count + 1))
        self._queue.put(None)
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _serve(self) -> None:
        while (item := self._queue.get()) is not None:
            token, job = item
            self._mailbox.put(self._done(token, job))

    def _done(self, token: int, job: Job) -> JobDone:
        def progress(what: str, done: int, of: int) -> None:
            self._mailbox.put(JobProgress(token, what, done, of))

        try:
            return JobDone(token, job(progress, lambda: token in self._cancelled))
        except LearnscopeError as error:
            return JobDone(token, error=str(error))
        except Exception as error:
            log.exception("a job failed")
            return JobDone(token, error=f"This did not work ({type(error).__name__}: {error}); nothing was changed")
