"""The view of a calculation: formulas with numbers, phase by phase, and the way from a term to its weight."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from app.selection import Target
from app.session import Session
from engine import examples
from engine.formulas import text
from tests.app.test_views_pictures import Shown
from tests.engine.nets import digits


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Any]:
    """The view beside the exercise."""
    made = Shown(qtbot, Session(examples.load("tutorial")), "calculation")
    made.feed()
    yield made
    made.view.dispose()
    made.context.session.close()


def lines(shown: Any) -> dict[str, str]:
    """What the blocks say, by their titles."""
    return {b.title.text(): text(b.lines.formula) for b in shown.view.blocks if not b.isHidden()}


def test_the_output_is_explained_where_nothing_is_selected(shown: Any) -> None:
    assert list(lines(shown)) == ["weighted sum", "output", "loss", "delta", "gradient", "update"]
    assert "= −0.1045" in lines(shown)["weighted sum"]
    assert shown.view.heading.text().startswith("Output")
    assert "row 1 of the data" in shown.view.where.text()


def test_a_selected_neuron_and_a_weight_that_is_clicked(shown: Any) -> None:
    selection = shown.context.selection
    selection.select(Target("h", "h/1"))
    shown.feed()
    assert "−0.3·1 + 0.1·0 + 0.2·1 + 0.2 = 0.1" in lines(shown)["weighted sum"]
    shown.view.blocks[0].lines.clicked.emit(("h", "h/1", "input/x3"))
    assert selection.target == Target("h", "h/1", "input/x3")
    shown.feed()
    assert "w₃₂" in lines(shown)["update"]
    assert "0.1941" in lines(shown)["update"]


def test_numbers_come_with_their_phases(shown: Any) -> None:
    snapshot = shown.context.session.snapshot
    shown.view.show_snapshot(replace(snapshot, position=replace(snapshot.position, phase=3)))
    found = lines(shown)
    assert "▸ output" in found
    assert "0.4739" in found["▸ output"]
    assert "0.1312" not in found["delta"]
    assert shown.view.blocks[3].hint.text().endswith("later phase")
    shown.view.show_snapshot(snapshot)
    assert "0.1312" in lines(shown)["delta"]


def test_what_has_no_weighted_sum_says_where_to_look(qtbot: QtBot) -> None:
    made = Shown(qtbot, Session(digits()), "calculation")
    made.context.selection.select(Target("c1", "c1/0"))
    made.feed()
    assert made.view.where.text().endswith("its cells are explained in “Cell”")
    assert not lines(made)
    made.view.dispose()
    made.context.session.close()
