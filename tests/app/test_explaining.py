"""Any number on screen is asked how it is calculated: the Calculation view opens at its step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.panels.gradients import target
from app.selection import Question, Target
from app.window import Window
from engine.gradcheck import Difference
from tests.app import windows as hand


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window of the exercise with two hidden neurons."""
    with hand.opened(tmp_path, "tutorial") as made:
        yield made


def answered(window: Window, question: Question) -> None:
    """The view stands open at the step that was asked for."""
    assert window.context.selection.question == question
    view: Any = window.views.widget_of("calculation")
    hand.until(lambda: any(e.marked for e in view.sheet.entries) or not question.step)
    marked = [e.title for e in view.sheet.entries if e.marked]
    assert marked == ([question.step] if question.step else [])
    window.views.close_view("calculation")
    window.context.selection.clear()


def double_click(widget: QWidget, x: float, y: float) -> None:
    """Click a place twice."""
    at = QPoint(round(x), round(y))
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def chosen(open_menu: Callable[[], None]) -> None:
    """Choose the question in the menu that opens."""
    open_menu()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    (question,) = (a for a in menu.actions() if a.text() == "How is this calculated?")
    question.trigger()
    menu.close()
    hand.flush()


def test_a_neuron_of_the_diagram_by_two_clicks_and_by_its_key(window: Window) -> None:
    cell = window.diagram.scene.layout.cell("h", "h/1")
    assert cell is not None
    double_click(window.diagram, cell.box.cx, cell.box.cy)
    answered(window, Question(Target("h", "h/1")))
    window.context.selection.select(Target("h", "h/0", "input/x1"))
    window.context.actions.run("network.explain")
    answered(window, Question(Target("h", "h/0", "input/x1"), "gradient"))


def test_the_key_is_ready_as_soon_as_something_is_selected(window: Window, qtbot: QtBot) -> None:
    key = window.context.actions["network.explain"]
    qtbot.waitUntil(lambda: not key.isEnabled())
    window.context.selection.select(Target("h", "h/0"))
    qtbot.waitUntil(key.isEnabled)


def test_inputs_have_no_calculation(window: Window) -> None:
    window.context.selection.select(Target("input", "input/x1"))
    assert not window.context.actions.entry("network.explain").possible


def test_a_number_of_the_inspector(window: Window) -> None:
    window.context.selection.select(Target("h", "h/0"))
    row = window.inspector.unit.row
    hand.until(lambda: len(row.numbers) > 1)
    row.asked.emit(row.numbers[1].key)
    answered(window, Question(Target("h", "h/0", row.numbers[1].key), "gradient"))
    window.context.selection.select(Target("h", "h/0"))
    window.inspector.unit.how.click()
    answered(window, Question(Target("h", "h/0")))


def test_an_entry_of_a_matrix_of_weights(window: Window) -> None:
    window.views.show_view("weights")
    view: Any = window.views.widget_of("weights")
    hand.until(lambda: bool(view.maps._places))
    _, matrix, rect = next(p for p in view.maps._places if p[0] == "h.weight")
    double_click(view.maps, rect.left() + 2, rect.top() + 2)
    answered(window, Question(Target("h", matrix.columns[0], matrix.rows[0]), "gradient"))
    window.views.close_view("weights")


def test_the_loss_of_the_curves(window: Window) -> None:
    view: Any = window.views.widget_of("curves")
    view.explain()
    answered(window, Question(Target("out", "out/0"), "loss"))


def test_cells_of_a_trace(window: Window) -> None:
    window.views.show_view("trace")
    view: Any = window.views.widget_of("trace")
    view.choose(unit="sample")
    hand.until(lambda: bool(view.table.rows.rows) and any(c.group == "net" for c in view.table.rows.columns))
    groups = [c.group for c in view.table.rows.columns]
    for group, step, about in (
        ("weights", "update", Target("h", "h/0", "input/x1")),
        ("net", "weighted sum", Target("out", "out/0")),
        ("error", "delta", Target("out", "out/0")),
        ("loss", "loss", Target("out", "out/0")),
    ):
        view.explain(0, groups.index(group))
        answered(window, Question(about, step))  # type: ignore[arg-type] # they are steps
    window.views.close_view("trace")


def test_the_worst_slope_of_a_check() -> None:
    assert target(Difference("h1.weight", ("input/x1", "h1/2"), 0.2, 0.2)) == Target("h1", "h1/2", "input/x1")
    assert target(Difference("h1.bias", ("h1/2",), 0.2, 0.2)) == Target("h1", "h1/2", "bias")


def test_the_menu_of_a_number_offers_the_question(window: Window) -> None:
    window.context.selection.select(Target("h", "h/1"))
    row = window.inspector.unit.row
    hand.until(lambda: len(row.numbers) > 1)
    place = QPointF(row._place(1).center())

    def open_menu() -> None:
        mouse, at = QContextMenuEvent.Reason.Mouse, place.toPoint()
        QApplication.sendEvent(row, QContextMenuEvent(mouse, at, row.mapToGlobal(at)))

    chosen(open_menu)
    answered(window, Question(Target("h", "h/1", row.numbers[1].key), "gradient"))


def test_what_is_opened_says_what_to_look_for_and_takes_the_keys(window: Window) -> None:
    window.top.transport.speed.setFocus()
    window.documents.open_example("thirteen-points")
    hand.flush()
    assert window.context.session.experiment.sentence in window.notices.sentences
    assert window.focusWidget() is window.diagram
