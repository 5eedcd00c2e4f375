"""Documents that must not be lost: saves that overlap with work, work left by a window that is gone, diverged runs."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from app import autosave
from app.autosave import Autosave
from app.messages import Message
from app.selection import Target
from app.session import Session
from app.theme import theme
from app.views._surface import SurfacePicture
from app.window import Window
from engine import examples, files, paths
from engine.experiment import Experiment
from engine.machines.base import Position, State
from engine.records import Want
from tests.app import windows as hand

RATE = "training.optimiser.rate"


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setattr(autosave, "folder", lambda: tmp_path / "unsaved")
    with hand.opened(tmp_path) as made:
        yield made


def session_of(window: Window) -> Session:
    return window.context.session


def taken(window: Window) -> tuple[Experiment, State]:
    """The run as the engine has it now."""
    found: list[tuple[Experiment, State]] = []
    session_of(window).take_state(lambda experiment, state: found.append((experiment, state)))
    hand.until(lambda: bool(found))
    return found[0]


def learn(window: Window) -> Position:
    """Learn for an epoch."""
    session, before = session_of(window), position(window).epoch
    session.step("epoch")
    hand.until(lambda: position(window).epoch > before)
    return position(window)


def position(window: Window) -> Position:
    """Where the newest snapshot stands."""
    snapshot = session_of(window).snapshot
    return snapshot.position if snapshot is not None else Position()


def rate(window: Window) -> float:
    return float(paths.get(session_of(window).experiment, RATE))


def work_done(window: Window) -> None:
    """Wait until all that was given to the job thread is done."""
    done: list[bool] = []
    session_of(window).job("Waiting", lambda _progress, _cancelled: None, lambda _none: done.append(True))
    hand.until(lambda: bool(done))


def own(folder: Path) -> list[Path]:
    """The files of unsaved work."""
    return sorted((folder / "unsaved").glob("*.learn"))


def left_by_another(window: Window, folder: Path) -> Path:
    """Unsaved work as a window that is gone has left it: an edit, and an epoch of its run."""
    session_of(window).edit("Rename", "name", "an hour of work")
    learn(window)
    Autosave(window).write()
    hand.until(lambda: bool(own(folder)))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return own(folder)[0].rename(folder / "unsaved" / f"{gone.pid}.learn")


# -- saving -------------------------------------------------------------------------------------------------------


def test_numbers_changed_while_saving_are_not_taken_for_saved(window: Window, tmp_path: Path) -> None:
    session, saved = session_of(window), list[bool]()
    numbers = tuple(n for n in taken(window)[1].numbers if n.name == "h1.bias")
    gesture = session.gesture()
    session.assign("Change bias", numbers, gesture)
    session.save(tmp_path / "a.learn", lambda: saved.append(True))
    # The drag goes on: neither the experiment nor the number of undo steps tells that something is new.
    session.assign("Change bias", numbers, gesture)
    assert session.history.stack.count() == 1
    hand.until(lambda: bool(saved))
    assert session.unsaved


def test_what_is_edited_while_the_question_is_answered_by_save_is_asked_about(window: Window, tmp_path: Path) -> None:
    session = session_of(window)
    session.path = tmp_path / "a.learn"
    session.edit("Rename", "name", "first")
    session.busy_changed.connect(lambda busy: busy.of and session.edit("Rename", "name", "second"))
    window.close()
    hand.answer(window, "Save")
    hand.until(lambda: window.findChild(QMessageBox, "unsaved") is not None)
    assert files.load(tmp_path / "a.learn").experiment.name == "first"
    assert window.isVisible()
    hand.answer(window, "Don’t save")
    assert not window.isVisible()


def test_a_step_of_an_opened_file_is_told_at_once(window: Window, tmp_path: Path) -> None:
    files.save(tmp_path / "a.learn", session_of(window).experiment)
    assert session_of(window).open_file(tmp_path / "a.learn")
    assert not window.isWindowModified()
    session_of(window).step("batch")
    assert window.isWindowModified()


def test_who_no_longer_looks_is_let_go(qtbot: QtBot) -> None:
    class View:
        pass

    session, view = Session(examples.load("xor")), View()
    alive = weakref.ref(view)
    session.look(view, frozenset({Want("loss")}))
    session.look(view, frozenset())
    del view
    gc.collect()
    assert alive() is None


# -- recovering ---------------------------------------------------------------------------------------------------


def test_unsaved_work_is_written_with_its_run(window: Window, tmp_path: Path) -> None:
    save, session = Autosave(window), session_of(window)
    learn(window)
    save.write()
    work_done(window)
    assert own(tmp_path) == []  # Play brings it back
    session.edit("Rename", "name", "mine")
    save.write()
    hand.until(lambda: bool(own(tmp_path)))
    document = files.load(own(tmp_path)[0])
    assert document.state is not None
    assert files.dumps(document.experiment, document.state) == files.dumps(*taken(window))
    before = own(tmp_path)[0].stat().st_mtime_ns
    save.write()
    taken(window)
    work_done(window)
    assert own(tmp_path)[0].stat().st_mtime_ns == before  # nothing is new
    learn(window)
    save.write()
    hand.until(lambda: own(tmp_path)[0].stat().st_mtime_ns > before)
    assert files.load(own(tmp_path)[0]).state == taken(window)[1]


def test_recovered_work_is_unsaved_goes_on_and_keeps_its_file(window: Window, tmp_path: Path) -> None:
    session, left = session_of(window), left_by_another(window, tmp_path)
    was = files.load(left)
    session.open(examples.load("moons"))
    save = Autosave(window)
    assert save.found() == left
    save.recover(left)
    assert session.experiment.name == "an hour of work"
    assert files.dumps(*taken(window)) == files.dumps(was.experiment, was.state)
    assert session.path is None
    assert window.documents.would_lose
    assert window.isWindowModified()
    work_done(window)
    assert len(own(tmp_path)) == 1
    save.write()
    work_done(window)
    assert files.load(own(tmp_path)[0]) == was
    assert save.found() is None  # it is this window's now
    window.close()
    assert window.isVisible()
    hand.answer(window, "Cancel")


def test_recovered_work_that_is_saved_needs_its_file_no_longer(window: Window, tmp_path: Path) -> None:
    save, left = Autosave(window), left_by_another(window, tmp_path)
    session_of(window).open(examples.load("moons"))
    save.recover(left)
    work_done(window)
    window.documents.save_to(tmp_path / "mine.learn")
    hand.until(lambda: not own(tmp_path))
    assert files.load(tmp_path / "mine.learn").experiment.name == "an hour of work"
    assert not window.documents.would_lose


def test_recovered_work_that_is_given_up_needs_its_file_no_longer(window: Window, tmp_path: Path) -> None:
    save, left = Autosave(window), left_by_another(window, tmp_path)
    session_of(window).open(examples.load("moons"))
    save.recover(left)
    window.documents.open_example("circle")
    hand.answer(window, "Don’t save")
    work_done(window)
    assert own(tmp_path) == []


def test_a_damaged_file_is_told_and_kept(window: Window, tmp_path: Path) -> None:
    save, left = Autosave(window), left_by_another(window, tmp_path)
    session_of(window).open(examples.load("moons"))
    left.write_bytes(left.read_bytes()[:-100])
    save.recover(left)
    assert left.name in window.notices.sentences[-1]
    assert session_of(window).experiment == examples.load("moons")
    assert left.exists()


def test_a_state_that_comes_when_another_document_is_open_is_not_written(window: Window, tmp_path: Path) -> None:
    save, session = Autosave(window), session_of(window)
    session.edit("Rename", "name", "mine")
    save.write()
    session.open(examples.load("moons"), changed=True)
    taken(window)
    work_done(window)
    assert own(tmp_path) == []


# -- beginning ----------------------------------------------------------------------------------------------------


def test_a_new_document_begins_with_nothing_selected(window: Window) -> None:
    layer = session_of(window).experiment.model.layers[0].id
    window.context.selection.select(Target(layer, f"{layer}/0"))
    window.context.drawing.choose_class(4)
    window.documents.new()
    assert window.context.selection.target == Target()
    assert window.context.drawing.class_index == 1


def test_a_plane_without_points_says_how_to_get_some(window: Window) -> None:
    picture = window.views.findChild(SurfacePicture)
    assert picture is not None

    def plate() -> int:
        """How many points of a line down the middle of the plane have the colour of a plate."""
        image, middle = picture.grab().toImage(), round(picture.view.rect.center().x())
        panel = theme().palette.colour("panel").rgb()
        top, bottom = round(picture.view.rect.top()) + 2, round(picture.view.rect.bottom()) - 2
        return sum(image.pixelColor(middle, y).rgb() == panel for y in range(top, bottom))

    assert plate() == 0
    window.documents.new()
    hand.until(lambda: session_of(window).snapshot is not None)
    assert plate() > 20


def test_nothing_of_the_last_document_is_shown_until_the_next_is_computed(window: Window) -> None:
    session, seen = session_of(window), window.diagram.scene.atlas
    learn(window)
    window.diagram.grab()
    cell = window.diagram.scene.layout.columns[1].cells[0]
    assert (cell.layer, cell.unit) in seen
    window.documents.new()
    assert session.snapshot is None
    window.diagram.grab()
    assert (cell.layer, cell.unit) not in seen
    assert window.top.transport.epoch.text == "–"
    hand.until(lambda: session.snapshot is not None)
    assert window.top.transport.epoch.text == "0"


def test_an_error_goes_with_its_document(window: Window) -> None:
    session = session_of(window)
    session.tell(Message("The loss is no number.", "error", "Smaller rate", lambda: None))
    session.tell(Message("The work of last time was not saved.", button="Recover", remedy=lambda: None))
    window.documents.new()
    assert window.notices.sentences == ("The work of last time was not saved.",)


def test_a_document_is_called_as_its_file(window: Window, tmp_path: Path) -> None:
    session = session_of(window)
    assert window.windowTitle().startswith(session.experiment.name)
    window.documents.save_to(tmp_path / "mine")
    hand.until(lambda: window.windowTitle().startswith("mine.learn"))
    session.edit("Rename", "name", "other")
    window.documents.new()
    box = window.findChild(QMessageBox, "unsaved")
    assert box is not None
    assert "mine.learn" in box.text()
    hand.answer(window, "Cancel")


# -- divergence ---------------------------------------------------------------------------------------------------


def test_a_diverged_run_offers_a_smaller_rate(window: Window) -> None:
    session = session_of(window)
    experiment = paths.assign(session.experiment, "training.loss", "squared-error")
    for k in range(len(experiment.model.layers)):
        experiment = paths.assign(experiment, f"model.layers.{k}.activation", "linear")
    session.open(paths.replace(experiment, "training.optimiser", {"kind": "sgd", "rate": 90.0}))
    session.play()
    hand.until(lambda: session.stop is not None)
    assert session.stop is not None
    assert session.stop.reason == "diverged"
    hand.click(window.notices, "Smaller rate")
    assert rate(window) == 9.0
    hand.until(lambda: position(window) == Position())
    assert session.run_state == "paused"
    assert session.history.stack.undoText() == "Smaller rate"
    session.history.stack.undo()
    assert rate(window) == 90.0
