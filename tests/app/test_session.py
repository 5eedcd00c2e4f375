"""The session: edits, undo with the learned numbers, messages, documents."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from app.messages import Message
from app.protocol import Assign, Failed, Patch, Stopped
from app.session import Session
from engine import paths
from engine.arrays import Array
from engine.machines.base import Snapshot, Stop, Until
from engine.optimisers import Optimiser
from tests.app.counting import PER_EPOCH, number
from tests.test_experiment import make, own


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    session = Session(replace(make(), machine="counting"))
    session.start()
    yield session
    assert session.close()


def settle(qtbot: QtBot, session: Session) -> Snapshot:
    """Wait until the engine has served all that was sent."""
    answered: list[Any] = []
    session.take_state(lambda experiment, state: answered.append((experiment, state)))
    qtbot.waitUntil(lambda: bool(answered))
    qtbot.waitUntil(lambda: session.snapshot is not None)
    assert session.snapshot is not None
    return session.snapshot


def learned(qtbot: QtBot, session: Session) -> float:
    """The machine's one number now."""
    patch = Patch()
    session.send(Assign((), patch))
    settle(qtbot, session)
    return float(patch.numbers[0].values.values[0])


def test_an_edit_changes_the_experiment_and_can_be_undone(qtbot: QtBot, session: Session) -> None:
    before = session.experiment
    assert session.edit("Change rate", "training.optimiser.rate", 0.5)
    assert session.history.stack.undoText() == "Change rate"
    session.history.stack.undo()
    assert session.experiment == before
    session.history.stack.redo()
    assert paths.get(session.experiment, "training.optimiser.rate") == 0.5
    assert settle(qtbot, session).experiment == session.experiment


def test_edits_of_one_gesture_are_one_undo_step(session: Session) -> None:
    before = session.experiment
    gesture = session.gesture()
    for rate in (0.1, 0.2, 0.3):
        session.edit("Change rate", "training.optimiser.rate", rate, gesture)
    other = session.gesture()
    session.edit("Change batch", "training.batch", 7, other)
    assert session.history.stack.count() == 2
    session.history.stack.undo()
    session.history.stack.undo()
    assert session.experiment == before


def test_what_follows_from_an_edit_is_told_even_where_it_undoes_it(qtbot: QtBot, session: Session) -> None:
    """An optimiser that needs all samples takes the batch along, and holds it."""
    needy = next(e for e in Optimiser.registry if e.kind.needs_loss)
    for path, value in (("training.optimiser", needy.key), ("training.batch", 10)):
        with qtbot.waitSignal(session.told) as told:
            assert session.edit("Change it", path, value)
        assert isinstance(told.args[0], Message)
        assert told.args[0].sentence == f"The batch is all samples, as {needy.title} needs them."
        assert session.experiment.training.batch == 0
        assert session.history.stack.count() == 1


def test_a_refused_edit_is_told_and_changes_nothing(qtbot: QtBot, session: Session) -> None:
    before = session.experiment
    with qtbot.waitSignal(session.told) as told:
        assert not session.edit("Change rate", "training.optimiser.rate", -1.0)
    assert isinstance(told.args[0], Message)
    assert told.args[0].kind == "error"
    assert session.experiment == before
    assert not session.history.stack.canUndo()


def test_a_third_class_is_one_step_and_is_told(qtbot: QtBot, session: Session) -> None:
    told: list[str] = []
    session.told.connect(lambda m: told.append(m.sentence))
    session.edit("Draw", "data.source", own(2))
    session.edit("Draw", "data.source", own(3))
    assert session.experiment.model.output.units == 3
    assert any("3 neurons" in sentence for sentence in told)
    session.history.stack.undo()
    assert session.experiment.model.output.units == 1


def test_numbers_come_back_by_undo(qtbot: QtBot, session: Session) -> None:
    gesture = session.gesture()
    for value in (1.0, 2.0, 3.0):
        session.assign("Change weight", (number(value),), gesture)
    assert learned(qtbot, session) == 3.0
    session.history.stack.undo()
    assert learned(qtbot, session) == 0.0
    session.history.stack.redo()
    assert learned(qtbot, session) == 3.0
    assert session.history.stack.count() == 1


