"""The views on pictures: each one that is offered opens on a small convolutional net and follows its steps."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.actions import Actions
from app.context import Context
from app.drawing import Drawing
from app.glass import Glass
from app.numbers import human
from app.selection import Selection, Target
from app.session import Session
from app.settings import Settings
from app.theme import theme
from app.views import View
from app.views._embedding import apart
from app.views._inside import InsideView
from app.views._pictures import barred
from app.views_dock import offered
from engine.experiment import Experiment
from engine.machines.supervised import Supervised
from engine.producers import Producer
from engine.producers.pictures import Answered
from engine.records import Want
from tests.app import windows as hand
from tests.engine.nets import digits

KEYS = offered(digits())


class Shown:
    """A view on the small net, fed by a machine of its own."""

    def __init__(self, qtbot: QtBot, session: Session, key: str) -> None:
        self.context = Context(session, Selection(), Drawing(session), Glass(session), Settings(), Actions(session))
        self.machine = Supervised(session.experiment)
        self.view: Any = View.registry[key].kind().widget(self.context)
        qtbot.addWidget(self.view)
        self.view.resize(520, 400)
        self.view.show()

    def feed(self) -> None:
        """A snapshot of all that is looked at now."""
        wants: frozenset[Want] = frozenset().union(*self.context.session._looks.values())
        self.context.session.snapshot = self.machine.snapshot(wants)
        self.context.session.snapshot_arrived.emit(self.context.session.snapshot)


Show = Callable[[str], Shown]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    made: list[Shown] = []

    def shown(key: str, experiment: Experiment | None = None) -> Shown:
        one = Shown(qtbot, Session(experiment or digits()), key)
        made.append(one)
        return one

    yield shown
    for one in made:
        one.view.dispose()
        one.context.session.close()
    theme().set_mode("light")
    theme().set_percent(100)


def looks(widget: QWidget) -> bytes:
    """The picture of a widget."""
    image = widget.grab().toImage()  # it must live as long as its bits are read
    return bytes(image.constBits())


def test_of_many_classes_the_largest_shares_have_a_bar_and_always_what_it_is() -> None:
    shares = np.arange(26, dtype=np.float32)
    picture = np.zeros((2, 2, 1), np.float32)
    assert barred(Answered(0, picture, 20, shares, learned=False), 10).tolist() == list(range(25, 15, -1))
    assert barred(Answered(0, picture, 3, shares, learned=False), 10).tolist() == [*range(25, 16, -1), 3]
    assert barred(Answered(-1, picture, -1, shares[:10], learned=False), 10).tolist() == list(range(10))


def test_where_there_is_room_for_few_bars_there_are_few() -> None:
    shares, picture = np.array([0.1, 0.4, 0.0, 0.3, 0.2], np.float32), np.zeros((2, 2, 1), np.float32)
    assert barred(Answered(0, picture, 2, shares, learned=False), 5).tolist() == [0, 1, 2, 3, 4]
    assert barred(Answered(0, picture, 2, shares, learned=False), 3).tolist() == [1, 3, 2]
    assert barred(Answered(0, picture, 2, shares, learned=False), 0).tolist() == [2]


def test_pictures_of_the_embedding_stand_apart_and_the_first_come_first() -> None:
    places = [QPointF(*at) for at in ((0, 0), (5, 0), (10, 0), (0, 9), (4, 20))]
    assert apart(places, 10) == [0, 2, 4]


@pytest.mark.parametrize("key", KEYS)
def test_it_opens_and_follows_a_few_steps(qtbot: QtBot, show: Show, key: str) -> None:
    shown = show(key)
    empty = looks(shown.view)
    shown.feed()
    qtbot.waitUntil(lambda: looks(shown.view) != empty, timeout=5000)
    for _ in range(3):
        shown.machine.advance("batch", 2)
        shown.feed()
        assert not shown.view.grab().isNull()


@pytest.mark.parametrize("key", [k for k in KEYS if Producer.registry[View.registry[k].kind.record].kind.needs])
def test_any_size_theme_and_text(show: Show, key: str) -> None:
    shown = show(key)
    shown.feed()
    for mode, percent, size in (("dark", 150, (900, 800)), ("light", 200, (120, 90)), ("dark", 75, (300, 1200))):
        theme().set_mode(mode)  # type: ignore[arg-type] # one of the two words
        theme().set_percent(percent)
        shown.view.resize(*size)
        assert not shown.view.grab().isNull()


def test_a_filter_is_told_number_by_number(qtbot: QtBot, show: Show) -> None:
    shown = show("filters")
    view = shown.view
    shown.feed()
    shown.machine.advance("batch", 2)
    view.layers.chosen.emit("c2")
    shown.feed()
    view.grab()
    assert len(view.bank._places) == 12, "three maps by four filters"
    whole = view.bank.told(view.bank._places[5].topLeft() + QPointF(2, 2))
    now, start = (record[0, 0, 1, 1] for record in (view.bank.record.now, view.bank.record.start))
    assert whole.startswith("filter 2, ")
    assert whole.endswith(f"row 1, column 1: {human(float(now))}, at the start {human(float(start))}")
    view.sources.chosen.emit("2")
    view.kinds.chosen.emit("change")
    view.grab()
    assert len(view.bank._places) == 4
    assert view.bank.values[0, 0, 0, 3] == view.bank.record.now[0, 0, 2, 3] - view.bank.record.start[0, 0, 2, 3]
    qtbot.mouseClick(view.bank, Qt.MouseButton.LeftButton, pos=view.bank._places[3].center().toPoint())
    assert shown.context.selection.target.unit == "c2/3"
    qtbot.keyClick(view.bank, Qt.Key.Key_Left)
    assert shown.context.selection.target.unit == "c2/2"


def test_a_click_on_a_map_opens_its_cell(qtbot: QtBot, show: Show) -> None:
    shown = show("cell")
    view, glass = shown.view, shown.context.glass
    shown.context.selection.select(Target("c1", "c1/2"))
    shown.feed()
    view.grab()
    record = view.picture.record
    assert (record.layer, record.unit, record.row, record.column) == ("c1", "c1/2", 4, 4)
    corner = view.picture.place.topLeft() + QPointF(3, 3)
    qtbot.mouseClick(view.picture, Qt.MouseButton.LeftButton, pos=corner.toPoint())
    assert glass.place == (0, 0)
    shown.feed()
    assert not view.picture.record.patches[0].inside[0].any(), "the window hangs over the edge"
    assert view.picture.written.endswith(f"a = max(0, z) = {human(view.picture.record.a)}")
    qtbot.keyClick(view.picture, Qt.Key.Key_Down)
    assert glass.place == (1, 0)
    shown.context.selection.select(Target("p1", "p1/0"))
    shown.feed()
    assert view.picture.written.startswith("z = max of what it sees = ")


def test_a_click_in_the_maps_points_at_a_cell(qtbot: QtBot, show: Show) -> None:
    shown = show("maps")
    shown.feed()
    shown.view.show_layer("p1")
    shown.view.grab()
    place = shown.view.grid._places[1]
    at = place.topLeft() + QPointF(place.width() * 0.9, place.height() * 0.1)
    qtbot.mouseClick(shown.view.grid, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert shown.context.selection.target.layer == "p1"
    assert shown.context.glass.place == (0, 3)


def test_the_ways_of_looking_inside_are_chosen(qtbot: QtBot, show: Show) -> None:
    shown = show("inside")
    view = shown.view
    seen = set()
    for kind in ("saliency", "cam", "occlusion", "fooled"):
        view.kinds.chosen.emit(kind)
        shown.feed()
        seen.add(looks(view.picture))
        assert view.picture.record.what == kind
    assert len(seen) == 4
    view.step.moved.emit(view.step.value)
    view.classes.chosen.emit("4")
    shown.feed()
    assert view.picture.record.asked == 4
    assert "after the step" in view.picture.told
    assert view.step.isVisible()


def test_pictures_stand_behind_a_cell_of_the_matrix(qtbot: QtBot, show: Show) -> None:
    shown = show("confusion")
    view = shown.view
    shown.machine.advance("epoch", 2, 60.0)
    shown.feed()
    view.grab()
    qtbot.mouseMove(view.matrix, view.matrix._cell(3, 3).center().toPoint())
    shown.feed()
    assert 0 < len(view.thumbs.rows) <= 12
    samples = shown.context.session.samples
    assert {float(samples.y[row]) for row in view.thumbs.rows} == {3.0}
    qtbot.mouseClick(view.thumbs, Qt.MouseButton.LeftButton, pos=view.thumbs.rect_of(1).center().toPoint())
    assert shown.context.glass.row == view.thumbs.rows[1]
    assert not view.grab().isNull()


def test_a_hard_picture_is_put_under_the_glass(qtbot: QtBot, show: Show) -> None:
    shown = show("hardest")
    shown.feed()
    shown.view.grab()
    shown.view.rows.clicked.emit(2)
    assert shown.context.glass.row == shown.view.rows.record.items[2].row


def test_a_picture_of_the_embedding_is_put_under_the_glass(qtbot: QtBot, show: Show) -> None:
    shown = show("embedding")
    view = shown.view
    view.ways.chosen.emit("t-SNE")
    shown.feed()
    assert view.summary.text().startswith("step ")
    view.grab()
    place = view.picture.places()[7]
    qtbot.mouseClick(view.picture, Qt.MouseButton.LeftButton, pos=place.toPoint())
    row = shown.context.glass.row
    near = [k for k, at in enumerate(view.picture.places()) if (at - place).manhattanLength() < 3]
    assert row in {view.picture.record.rows[k] for k in near}


def test_an_experiment_opens_with_the_view_its_note_speaks_of(tmp_path: Path) -> None:
    with hand.opened(tmp_path, "fooled", engine=False) as window:
        window.finish()
        inside = window.views.widget_of("inside")
        assert isinstance(inside, InsideView)
        assert inside.isVisible()
        assert (inside.kind, inside.step.isVisible()) == ("fooled", True), "the way with the slider"
        window.documents.open_example("stripes")
        assert window.views.widget_of("filters").isVisible()
        before = window.views.open_views()
        window.documents.open_example("digits")
        assert window.views.open_views() == before
        window.documents.open_example("too-sure")
        assert window.views.widget_of("roc").isVisible()
