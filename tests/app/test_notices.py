"""Notices on their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.messages import Message
from app.notices import Notices
from app.theme import theme
from tests.app.kit import context_of, put


@pytest.fixture
def percent() -> Iterator[None]:
    """The size of text is what it was before."""
    before = theme().percent
    yield
    theme().set_percent(before)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("layer “h1” has no neurons", "Layer “h1” has no neurons."),
        ("“rate” must be at most 100.", "“rate” must be at most 100."),
        ("Writing …", "Writing …"),
        ("points.csv: row 3 has 2 columns", "points.csv: row 3 has 2 columns."),
    ],
)
def test_what_is_told_is_a_sentence(told: str, shown: str) -> None:
    assert Message(told, "error").sentence == shown


def test_what_is_told_already_grows_with_the_text(qtbot: QtBot, percent: None) -> None:
    with context_of() as context:
        part = QWidget()
        notices = Notices(context.session, put(part), part)
        context.session.tell(Message("Something went wrong.", "error"))
        label = notices.cards[0].label
        before = label.font().pixelSize()
        theme().set_percent(200)
        assert label.font().pixelSize() == 2 * before
