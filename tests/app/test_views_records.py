"""What hands do in the views of records: cells, parts, rows."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.theme import theme
from app.views._confusion import CELL, NAME, Matrix
from engine.producers.confusion import Confusion
from engine.producers.health import Health
from engine.records import Want
from tests.app.test_views import Maker, feed, make, shown

__all__ = ["make"]


def test_the_cells_of_the_confusion_matrix_are_told(qtbot: QtBot, make: Maker) -> None:
    context = make("spiral")
    view = shown(qtbot, context, "confusion")
    feed(context)
    view.grab()
    counts = view.matrix.record.counts
    qtbot.mouseMove(view.matrix, view.matrix._cell(1, 0).center().toPoint())
    assert view.matrix.spoken().startswith(f"class 2 answered as class 1: {counts[1, 0]} of {counts[1].sum()}")
    qtbot.keyClick(view.matrix, Qt.Key.Key_Right)
    assert view.matrix.over == (1, 1)
    assert view.matrix.accessibleDescription() == view.matrix.toolTip() != ""
    view.dispose()


@pytest.mark.parametrize("cell", [CELL, 56, 68])
def test_names_above_the_confusion_matrix_stay_apart(qtbot: QtBot, cell: int) -> None:
    names = tuple("0123456789")
    ones = np.ones(10)
    counts = np.eye(10, dtype=np.intp)
    record = Confusion(
        title="", part="test", classes=names, counts=counts, precision=ones, recall=ones, f1=ones, accuracy=1.0,
        points=np.zeros((0, 2)), samples=10, total=10,
    )  # fmt: skip
    matrix = Matrix()
    qtbot.addWidget(matrix)
    matrix.show_record(record, "")
    matrix.resize(theme().px(NAME) + 10 * cell, 300)
    painted = matrix.grab().toImage()
    first = matrix._cell(0, 0)
    lines = range(round(first.top()) - theme().px(20), round(first.top()) - theme().px(4))
    for c in range(1, 10):
        between = round(matrix._cell(0, c).left())
        assert len({painted.pixel(x, y) for x in (between - 1, between) for y in lines}) == 1, c


@pytest.mark.parametrize("key", ["confusion", "roc"])
def test_train_and_test_are_switched(qtbot: QtBot, make: Maker, key: str) -> None:
    context = make("three-spirals")
    view = shown(qtbot, context, key)
    feed(context)
    view.parts._pick(1)
    assert {want.target for want in context.session._looks[view]} == {("test",)}
    feed(context)
    assert "samples" in view.summary.text()
    view.dispose()


def test_a_layer_tells_what_is_wrong_and_a_click_selects_it(qtbot: QtBot, make: Maker) -> None:
    context = make("deep-sigmoid")
    view = shown(qtbot, context, "layers")
    feed(context)
    view.grab()
    item = view.rows.items[0]
    ill = replace(item, states=("dead", *item.states[1:]), alarm="vanishing")
    view.rows.show_layers((ill, *view.rows.items[1:]), context.session.experiment)
    qtbot.keyClick(view.rows, Qt.Key.Key_Down)
    assert "dead: neuron 1" in view.rows.accessibleDescription()
    assert "vanishing" in view.rows.accessibleDescription()
    assert not view.grab().isNull()
    qtbot.keyClick(view.rows, Qt.Key.Key_PageDown)
    assert view.rows.current == len(view.rows.items) - 1
    qtbot.mouseClick(view.rows, Qt.MouseButton.LeftButton, pos=view.rows.rect_of(2).center().toPoint())
    qtbot.mouseMove(view.rows, view.rows.rect_of(1).center().toPoint())
    qtbot.mouseClick(view.rows, Qt.MouseButton.LeftButton, pos=view.rows.rect_of(1).center().toPoint())
    assert context.selection.target.layer == view.rows.items[1].layer
    view.dispose()


def test_a_representation_is_chosen_by_layer_and_units(qtbot: QtBot, make: Maker) -> None:
    context = make("spiral")
    view = shown(qtbot, context, "representation")
    feed(context)
    assert [o.text for o in view.layers.options()] == ["Inputs", "Layer 1", "Layer 2", "Output"]
    view.layers.chosen.emit("h1")
    feed(context)
    assert view.picture.record.layer == "h1"
    view.first.chosen.emit("h1/2")
    feed(context)
    assert view.picture.record.axes == ("h1/2", "h1/0")
    view.second.chosen.emit("h1/1")
    feed(context)
    assert view.picture.record.axes == ("h1/2", "h1/1")
    assert (view.first.text, view.second.text) == ("neuron 3", "neuron 2")
    assert "linearly separable" in view.told.text()
    view.layers.chosen.emit("out")
    feed(context)
    assert view.first.isHidden()
    assert not view.grab().isNull()
    view.dispose()


def test_a_hard_sample_is_told_and_selected(qtbot: QtBot, make: Maker) -> None:
    context = make("spiral")
    view = shown(qtbot, context, "hardest")
    feed(context)
    view.grab()
    qtbot.keyClick(view.rows, Qt.Key.Key_Down)
    item = view.rows.record.items[0]
    assert view.rows.accessibleDescription().startswith(f"row {item.row + 1}: x₁ ")
    qtbot.keyClick(view.rows, Qt.Key.Key_Return)
    selected = context.drawing.selected
    assert selected is not None
    assert selected.nonzero()[0].tolist() == [item.row]
    assert "mean pull" in view.summary.text()
    view.dispose()


def test_the_next_batch_is_ringed_in_the_output(qtbot: QtBot, make: Maker) -> None:
    context = make("spiral")
    view = shown(qtbot, context, "output")
    feed(context)
    before = view.grab().toImage()
    view.toggle_batch()
    assert "batch" in {want.name for want in context.session._looks[view]}
    feed(context)
    assert len(view.picture.batch.rows) == 10
    assert view.grab().toImage() != before
    view.toggle_batch()
    assert "batch" not in {want.name for want in context.session._looks[view]}
    assert view.grab().toImage() == before
    view.dispose()


def test_dead_units_carry_a_sign_in_the_maps(qtbot: QtBot, make: Maker) -> None:
    context = make("spiral")
    view = shown(qtbot, context, "maps")
    feed(context)
    before = view.grab().toImage()
    snapshot = context.session.snapshot
    assert snapshot is not None
    ill = Health("health", {("h1", "h1/1"): "dead", ("h1", "h1/2"): "saturated"})
    context.session.snapshot_arrived.emit(replace(snapshot, records={**snapshot.records, Want("health"): ill}))
    assert view.grab().toImage() != before
    qtbot.keyClick(view.grid, Qt.Key.Key_Right)
    assert view.grid.accessibleDescription() == "neuron 2, dead"
    view.dispose()
