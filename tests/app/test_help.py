"""The sheet of keys: the table of actions, and what hands do in the diagram."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.help import GESTURES, Sheet
from tests.app import windows as hand


def test_the_sheet_of_keys_tells_what_hands_do_in_the_diagram(qtbot: QtBot, tmp_path: Path) -> None:
    with hand.opened(tmp_path, engine=False) as window:
        window.show_keys()
        sheet = window.findChild(Sheet)
        assert sheet is not None
        said = [label.text() for label in sheet.findChildren(QLabel)]
    assert "In the diagram" in said
    assert {text for text, _ in GESTURES} <= set(said)
    assert "Add layer" in said
