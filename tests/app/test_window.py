"""The window as a person uses it: keys, menus, palette, pages, columns, views, look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.help import Sheet
from app.menus import ORDER
from app.messages import Busy, Message
from app.palette import CommandPalette, best, everything, matches
from app.panels.gallery import Gallery
from app.panels.importing import Importing
from app.panels.thumbnails import Thumbnail
from app.panels.until import Rules
from app.selection import Target
from app.theme import theme
from app.widgets.choice import ChoiceBox
from app.widgets.number import NumberField
from app.window import Window
from engine import examples
from engine.machines.base import Until
from tests.app import windows as hand

K = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

ADDRESS = "https://playground.tensorflow.org/#dataset=gauss&networkShape=3&learningRate=0.1"


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    """A window whose engine has not started: what it does must not need one."""
    before = theme().mode, theme().percent
    with hand.opened(tmp_path, engine=False) as made:
        yield made
    theme().set_mode(before[0])
    theme().set_percent(before[1])


def running(window: Window) -> str:
    """Whether it runs, asked anew each time."""
    return window.context.session.run_state


def page(window: Window) -> object:
    """The page over the window, asked anew each time."""
    return window.overlay.content


def told(window: Window) -> tuple[str, ...]:
    """What is being told, asked anew each time."""
    return window.notices.sentences


# -- keys ---------------------------------------------------------------------------------------------------------


def test_space_plays_and_pauses(window: Window) -> None:
    hand.press(window, K.Key_Space)
    assert running(window) == "running"
    assert window.top.transport.play.accessibleName() == "Pause"
    hand.press(window, K.Key_Space)
    assert running(window) == "paused"


def test_space_on_a_focused_button_presses_the_button(window: Window) -> None:
    window.top.theme_button.setFocus(Qt.FocusReason.TabFocusReason)
    dark = theme().dark
    hand.press(window, K.Key_Space)
    assert theme().dark is not dark
    assert running(window) == "paused"


def test_right_steps_until_something_is_selected(window: Window) -> None:
    stepped: list[bool] = []
    window.context.actions["run.step"].triggered.connect(lambda: stepped.append(True))
    window.diagram.setFocus(Qt.FocusReason.MouseFocusReason)
    hand.press(window, K.Key_Right)
    assert len(stepped) == 1
    window.context.selection.select(Target(window.context.session.experiment.model.layers[0].id))
    before = window.context.selection.target
    hand.press(window, K.Key_Right)
    assert len(stepped) == 1
    assert window.context.selection.target != before
    hand.press(window, K.Key_Escape)
    assert window.context.selection.target == Target()
    window.diagram.setFocus(Qt.FocusReason.TabFocusReason)
    hand.press(window, K.Key_Right)
    assert len(stepped) == 1
    assert window.context.selection.target != Target()


def test_space_plays_after_a_click_on_another_control(window: Window) -> None:
    reset = hand.button(window.top, "Reset")
    number, choice = window.training.findChild(NumberField), window.training.findChild(ChoiceBox)
    for clicked in (reset, window.data_panel.findChild(Thumbnail), number, choice):
        assert isinstance(clicked, QWidget)
        clicked.setFocus(Qt.FocusReason.MouseFocusReason)
        # A list that opened over it and closed again changes nothing.
        clicked.clearFocus()
        clicked.setFocus(Qt.FocusReason.PopupFocusReason)
        before = running(window)
        hand.press(window, K.Key_Space)
        assert running(window) != before, clicked


def test_digits_choose_the_class_but_type_in_a_field(window: Window) -> None:
    hand.press(window, K.Key_3)
    assert window.context.drawing.class_index == 2
    window.top.name.setFocus()
    window.top.name.selectAll()
    hand.type_text(window.top.name, "Net 1")
    assert window.context.drawing.class_index == 2
    hand.press(window, K.Key_Return)
    assert window.context.session.experiment.name == "Net 1"


def test_renaming_is_undone_by_name(window: Window) -> None:
    old = window.context.session.experiment.name
    window.context.session.edit("Rename", "name", "Other")
    window.context.actions.refresh()
    assert window.context.actions["edit.undo"].text() == "Undo rename"
    hand.press(window, K.Key_Z, CTRL)
    assert window.context.session.experiment.name == old
    hand.press(window, K.Key_Y, CTRL)
    assert window.top.name.text() == "Other"


def test_layers_and_neurons_by_keys(window: Window) -> None:
    session = window.context.session
    layers = len(session.experiment.model.layers)
    hand.press(window, K.Key_L)
    assert len(session.experiment.model.layers) == layers + 1
    chosen = session.experiment.model.layer(window.context.selection.target.layer)
    units = chosen.units  # type: ignore[attr-defined] # a column of neurons
    hand.press(window, K.Key_N)
    assert session.experiment.model.layer(chosen.id).units == units + 1  # type: ignore[attr-defined]
    hand.press(window, K.Key_N, SHIFT)
    hand.press(window, K.Key_L, SHIFT)
    assert len(session.experiment.model.layers) == layers


def test_every_key_belongs_to_one_action(window: Window) -> None:
    keys = [k for entry in window.context.actions for k in entry.keys]
    assert sorted(keys) == sorted(set(keys))


def test_every_action_but_those_of_submenus_is_in_a_menu(window: Window) -> None:
    shown: set[str] = set()

    def walk(menu: QMenu) -> None:
        for action in menu.actions():
            shown.add(action.objectName())
            inner = action.menu()
            if isinstance(inner, QMenu):
                walk(inner)

    for top in window.menuBar().actions():
        menu = top.menu()
        assert isinstance(menu, QMenu)
        walk(menu)
    assert {e.id for e in window.context.actions if e.menu and e.children is None} <= shown
    assert [a.text() for a in window.menuBar().actions()] == [f"&{name}" for name in ORDER]


# -- palette and pages --------------------------------------------------------------------------------------------


def test_the_palette_finds_by_a_few_letters_and_does_it(window: Window) -> None:
    hand.press(window, K.Key_P, CTRL | SHIFT)
    palette = window.overlay.content
    assert isinstance(palette, CommandPalette)
    layers = len(window.context.session.experiment.model.layers)
    hand.type_text(palette.line, "addlay")
    hand.press(window, K.Key_Return)
    assert page(window) is None
    assert len(window.context.session.experiment.model.layers) == layers + 1


def test_the_palette_knows_examples_and_data_sets(window: Window) -> None:
    ids = {entry.id for entry in everything(window.context.actions)}
    assert {f"example.{name}" for name in examples.names()} <= ids
    by_hand = {f"example.{name}" for name in examples.names() if examples.section(name) == "by-hand"}
    assert by_hand <= {entry.id for entry in matches("by hand", everything(window.context.actions))}
    assert "data.set-moons" in ids


def test_fuzzy_prefers_the_starts_of_words() -> None:
    assert (best("al", "Add layer") or 0) > (best("al", "Larger dial") or 0)
    assert best("xyz", "Add layer") is None


def test_escape_leaves_a_page_and_gives_the_focus_back(window: Window) -> None:
    window.diagram.setFocus()
    hand.press(window, K.Key_Question)
    assert isinstance(window.overlay.content, Sheet)
    hand.press(window, K.Key_Escape)
    assert page(window) is None
    assert window.focusWidget() is window.diagram


def test_the_gallery_opens_an_example(window: Window) -> None:
    window.context.actions.run("file.gallery")
    gallery = window.overlay.content
    assert isinstance(gallery, Gallery)
    gallery.example_chosen.emit("moons")
    assert window.context.session.experiment.name == examples.load("moons").name


def test_tab_stays_inside_a_page(window: Window) -> None:
    window.show_about()
    for _ in range(3):
        hand.press(window, K.Key_Tab)
        now = window.focusWidget()
        assert now is not None
        assert window.overlay.isAncestorOf(now) or now is window.overlay


# -- run until, speed ---------------------------------------------------------------------------------------------


def test_run_until_takes_an_accuracy(window: Window) -> None:
    hand.click(window.top, "run until")
    popover = window.findChild(Rules)
    assert popover is not None
    popover.boxes["accuracy"].click()
    assert window.context.session.rules.accuracy == pytest.approx(0.99)
    popover.window().close()
    hand.flush()
    assert "99" in hand.button(window.top, "run until").text()
    window.documents.open_example("sine")
    assert window.context.session.rules == Until(), "another document has rules of its own"
    assert "99" not in hand.button(window.top, "run until").text()


def test_the_speed_goes_from_one_sample_a_second_to_unlimited(window: Window) -> None:
    speed = window.top.transport.speed
    speed.setFocus()
    hand.press(window, K.Key_Home)
    assert window.context.session.pace == 1
    hand.press(window, K.Key_End)
    assert window.context.session.pace is None


def test_read_outs_keep_their_width(window: Window) -> None:
    epoch = window.top.transport.epoch
    hand.flush()
    before = epoch.geometry()
    epoch.show_text("99\u2009999\u2009999")
    hand.flush()
    assert epoch.geometry() == before


# -- look ---------------------------------------------------------------------------------------------------------


def test_text_grows_and_the_window_follows(window: Window) -> None:
    height = window.top.height()
    for _ in range(4):
        hand.press(window, K.Key_Plus, CTRL)
    hand.flush()
    assert theme().percent == 175
    assert window.top.sizeHint().height() > height
    hand.press(window, K.Key_0, CTRL)
    assert theme().percent == 100


# -- messages -----------------------------------------------------------------------------------------------------


def test_a_message_offers_its_remedy(window: Window) -> None:
    done: list[bool] = []
    window.context.session.tell(Message("The loss is no number.", "error", "Reset", lambda: done.append(True)))
    assert told(window) == ("The loss is no number.",)
    hand.click(window.notices, "Reset")
    assert done == [True]
    assert told(window) == ()


def test_messages_told_at_once_all_have_room(window: Window) -> None:
    for sentence in ("The output is wider.", "The loss follows the task.", "The activation follows the loss."):
        window.context.session.tell(Message(sentence))
    hand.flush()
    for card in window.notices.cards:
        assert card.height() >= card.minimumSizeHint().height() > 0


def test_long_work_shows_how_far_it_is_and_is_cancelled(window: Window, qtbot: QtBot) -> None:
    cancelled: list[bool] = []
    window.context.session.busy_changed.emit(Busy("Reading", 3, 10, lambda: cancelled.append(True)))
    qtbot.waitUntil(window.notices.isVisible)
    hand.click(window.notices, "Cancel")
    assert cancelled == [True]
    window.context.session.busy_changed.emit(Busy("", 0, 0))
    assert window.notices.isHidden()


# -- documents ----------------------------------------------------------------------------------------------------


def test_closing_asks_and_cancel_keeps_the_window(window: Window) -> None:
    window.context.session.edit("Rename", "name", "Other")
    window.close()
    hand.answer(window, "Cancel")
    assert window.isVisible()
    window.close()
    hand.answer(window, "Don’t save")
    assert not window.isVisible()


def test_what_was_not_changed_is_not_asked_about(window: Window) -> None:
    window.documents.new()
    assert window.context.session.experiment.name == "untitled"
    assert len(window.context.session.samples) == 0
    assert window.findChild(QMessageBox, "unsaved") is None


def test_new_asks_for_changes(window: Window) -> None:
    window.context.session.edit("Rename", "name", "Other")
    hand.press(window, K.Key_N, CTRL)
    hand.answer(window, "Don’t save")
    assert window.context.session.experiment.name == "untitled"


def test_an_address_of_the_playground_is_pasted(window: Window) -> None:
    QGuiApplication.clipboard().setText(ADDRESS)
    hand.press(window, K.Key_V, CTRL)
    experiment = window.context.session.experiment
    assert experiment.data.source.key == "gauss"
    assert experiment.training.optimiser.rate == 0.1
    assert [x.id for x in experiment.model.layers] == ["h1", "output"]


def test_a_broken_address_leaves_everything_and_says_why(window: Window) -> None:
    before = window.context.session.experiment
    window.intake.text("https://playground.tensorflow.org/#dataset=cube")
    assert window.context.session.experiment == before
    assert "cube" in window.notices.sentences[0]


def test_a_pasted_table_opens_the_page_of_own_data(window: Window) -> None:
    window.intake.text("a,b,kind\n1,2,x\n2,1,y\n")
    assert isinstance(window.overlay.content, Importing)
    hand.until(lambda: getattr(window.overlay.content, "preview", None) is not None)


def test_a_table_is_dropped(window: Window, tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("a,b,kind\n1,2,x\n2,1,y\n")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(table))])
    assert window.intake.takes(mime)
    window.intake.drop(mime)
    assert isinstance(window.overlay.content, Importing)
    hand.until(lambda: getattr(window.overlay.content, "preview", None) is not None)


def test_another_kind_of_file_is_refused_in_a_sentence(window: Window, tmp_path: Path) -> None:
    window.intake.files(tmp_path / "song.mp3")
    assert "song.mp3" in window.notices.sentences[0]


def test_points_go_to_a_table(window: Window, tmp_path: Path) -> None:
    window.context.session.start()
    window.exports.export_points()
    target = tmp_path / "points.csv"
    hand.choose_file(window, target)
    hand.until(target.exists)
    lines = target.read_text().splitlines()
    assert lines[0] == "x1,x2,y,set"
    assert len(lines) == 1 + len(window.context.session.samples)


def test_a_picture_of_the_window_is_saved(window: Window, tmp_path: Path) -> None:
    window.exports.save_window()
    target = tmp_path / "window.png"
    hand.choose_file(window, target)
    assert target.stat().st_size > 10_000


# -- for everybody ------------------------------------------------------------------------------------------------


def test_everything_that_takes_the_focus_has_a_name(window: Window) -> None:
    window.views.fill("bottom")
    for kind in (QAbstractButton, QLineEdit):
        for widget in window.findChildren(kind):
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                assert widget.accessibleName() or getattr(widget, "text", str)(), f"{type(widget).__name__} has no name"