def test_what_an_edit_destroyed_comes_back_by_undo_and_redo(qtbot: QtBot, session: Session) -> None:
    session.assign("Change weight", (number(4.0),))
    session.edit("Remove layer", "training.batch", 3)
    session.send(Assign((number(9.0),), Patch()))
    session.history.stack.undo()
    assert learned(qtbot, session) == 4.0
    session.send(Assign((number(11.0),), Patch()))
    session.history.stack.redo()
    assert learned(qtbot, session) == 9.0


def test_play_pause_step_reset(qtbot: QtBot, session: Session) -> None:
    session.play()
    qtbot.waitUntil(lambda: session.snapshot is not None and session.snapshot.position.samples > 0)
    assert session.run_state == "running"
    assert session.unsaved
    session.pause()
    session.reset()
    assert settle(qtbot, session).position.samples == 0
    session.step("epoch")
    assert settle(qtbot, session).position.samples == PER_EPOCH


def test_the_run_stops_by_its_rules_and_says_why(qtbot: QtBot, session: Session) -> None:
    session.set_rules(Until(epoch=2))
    with qtbot.waitSignal(session.told) as told:
        session.play()
    assert "epoch 2" in told.args[0].sentence
    assert session.run_state == "stopped"


def test_saving_opening_and_going_on(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    session.step("epoch")
    session.edit("Change batch", "training.batch", 3)
    saved: list[bool] = []
    told: list[Message] = []
    session.told.connect(told.append)
    path = tmp_path / "mine.learn"
    session.save(path, lambda: saved.append(True))
    qtbot.waitUntil(lambda: bool(saved))
    assert told == [Message("Saved mine.learn.")]
    assert not session.unsaved
    assert session.path == path
    session.open(replace(make(), machine="counting"))
    assert settle(qtbot, session).position.samples == 0
    assert session.open_file(path)
    assert session.experiment.training.batch == 3
    assert settle(qtbot, session).position.samples == PER_EPOCH
    assert not session.history.stack.canUndo()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a window of 9 rows does not fit", "A window of 9 rows does not fit."),
        ("two-digit numbers are meant", "Two-digit numbers are meant."),
        ("data_batch_1 is a pickle", "data_batch_1 is a pickle."),
        ("points.csv: row 3 is empty", "points.csv: row 3 is empty."),
    ],
)
def test_a_message_is_a_sentence_and_a_file_keeps_its_name(text: str, sentence: str) -> None:
    assert Message(text).sentence == sentence


def test_a_file_that_cannot_be_opened_leaves_everything_as_it_was(session: Session, tmp_path: Path) -> None:
    told: list[Message] = []
    session.told.connect(told.append)
    before = session.experiment
    (tmp_path / "bad.learn").write_bytes(b"nonsense")
    assert not session.open_file(tmp_path / "bad.learn")
    assert session.experiment is before
    assert "bad.learn" in told[0].sentence


def test_only_what_somebody_looks_at_is_asked_for(qtbot: QtBot) -> None:
    session = Session(replace(make(), machine="counting"))
    sent: list[object] = []
    session.send = sent.append  # type: ignore[method-assign, assignment] # watches what goes to the engine
    first, second = object(), object()
    from engine.records import Want

    session.look(first, frozenset({Want("surface", 100)}))
    session.look(second, frozenset({Want("loss")}))
    session.look(second, frozenset({Want("loss")}))
    session.look(first, frozenset())
    assert [r.wants for r in sent] == [  # type: ignore[attr-defined]
        {Want("surface", 100)},
        {Want("surface", 100), Want("loss")},
        {Want("loss")},
    ]


