"""The drawing pad: strokes by mouse and keys, the live answer, classes, and drawings that become pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import keeping
from app.context import Context
from app.messages import Message
from app.panels.data import DataPanel
from app.panels.gallery import Gallery, Tile
from app.panels.pad import PicturePad
from app.pixels import image_of
from app.theme import theme
from app.views._pictures import PicturesView
from engine import examples
from engine.adapt import adapt
from engine.datasets import Dataset
from engine.datasets.editing import pictures
from engine.experiment import Experiment
from tests.app import kit
from tests.app import windows as hand

K, SHIFT, CTRL = Qt.Key, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def of(source: Dataset) -> Experiment:
    """The network of the first example, on pictures."""
    base = examples.load("circle" if "circle" in examples.names() else next(iter(examples.names())))
    fitted, _ = adapt(replace(base, data=replace(base.data, source=source, share=80.0)))
    return fitted


DIGITS = Dataset.registry["digits"].kind()


@pytest.fixture
def context(qtbot: QtBot) -> Iterator[Context]:
    with kit.context_of(of(DIGITS)) as made:
        yield made


@pytest.fixture
def pad(context: Context) -> PicturePad:
    made = PicturePad(context)
    kit.put(made, width=220, height=560)
    return made


def answered(pad: PicturePad) -> None:
    """Wait until what was drawn has been asked about."""
    hand.until(lambda: not pad._soon.isActive())


def stroke(pad: PicturePad, *way: tuple[float, float], button: Qt.MouseButton = kit.LEFT) -> None:
    """Draw through places (across, down), as shares of the ground, and wait for what follows from it."""
    place = pad.ground.place()
    points = [QPoint(round(place.left() + x * place.width()), round(place.top() + y * place.height())) for x, y in way]
    QTest.mousePress(pad.ground, button, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(pad.ground, point)
    QTest.mouseRelease(pad.ground, button, pos=points[-1])
    answered(pad)


def press(pad: PicturePad, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(pad.ground, key, modifier)
    answered(pad)


def seen(context: Context) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """The drawing under the glass."""
    return np.frombuffer(context.glass.pixels, np.uint8).reshape(8, 8)


# -- drawing ----------------------------------------------------------------------------------------------------------


def test_a_stroke_is_under_the_glass_and_no_undo_step_of_the_document(pad: PicturePad, context: Context) -> None:
    pad.centre.setChecked(False)
    stroke(pad, (0.5, 0.1), (0.5, 0.9))
    assert seen(context)[1:7, 3:5].min() > 100
    assert not seen(context)[:, :2].any()
    assert not seen(context)[:, 6:].any()
    assert context.session.history.stack.count() == 0
    assert np.array_equal(pad.seen.pixels[:, :, 0], seen(context))


def test_the_right_button_and_the_eraser_take_ink_away(pad: PicturePad, context: Context) -> None:
    pad.centre.setChecked(False)
    stroke(pad, (0.2, 0.5), (0.8, 0.5))
    stroke(pad, (0.5, 0.2), (0.5, 0.8), button=Qt.MouseButton.RightButton)
    assert seen(context)[3:5, 3:5].max() < 100
    kit.click(pad.tools["eraser"])
    stroke(pad, (0.1, 0.5), (0.95, 0.5))
    assert context.glass.pixels == b"" or seen(context).max() < 100


def test_centring_brings_a_small_drawing_to_the_usual_size(pad: PicturePad, context: Context) -> None:
    """Digits of 8 x 8 fill all rows: so does a small stroke in a corner, in the middle of the columns."""
    stroke(pad, (0.15, 0.1), (0.15, 0.4))
    inked = seen(context) > 60
    assert inked.any(axis=1).all()
    assert not inked[:, :2].any()
    assert not inked[:, 6:].any()
    kit.click(pad.centre, QPoint(8, pad.centre.height() // 2))
    answered(pad)
    assert not (seen(context) > 60)[5:].any()


def test_strokes_are_taken_back_one_by_one_and_then_ctrl_z_is_the_windows(pad: PicturePad, context: Context) -> None:
    stroke(pad, (0.2, 0.2), (0.8, 0.2))
    first = context.glass.pixels
    stroke(pad, (0.2, 0.8), (0.8, 0.8))
    press(pad, K.Key_Z, CTRL)
    assert context.glass.pixels == first
    kit.click(pad.tools["undo"])
    answered(pad)
    assert context.glass.pixels == b""
    assert not pad.ground.can_undo
    assert not pad.tools["undo"].isEnabled()


def test_escape_gives_a_stroke_up(pad: PicturePad) -> None:
    QTest.mousePress(pad.ground, kit.LEFT, pos=pad.ground.rect().center())
    QTest.keyClick(pad.ground, K.Key_Escape)
    assert pad.ground.blank
    QTest.mouseMove(pad.ground, QPoint(20, 20))
    assert pad.ground.blank


def test_the_keyboard_draws(pad: PicturePad, context: Context) -> None:
    pad.centre.setChecked(False)
    pad.window().activateWindow()
    QTest.qWaitForWindowActive(pad.window())
    pad.tools["pen"].setFocus(Qt.FocusReason.TabFocusReason)
    pad.ground.setFocus(Qt.FocusReason.TabFocusReason)
    press(pad, K.Key_Space)
    assert seen(context).sum() > 0
    dot = int(seen(context).astype(int).sum())
    press(pad, K.Key_Right)
    assert seen(context).astype(int).sum() == dot, "an arrow alone draws nothing"
    for _ in range(3):
        press(pad, K.Key_Down, SHIFT)
    assert seen(context).astype(int).sum() > 2 * dot
    assert "row 8, column 6" in pad.ground.accessibleDescription()
    before = pad.ground.thickness
    press(pad, K.Key_BracketRight)
    assert pad.ground.thickness > before
    press(pad, K.Key_E)
    assert pad.tools["eraser"].isChecked()
    press(pad, K.Key_Delete)
    assert context.glass.pixels == b""


def test_all_controls_have_names(pad: PicturePad) -> None:
    controls = [pad.ground, pad.seen, pad.centre, pad.thickness, pad.more, *pad.chips, *pad.keep.values()]
    names = [w.accessibleName() for w in (*controls, *pad.tools.values())]
    assert all(names)
    assert len(set(names)) == len(names)


# -- classes and keeping ----------------------------------------------------------------------------------------------


def test_a_digit_chooses_the_class_that_is_called_so(pad: PicturePad, context: Context) -> None:
    press(pad, K.Key_7)
    assert context.drawing.class_index == 7
    assert [chip.text() for chip in pad.chips if chip.isChecked()] == ["7"]
    press(pad, K.Key_0)
    assert context.drawing.class_index == 0


@pytest.mark.parametrize("training", [True, False])
def test_a_drawing_is_kept_as_one_undo_step(pad: PicturePad, context: Context, training: bool) -> None:
    session = context.session
    before = session.experiment
    kit.click(pad.chips[4])
    stroke(pad, (0.3, 0.1), (0.3, 0.5), (0.7, 0.5))
    drawn = context.glass.pixels
    kit.click(pad.keep[training])
    assert len(session.samples) == 1798
    assert session.samples.y[-1] == 4
    assert session.samples.train(0.8)[-1] == training
    assert (np.rint(255 * session.samples.x[-1]).astype(np.uint8).tobytes()) == drawn
    assert session.experiment.model == before.model, "the network stays as it is"
    assert pad.ground.blank
    assert pad.ground.hasFocus(), "the next picture is drawn, and Space means Play"
    assert context.glass.row == 1797
    assert session.history.stack.count() == 1
    session.history.stack.undo()
    assert session.experiment == before


def test_nothing_is_kept_of_a_clean_pad(pad: PicturePad) -> None:
    assert not pad.keep[True].isEnabled()
    assert not pad.keep[False].isEnabled()


def test_a_class_is_made_on_the_spot_and_the_output_widens(pad: PicturePad, context: Context) -> None:
    session = context.session
    kit.click(pad.more)
    assert pad.naming.isVisible()
    assert pad.childAt(pad.naming.geometry().center()) is pad.naming, "nothing stands over it"
    assert pad.naming.text() == "10"
    hand.type_text(pad.naming, "cat")
    QTest.keyClick(pad.naming, K.Key_Return)
    assert session.samples.classes[-1] == "cat"
    assert session.experiment.model.output.units == 11
    assert pad.chips[10].isChecked()
    stroke(pad, (0.2, 0.2), (0.8, 0.8))
    kit.click(pad.keep[True])
    assert session.samples.y[-1] == 10
    session.history.stack.undo()
    session.history.stack.undo()
    assert len(session.samples.classes) == 10
    assert session.experiment.model.output.units == 10


def test_a_class_gets_another_name_and_escape_gives_it_up(pad: PicturePad, context: Context) -> None:
    QTest.mouseDClick(pad.chips[2], kit.LEFT)
    hand.type_text(pad.naming, "two")
    QTest.keyClick(pad.naming, K.Key_Return)
    assert context.session.samples.classes[2] == "two"
    kit.click(pad.more)
    QTest.keyClick(pad.naming, K.Key_Escape)
    assert len(context.session.samples.classes) == 10


def test_a_name_that_is_taken_is_refused_with_a_sentence(pad: PicturePad, context: Context) -> None:
    told: list[Message] = []
    context.session.told.connect(told.append)
    kit.click(pad.more)
    hand.type_text(pad.naming, "3")
    QTest.keyClick(pad.naming, K.Key_Return)
    assert "called “3” already" in told[-1].sentence
    assert context.session.history.stack.count() == 0


# -- in its place -----------------------------------------------------------------------------------------------------


def test_the_data_column_shows_the_pad_for_pictures_and_tools_for_points(context: Context) -> None:
    panel = DataPanel(context)
    kit.put(panel, width=240, height=700)
    assert panel.pad.isVisible()
    assert not panel.tools.isVisible()
    assert not panel.tests.isVisible()
    context.session.edit("Change data", "data.source", Dataset.registry["spiral"].kind())
    assert not panel.pad.isVisible()
    assert panel.tools.isVisible()
    context.session.history.stack.undo()
    assert panel.pad.isVisible()


def test_at_1280_x_720_all_that_keeps_a_drawing_is_seen_without_scrolling(tmp_path: Path) -> None:
    with hand.opened(tmp_path, "lenet", engine=False, size=(1280, 720)) as window:  # 26 classes
        panel = window.findChildren(DataPanel)[0]
        seen = panel.viewport().rect()
        for widget in (panel.pad.ground, *panel.pad.chips, *panel.pad.keep.values()):
            top = widget.mapTo(panel.viewport(), QPoint(0, 0))
            assert seen.contains(QRect(top, widget.size())), widget.accessibleName()


def test_no_class_shines_through_the_field_that_names_one(tmp_path: Path) -> None:
    with hand.opened(tmp_path, "lenet", engine=False, size=(1280, 720)) as window:
        pad = window.findChildren(PicturePad)[0]
        kit.click(pad.chips[0])
        pad.ask_name(0)
        seen = pad.grab(pad.naming.geometry()).toImage()
        behind_the_text = range(40, seen.width() - 12)
        assert len({seen.pixel(x, seen.height() // 2) for x in behind_the_text}) == 1


def test_ink_follows_the_window_and_photographs_stay_as_light_as_they_are() -> None:
    pixels = np.array([[[1.0], [0.25]]], np.float32)
    try:
        for mode, ink in (("light", (0, 191)), ("dark", (255, 64))):
            theme().set_mode(mode)  # type: ignore[arg-type] # one of both
            drawn, photo = image_of(pixels, inked=True), image_of(pixels, inked=False)
            assert tuple(drawn.pixelColor(k, 0).red() for k in (0, 1)) == ink
            assert tuple(photo.pixelColor(k, 0).red() for k in (0, 1)) == (255, 64)
    finally:
        theme().set_mode("light")


def test_other_pictures_begin_with_a_clean_ground_of_their_size(pad: PicturePad, context: Context) -> None:
    stroke(pad, (0.2, 0.2), (0.8, 0.8))
    keeping.begin(context.session, 16)
    assert pad.ground.form == (16, 16)
    assert pad.ground.blank
    assert context.glass.pixels == b""
    assert "draw one" in pad.note.text()
    assert [chip.text() for chip in pad.chips] == ["1", "2"]
    assert all(chip.isVisible() for chip in pad.chips)


def test_the_gallery_offers_an_empty_start(context: Context) -> None:
    gallery = Gallery(context)
    kit.put(gallery, width=900, height=600)
    kit.click(kit.inside(gallery, Tile, "Own pictures 16 × 16"))
    assert context.session.experiment.data.source == pictures.empty(16)


def test_without_samples_training_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """From nothing to a network that learns: draw two pictures of each class, and play."""
    with hand.opened(tmp_path) as window:
        session, pad = window.context.session, window.data_panel.pad
        told: list[Message] = []
        session.told.connect(told.append)
        keeping.begin(session, 8)
        hand.until(lambda: session.snapshot is not None and session.snapshot.experiment == session.experiment)
        hand.press(window, K.Key_Space)
        assert session.run_state == "paused"
        assert "nothing to learn from" in told[-1].sentence
        for k in (0, 1, 0, 1):
            kit.click(pad.chips[k])
            stroke(pad, *(((0.5, 0.1), (0.5, 0.9)) if k else ((0.1, 0.5), (0.9, 0.5))))
            kit.click(pad.keep[True])
        session.play()
        hand.until(lambda: session.snapshot is not None and session.snapshot.position.step > 20)
        session.pause()
        stroke(pad, (0.5, 0.15), (0.5, 0.85))
        view = window.views.widget_of("pictures")
        assert isinstance(view, PicturesView)

        def answer() -> int:
            glass = view.glass.record.glass if view.glass.record is not None else None
            return glass.answer if glass is not None and glass.row < 0 else -1

        hand.until(lambda: answer() == 1)
        window.context.glass.look_at(3)
        steps = session.history.stack.count()
        QTest.keyClick(view.sheet, K.Key_Delete)
        assert len(session.samples) == 3
        assert session.history.stack.count() == steps + 1
        QTest.keyClick(view.sheet, K.Key_Delete)
        assert len(session.samples) == 3, "only what is looked at is removed"
        session.history.stack.undo()
        assert len(session.samples) == 4
        assert not [m.sentence for m in told if m.kind == "error"]


def test_a_new_class_keeps_the_run_and_its_weights(tmp_path: Path) -> None:
    with hand.opened(tmp_path) as window:
        session, pad = window.context.session, window.data_panel.pad
        told: list[Message] = []
        session.told.connect(told.append)
        session.replace("Digits", of(DIGITS))
        session.play()
        hand.until(lambda: session.snapshot is not None and session.snapshot.position.epoch >= 4)
        before = session.snapshot
        assert before is not None
        stroke(pad, (0.2, 0.2), (0.8, 0.8))
        keeping.add_class(session, "line")
        kit.click(pad.chips[10])
        kit.click(pad.keep[True])
        hand.until(lambda: session.snapshot is not None and session.snapshot.experiment == session.experiment)
        after = session.snapshot
        assert session.run_state == "running"
        assert after is not None
        assert after.train.accuracy is not None
        assert before.train.accuracy is not None
        assert after.position.step >= before.position.step
        assert after.train.accuracy > before.train.accuracy - 0.1, "the weights are kept"
        assert not [m.sentence for m in told if m.kind == "error"]
