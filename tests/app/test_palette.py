"""The command palette on its own."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.palette import CommandPalette
from tests.app.kit import context_of, put


def test_it_says_when_nothing_fits(qtbot: QtBot) -> None:
    with context_of() as context:
        palette = CommandPalette(context.actions, lambda: None)
        put(palette)
        palette.line.setText("qqqq")
        assert palette.list.count() == 0
        assert palette.nothing.isVisible()
