"""The engine thread: requests in order, newest snapshot out, nothing lost by an error."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from app.protocol import (
    Assign,
    Back,
    Change,
    Event,
    Failed,
    JobDone,
    JobProgress,
    Look,
    Open,
    Patch,
    Pause,
    Reset,
    Rules,
    Run,
    StateRefused,
    StateTaken,
    Step,
    Stopped,
    TakeState,
)
from app.worker import Jobs, Mailbox, Worker
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.machines.base import Snapshot, Until
from engine.records import Want
from tests.app.counting import PER_EPOCH, number
from tests.test_experiment import make


class Desk:
    """Takes from the mailbox as a window would."""

    def __init__(self) -> None:
        self.rings = 0
        self.worker = Worker(self.ring)
        self.snapshots: list[Snapshot] = []
        self.events: list[Event] = []

    def ring(self) -> None:
        self.rings += 1

    def take(self) -> None:
        snapshot, events = self.worker.mailbox.take()
        self.events += events
        if snapshot is not None:
            self.snapshots.append(snapshot)

    def wait(self, enough: Callable[[], Any], seconds: float = 10.0) -> None:
        end = time.monotonic() + seconds
        while not enough():
            assert time.monotonic() < end, "nothing came"
            time.sleep(0.001)
            self.take()

    def samples(self) -> int:
        return self.snapshots[-1].position.samples if self.snapshots else 0


@pytest.fixture
def experiment() -> Experiment:
    return replace(make(), machine="counting")


@pytest.fixture
def desk(experiment: Experiment) -> Iterator[Desk]:
    desk = Desk()
    desk.worker.send(Open(experiment))
    yield desk
    assert desk.worker.close()
    assert "learnscope-engine" not in {t.name for t in threading.enumerate()}


def test_opening_shows_the_start_and_stands_still(desk: Desk) -> None:
    desk.wait(lambda: desk.snapshots)
    time.sleep(0.05)
    desk.take()
    assert desk.samples() == 0


def test_running_counts_and_pausing_stops_it(desk: Desk) -> None:
    desk.worker.send(Run())
    desk.wait(lambda: desk.samples() > 1000)
    desk.worker.send(Pause())
    desk.worker.send(TakeState(1))
    desk.wait(lambda: any(isinstance(e, StateTaken) for e in desk.events))
    stood = next(e for e in desk.events if isinstance(e, StateTaken)).state.counters["samples"]
    time.sleep(0.05)
    desk.take()
    assert desk.samples() == stood


def test_an_untaken_snapshot_is_replaced_and_the_bell_rings_once(desk: Desk) -> None:
    desk.wait(lambda: desk.snapshots)
    rings = desk.rings
    desk.worker.send(Run())
    time.sleep(0.1)
    assert desk.rings <= rings + 1
    desk.worker.send(Pause())


def test_a_picture_that_fails_is_told_once_and_the_engine_lives_on(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.worker.send(Look(frozenset({Want("broken")})))
    desk.wait(lambda: any(isinstance(e, Failed) for e in desk.events))
    desk.worker.send(Run())
    desk.wait(lambda: desk.samples() > 1000)
    assert [e.sentence for e in desk.events if isinstance(e, Failed)] == [
        "A view can't be computed (RuntimeError: a mistake of a picture); close it or undo"
    ]
    assert "a picture of the run failed" in caplog.text


@pytest.mark.parametrize(("unit", "samples"), [("sample", 1), ("batch", 10), ("epoch", PER_EPOCH)])
def test_a_step_is_one_unit_and_then_stands(desk: Desk, unit: Any, samples: int) -> None:
    desk.worker.send(Step(unit))
    desk.wait(lambda: desk.samples() == samples)
    time.sleep(0.03)
    desk.take()
    assert desk.samples() == samples


def test_a_long_step_keeps_nobody_waiting(desk: Desk, experiment: Experiment) -> None:
    desk.worker.send(Open(replace(experiment, name="slow")))
    desk.worker.send(Step("epoch"))
    desk.wait(lambda: 2 < desk.samples() < PER_EPOCH)
    assert len({s.position.samples for s in desk.snapshots}) > 1, "snapshots come meanwhile"
    desk.worker.send(Pause())
    desk.worker.send(TakeState(1))
    began = time.perf_counter()
    desk.wait(lambda: any(isinstance(e, StateTaken) for e in desk.events))
    assert time.perf_counter() - began < 0.5
    stood = next(e for e in desk.events if isinstance(e, StateTaken)).state.counters["samples"]
    time.sleep(0.08)
    desk.take()
    assert desk.samples() == stood < PER_EPOCH


def test_steps_wait_for_one_another(desk: Desk, experiment: Experiment) -> None:
    desk.worker.send(Open(replace(experiment, name="slow")))
    desk.worker.send(Step("batch"))
    desk.worker.send(Step("batch"))
    desk.worker.send(Step("sample"))
    desk.wait(lambda: desk.samples() == 21)
    time.sleep(0.08)
    desk.take()
    assert desk.samples() == 21


def test_a_slow_pace_is_kept(desk: Desk) -> None:
    desk.worker.send(Run(40.0))
    time.sleep(0.5)
    desk.worker.send(Pause())
    desk.worker.send(TakeState(1))
    desk.wait(lambda: desk.events and isinstance(desk.events[-1], StateTaken))
    assert 10 <= desk.samples() <= 30


def test_the_speed_of_a_slow_run_is_its_pace(desk: Desk) -> None:
    desk.worker.send(Run(40.0))
    desk.wait(lambda: desk.snapshots and desk.snapshots[-1].samples_per_second > 0)
    assert desk.snapshots[-1].samples_per_second <= 40.0


def test_rules_stop_the_run_and_say_why(desk: Desk) -> None:
    desk.worker.send(Rules(Until(epoch=3)))
    desk.worker.send(Run())
    desk.wait(lambda: any(isinstance(e, Stopped) for e in desk.events))
    assert "epoch 3" in next(e for e in desk.events if isinstance(e, Stopped)).stop.sentence


def test_a_refused_edit_is_told_and_the_run_goes_on(desk: Desk, experiment: Experiment) -> None:
    desk.worker.send(Run())
    desk.worker.send(Change(replace(experiment, name="refuse"), Patch()))
    desk.wait(lambda: any(isinstance(e, Failed) for e in desk.events))
    before = desk.samples()
    desk.wait(lambda: desk.samples() > before)
    assert next(e for e in desk.events if isinstance(e, Failed)).sentence.startswith("this experiment is refused")


def test_a_mistake_of_ours_is_logged_and_told(
    desk: Desk, experiment: Experiment, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("CRITICAL", logger="app.worker"):
        desk.worker.send(Change(replace(experiment, name="fail"), Patch()))
        desk.wait(lambda: any(isinstance(e, Failed) for e in desk.events))
    assert "RuntimeError: a mistake of ours" in next(e for e in desk.events if isinstance(e, Failed)).sentence


def test_what_cannot_be_built_does_not_leave_the_document_before_under_its_name(
    desk: Desk, experiment: Experiment, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("CRITICAL", logger="app.worker"):
        desk.worker.send(Open(replace(experiment, name="unbuildable")))
        desk.worker.send(Run())
        desk.worker.send(TakeState(7))
        desk.wait(lambda: any(isinstance(e, StateRefused) for e in desk.events))
    told = [e.sentence for e in desk.events if isinstance(e, Failed)]
    assert "a mistake of building" in told[0]
    assert [e for e in desk.events if isinstance(e, StateTaken)] == []
    assert next(e for e in desk.events if isinstance(e, StateRefused)).token == 7
    desk.worker.send(Open(experiment))
    desk.worker.send(TakeState(8))
    desk.wait(lambda: any(isinstance(e, StateTaken) for e in desk.events))


def test_undoing_before_the_engine_answered_gives_the_numbers_back(desk: Desk, experiment: Experiment) -> None:
    first, second, third = Patch(), Patch(), Patch()
    desk.worker.send(Assign((number(5.0),), first))
    desk.worker.send(Assign((number(7.0),), second))
    desk.worker.send(Assign((), third, (first,)))
    desk.worker.send(Assign((), last := Patch()))
    desk.wait(lambda: last.numbers)
    assert third.numbers[0] == number(7.0)
    assert last.numbers[0] == number(0.0)


def test_reset_goes_to_the_start(desk: Desk) -> None:
    desk.worker.send(Step("epoch"))
    desk.wait(lambda: desk.samples() == PER_EPOCH)
    desk.worker.send(Reset())
    desk.wait(lambda: desk.samples() == 0)


def test_closing_while_running_ends_the_thread() -> None:
    desk = Desk()
    desk.worker.send(Open(replace(make(), machine="counting")))
    desk.worker.send(Run())
    desk.wait(lambda: desk.samples() > 0)
    begin = time.perf_counter()
    assert desk.worker.close()
    assert time.perf_counter() - begin < 1.0


def test_jobs_report_progress_results_and_errors() -> None:
    mailbox = Mailbox(lambda: None)
    jobs = Jobs(mailbox)

    def work(progress: Callable[[str, int, int], None], cancelled: Callable[[], bool]) -> int:
        progress("half", 1, 2)
        return 42

    def fail(progress: Callable[[str, int, int], None], cancelled: Callable[[], bool]) -> None:
        raise LearnscopeError("row 3 is empty; fill it in")

    def long(progress: Callable[[str, int, int], None], cancelled: Callable[[], bool]) -> str:
        while not cancelled():
            time.sleep(0.001)
        return "gave up"

    tokens = [jobs.submit(job) for job in (work, fail, long)]
    jobs.cancel(tokens[2])
    assert jobs.close()
    events = mailbox.take()[1]
    assert JobProgress(tokens[0], "half", 1, 2) in events
    done = {e.token: e for e in events if isinstance(e, JobDone)}
    assert done[tokens[0]].result == 42
    assert done[tokens[1]].error.startswith("row 3")
    assert done[tokens[2]].result == "gave up"


def test_steps_back_stand_where_the_run_stood(desk: Desk) -> None:
    desk.worker.send(Step("batch"))
    desk.worker.send(Step("batch"))
    desk.worker.send(Step("sample"))
    desk.wait(lambda: desk.samples() == 21)
    desk.worker.send(Back("sample"))
    desk.wait(lambda: desk.samples() == 20)
    desk.worker.send(Back("batch"))
    desk.wait(lambda: desk.samples() == 10)
    desk.worker.send(Back("phase"))
    desk.wait(lambda: desk.samples() == 9)
    assert desk.snapshots[-1].position.phase > 0
    desk.worker.send(Step("phase"))
    desk.wait(lambda: desk.samples() == 10)


def test_before_the_start_there_is_no_step(desk: Desk) -> None:
    desk.worker.send(Back("sample"))
    desk.wait(lambda: desk.events[-1:] and isinstance(desk.events[-1], Failed))
    assert "start of the run" in next(e.sentence for e in desk.events if isinstance(e, Failed))


def test_slow_motion_shows_every_phase(desk: Desk) -> None:
    desk.worker.send(Run(2.0))
    desk.wait(lambda: desk.samples() >= 2)
    shown = {s.position.phase for s in desk.snapshots}
    assert len(shown) > 2
