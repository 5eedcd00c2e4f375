"""The session: the open experiment, its samples, the newest snapshot, and the run. All edits pass through here.

Panels, views and the diagram read `session.experiment`, `session.samples`, `session.snapshot` and listen to the
signals; they change things only by the methods.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from PySide6.QtCore import QObject, Qt, Signal

from app.changes import Changes
from app.edits import History
from app.messages import Busy, Message, refused
from app.protocol import (
    Back,
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
from app.waiting import GiveUp, UseResult, UseState, nothing
from app.worker import Job, Jobs, Worker
from engine import files, paths
from engine.adapt import adapt
from engine.arrays import Labelled
from engine.datasets import Samples
from engine.errors import LearnscopeError
from engine.experiment import Experiment, check
from engine.fields import describe
from engine.kernels.library import PREPARING
from engine.machines.base import Snapshot, State, Stop, Until
from engine.records import Want
from engine.stepping import Unit

RATE: Final = "training.optimiser.rate"

RunState = Literal["paused", "running", "stopped"]


def explained(session: Session, stop: Stop) -> Message:
    """Say why the run stopped; numbers that left the finite range are helped by a tenth of the rate."""
    if stop.reason != "diverged":
        return Message(stop.sentence)
    optimiser, document = session.experiment.training.optimiser, session.changes.now.document
    if all(info.name != "rate" for info in describe(type(optimiser))):
        return Message(stop.sentence, "error")
    rate = float(f"{optimiser.rate / 10:.12g}")

    def slower() -> None:
        # The message may still stand there when another document is open.
        if session.changes.now.document == document and session.edit("Smaller rate", RATE, rate):
            session.reset()

    return Message(stop.sentence, "error", "Smaller rate", slower)


class Session(QObject):
    """The one object behind the window."""

    experiment_changed = Signal(object, object)  # old Experiment, new Experiment
    snapshot_arrived = Signal(object)  # Snapshot
    run_changed = Signal()  # run_state, pace or rules changed
    told = Signal(object)  # Message
    busy_changed = Signal(object)  # Busy
    document_changed = Signal()  # path, name or unsaved changes
    _rung = Signal()

    def __init__(self, experiment: Experiment, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.experiment = experiment
        self.samples = self._draw(experiment)
        self.snapshot: Snapshot | None = None
        self.path: Path | None = None
        self.run_state: RunState = "paused"
        self.stop: Stop | None = None
        self.pace: float | None = None
        self.rules = Until()
        self.history = History(self)
        self.changes = Changes(self.history)
        self._looks: dict[object, frozenset[Want]] = {}
        self._awaited: dict[int, tuple[UseState, GiveUp]] = {}
        self._jobs_done: dict[int, tuple[UseResult, GiveUp]] = {}
        self._tokens = 0
        self._behind = 1  # documents that the engine has not turned to yet
        self._worker: Worker | None = None
        self._jobs: Jobs | None = None
        self._first: list[Request] = [Open(experiment)]
        self._rung.connect(self._answer, Qt.ConnectionType.QueuedConnection)
        self.history.stack.indexChanged.connect(self._edited)
        self.history.stack.cleanChanged.connect(self._clean_changed)

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the engine thread; call it after the first paint. Requests made before are queued."""
        if self._worker is None:
            self._worker = Worker(self._rung.emit)
            self._jobs = Jobs(self._worker.mailbox)
            waiting, self._first = self._first, []
            for request in waiting:
                self._worker.send(request)

    def close(self) -> bool:
        """End both threads and drop the undo steps; tell whether the threads ended."""
        self.history.close()
        ended = True
        if self._worker is not None:
            ended = self._worker.close()
        if self._jobs is not None:
            ended = self._jobs.close() and ended
        return ended

    def send(self, request: Request) -> None:
        """Pass a request to the engine, now or as soon as it has started."""
        if self._worker is None:
            self._first.append(request)
        else:
            self._worker.send(request)

    # -- the experiment -----------------------------------------------------------------------------------------

    def edit(self, text: str, path: str, value: Any, gesture: int = -1) -> bool:
        """Set the value at a dotted path, as one undo step called `text`; tell whether it was accepted."""
        return self.attempt(text, lambda experiment: paths.assign(experiment, path, value), gesture)

    def attempt(self, text: str, edit: Callable[[Experiment], Experiment], gesture: int = -1) -> bool:
        """Edit the experiment, as one undo step called `text`; a refusal is told, and nothing changes."""
        try:
            return self.replace(text, edit(self.experiment), gesture)
        except LearnscopeError as error:
            self.tell(refused(error))
            return False

    def replace(self, text: str, experiment: Experiment, gesture: int = -1) -> bool:
        """Go on with an edited experiment, fitted together where the edit asks for it."""
        try:
            (fitted, changes), before = adapt(experiment), self.experiment
            check(fitted)
        except LearnscopeError as error:
            self.tell(refused(error))
            return False
        if fitted != before:
            self.history.edit(text, before, fitted, gesture)
        for sentence in changes:
            self.tell(Message(sentence, before=before))
        return True

    def assign(self, text: str, numbers: tuple[Labelled, ...], gesture: int = -1) -> None:
        """Set learned numbers, as one undo step."""
        self.history.assign(text, numbers, gesture)

    def gesture(self) -> int:
        """Begin a gesture; pass its number to every edit of a drag to make them one undo step."""
        return self.history.gesture()

    def show(self, experiment: Experiment) -> None:
        """Make this the experiment on screen (used by edits; everyone else calls `replace`)."""
        old, self.experiment = self.experiment, experiment
        if (old.data.source, old.seeds.data) != (experiment.data.source, experiment.seeds.data):
            self.samples = self._draw(experiment)
        self.experiment_changed.emit(old, experiment)

    def tell(self, message: Message) -> None:
        """Tell the user something."""
        self.told.emit(message)

    # -- the run ------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Run at the present pace; pressed early, it queues."""
        self._set_run("running")
        self.send(Rules(self.rules))
        self.send(Run(self.pace))

    def pause(self) -> None:
        """Stand still."""
        self._set_run("paused")
        self.send(Pause())

    def toggle(self) -> None:
        """Play or pause."""
        self.pause() if self.run_state == "running" else self.play()

    def step(self, unit: Unit) -> None:
        """Do one phase, sample, batch or epoch."""
        self._stand()
        self.send(Step(unit))

    def back(self, unit: Unit) -> None:
        """Go back to where the phase, sample, batch or epoch before began."""
        self.stop = None
        self._stand()
        self.send(Back(unit))

    def _stand(self) -> None:
        self._set_run("paused")
        self._note_learning()

    def reset(self) -> None:
        """Go to the start of the experiment as it is now; a running run goes on from there."""
        self.stop = None
        self.send(Reset())
        if self.run_state == "stopped":
            self._set_run("paused")

    def set_pace(self, pace: float | None) -> None:
        """Set the speed in samples a second; None is as fast as it goes."""
        self.pace = pace
        if self.run_state == "running":
            self.send(Run(pace))
        self.run_changed.emit()

    def set_rules(self, rules: Until) -> None:
        """Set when the run stops by itself."""
        self.rules = rules
        self.send(Rules(rules))
        self.run_changed.emit()

    def look(self, owner: object, wants: frozenset[Want]) -> None:
        """Say what `owner` shows now; empty when it is hidden. Only what somebody looks at is computed."""
        if self._looks.get(owner, frozenset()) != wants:
            self._looks[owner] = wants
            if not wants:
                del self._looks[owner]  # a view that is closed must not live on as a key
            self.send(Look(frozenset().union(*self._looks.values())))

    # -- documents ----------------------------------------------------------------------------------------------

    @property
    def unsaved(self) -> bool:
        """Whether closing now would lose something."""
        return self.changes.unsaved

    def open(
        self, experiment: Experiment, state: State | None = None, path: Path | None = None, *, changed: bool = False
    ) -> None:
        """Open an experiment as a new document, `changed` if it is not on disk; the run stands still."""
        self.stop, self.rules = None, Until()
        self._set_run("paused")
        self.run_changed.emit()
        self.snapshot = None
        self.path = path
        self.changes.open(changed)
        self._behind += 1
        self.send(Open(experiment, state))
        self.show(experiment)
        self.document_changed.emit()

    def open_file(self, path: Path) -> bool:
        """Open a .learn file; a refused one leaves the experiment on screen as it was."""
        try:
            document = files.load(path)
        except LearnscopeError as error:
            self.tell(refused(error))
            return False
        self.open(document.experiment, document.state, path)
        return True

    def save(self, path: Path, done: Callable[[], None] | None = None) -> None:
        """Write the experiment and the exact state of its run; `done` is called when it is on disk."""
        then = self.changes.now
        if self.run_state == "running":
            self._note_learning()  # the run goes on from what is saved

        def write(experiment: Experiment, state: State) -> None:
            self.job(f"Saving {path.name}", lambda _p, _c: files.save(path, experiment, state), saved)

        def saved(_result: Any) -> None:
            if self.changes.save(then):
                self.path = path
                self.document_changed.emit()
            self.tell(Message(f"Saved {path.name}."))
            if done is not None:
                done()

        self.take_state(write)

    def take_state(self, use: UseState, failed: GiveUp = nothing) -> None:
        """Call `use` with the experiment and the state of its run as soon as the engine has taken it, or `failed`."""
        self._tokens += 1
        self._awaited[self._tokens] = use, failed
        self.send(TakeState(self._tokens))

    def job(self, what: str, job: Job, done: UseResult, failed: GiveUp = nothing) -> None:
        """Do something long in the job thread; `done` gets its result here, or why not is told and `failed` called."""
        self.start()
        assert self._jobs is not None
        token = self._jobs.submit(job)
        self._jobs_done[token] = done, failed
        self.busy_changed.emit(Busy(what, 0, 1, partial(self._jobs.cancel, token)))

    def quietly(self, job: Callable[[], Any], done: UseResult = lambda _: None, failed: GiveUp = nothing) -> None:
        """Do something short in the job thread without a word, unless it fails; else as `job` does."""
        if self._jobs is not None:
            self._jobs_done[self._jobs.submit(lambda _progress, _cancelled: job())] = done, failed

    # -- from the engine ----------------------------------------------------------------------------------------

    def _answer(self) -> None:
        if self._worker is None:
            return
        snapshot, events = self._worker.mailbox.take()
        for event in events:
            self._behind -= isinstance(event, Opened)
            if not (self._behind and isinstance(event, (Stopped, Failed))):  # that is about a document before
                self._hear(event)
        if snapshot is not None and not self._behind:
            self.snapshot = snapshot
            self.snapshot_arrived.emit(snapshot)

    def _hear(self, event: object) -> None:
        match event:
            case Warming(done=done, of=of):
                self.busy_changed.emit(Busy(PREPARING, done, of if done < of else 0))
            case Stopped(stop):
                self.stop = stop
                self._set_run("stopped")
                self.history.put_back(stop)
                self.tell(explained(self, stop))
            case Failed(sentence):
                self.tell(Message(sentence, "error"))
            case StateTaken(token, experiment, state):
                self._awaited.pop(token)[0](experiment, state)
            case StateRefused(token, sentence):
                self.tell(Message(sentence, "error"))
                self._awaited.pop(token)[1]()
            case JobProgress(token, what, done, of):
                jobs = self._jobs
                self.busy_changed.emit(Busy(what, done, of, lambda: jobs.cancel(token) if jobs else None))
            case JobDone(token, result, error):
                self.busy_changed.emit(Busy("", 0, 0))
                use, give_up = self._jobs_done.pop(token)
                use(result) if not error else give_up()
                if error:
                    self.tell(Message(error, "error"))

    def _note_learning(self) -> None:
        if self.changes.learn():
            self.document_changed.emit()

    def _edited(self, _index: int) -> None:
        self.changes.edit()

    def _clean_changed(self, _clean: bool) -> None:
        self.document_changed.emit()

    def _set_run(self, state: RunState) -> None:
        if state != self.run_state:
            if "running" in (state, self.run_state):
                self._note_learning()  # not by snapshots: a short run may be over before there is one
            self.run_state = state
            self.run_changed.emit()

    @staticmethod
    def _draw(experiment: Experiment) -> Samples:
        return experiment.data.source.samples(experiment.seeds.data)
