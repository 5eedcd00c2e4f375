"""The story the program is made for, with real mouse and keys through the real window and its engine."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.session import Session
from app.views._curves import CurvesView
from app.views._surface import SurfacePicture
from app.widgets.number import NumberField
from app.window import Window
from engine import files
from engine.experiment import Experiment
from engine.machines.base import Snapshot, State, Until, build
from tests.app import windows as hand

K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier

T = TypeVar("T", bound=QWidget)

LATER = 40
"""Epochs that a run goes on after it was saved."""


class Taken(NamedTuple):
    """A run at one moment, as the engine has it."""

    experiment: Experiment
    state: State

    @property
    def bits(self) -> bytes:
        """All of it; equal runs give equal bytes."""
        return files.dumps(self.experiment, self.state)


def taken(window: Window) -> Taken:
    found: list[Taken] = []
    window.context.session.take_state(lambda experiment, state: found.append(Taken(experiment, state)))
    hand.until(lambda: bool(found))
    return found[0]


def running(window: Window) -> Snapshot:
    """The newest snapshot there is."""
    assert window.context.session.snapshot is not None
    return window.context.session.snapshot


def seen(window: Window, so: Callable[[Snapshot], bool]) -> Snapshot:
    """Wait for a snapshot that is so."""
    hand.until(lambda: window.context.session.snapshot is not None and so(running(window)))
    return running(window)


def loss(window: Window) -> float:
    value = running(window).train.loss
    assert value is not None
    return value


def units(experiment: Experiment) -> list[int]:
    """How many neurons each layer has, from the first to the output."""
    return [getattr(layer, "units", 1) for layer in experiment.model.layers]


def rate(experiment: Experiment) -> float:
    return float(experiment.training.optimiser.rate)


def only(owner: QWidget, kind: type[T], name: str = "") -> T:
    """The one visible widget of a kind, or of that name for screen readers."""
    found = [w for w in owner.findChildren(kind) if w.isVisible() and name in ("", w.accessibleName())]
    assert len(found) == 1, f"{len(found)} of {kind.__name__} “{name}”"
    return found[0]


# -- what the hands do --------------------------------------------------------------------------------------------


def draw_two_classes(window: Window) -> None:
    """Two arms of half a turn each, with the brush."""
    picture = only(window, SurfacePicture)
    hand.click(window.data_panel, "Brush")
    for key, side in ((K.Key_1, 1), (K.Key_2, -1)):
        hand.press(window, key)
        arm = [(side * r * cos(r), side * r * sin(r)) for r in np.linspace(0.8, pi, 9)]
        places = [picture.view.to_widget(1.6 * x, 1.6 * y) for x, y in arm]
        hand.drag(picture, [(p.x(), p.y()) for p in places])


def click_diagram(window: Window, what: str, place: int) -> None:
    """Click a button of a column, or the one of a gap that adds a layer."""
    layout = window.diagram.scene.layout
    box = layout.gaps[place].pill if what == "pill" else getattr(layout.columns[place], what)
    hand.click_at(window.diagram, box.cx, box.cy)


def type_rate(window: Window, text: str) -> None:
    number = only(window.training, NumberField, "rate")
    QTest.mouseDClick(number, Qt.MouseButton.LeftButton, pos=number.rect().bottomLeft() + number.rect().topLeft() / 2)
    line = window.focusWidget()
    assert line is not None
    hand.type_text(line, text)
    hand.press(window, K.Key_Return)


def go_on(window: Window, epochs: int) -> Taken:
    """Play for some epochs more, at full speed."""
    session = window.context.session
    session.set_rules(Until(epoch=running(window).position.epoch + epochs))
    hand.click(window.top, "Play")
    hand.until(lambda: session.run_state == "stopped")
    session.set_rules(Until())
    return taken(window)


# -- the story ----------------------------------------------------------------------------------------------------


def begin(window: Window) -> None:
    """Start from nothing: draw, and put a layer of four neurons more into the network."""
    session = window.context.session
    hand.press(window, K.Key_N, CTRL)
    assert len(session.samples) == 0
    draw_two_classes(window)
    drawn = np.bincount(session.samples.y.astype(int), minlength=2)
    assert len(drawn) == 2
    assert drawn.min() >= 20, f"the brush left {drawn} points"
    assert session.history.stack.count() == 2, "each stroke is one step"
    before = units(session.experiment)
    click_diagram(window, "pill", len(before) - 1)
    click_diagram(window, "plus", len(before))
    after = units(session.experiment)
    assert len(after) == len(before) + 1
    assert after[-2] == before[-2] + 1


def learn(window: Window) -> None:
    """Press Play; the boundary and the curves move and the loss falls."""
    picture, curves = only(window, SurfacePicture), only(window, CurvesView)
    first = loss(window)
    assert picture.surface is not None
    before = picture.surface.values.copy()
    hand.click(window.top, "Play")
    seen(window, lambda s: s.position.epoch > 20)
    hand.until(lambda: curves.plot is not None and curves.plot.isVisible())
    assert curves.curve is not None
    points = len(curves.curve.x)
    hand.until(lambda: loss(window) < 0.5 * first)
    assert np.abs(picture.surface.values - before).max() > 0.2
    hand.until(lambda: curves.curve is not None and len(curves.curve.x) > points)


def change(window: Window) -> None:
    """Change the rate and add a neuron while it runs, and undo both; the run never stops."""
    session = window.context.session
    old, layers = rate(session.experiment), units(session.experiment)
    type_rate(window, "0.004")
    seen(window, lambda s: rate(s.experiment) == 0.004)
    click_diagram(window, "plus", 1)
    grown = seen(window, lambda s: units(s.experiment)[0] == layers[0] + 1)
    assert grown.position.samples > 0
    hand.press(window, K.Key_Z, CTRL)
    seen(window, lambda s: units(s.experiment) == layers and rate(s.experiment) == 0.004)
    hand.press(window, K.Key_Z, CTRL)
    back = seen(window, lambda s: rate(s.experiment) == old)
    seen(window, lambda s: s.position.samples > back.position.samples > grown.position.samples)
    assert session.run_state == "running"


def keep(window: Window, path: Path) -> Taken:
    """Pause and save by the file chooser; the file holds exactly the run as it stands."""
    hand.click(window.top, "Pause")
    stood = taken(window)
    hand.press(window, K.Key_S, CTRL)
    hand.choose_file(window, path)
    hand.until(lambda: window.context.session.path == path)
    assert not window.context.session.unsaved
    document = files.load(path)
    assert document.state is not None
    named = replace(stood.experiment, name=path.stem)  # what had no name has that of its file
    kept = Taken(document.experiment, document.state)
    assert kept.bits == Taken(named, stood.state).bits
    return kept


def test_draw_build_play_change_undo_save_close_open_and_go_on(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "two arms.learn"
    with hand.opened(tmp_path) as window:
        begin(window)
        learn(window)
        change(window)
        saved = keep(window, path)
        at = running(window).position
        went_on = go_on(window, LATER)
        hand.press(window, K.Key_Q, CTRL)
        hand.answer(window, "Don’t save")
        assert not window.isVisible()

    with hand.opened(tmp_path, path) as window:
        again = running(window)
        assert (again.position, taken(window).bits) == (at, saved.bits)
        assert go_on(window, LATER).bits == went_on.bits

    # A machine without a window, in one piece: chunks and pictures have changed nothing.
    machine = build(saved.experiment)
    machine.restore(saved.state)
    machine.advance("epoch", LATER, 60.0)
    assert Taken(machine.experiment, machine.state()).bits == went_on.bits


# -- documents ----------------------------------------------------------------------------------------------------


def a_file(folder: Path) -> Path:
    """A file of some epochs' work."""
    path = folder / "work.learn"
    with hand.opened(folder, "moons") as window:
        go_on(window, 3)
        window.documents.save_to(path)
        hand.until(lambda: window.context.session.path == path)
    return path


