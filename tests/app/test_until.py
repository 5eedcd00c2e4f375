"""“Run until”: rules are set with a mark and a number, and what is kept goes with its rule."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app.context import Context
from app.panels.until import Rules
from engine.machines.base import Until
from tests.app.kit import context_of


@pytest.fixture
def context(qapp: QApplication) -> Iterator[Context]:
    with context_of() as made:
        yield made


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
