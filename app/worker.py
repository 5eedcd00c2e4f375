"""The engine thread and the job thread; nothing else in the window touches threads.

Frozen requests go in; the newest snapshot and a few events come out. The window never waits for the engine and the
engine never waits for the window: an untaken snapshot is replaced by a newer one.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from app.protocol import Event, JobDone, JobProgress, Opened, Request
from app.runner import Runner
from engine.errors import LearnscopeError
from engine.machines.base import Snapshot

log = logging.getLogger(__name__)


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
