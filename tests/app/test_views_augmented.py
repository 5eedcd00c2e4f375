"""The view of augmentation: switched on, set and drawn again in one place, with the pictures before and after."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.panels.training import TrainingPanel
from app.session import Session
from app.widgets.popover import Popover
from app.widgets.slider import Slider
from engine.machines.supervised import Supervised
from tests.app.kit import choose, inside, offered
from tests.app.test_views_pictures import Shown, looks
from tests.app.windows import click, opened
from tests.engine.nets import digits


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Any]:
    """The view with a picture under the glass."""
    made = Shown(qtbot, Session(digits()), "augmentation")
    made.feed()
    yield made
    made.view.dispose()
    made.context.session.close()


def again(shown: Any) -> Any:
    """What the engine makes of the experiment as it is now."""
    shown.machine = Supervised(shown.context.session.experiment)
    shown.feed()
    return shown.view.versions.record


def test_a_change_is_switched_on_where_it_is_seen(qtbot: QtBot, shown: Any) -> None:
    view, session = shown.view, shown.context.session
    assert view.told.text() == "Training sees the pictures as they are; add a change below."
    assert not view.again.isEnabled()
    assert {"Move, turn, scale, shear", "Mixup", "Input noise"} <= set(offered(view.listed.add))
    assert "Max norm" not in offered(view.listed.add), "it changes no picture"
    choose(view.listed.add, "Flip")
    assert session.history.stack.undoText() == "Add flip"
    inside(view.listed, Slider, "p↔").moved.emit(1.0)
    found = again(shown)
    assert len(found.versions) == 8
    assert all(np.array_equal(v, found.before[:, ::-1]) for v in found.versions)
    assert view.told.text() == "draw 1"
    assert view.versions.accessibleDescription() == "Flip"


def test_they_are_drawn_again(qtbot: QtBot, shown: Any) -> None:
    view = shown.view
    view.listed.put("affine")
    first, before = again(shown), looks(view.versions)
    qtbot.mouseClick(view.again, Qt.MouseButton.LeftButton)
    shown.feed()
    second = view.versions.record
    assert view.told.text() == "draw 2"
    assert not np.array_equal(first.versions, second.versions)
    assert np.array_equal(first.before, second.before)
    assert looks(view.versions) != before
    shown.machine.advance("batch", 3)
    shown.feed()
    assert np.array_equal(view.versions.record.versions, second.versions), "training goes on, the draw stays"


def test_others_of_the_list_keep_their_places(shown: Any) -> None:
    view, session = shown.view, shown.context.session
    for title in ("max-norm", "cut-out"):
        view.listed.put(title)
    inside(view.listed, Slider, "side").moved.emit(3.0)
    assert [r.key for r in session.experiment.training.regularisers] == ["max-norm", "cut-out"]
    assert session.experiment.training.regularisers[1].side == 3


def test_it_is_opened_where_training_is_set(tmp_path: Path) -> None:
    with opened(tmp_path, "digits", engine=False) as window:
        actions = window.context.actions
        panel = window.findChild(TrainingPanel)
        assert panel is not None
        panel.open_more()
        click(next(p for p in panel.findChildren(Popover) if p.isVisible()), "See pictures before and after")
        assert window.views.widget_of("augmentation").isVisible()
        actions.run("data.bench")
        assert window.views.widget_of("bench").isVisible()
    with opened(tmp_path, "xor", engine=False) as window:
        assert not window.context.actions.entry("data.bench").possible, "points are no pictures"
