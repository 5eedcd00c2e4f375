"""Kinds of layers and wiring in the diagram, by mouse and keyboard on a window without an engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.canvas.gestures import Connect
from app.canvas.parts import Box
from app.selection import BIAS, Target
from engine import edits
from engine.experiment import Experiment, nodes
from tests.app.diagrams import LEFT, NONE, Hands
from tests.app.test_canvas_edits import net

ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def residual() -> Experiment:
    return edits.add_layer(net(3, 3), 2, kind="add", source="h2")


@pytest.fixture
def hands(qtbot: QtBot, tmp_path: Path) -> Hands:
    return Hands(qtbot, tmp_path, net(3, 3))


@pytest.fixture
def branched(qtbot: QtBot, tmp_path: Path) -> Hands:
    return Hands(qtbot, tmp_path, residual())


@pytest.fixture(autouse=True)
def _no_list_is_left() -> Iterator[None]:
    yield
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()


def reads(hands: Hands) -> dict[str, tuple[str, ...]]:
    return {n.layer.id: n.sources for n in nodes(hands.session.experiment)}


def naming(hands: Hands) -> bool:
    return hands.diagram.scene.naming


def pick_kind(title: str) -> None:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    action = next(a for a in menu.actions() if a.text() == title)
    assert action.toolTip()
    action.trigger()
    menu.close()


def told(hands: Hands) -> list[str]:
    sentences: list[str] = []
    hands.session.told.connect(lambda message: sentences.append(message.sentence))
    return sentences


def on(points: object, share: float = 0.5) -> Box:
    """A place on a wire."""
    at = points[int(share * (len(points) - 1))]  # type: ignore[index, arg-type] # an array of points
    return Box(float(at[0]) - 1, float(at[1]) - 1, 2, 2)


def test_the_arrow_of_the_button_offers_all_kinds(hands: Hands) -> None:
    hands.click(hands.layout.gaps[2].kinds)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    titles = [a.text() for a in menu.actions() if not a.isSeparator()]
    assert titles == [e.title for e in edits.offered(hands.session.experiment)]
    headings = [a.text() for a in menu.actions() if a.isSeparator()]
    assert headings == ["form", "dropout and noise", "normalisation", "branches", "outputs"]
    pick_kind("Dropout")
    assert hands.order() == ["h1", "h2", "dropout1", "out"]
    assert (hands.undo, hands.selected) == ("Add dropout", Target("dropout1"))
    hands.session.history.stack.undo()
    assert hands.order() == ["h1", "h2", "out"]


def test_one_click_on_add_makes_a_residual_connection(hands: Hands) -> None:
    hands.click(hands.layout.gaps[2].kinds)
    pick_kind("Add")
    assert reads(hands)["add1"] == ("h2", "h1")
    assert [(w.source, w.target) for w in hands.layout.wires] == [("h1", "add1")]
    hands.show_numbers()


def test_the_right_button_between_layers_offers_the_kinds_too(hands: Hands) -> None:
    gap = hands.layout.gaps[0]
    at = QPoint(round(gap.line), round(gap.box.y + 3))
    QApplication.sendEvent(
        hands.diagram, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, hands.diagram.mapToGlobal(at))
    )
    pick_kind("Maxout")
    assert hands.order() == ["h3", "h1", "h2", "out"]
    assert hands.session.experiment.model.layer("h3").key == "maxout"
    hands.show_numbers()
    hands.click(hands.layout.column("h3").plus)
    assert getattr(hands.session.experiment.model.layer("h3"), "units", 0) == 5


def test_with_nothing_to_join_it_says_so(hands: Hands) -> None:
    sentences = told(hands)
    hands.click(hands.layout.gaps[1].kinds)
    pick_kind("Add")
    assert hands.order() == ["h1", "h2", "out"]
    assert sentences[0].startswith("No layer before “h1” fits its 3 units")


def test_the_plain_button_puts_a_layer_on_its_own_connection(branched: Hands) -> None:
    gap = next(g for g in branched.layout.gaps if (g.source, g.target) == ("h2", "add1"))
    branched.click(gap.pill)
    assert reads(branched)["add1"] == ("h3", "h1")
    assert branched.column("h3").units == 3


def test_a_kind_that_joins_is_a_node_and_one_that_passes_on_is_slim(branched: Hands) -> None:
    branched.click(next(g for g in branched.layout.gaps if g.source == "add1").kinds)
    pick_kind("Batch norm")
    branched.show_numbers()
    roles = {c.id: c.role for c in branched.layout.columns}
    assert roles == {
        "input": "inputs", "h1": "neurons", "h2": "neurons", "add1": "join", "batch-norm1": "slim", "out": "answer"
    }  # fmt: skip
    assert not next(b for b in branched.layout.bundles if b.target == "batch-norm1").weights
    (last,) = [b for b in branched.layout.bundles if b.target == "out"]
    assert last.sources == ("h2/0", "h2/1", "h2/2")
    image = branched.diagram.grab().toImage()
    cell = branched.layout.column("batch-norm1").cells[0].box
    assert image.pixelColor(round(cell.cx), round(cell.cy)) != image.pixelColor(2, round(cell.cy))


def test_a_click_on_an_arc_selects_it_and_delete_disconnects(branched: Hands) -> None:
    (wire,) = branched.layout.wires
    branched.click(on(wire.points))
    assert branched.selected == Target("add1", "", "h1")
    assert branched.diagram.accessibleDescription() == "Add “add1” reads Dense 3 “h1”"
    branched.diagram.grab()
    branched.key(Qt.Key.Key_Delete)
    assert reads(branched)["add1"] == ("h2",)
    assert branched.undo == "Disconnect layers"
    sentences = told(branched)
    branched.key(Qt.Key.Key_Down, CTRL)
    assert branched.selected == Target("add1", "", "h2")
    branched.key(Qt.Key.Key_Delete)
    assert reads(branched)["add1"] == ("h2",)
    assert sentences == ["“add1” reads only “h2”; connect it to another layer instead, or remove it."]


def test_a_layer_is_put_on_the_selected_arc(branched: Hands) -> None:
    branched.pick("add1", "", "h1")
    branched.key(Qt.Key.Key_Insert)
    assert reads(branched)["add1"] == ("h2", "h3")


def show_port(hands: Hands, layer: str) -> Box:
    """Go to a layer with the pointer, and on to its handle."""
    column = hands.layout.column(layer)
    QTest.mouseMove(hands.diagram, QPoint(round(column.body.cx), round(column.body.cy)))
    port: Box = column.port
    QTest.mouseMove(hands.diagram, QPoint(round(port.cx), round(port.cy)))
    assert hands.diagram.scene.port == layer
    return port


def test_dragging_the_handle_to_a_joining_layer_adds_what_it_reads(branched: Hands) -> None:
    branched.session.replace("x", edits.disconnect(branched.session.experiment, "h1", "add1"))
    node = branched.layout.column("add1").body
    branched.drag(show_port(branched, "h1"), node.cx, node.cy)
    assert reads(branched)["add1"] == ("h2", "h1")
    assert (branched.undo, branched.selected) == ("Connect layers", Target("add1"))


def test_dragging_to_any_other_layer_replaces_what_it_reads(hands: Hands) -> None:
    body = hands.layout.column("out").body
    head = hands.layout.column("h1").head
    QTest.mousePress(hands.diagram, LEFT, ALT, QPoint(round(head.cx), round(head.cy)))
    QTest.mouseMove(hands.diagram, QPoint(round(head.cx + 20), round(head.cy)))
    QTest.mouseMove(hands.diagram, QPoint(round(body.cx), round(body.cy)))
    assert isinstance(hands.diagram.pointer.gesture, Connect)
    assert naming(hands)
    hands.diagram.grab()
    QTest.mouseRelease(hands.diagram, LEFT, ALT, QPoint(round(body.cx), round(body.cy)))
    assert reads(hands)["out"] == ("h1",)
    assert not hands.layout.column("h2").read
    assert not naming(hands)
    hands.show_numbers()


def test_a_wrong_drop_says_why_while_dragging_and_changes_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    hands = Hands(qtbot, tmp_path, edits.connect(edits.add_layer(residual(), 3, source="add1"), "h2", "out"))
    hands.session.replace("x", edits.add_unit(hands.session.experiment, "h3"))
    before = hands.session.experiment
    node = hands.layout.column("add1").body
    start = show_port(hands, "h3")
    QTest.mousePress(hands.diagram, LEFT, NONE, QPointF(start.cx, start.cy).toPoint())
    QTest.mouseMove(hands.diagram, QPoint(round(start.cx) + 20, round(start.cy)))
    QTest.mouseMove(hands.diagram, QPoint(round(node.cx), round(node.cy)))
    gesture = hands.diagram.pointer.gesture
    assert isinstance(gesture, Connect)
    assert gesture.refusal == "“add1” can't read “h3”, which is itself made from “add1”; choose a layer before it."
    hands.diagram.grab()
    sentences = told(hands)
    QTest.mouseRelease(hands.diagram, LEFT, NONE, QPoint(round(node.cx), round(node.cy)))
    assert hands.session.experiment == before
    assert not sentences, "it was said while dragging"


def test_escape_gives_a_connection_up(branched: Hands) -> None:
    port = show_port(branched, "h1")
    QTest.mousePress(branched.diagram, LEFT, NONE, QPointF(port.cx, port.cy).toPoint())
    QTest.mouseMove(branched.diagram, QPoint(round(port.cx) + 30, round(port.cy) + 10))
    assert naming(branched)
    branched.key(Qt.Key.Key_Escape)
    assert not branched.busy()
    assert not naming(branched)


def test_units_of_different_width_are_refused_with_both_ends_named(branched: Hands) -> None:
    assert "adds “h2” with 3 units and “input” with 2 features" in branched.diagram.commands.refusal("input", "add1")


def test_arrows_follow_the_wiring(branched: Hands) -> None:
    branched.pick("add1")
    branched.key(Qt.Key.Key_Left)
    assert branched.selected.layer == "h2"
    branched.key(Qt.Key.Key_Left)
    assert branched.selected.layer == "h1"
    branched.key(Qt.Key.Key_Right)
    assert branched.selected.layer == "h2", "the next one before the one that is skipped to"
    branched.session.replace("x", edits.connect(branched.session.experiment, "h1", "out"))
    branched.pick("h1")
    branched.key(Qt.Key.Key_Right)
    branched.key(Qt.Key.Key_Left)
    assert branched.selected.layer == "h1"


def test_the_arrow_down_leads_to_the_branch_below(qtbot: QtBot, tmp_path: Path) -> None:
    two = edits.add_layer(edits.connect(net(2, 2), "input", "h2"), 2, kind="concatenate", source="h2")
    hands = Hands(qtbot, tmp_path, two)
    first, second = (c.id for c in hands.layout.columns[1:3])
    hands.pick(first, f"{first}/1")
    hands.key(Qt.Key.Key_Down)
    assert hands.selected == Target(second)
    hands.key(Qt.Key.Key_Up)
    assert hands.selected == Target(first, f"{first}/1")


def test_what_nobody_reads_says_so(hands: Hands) -> None:
    hands.session.replace("x", edits.connect(hands.session.experiment, "h1", "out"))
    hands.pick("h2")
    assert "nothing reads it" in hands.diagram.accessibleDescription()


def test_slim_pictures_can_be_selected_but_neither_moved_nor_removed_one_by_one(hands: Hands) -> None:
    hands.session.replace("x", edits.add_layer(hands.session.experiment, 2, kind="dropout", source="h2"))
    hands.show_numbers()
    cell = hands.layout.column("dropout1").cells[1]
    hands.click(cell.box)
    assert hands.selected == Target("dropout1", "h2/1")
    hands.key(Qt.Key.Key_Down, CTRL)
    assert hands.selected.source != BIAS
    hands.key(Qt.Key.Key_Delete)
    assert "dropout1" not in hands.order()


def test_a_header_is_dragged_to_another_connection(branched: Hands) -> None:
    branched.session.replace("x", edits.add_layer(branched.session.experiment, 3, source="add1"))
    gap = next(g for g in branched.layout.gaps if (g.source, g.target) == ("h2", "add1"))
    branched.drag(branched.layout.column("h3").head, gap.line, branched.layout.column("h3").head.cy)
    assert reads(branched)["add1"] == ("h3", "h1")
    assert reads(branched)["out"] == ("add1",)
