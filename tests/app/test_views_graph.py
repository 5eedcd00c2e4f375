"""The view of the computational graph, by real clicks and keys: network and typed expression, rules, paths, phases."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.selection import Target
from app.session import Session
from app.settings import Settings
from app.views import View
from app.views._graph_marks import told
from app.widgets.number import NumberField
from app.widgets.sheet import Entry
from engine import examples
from engine.experiment import Experiment
from engine.explanations import EXAMPLES
from engine.formulas import latex, text
from tests.app.kit import choose, inside
from tests.app.test_views_pictures import Shown
from tests.engine.nets import digits, spiral

Opened = Callable[[Experiment], Any]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[Opened]:
    """The view on an experiment, with settings of its own."""
    made: list[Shown] = []

    def on(experiment: Experiment) -> Shown:
        shown = Shown(qtbot, Session(experiment), "graph")
        made.append(shown)
        shown.view.dispose()
        store = Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
        shown.context = replace_settings(shown.context, store)
        shown.view = View.registry["graph"].kind().widget(shown.context)
        qtbot.addWidget(shown.view)
        shown.view.resize(760, 900)
        shown.view.show()
        shown.feed()
        return shown

    yield on
    for shown in made:
        shown.view.dispose()
        shown.context.session.close()


def replace_settings(context: Any, settings: Settings) -> Any:
    """The same context, but for what is remembered."""
    return dataclasses.replace(context, settings=settings)


def entry(view: Any) -> Entry:
    """What is told of the vertex that was chosen."""
    (found,) = view.sheet.entries
    assert isinstance(found, Entry)
    return found


def rows(shown: Any) -> list[str]:
    """The lines of the rule."""
    return text(entry(shown.view).formula).split("\n")


def press(qtbot: QtBot, view: Any, *key: Any) -> None:
    """Click a vertex."""
    picture = view.picture
    qtbot.mouseClick(picture, LEFT, pos=picture.centre_of(key).toPoint())


def test_a_weight_that_is_clicked_tells_its_rule_and_lights_its_path(qtbot: QtBot, opened: Opened) -> None:
    shown = opened(examples.load("tutorial"))
    picture = shown.view.picture
    assert len(picture.graph.vertices) == 30
    assert "sample 1 of the data" in shown.view.where.text()
    assert not shown.view.area.isVisible()
    press(qtbot, shown.view, "w", "h", 0, 0)
    assert entry(shown.view).title.startswith("w₁₁⁽¹⁾")
    assert "= 0.008725·1 = 0.008725" in "\n".join(rows(shown))
    assert len(picture.lit) == 7
    assert entry(shown.view).hint == "One path to L."
    qtbot.mouseClick(picture, LEFT, pos=QPoint(2, picture.height() - 2))
    assert picture.selected is None
    assert not shown.view.area.isVisible()


def test_the_arrows_go_through_the_graph_and_enter_chooses(qtbot: QtBot, opened: Opened) -> None:
    shown = opened(examples.load("tutorial"))
    picture = shown.view.picture
    picture.setFocus(Qt.FocusReason.TabFocusReason)
    assert "loss, L, value 0.1384" in picture.accessibleDescription()
    qtbot.keyClick(picture, Qt.Key.Key_Left)
    qtbot.keyClick(picture, Qt.Key.Key_Return)
    assert picture.selected == ("a", "out", 0)
    qtbot.keyClick(picture, Qt.Key.Key_Down)
    qtbot.keyClick(picture, Qt.Key.Key_Return)
    assert picture.selected == ("t", 0)
    assert entry(shown.view).hint == "Nothing flows back to it."
    qtbot.keyClick(picture, Qt.Key.Key_Escape)
    assert picture.selected is None


def test_numbers_come_with_their_phases(opened: Opened) -> None:
    shown = opened(examples.load("tutorial"))
    view, snapshot = shown.view, shown.context.session.snapshot
    view.select(("z", "out", 0))
    # the sample, both layers forward, the loss
    view.show_snapshot(replace(snapshot, position=replace(snapshot.position, phase=4)))
    at = view.picture.graph.places
    vertices = view.picture.graph.vertices
    assert view.picture.known(vertices[at["z", "out", 0]]) == (True, False)
    assert "later phase" in entry(view).hint
    assert "0.1312" not in "".join(rows(shown))
    view.show_snapshot(replace(snapshot, position=replace(snapshot.position, phase=2)))
    assert view.picture.known(vertices[at["z", "h", 0]])[0]
    assert not view.picture.known(vertices[at["z", "out", 0]])[0]
    assert view.picture.known(vertices[at["w", "out", 0, 0]])[0], "weights are known from the start"
    view.show_snapshot(replace(snapshot, position=replace(snapshot.position, phase=5)))
    assert "0.1312" in "".join(rows(shown))


def test_it_follows_the_steps_and_keeps_what_is_chosen(opened: Opened) -> None:
    shown = opened(examples.load("tutorial"))
    shown.view.select(("w", "h", 0, 0))
    before = shown.view.picture.graph.vertices[0].value
    layout = shown.view.picture.layout_
    shown.machine.advance("sample", 1, 60)
    shown.feed()
    graph = shown.view.picture.graph
    assert before != graph.vertices[graph.places["w", "h", 0, 0]].value
    assert shown.view.picture.selected == ("w", "h", 0, 0)
    assert shown.view.picture.layout_ is layout


def test_a_large_network_shows_the_paths_of_what_is_selected(opened: Opened) -> None:
    shown = opened(spiral(20, 12))
    assert "and at most 200 are drawn; select a weight or a neuron" in shown.view.picture.said
    shown.context.selection.select(Target("h1", "h1/3", "input/x2"))
    shown.feed()
    assert shown.view.picture.graph.vertices[0].key == ("w", "h1", 1, 3)


def test_only_the_paths_of_a_weight(opened: Opened) -> None:
    shown = opened(spiral(3, 2))
    whole = len(shown.view.picture.graph.vertices)
    shown.view.parts.chosen.emit("paths")
    assert shown.view.picture.said.startswith("Select a weight or a neuron")
    shown.context.selection.select(Target("h1", "h1/1", "input/x1"))
    shown.feed()
    assert len(shown.view.picture.graph.vertices) < whole / 2
    assert shown.context.settings.get("graph/part", "") == "paths"


def test_what_is_no_weighted_sum_says_so(opened: Opened) -> None:
    assert "“c1” is no layer of neurons" in opened(digits()).view.picture.said


def typed(shown: Any) -> Any:
    """The view of an expression."""
    shown.view.sources.chosen.emit("expression")
    QApplication.processEvents()
    return shown.view


def values(view: Any) -> dict[str, str]:
    """What stands at the vertices."""
    return {text(v.name): told(v.value) for v in view.picture.graph.vertices}


def test_an_expression_is_typed_and_worked_out_at_once(qtbot: QtBot, opened: Opened) -> None:
    view = typed(opened(examples.load("tutorial")))
    assert values(view) == {"w": "2", "x": "3", "u₁": "6", "b": "1", "u₂": "7", "a": "7"}
    view.form.text.selectAll()
    qtbot.keyClicks(view.form.text, "y = w*x*w")
    assert list(view.form.fields) == ["w", "x"]
    assert values(view)["y"] == "12"
    press(qtbot, view, "w", 0)
    assert entry(view).hint == "2 paths to y; the gradient is the sum over them."
    lit = view.picture.lit
    view.sheet.clicked.emit(("path", 0))
    assert view.picture.lit < lit
    view.sheet.clicked.emit(("path", 0))
    assert view.picture.lit == lit
    qtbot.keyClicks(view.form.text, " + ")
    assert "stands the end" in view.form.error.text()
    assert view.picture.graph is None
    for arithmetic in ("exact", "float"):
        view.form.arithmetics.chosen.emit(arithmetic)
    inside(view, NumberField, "w").moved.emit(5.0)
    assert "stands the end" in view.form.error.text(), "other numbers do not mend what can't be read"
    assert view.picture.graph is None
    inside(view, NumberField, "w").moved.emit(2.0)
    qtbot.keyClicks(view.form.text, "c")
    assert not view.form.error.isVisible()
    assert values(view)["y"] == "13", "a new name is 1"


def test_numbers_beside_it_and_fractions(qtbot: QtBot, opened: Opened) -> None:
    shown = opened(examples.load("tutorial"))
    view = typed(shown)
    view.form.text.setPlainText("y = x/3 + 0.1")
    inside(view, NumberField, "x").moved.emit(0.1)
    view.form.arithmetics.chosen.emit("exact")
    assert values(view)["y"] == "2/15"
    view.form.text.setPlainText("y = exp(x)")
    assert "no fractions of fractions" in view.form.error.text()
    view.form.arithmetics.chosen.emit("float")
    assert values(view)["y"] == "1.105"
    again: Any = View.registry["graph"].kind().widget(shown.context)
    qtbot.addWidget(again)
    assert again.source == "expression"
    assert again.form.text.toPlainText() == "y = exp(x)"
    assert again.form.values["x"] == 0.1
    again.dispose()


def test_ready_expressions_are_in_a_list(opened: Opened) -> None:
    view = typed(opened(examples.load("tutorial")))
    for example in EXAMPLES[1:]:
        choose(view.form.ready, example.title)
        assert view.form.text.toPlainText() == example.text
        assert {k: view.form.values[k] for k in example.values} == example.values
        assert view.picture.graph is not None


def test_the_formula_is_copied_and_the_picture_zoomed(qtbot: QtBot, opened: Opened) -> None:
    view = typed(opened(examples.load("tutorial")))
    view.select(("w", 0))
    view.sheet.copy(latex)
    assert r"\partial" in QGuiApplication.clipboard().text()
    picture, at = view.picture, QPointF(view.picture.rect().center())
    before = picture.scale
    spin = QWheelEvent(
        at, at, QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(picture, spin)
    assert picture.scale > before
    qtbot.keyClick(picture, Qt.Key.Key_F)
    assert picture.scale == pytest.approx(before)
