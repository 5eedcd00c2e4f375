"""The command palette on its own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.actions import Entry, nothing
from app.palette import CommandPalette, matches
from tests.app import windows as hand
from tests.app.kit import context_of, put


def test_it_says_when_nothing_fits(qtbot: QtBot) -> None:
    with context_of() as context:
        palette = CommandPalette(context.actions, lambda: None)
        put(palette)
        palette.line.setText("qqqq")
        assert palette.list.count() == 0
        assert palette.nothing.isVisible()


def test_of_two_with_one_name_the_shorter_path_of_menus_is_meant() -> None:
    def entry(menu: str) -> Entry:
        return Entry(menu, "Trace", menu, nothing)

    picture, view = entry("File/Save picture of a view"), entry("View/Views")
    assert matches("trace", (picture, view)) == [view, picture]


def test_escape_leaves_a_page_that_the_palette_opened_where_nothing_had_the_focus(tmp_path: Path) -> None:
    with hand.opened(tmp_path, engine=False) as window:
        focused = window.focusWidget()
        if focused is not None:
            focused.clearFocus()
        window.show_palette()
        palette = window.overlay.content
        assert isinstance(palette, CommandPalette)
        hand.type_text(palette.line, "about")
        hand.press(window, Qt.Key.Key_Return)
        assert window.overlay.content is not None
        hand.flush()
        hand.press(window, Qt.Key.Key_Escape)
        assert window.overlay.content is None
