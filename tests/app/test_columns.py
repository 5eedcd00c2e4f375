"""The three columns and the views in them: folded, torn off, put back, and made to fit any window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.theme import theme
from app.window import Window
from tests.app import windows as hand


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    """A window whose engine has not started."""
    before = theme().percent
    with hand.opened(tmp_path, engine=False) as made:
        yield made
    theme().set_percent(before)


def test_columns_fold_and_the_layout_is_remembered(window: Window) -> None:
    window.context.actions.run("view.data")
    assert window.columns.folded("data")
    window.columns.remember()
    window.context.actions.run("view.data")
    assert not window.columns.folded("data")
    window.columns.place()
    assert window.columns.folded("data")
    window.reset_layout()
    assert not window.columns.folded("data")


def test_a_name_without_room_ends_in_dots_until_it_is_edited(window: Window) -> None:
    name = window.top.name
    assert name.shown == name.text()
    window.context.session.edit("Rename", "name", "A name that is longer than any bar has room for " * 3)
    window.lay_out()
    assert name.shown.endswith("…")
    name.setFocus()
    assert name.shown == name.text()


def test_a_view_is_torn_off_and_put_back(window: Window) -> None:
    key = window.views.open_views()[0]
    view = window.views.widget_of(key)
    window.views.tear(key)
    assert view.window() is not window
    view.window().close()
    hand.flush()
    assert view.window() is window
    assert not window.views.torn(key)


def test_further_views_become_tabs_and_close(window: Window) -> None:
    fresh = next(k for k in window.views.offers() if k not in window.views.open_views())
    window.views.show_view(fresh)
    pane = next(p for p in window.views.panes.values() if fresh in p.keys)
    assert pane.tabs.tabText(pane.tabs.currentIndex()) == dict(window.open_views())[fresh]
    window.views.close_view(fresh)
    assert fresh not in window.views.open_views()


def test_an_entry_of_the_menu_brings_a_covered_view_to_the_front_and_closes_the_one_in_front(window: Window) -> None:
    def choose(key: str) -> None:
        children = window.context.actions.entry("view.views").children
        assert children is not None
        next(entry for entry in children() if entry.id == f"view.show-{key}").run()

    window.views.show_view("trace")
    window.views.show_view("output")
    assert not window.views.in_front("trace")
    choose("trace")
    assert window.views.in_front("trace")
    choose("trace")
    assert "trace" not in window.views.open_views()


@pytest.mark.parametrize("notes", ["Step and see Trace: two rows.", "See Trace for each correction.", "In view Trace."])
def test_a_note_brings_the_view_it_names_to_the_front(window: Window, notes: str) -> None:
    window.views.show_named(notes)
    assert window.views.in_front("trace")
    window.views.close_view("trace")


def test_in_a_low_column_curves_go_behind_a_tab_and_come_back(window: Window) -> None:
    window.views.fill("bottom")
    top, bottom = (window.views.panes[name] for name in ("top", "bottom"))
    hand.flush()
    assert (top.keys, bottom.keys) == (["output"], ["curves"])
    window.resize(1280, 600)
    hand.flush()
    assert (top.keys, bottom.keys) == (["output", "curves"], [])
    assert top.tabs.currentIndex() == 0
    window.views.show_view("layers")
    window.resize(1440, 900)
    hand.flush()
    window.resize(1280, 600)
    hand.flush()
    assert window.views.in_front("layers")
    window.views.close_view("layers")
    window.views.remember()
    window.resize(1440, 900)
    hand.flush()
    assert (top.keys, bottom.keys) == (["output"], ["curves"])
    assert window.context.settings.get("views/bottom", "") == "curves"


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1920, 1080), (2560, 1440)])
@pytest.mark.parametrize("text", [100, 150])
def test_the_surface_is_a_square_that_takes_most_of_its_column(
    window: Window, size: tuple[int, int], text: int
) -> None:
    window.views.fill("bottom")
    theme().set_percent(text)
    window.resize(*size)
    window.columns.reset()
    hand.flush()
    window.grab()
    square = window.views.widget_of("output").picture.view.rect  # type: ignore[attr-defined] # the output's
    assert square.width() == square.height()
    assert square.width() > 0.68 * window.views.splitter.width()


def test_letters_of_a_view_that_moves_keep_the_size_of_text(window: Window) -> None:
    window.views.fill("bottom")
    window.resize(1280, 600)
    hand.flush()
    assert "curves" in window.views.panes["top"].keys
    theme().set_percent(150)
    window.resize(2560, 1440)
    hand.flush()
    assert "curves" in window.views.panes["bottom"].keys
    waiting = window.views.widget_of("curves").waiting  # type: ignore[attr-defined] # the sentence of the curves
    assert waiting.font().pixelSize() == theme().font().pixelSize()


def test_the_title_of_the_output_is_there_again_when_the_layout_is_reset(window: Window) -> None:
    window.resize(1280, 720)
    window.views.fill("bottom")
    window.views.show_view("layers")
    hand.flush()
    window.views.reset()
    hand.flush()
    assert window.views.widget_of("output").title.isVisible()


def test_only_what_could_be_lost_is_marked_as_edited(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    session = window.context.session
    monkeypatch.setattr(type(session), "unsaved", True)  # as after training: pressing Play brings it back
    session.document_changed.emit()
    assert window.top.edited.isHidden()
    assert not window.isWindowModified()
    session.edit("Change rate", "training.optimiser.rate", 0.1)
    assert not window.top.edited.isHidden()
    session.history.stack.undo()
    hand.flush()
    assert window.top.edited.isHidden()


def test_test_points_are_hidden_from_the_data_column_and_from_the_menu(window: Window) -> None:
    picture = window.views.widget_of("output").picture  # type: ignore[attr-defined] # the output's
    window.data_panel.tests.click()
    assert not picture.show_tests
    window.context.actions.run("view.tests")
    assert picture.show_tests
    assert window.data_panel.tests.isChecked()


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1920, 1080)])
@pytest.mark.parametrize("text", [100, 150])
def test_everything_important_fits(window: Window, size: tuple[int, int], text: int) -> None:
    theme().set_percent(text)
    window.resize(*size)
    hand.flush()
    assert window.size().toTuple() == size, "the window can't be made this small"
    for part in (window.top.transport, window.top.help_button, window.data, window.network, window.views):
        corner = part.mapTo(window, part.rect().bottomRight())
        assert window.rect().contains(corner), f"{type(part).__name__} ends at {corner}"