def submenu(window: Window, menu: str, name: str) -> QMenu:
    """Open a menu of the menu bar and in it a submenu."""
    top = next(a.menu() for a in window.menuBar().actions() if a.text() == f"&{menu}")
    assert isinstance(top, QMenu)
    top.aboutToShow.emit()
    inner = next(a.menu() for a in top.actions() if a.text() == name)
    assert isinstance(inner, QMenu)
    inner.aboutToShow.emit()
    return inner


def test_a_dropped_file_opens_where_it_was_and_is_listed_as_recent(qtbot: QtBot, tmp_path: Path) -> None:
    path = a_file(tmp_path)
    with hand.opened(tmp_path / "other") as window:
        assert "work" not in [a.text() for a in submenu(window, "File", "Open recent").actions()]
        hand.drop(window, path)
        seen(window, lambda s: s.position.epoch == 3)
        assert window.context.session.path == path
        entry = next(a for a in submenu(window, "File", "Open recent").actions() if a.text() == "work")
        hand.press(window, K.Key_N, CTRL)
        seen(window, lambda s: s.position.epoch == 0)
        entry.trigger()
        seen(window, lambda s: s.position.epoch == 3)


def test_a_dropped_file_that_is_broken_leaves_what_is_on_screen(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "broken.learn"
    path.write_bytes(b"PK no zip")
    with hand.opened(tmp_path) as window:
        before = window.context.session.experiment
        hand.drop(window, path)
        assert window.context.session.experiment is before
        assert "broken.learn" in window.notices.sentences[0]


def _session(window: Window) -> Session:
    return window.context.session


def test_closing_asks_and_save_keeps_the_change_before_it_closes(qtbot: QtBot, tmp_path: Path) -> None:
    path = a_file(tmp_path)
    with hand.opened(tmp_path, path) as window:
        hand.press(window, K.Key_L)
        hand.click(window.top, "Play")
        seen(window, lambda s: s.position.epoch > 3)
        layers = units(_session(window).experiment)
        window.close()
        assert window.isVisible()
        hand.answer(window, "Save")
        hand.until(lambda: not window.isVisible())
    document = files.load(path)
    assert units(document.experiment) == layers
    assert document.state is not None


def test_a_document_without_a_file_is_saved_before_it_closes(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "named"
    with hand.opened(tmp_path) as window:
        hand.press(window, K.Key_L)
        window.close()
        hand.answer(window, "Save")
        hand.choose_file(window, path)
        hand.until(lambda: not window.isVisible())
    assert files.load(path.with_suffix(files.SUFFIX)).experiment.model.hidden_layers
