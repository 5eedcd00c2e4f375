"""Phases of learning from the Network menu: one undo step each, and a file that does not fit loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.menus.phases import Phases
from app.selection import Target
from app.window import Window
from engine import files, holding
from engine.machines import build
from tests.app import windows as hand
from tests.engine.nets import spiral


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    """A window whose engine has not started."""
    with hand.opened(tmp_path, engine=False) as made:
        yield made


def test_holding_growing_and_letting_learn(window: Window) -> None:
    session, phases = window.context.session, Phases(window)
    first = session.experiment
    id_ = first.model.hidden_layers[0].id
    window.context.selection.select(Target(id_))
    phases.hold()
    assert holding.frozen_layers(session.experiment) == {id_}
    phases.hold()
    assert session.experiment == first
    phases.grow()
    assert len(session.experiment.model.layers) == len(first.model.layers) + 1
    assert phases.some_held()
    phases.learn_all()
    assert not phases.some_held()
    for _ in range(4):
        session.history.stack.undo()
    assert session.experiment == first


def test_layers_are_taken_from_a_file(window: Window, tmp_path: Path) -> None:
    session, phases = window.context.session, Phases(window)
    first, source = session.experiment, spiral(5)
    machine = build(source)
    machine.advance("epoch", 1, 10.0)
    files.save(tmp_path / "whole.learn", source, machine.state())
    files.save(tmp_path / "bare.learn", source)
    phases.take(tmp_path / "bare.learn")
    assert session.experiment == first
    phases.take(tmp_path / "whole.learn")
    assert [x.units for x in session.experiment.model.hidden_layers] == [5]  # type: ignore[attr-defined] # dense
    assert phases.some_held()
    session.history.stack.undo()
    assert session.experiment == first
