"""The line of the run: its epochs, and “run until”, whose rules are set with a mark and a number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app.context import Context
from app.panels.transport import grouped
from app.panels.until import Rules
from engine.machines.base import Until
from tests.app.kit import context_of


@pytest.fixture
def context(qapp: QApplication) -> Iterator[Context]:
    with context_of() as made:
        yield made


def test_a_number_of_epochs_that_has_no_room_is_shortened() -> None:
    assert grouped(99_999_999) == "99\u2009999\u2009999"
    assert len(grouped(122_365_964)) < len(grouped(99_999_999))


def test_the_best_weights_go_with_the_plateau(context: Context) -> None:
    rules = Rules(context)
    assert not rules.best.isEnabled()
    rules.boxes["plateau"].click()
    assert rules.best.isEnabled()
    rules.best.click()
    assert context.session.rules == Until(plateau=300, keep_best=True)
    again = Rules(context)
    assert again.best.isChecked()
    rules.boxes["plateau"].click()
    assert not rules.best.isEnabled()
    assert context.session.rules.plateau is None
    rules.deleteLater()
    again.deleteLater()
