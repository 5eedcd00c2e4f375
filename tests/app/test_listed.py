"""A list of declarations: add, change, take out, undo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app.context import Context
from app.forms import Field
from app.panels.listed import Listed
from app.widgets.buttons import IconButton
from tests.app.kit import choose, click, context_of, inside, put


@pytest.fixture
def context(qapp: QApplication) -> Iterator[Context]:
    with context_of() as made:
        yield made


def test_regularisers_are_added_changed_and_taken_out(context: Context) -> None:
    listed = Listed(context, "training.regularisers")
    put(listed, width=300, height=400)
    session = context.session
    choose(listed.add, "Max norm")
    choose(listed.add, "Clip values")
    assert [r.key for r in session.experiment.training.regularisers] == ["max-norm", "clip-values"]
    assert session.history.stack.undoText() == "Add clip values"
    assert {f.path for f in listed.findChildren(Field)} == {
        "training.regularisers.0.bound",
        "training.regularisers.1.bound",
    }
    click(inside(listed, IconButton, "Take out max norm"))
    assert [r.key for r in session.experiment.training.regularisers] == ["clip-values"]
    session.history.stack.undo()
    assert [r.key for r in session.experiment.training.regularisers] == ["max-norm", "clip-values"]
