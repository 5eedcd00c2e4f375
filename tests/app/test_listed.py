"""A list of declarations: add, change, take out, undo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app.context import Context
from app.forms import Field
from app.listed import Listed
from app.panels.training import TrainingPanel
from app.widgets.buttons import IconButton
from app.widgets.popover import Popover
from engine import experiment
from engine.regularisers import Regulariser
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


def test_a_long_list_is_scrolled_inside_the_screen(context: Context) -> None:
    line = TrainingPanel(context)
    put(line, width=1280, height=120)
    line.open_more()
    pop = next(p for p in line.findChildren(Popover) if p.isVisible())
    before = pop.height()
    listed = pop.findChild(Listed)
    assert listed is not None
    for _ in range(12):
        listed.put("clip-norm")
    for _ in range(3):  # a layout asks its parent for room, which asks its own
        QApplication.processEvents()
    assert before < pop.height()
    assert pop.screen().availableGeometry().contains(pop.geometry())
    pop.close()


def test_only_what_fits_is_offered(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    offered: list[str] = []
    monkeypatch.setattr("app.listed.popup", lambda _w, _r, options, _put: offered.extend(o.key for o in options))
    listed = Listed(context, "training.regularisers")
    listed.add.click()
    setting = experiment.setting(context.session.experiment)
    assert offered == [e.key for e in Regulariser.registry if not e.kind().unfit(setting)]
    assert 0 < len(offered) < len(Regulariser.registry)
