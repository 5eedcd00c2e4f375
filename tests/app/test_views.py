"""Every view: made, fed, resized, restyled, emptied, its picture copied and saved, and gone without a trace."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import pictures
from app.actions import Actions
from app.context import Context
from app.drawing import Drawing
from app.glass import Glass
from app.selection import Selection
from app.session import Session
from app.settings import Settings
from app.theme import theme
from app.views import View
from engine import examples
from engine.machines.base import build
from engine.producers import Producer
from engine.records import Want
from engine.registry import Entry
from tests.app import fakes

Maker = Callable[[str], Context]
VIEWS = [e for e in View.registry if Producer.registry[e.kind.record].kind.needs != "pictures"]
"""Those of pictures: see `test_views_pictures`."""
ids = [entry.key for entry in VIEWS]


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path) -> Iterator[Maker]:
    made: list[Session] = []

    def context(example: str) -> Context:
        session = Session(examples.load(example))
        made.append(session)
        settings = Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
        return Context(session, Selection(), Drawing(session), Glass(session), settings, Actions(session))

    yield context
    for session in made:
        session.close()
    theme().set_mode("light")
    theme().set_percent(100)


def feed(context: Context) -> None:
    """Give a snapshot with all that is looked at."""
    wants: frozenset[Want] = frozenset().union(*context.session._looks.values())
    snapshot = fakes.snapshot(context.session.experiment, wants)
    context.session.snapshot = snapshot
    context.session.snapshot_arrived.emit(snapshot)


def shown(qtbot: QtBot, context: Context, key: str, size: tuple[int, int] = (390, 400)) -> Any:
    widget = View.registry[key].kind().widget(context)
    qtbot.addWidget(widget)
    widget.resize(*size)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def picture(widget: QWidget) -> bytes:
    image = widget.grab().toImage()  # it must live as long as its bits are read
    return bytes(image.constBits())


@pytest.mark.parametrize("example", ["spiral", "three-spirals", "plane", "sine"])
@pytest.mark.parametrize("entry", VIEWS, ids=ids)
def test_it_draws_its_record(qtbot: QtBot, make: Maker, entry: Entry[View], example: str) -> None:
    context = make(example)
    view = shown(qtbot, context, entry.key)
    empty = picture(view)
    feed(context)
    qtbot.waitUntil(lambda: picture(view) != empty, timeout=5000)
    view.dispose()


@pytest.mark.parametrize("entry", VIEWS, ids=ids)
def test_any_size_theme_and_text(qtbot: QtBot, make: Maker, entry: Entry[View]) -> None:
    context = make("spiral")
    view = shown(qtbot, context, entry.key)
    feed(context)
    for mode, percent, size in (("dark", 150, (900, 800)), ("light", 200, (120, 90)), ("dark", 75, (300, 1200))):
        theme().set_mode(mode)  # type: ignore[arg-type] # one of the two words
        theme().set_percent(percent)
        view.resize(*size)
        view.fit()
        assert not view.grab().isNull()
    view.dispose()


@pytest.mark.parametrize("entry", VIEWS, ids=ids)
def test_only_what_is_seen_is_asked_for(qtbot: QtBot, make: Maker, entry: Entry[View]) -> None:
    context = make("spiral")
    view = shown(qtbot, context, entry.key)
    assert entry.kind.record in {want.name for want in context.session._looks[view]}
    view.hide()
    assert view not in context.session._looks
    view.dispose()


@pytest.mark.parametrize("entry", VIEWS, ids=ids)
def test_it_leaves_nothing(qtbot: QtBot, make: Maker, entry: Entry[View]) -> None:
    context = make("spiral")
    view = entry.kind().widget(context)
    view.resize(300, 300)
    view.show()
    feed(context)
    qtbot.wait(150)
    gone = weakref.ref(view)
    view.hide()
    view.dispose()
    view.close()
    view.deleteLater()
    context.session._looks.clear()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    del view
    gc.collect()
    assert gone() is None
    feed(context)


@pytest.mark.parametrize("entry", VIEWS, ids=ids)
def test_its_picture_is_copied_and_saved(qtbot: QtBot, make: Maker, entry: Entry[View], tmp_path: Path) -> None:
    context = make("spiral")
    view = shown(qtbot, context, entry.key, (300, 220))
    feed(context)
    view.copy_picture()
    assert QGuiApplication.clipboard().image().width() == 600
    pictures.save(view, tmp_path / "view.png")
    assert QImage(str(tmp_path / "view.png")).width() == 600
    pictures.save(view, tmp_path / "view.svg")
    assert "<svg" in (tmp_path / "view.svg").read_text()
    with pytest.raises(OSError, match=r"."):
        pictures.save(view, tmp_path / "missing" / "view.png")
    view.dispose()


@pytest.fixture
def output(qtbot: QtBot, make: Maker) -> Any:
    context = make("spiral")
    view = shown(qtbot, context, "output")
    feed(context)
    view.grab()
    yield view
    view.dispose()


def at(view: Any, x: float, y: float) -> QPoint:
    where: QPoint = view.picture.view.to_widget(x, y).toPoint()
    return where


def wheel(view: Any, where: QPoint, angle: int) -> None:
    picture = view.picture
    event = QWheelEvent(
        QPointF(where), QPointF(picture.mapToGlobal(where)), QPoint(), QPoint(0, angle),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(picture, event)


def test_a_click_with_the_point_tool_puts_a_point_there(qtbot: QtBot, output: Any) -> None:
    session = output.context.session
    output.context.drawing.take("put")
    qtbot.mouseClick(output.picture, Qt.MouseButton.LeftButton, pos=at(output, 4.0, -5.0))
    assert len(session.samples) == 501
    assert session.samples.x[-1] == pytest.approx((4, -5), abs=0.05)
    assert session.history.stack.count() == 1


def test_a_drag_with_the_brush_is_one_step(qtbot: QtBot, output: Any) -> None:
    session, drawing = output.context.session, output.context.drawing
    drawing.take("brush")
    drawing.set_strength(1)
    qtbot.mousePress(output.picture, Qt.MouseButton.LeftButton, pos=at(output, -5, -5))
    for k in range(8):
        qtbot.mouseMove(output.picture, at(output, -5 + k, -5))
        qtbot.wait(15)
    qtbot.mouseRelease(output.picture, Qt.MouseButton.LeftButton, pos=at(output, 2, -5))
    assert len(session.samples) > 510
    assert session.history.stack.count() == 1


def test_escape_during_a_drag_takes_it_back(qtbot: QtBot, output: Any) -> None:
    session = output.context.session
    output.context.drawing.take("brush")
    qtbot.mousePress(output.picture, Qt.MouseButton.LeftButton, pos=at(output, -5, -5))
    assert len(session.samples) > 500
    qtbot.keyClick(output.picture, Qt.Key.Key_Escape)
    qtbot.mouseRelease(output.picture, Qt.MouseButton.LeftButton, pos=at(output, -5, -5))
    assert len(session.samples) == 500


def test_keys_choose_class_and_radius(qtbot: QtBot, output: Any) -> None:
    drawing = output.context.drawing
    radius = drawing.radius
    qtbot.keyClick(output.picture, Qt.Key.Key_1)
    assert drawing.class_index == 0
    qtbot.keyClick(output.picture, Qt.Key.Key_BracketRight)
    assert drawing.radius > radius
    qtbot.keyClick(output.picture, Qt.Key.Key_BracketLeft)
    assert drawing.radius == pytest.approx(radius, abs=1e-2)


def test_points_can_be_put_without_a_mouse(qtbot: QtBot, output: Any) -> None:
    picture, drawing = output.picture, output.context.drawing
    drawing.take("put")
    picture.setFocus(Qt.FocusReason.TabFocusReason)
    picture.show_ring()
    picture._ring = True
    if not picture.hasFocus():
        pytest.skip("no focus on this platform")
    qtbot.keyClick(picture, Qt.Key.Key_Right)
    qtbot.keyClick(picture, Qt.Key.Key_Return)
    assert len(output.context.session.samples) == 501
    assert "class" in picture.accessibleDescription()


def test_the_wheel_zooms_at_the_pointer_and_fit_goes_back(qtbot: QtBot, output: Any) -> None:
    view = output.picture.view
    where = at(output, 3, 2)
    wheel(output, where, 360)
    assert not view.fitted
    assert view.to_plane(QPointF(where)) == pytest.approx((3, 2), abs=0.1)
    before = view.shown
    qtbot.mousePress(output.picture, Qt.MouseButton.MiddleButton, pos=where)
    qtbot.mouseMove(output.picture, where + QPoint(30, 10))
    qtbot.mouseRelease(output.picture, Qt.MouseButton.MiddleButton, pos=where + QPoint(30, 10))
    assert view.shown != before
    qtbot.keyClick(output.picture, Qt.Key.Key_F)
    assert view.fitted
    wheel(output, where, -1200)
    assert view.shown == view.domain


def test_what_is_enlarged_is_computed_for_itself(qtbot: QtBot, output: Any) -> None:
    picture, where = output.picture, at(output, 3, 2)
    wheel(output, where, 1200)
    part = next(want for want in output.wants() if want.area is not None)
    assert part.area == picture.view.shown
    machine = build(output.context.session.experiment)
    output.show_snapshot(machine.snapshot(output.wants()))
    assert picture.detail.domain == picture.view.shown
    wheel(output, where, 120)
    output.show_snapshot(machine.snapshot(frozenset({part})))
    assert picture.detail.domain == part.area  # the one before stays while the next is not there
    qtbot.keyClick(picture, Qt.Key.Key_F)
    assert picture.detail is None
    assert all(want.area is None for want in output.wants())


def test_hovering_tells_the_numbers(qtbot: QtBot, output: Any) -> None:
    x, y = output.context.session.samples.x[470]
    qtbot.mouseMove(output.picture, at(output, x, y))
    names = {line.name: line.number for line in output.picture.readout()}
    assert float(names["class 1"]) + float(names["class 2"]) == pytest.approx(1, abs=2e-3)
    assert any(name.endswith("point") for name in names)


def test_test_points_can_be_hidden(qtbot: QtBot, output: Any) -> None:
    before = int(output.picture.points.shown.sum())
    qtbot.mouseClick(output.legend.test, Qt.MouseButton.LeftButton)
    output.grab()
    assert int(output.picture.points.shown.sum()) == before // 2
    assert "hidden" in output.legend.test.text
    output.toggle_tests()


def test_the_legend_chooses_the_class(qtbot: QtBot, output: Any) -> None:
    qtbot.mouseClick(output.legend._classes[0], Qt.MouseButton.LeftButton)
    assert output.context.drawing.class_index == 0


def test_every_mode_looks_different(qtbot: QtBot, output: Any) -> None:
    seen = set()
    for option in output.modes._options:
        output.modes._pick([o.key for o in output.modes._options].index(option.key))
        seen.add(bytes(output.picture._image.constBits()))
    assert len(seen) == 4


def test_mistakes_are_ringed(output: Any) -> None:
    assert 0 < len(output.picture.mistakes()) < 500
    output.toggle_mistakes()
    assert not output.grab().isNull()
    output.toggle_mistakes()


def test_a_new_class_appears_in_the_legend(qtbot: QtBot, output: Any) -> None:
    drawing = output.context.drawing
    drawing.take("put")
    drawing.choose_class(2)
    qtbot.mouseClick(output.picture, Qt.MouseButton.LeftButton, pos=at(output, 4.0, -5.0))
    feed(output.context)
    assert [key.text for key in output.legend._classes] == ["class 1", "class 2", "class 3"]
    assert not output.grab().isNull()


def test_without_points_it_still_draws(qtbot: QtBot, output: Any) -> None:
    session = output.context.session
    session.edit("Few", "data.source.count", 1)
    drawing = output.context.drawing
    drawing.take("erase")
    drawing.set_radius(4)
    drawing.set_strength(1)
    drawing.press(tuple(session.samples.x[0]))
    drawing.release()
    assert len(session.samples) == 0
    assert not output.grab().isNull()


def test_curves_follow_zoom_and_tell_numbers(qtbot: QtBot, make: Maker) -> None:
    context = make("spiral")
    view = shown(qtbot, context, "curves")
    qtbot.waitUntil(lambda: view.plot is not None, timeout=10_000)
    assert not view.waiting.isHidden()
    feed(context)
    qtbot.waitUntil(lambda: view.plot.isVisible(), timeout=3000)
    assert [name for name, _, _ in view.numbers.entries] == ["train", "test"]
    last = view.numbers.entries[0][2]
    snapshot = context.session.snapshot
    assert snapshot is not None
    assert last == snapshot.train.loss, "two views would disagree"
    context.session.snapshot_arrived.emit(replace(snapshot, train=replace(snapshot.train, loss=0.0625)))
    assert view.numbers.entries[0][2] == 0.0625, "while the lines wait, the numbers do not"
    context.session.snapshot_arrived.emit(snapshot)
    view.plot.pointed.emit(2.1)
    assert view.numbers.entries[0][2] > last
    view.plot.frame_box.sigRangeChangedManually.emit([True, True])
    assert not view.plot.follow
    view.fit()
    qtbot.keyClick(view.which, Qt.Key.Key_Minus)
    assert not view.plot.follow
    view.log.setChecked(True)
    view.which._pick(1)
    feed(context)
    qtbot.waitUntil(lambda: view.curve is not None and view.curve.title == "accuracy", timeout=3000)
    view.fit()
    assert view.plot.follow
    view.dispose()


def test_a_plot_closes_under_the_pointer(qtbot: QtBot, make: Maker) -> None:
    context = make("spiral")
    view = shown(qtbot, context, "curves")
    feed(context)
    qtbot.waitUntil(lambda: view.plot is not None and view.plot.isVisible(), timeout=10_000)
    qtbot.mouseMove(view.plot.viewport(), view.plot.rect().center())
    plot = view.plot
    view.dispose()
    QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))


def test_a_click_on_a_map_selects_the_neuron(qtbot: QtBot, make: Maker) -> None:
    context = make("spiral")
    view = shown(qtbot, context, "maps")
    feed(context)
    view.grab()
    qtbot.mouseClick(view.grid, Qt.MouseButton.LeftButton, pos=view.grid._places[2].center().toPoint())
    assert context.selection.target.unit == "h1/2"
    assert view.grid.selected == 2
    qtbot.keyClick(view.grid, Qt.Key.Key_Left)
    assert context.selection.target.unit == "h1/1"
    view.dispose()


def test_a_click_on_a_weight_selects_it(qtbot: QtBot, make: Maker) -> None:
    context = make("spiral")
    view = shown(qtbot, context, "weights")
    feed(context)
    view.grab()
    place = view.maps._places[0][2]
    qtbot.mouseMove(view.maps, (place.topLeft() + QPointF(3, 3)).toPoint())
    assert "x₁" in view.number.text()
    qtbot.mouseClick(view.maps, Qt.MouseButton.LeftButton, pos=(place.topLeft() + QPointF(3, 3)).toPoint())
    assert context.selection.target.source == "input/x1"
    qtbot.keyClick(view.maps, Qt.Key.Key_PageDown)
    assert "bias" in view.number.text()
    qtbot.keyClick(view.maps, Qt.Key.Key_PageUp)
    qtbot.keyClick(view.maps, Qt.Key.Key_Down)
    qtbot.keyClick(view.maps, Qt.Key.Key_Return)
    assert context.selection.target.source == "input/x2"
    view.dispose()
