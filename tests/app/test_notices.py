"""Notices on their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.messages import Message
from app.notices import Notices
from app.theme import theme
from engine.machines.base import Position, Snapshot
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


def test_what_an_edit_brought_with_it_is_over_when_it_is_undone(qtbot: QtBot) -> None:
    with context_of() as context:
        part, session = QWidget(), context.session
        notices = Notices(session, put(part), part)
        session.snapshot = Snapshot(session.experiment, Position(), {})  # the document is not new
        session.edit("Change task", "training.loss", "competitive")
        assert notices.sentences, "what else had to change is told"
        session.edit("Change rate", "training.optimiser.rate", 0.2)
        assert notices.sentences, "another edit leaves it"
        session.history.stack.undo()
        session.history.stack.undo()
        assert not notices.sentences