def test_what_is_done_while_a_save_goes_on_is_not_taken_for_saved(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    saved: list[Path] = []
    path = tmp_path / "own.learn"
    session.save(path, lambda: saved.append(path))
    session.edit("Change rate", "training.optimiser.rate", 0.25)
    qtbot.waitUntil(lambda: len(saved) == 1)
    assert session.path == path
    assert not session.history.stack.isClean()
    session.save(path, lambda: saved.append(path))
    qtbot.waitUntil(lambda: len(saved) == 2)
    assert not session.unsaved
    session.save(path, lambda: saved.append(path))
    session.step("batch")
    qtbot.waitUntil(lambda: len(saved) == 3)
    assert session.unsaved


def lost(session: Session) -> bool:
    """Whether something is not on disk, asked anew each time."""
    return session.unsaved


def test_a_run_too_short_to_be_seen_running_has_learned(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    saved: list[bool] = []
    session.save(tmp_path / "own.learn", lambda: saved.append(True))
    qtbot.waitUntil(lambda: bool(saved))
    assert not lost(session)
    session.set_rules(Until(epoch=1))
    session.play()
    qtbot.waitUntil(lambda: session.run_state == "stopped")
    assert lost(session)
    session.save(tmp_path / "own.learn", lambda: saved.append(True))
    qtbot.waitUntil(lambda: len(saved) == 2)
    assert not lost(session)
    session.set_rules(Until())
    session.play()
    session.pause()
    assert lost(session)


def test_no_snapshot_of_the_document_before_is_shown_in_the_next_one(qtbot: QtBot, session: Session) -> None:
    shown: list[tuple[str, str]] = []
    session.snapshot_arrived.connect(lambda s: shown.append((s.experiment.name, session.experiment.name)))
    for name in "abcdef":
        session.play()
        qtbot.waitUntil(lambda: session.snapshot is not None and session.snapshot.position.samples > 0)
        time.sleep(0.03)  # by now an untaken one lies there
        session.open(replace(session.experiment, name=name))
        qtbot.waitUntil(lambda: session.snapshot is not None)
    assert len(shown) >= 12
    assert all(of == on for of, on in shown)


def test_what_happened_to_the_document_before_is_not_told_in_the_next_one(qtbot: QtBot, session: Session) -> None:
    settle(qtbot, session)
    said: list[Message] = []
    session.told.connect(said.append)
    best, before = number(5.0), number(3.0)
    assert session._worker is not None
    mailbox = session._worker.mailbox
    mailbox.put(Stopped(Stop("plateau", "The test loss has not improved.", (best,), (before,))))  # as another is opened
    mailbox.put(Failed("a view can't be computed"))
    session.open(replace(session.experiment, name="second"))
    settle(qtbot, session)
    assert (session.run_state, session.stop, session.history.stack.count()) == ("paused", None, 0)
    assert not session.unsaved
    assert said == []
    mailbox.put(Failed("this is about the second"))
    qtbot.waitUntil(lambda: bool(said))


def test_a_save_without_a_state_is_told_and_waits_for_nothing(
    qtbot: QtBot, session: Session, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[Message] = []
    session.told.connect(said.append)
    session.open(replace(session.experiment, name="stateless"))
    failed: list[bool] = []
    with caplog.at_level("CRITICAL", logger="app.worker"):
        session.take_state(lambda _experiment, _state: None, lambda: failed.append(True))
        session.save(tmp_path / "first.learn")
        qtbot.waitUntil(lambda: len(said) == 2)
    assert failed == [True]
    assert session._awaited == {}
    assert "a mistake of a state" in said[1].sentence


def test_who_waits_for_a_job_that_failed_is_told(
    qtbot: QtBot, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("a mistake of a job")

    done: list[str] = []
    with caplog.at_level("CRITICAL", logger="app.worker"):
        session.quietly(broken, lambda _result: done.append("done"), lambda: done.append("failed"))
        session.job("Failing", lambda _p, _c: broken(), lambda _result: done.append("done"), lambda: done.append("too"))
        qtbot.waitUntil(lambda: len(done) == 2)
    assert done == ["failed", "too"]


def test_a_document_opened_while_another_is_saved_does_not_get_its_path(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    saved: list[bool] = []
    session.save(tmp_path / "first.learn", lambda: saved.append(True))
    session.open(replace(session.experiment, name="second"))
    qtbot.waitUntil(lambda: bool(saved))
    assert session.path is None


def test_best_weights_that_a_stop_put_back_are_an_undo_step(qtbot: QtBot, session: Session) -> None:
    settle(qtbot, session)
    patch = Patch()
    session.send(Assign((), patch))
    settle(qtbot, session)
    (before,) = patch.numbers[:1]
    best = replace(before, values=Array(before.values.values + 41))
    session.send(Assign((best,), Patch()))  # what the engine did
    session.history.put_back(Stop("plateau", "Enough.", (best,), (before,)))
    assert session.history.stack.undoText() == "Best weights"
    assert learned(qtbot, session) == float(best.values.values[0])
    session.history.stack.undo()
    assert learned(qtbot, session) == float(before.values.values[0])
    session.history.stack.redo()
    assert learned(qtbot, session) == float(best.values.values[0])
    session.history.put_back(Stop("epoch", "The end."))
    assert session.history.stack.count() == 1
