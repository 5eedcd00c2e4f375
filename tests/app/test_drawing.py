"""Strokes: each is one undo step, works on generated data, and a cancelled one leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from app.drawing import TOOLS, Drawing
from app.messages import Message
from app.session import Session
from engine import examples
from engine.arrays import Array
from engine.datasets import Dataset


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    session = Session(examples.load("spiral"))
    yield session
    session.close()


@pytest.fixture
def drawing(session: Session) -> Drawing:
    return Drawing(session)


def stroke(drawing: Drawing, *places: tuple[float, float]) -> None:
    drawing.press(places[0])
    for place in places[1:]:
        drawing.drag(place)
    drawing.release()


@pytest.mark.parametrize("tool", [t for t in TOOLS if t not in ("look", "cut")])  # cut makes neurons, not points
def test_each_tool_is_one_undo_step(session: Session, drawing: Drawing, tool: str) -> None:
    drawing.take(tool)  # type: ignore[arg-type]
    drawing.set_radius(3)
    drawing.set_strength(1)
    before = session.experiment
    at = tuple(session.samples.x[40])
    stroke(drawing, at, (at[0] + 0.4, at[1] + 0.3), (at[0] + 1, at[1] - 0.5))
    assert session.experiment.data.source != before.data.source
    assert session.history.stack.count() == 1
    session.history.stack.undo()
    assert session.experiment == before


def test_looking_changes_nothing(session: Session, drawing: Drawing) -> None:
    stroke(drawing, (0, 0), (1, 1))
    assert session.history.stack.count() == 0


def test_a_long_stroke_stays_one_step(session: Session, drawing: Drawing, qtbot: QtBot) -> None:
    drawing.take("airbrush")
    drawing.set_strength(1)
    n = len(session.samples)
    drawing.press((0, 0))
    qtbot.waitUntil(lambda: len(session.samples) > n + 30, timeout=5000)
    drawing.release()
    assert session.history.stack.count() == 1
    session.history.stack.undo()
    assert len(session.samples) == n


def test_a_third_class_widens_the_output_and_says_so(session: Session, drawing: Drawing) -> None:
    told: list[Message] = []
    session.told.connect(told.append)
    drawing.take("put")
    drawing.choose_class(4)
    stroke(drawing, (5, 5))
    assert len(session.samples.classes) == 3
    assert session.samples.y[-1] == 2
    assert drawing.class_index == 2
    assert session.experiment.model.output.units == 3
    assert any("3 neurons" in m.sentence for m in told)
    session.history.stack.undo()
    assert session.experiment.model.output.units == 1


def test_escape_takes_the_stroke_back(session: Session, drawing: Drawing) -> None:
    before = session.experiment
    drawing.take("brush")
    drawing.press((0, 0))
    assert session.experiment != before
    assert drawing.cancel()
    assert session.experiment == before
    assert not session.history.stack.canUndo()
    assert not drawing.cancel()


def test_an_edit_meanwhile_is_kept(session: Session, drawing: Drawing) -> None:
    drawing.take("brush")
    drawing.press((0, 0))
    drawn = len(session.samples)
    session.edit("Batch", "training.batch", 7)
    drawing.drag((3, 3))
    drawing.release()
    assert session.experiment.training.batch == 7
    assert len(session.samples) >= drawn


def test_undo_during_a_stroke_ends_it(session: Session, drawing: Drawing) -> None:
    drawing.take("brush")
    drawing.set_strength(1)
    before = session.experiment
    drawing.press((0, 0))
    session.history.stack.undo()
    drawing.drag((4, 4))
    drawing.release()
    assert session.experiment == before


def test_select_with_a_band_move_and_delete(session: Session, drawing: Drawing) -> None:
    drawing.take("put")
    stroke(drawing, (5.5, -5.5))
    drawing.take("move")
    stroke(drawing, (5.8, -5.8), (5.2, -5.2))
    assert drawing.selected is not None
    assert drawing.selected.sum() == 1
    stroke(drawing, (5.5, -5.5), (4.5, -4.5))
    assert np.allclose(session.samples.x[-1], (4.5, -4.5))
    n = len(session.samples)
    drawing.delete_selected()
    assert len(session.samples) == n - 1


def test_a_click_takes_one_point(session: Session, drawing: Drawing) -> None:
    drawing.take("move")
    at = session.samples.x[200]
    stroke(drawing, (at[0] + 0.05, at[1]), (at[0] + 0.55, at[1] + 0.2))
    assert np.allclose(session.samples.x[200], (at[0] + 0.5, at[1] + 0.2))


def test_the_same_stroke_gives_the_same_points(session: Session, drawing: Drawing) -> None:
    drawing.take("brush")
    drawing.set_strength(1)
    stroke(drawing, (1, 1))
    first = session.experiment
    session.history.stack.undo()
    stroke(drawing, (1, 1))
    assert session.experiment == first


def test_strokes_that_keep_the_number_of_points_draw_anew(session: Session, drawing: Drawing) -> None:
    drawing.take("jitter")
    drawing.set_radius(4)
    drawing.set_strength(1)
    moves, before = [], session.samples.x
    for _ in range(4):
        stroke(drawing, (0, 0))
        moves.append((session.samples.x - before).ravel())
        before = session.samples.x
    later = [np.corrcoef(moves[0], move)[0, 1] for move in moves[1:]]
    # About 250 points within reach: by chance alone a correlation is seldom beyond 0.1.
    assert np.abs(later).max() < 0.3
    after = session.experiment
    for _ in range(4):
        session.history.stack.undo()
    for _ in range(4):
        stroke(drawing, (0, 0))
    assert session.experiment == after


def test_a_stroke_that_hit_nothing_does_not_miss_for_ever(session: Session, drawing: Drawing) -> None:
    drawing.take("put")
    stroke(drawing, (-5.5, 5.5))
    drawing.take("erase")
    drawing.set_strength(0.05)
    n = len(session.samples)
    tries = 0
    while len(session.samples) == n and tries < 300:
        stroke(drawing, (-5.5, 5.5))
        tries += 1
    assert 1 < tries < 300


def test_a_curve_is_drawn_without_classes(qtbot: QtBot) -> None:
    session = Session(examples.load("sine"))
    drawing = Drawing(session)
    drawing.take("put")
    stroke(drawing, (0, 1.2))
    assert session.samples.x[-1, 0] == 0
    assert session.samples.y[-1] == 1.2
    assert not drawing.refusal
    session.close()


def test_data_that_cannot_be_drawn_on_says_so(qtbot: QtBot) -> None:
    wide = Dataset.registry["table"].kind(
        x=Array(np.eye(3)), y=Array(np.arange(3.0)), keys=Array(np.zeros(3)), header=("a", "b", "c")
    )
    sine = examples.load("sine")
    data = replace(sine.data, source=wide, features=("a", "b", "c"))
    session = Session(replace(sine, data=data))
    told: list[Message] = []
    session.told.connect(told.append)
    drawing = Drawing(session)
    drawing.take("brush")
    stroke(drawing, (0, 0))
    assert told[0].sentence == drawing.refusal
    assert told[0].sentence.startswith("Drawing needs")
    assert session.history.stack.count() == 0
    session.close()


def test_a_plane_of_values_is_drawn_with_the_chosen_value(session: Session, drawing: Drawing) -> None:
    session.open(examples.load("plane"))
    before, n = session.experiment, len(session.samples)
    assert drawing.refusal == ""
    assert drawing.has_value
    drawing.take("put")
    drawing.choose_value(0.75)
    stroke(drawing, (1.0, 2.0))
    assert session.samples.y[n:].tolist() == [0.75]
    assert session.experiment.data.source.class_names == ()
    assert session.experiment.model == before.model
    drawing.choose_value(-1.5)
    drawing.take("relabel")
    drawing.set_radius(4)
    stroke(drawing, (1.0, 2.0))
    assert session.samples.y[n] == -1.5
    assert drawing.values == (-1.5, max(session.samples.y.max(), 1.0))
    session.history.stack.undo()
    session.history.stack.undo()
    assert session.experiment == before
