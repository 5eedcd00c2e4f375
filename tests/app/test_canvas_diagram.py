"""The diagram, used as a person uses it: mouse and keyboard on a window without an engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.actions import Entry
from app.canvas.atlas import Atlas
from app.canvas.colours import tables
from app.canvas.links import curve
from app.canvas.parts import Box
from app.canvas.popups import FeatureList
from app.protocol import Assign
from app.selection import BIAS, Target
from app.theme import theme
from engine import edits, holding
from engine.experiment import nodes
from engine.layers import Layer
from engine.records import ImageGrid, Tile
from tests.app import fakes
from tests.app.diagrams import LEFT, NONE, WANTS, Hands
from tests.app.test_canvas_edits import net


@pytest.fixture
def hands(qtbot: QtBot, tmp_path: Path) -> Iterator[Hands]:
    yield Hands(qtbot, tmp_path, net(3, 2))
    theme().set_mode("light")
    theme().set_percent(100)


def test_plus_and_minus_change_a_layer(hands: Hands) -> None:
    hands.click(hands.layout.columns[1].plus)
    assert hands.column("h1").units == 4
    assert hands.undo == "Add neuron"
    hands.click(hands.layout.columns[1].minus)
    hands.click(hands.layout.columns[1].minus)
    assert hands.column("h1").units == 2
    hands.session.history.stack.undo()
    assert hands.column("h1").units == 3


def test_the_gap_adds_a_layer_and_the_cross_removes_it(hands: Hands) -> None:
    hands.click(hands.layout.gaps[1].pill)
    assert hands.order() == ["h1", "h3", "h2", "out"]
    assert (hands.undo, hands.selected) == ("Add layer", Target("h3"))
    hands.click(hands.layout.column("h3").remove)
    assert hands.order() == ["h1", "h2", "out"]
    assert hands.undo == "Remove layer"


def test_a_refused_edit_says_why(hands: Hands, qtbot: QtBot) -> None:
    hands.click(hands.layout.columns[2].minus)
    with qtbot.waitSignal(hands.session.told) as told:
        hands.click(hands.layout.columns[2].minus)
    assert "single neuron" in told.args[0].sentence


def test_dragging_a_picture_reorders_neurons(hands: Hands) -> None:
    cells = hands.layout.columns[1].cells
    hands.drag(cells[0].box, cells[0].box.cx, cells[2].box.bottom + 10)
    assert hands.column("h1").ids == (1, 2, 0)
    assert hands.undo == "Move neuron"


def test_dragging_a_header_reorders_layers(hands: Hands) -> None:
    columns = hands.layout.columns
    hands.drag(columns[1].head, columns[2].head.cx + 20, columns[1].head.cy)
    assert hands.order() == ["h2", "h1", "out"]
    assert hands.undo == "Move layer"


def test_escape_gives_a_drag_up(hands: Hands) -> None:
    cells = hands.layout.columns[1].cells
    QTest.mousePress(hands.diagram, LEFT, NONE, QPoint(round(cells[0].box.cx), round(cells[0].box.cy)))
    QTest.mouseMove(hands.diagram, QPoint(round(cells[0].box.cx), round(cells[2].box.bottom)))
    assert hands.busy()
    hands.key(Qt.Key.Key_Escape)
    assert not hands.busy()
    assert hands.column("h1").ids == (0, 1, 2)


def link_point(hands: Hands, bundle: int, source: int, target: int, share: float = 0.3) -> Box:
    b = hands.layout.bundles[bundle]
    at = curve(b.x0, float(b.y0[source]), b.x1, float(b.y1[target])).pointAtPercent(share)
    return Box(at.x() - 1, at.y() - 1, 2, 2)


def test_a_click_selects_a_link_and_a_drag_changes_it_as_one_step(hands: Hands) -> None:
    hands.click(link_point(hands, 0, 0, 0, 0.12))
    assert hands.selected.layer == "h1"
    assert hands.selected.source.startswith("input/")
    box, value = hands.diagram.pointer.value()
    assert box is not None
    assert value is not None
    hands.drag(box, box.cx, box.cy - 60)
    assigned = [r for r in hands.sent if isinstance(r, Assign)]
    assert len(assigned) >= 2
    number = assigned[-1].numbers[0]
    assert (number.name, number.axes) == ("h1.weight", ((hands.selected.source,), (hands.selected.unit,)))
    assert number.values.values[0, 0] > value
    assert hands.undo == "Change weight"
    assert hands.session.history.stack.count() == 1


def test_every_bias_can_be_dragged_the_outputs_too(hands: Hands) -> None:
    for name, unit in (("h1", "h1/1"), ("out", "out/0")):
        cell = hands.layout.cell(name, unit)
        dot = hands.layout.dot(cell)
        hands.drag(dot, dot.cx, dot.cy - 40)
        number = next(r for r in reversed(hands.sent) if isinstance(r, Assign)).numbers[0]
        assert (number.name, number.axes) == (f"{name}.bias", ((unit,),))
        assert hands.selected == Target(name, unit, BIAS)
        assert hands.undo == "Change bias"


def test_inputs_are_switched_in_the_list_and_at_their_picture(hands: Hands) -> None:
    hands.click(hands.layout.more)
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, FeatureList)
    popup.boxes["sin(x1)"].click()
    assert list(hands.session.experiment.data.features) == ["x1", "x2", "sin(x1)"]
    popup.boxes["x1"].click()
    popup.boxes["x2"].click()
    popup.boxes["sin(x1)"].click()
    assert popup.boxes["sin(x1)"].isChecked()
    popup.close()
    assert list(hands.session.experiment.data.features) == ["sin(x1)"]
    hands.session.history.stack.undo()
    cell = hands.layout.columns[0].cells[1]
    hands.click(Box(cell.box.right - 2, cell.box.y - 2, 4, 4))
    assert len(hands.session.experiment.data.features) == 1
    assert hands.undo == "Remove input"


def test_the_activation_opens_a_list(hands: Hands) -> None:
    hands.click(hands.layout.columns[1].activation)
    menu = hands.diagram.findChild(QMenu)
    assert isinstance(menu, QMenu)
    texts = [a.text() for a in menu.actions()]
    assert "ReLU" in texts
    assert "softmax" not in texts
    next(a for a in menu.actions() if a.text() == "ReLU").trigger()
    menu.close()
    assert hands.column("h1").activation.key == "relu"
    hands.diagram.open_activations("out")
    menu = hands.diagram.findChildren(QMenu)[-1]
    allowed = hands.session.experiment.training.loss.outputs("binary")
    assert len(menu.actions()) == len(allowed)
    menu.close()


def test_arrows_move_the_selection(hands: Hands) -> None:
    hands.pick("h1")
    hands.key(Qt.Key.Key_Down)
    assert hands.selected == Target("h1", "h1/0")
    hands.key(Qt.Key.Key_Right)
    assert hands.selected.layer == "h2"
    assert hands.selected.unit
    hands.key(Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert hands.selected.source == BIAS
    hands.key(Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert hands.selected.source.startswith("h1/")
    assert "weight from" in hands.diagram.accessibleDescription()


def test_the_keyboard_edits_the_network(hands: Hands) -> None:
    hands.pick("h1")
    hands.key(Qt.Key.Key_Plus)
    hands.key(Qt.Key.Key_Minus)
    hands.key(Qt.Key.Key_Minus)
    assert hands.column("h1").units == 2
    hands.key(Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert hands.order() == ["h2", "h1", "out"]
    hands.key(Qt.Key.Key_Insert)
    assert hands.order() == ["h2", "h1", "h3", "out"]
    hands.key(Qt.Key.Key_Delete)
    assert hands.order() == ["h2", "h1", "out"]
    hands.pick("h1", "h1/0")
    hands.key(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert hands.column("h1").ids == (1, 0)
    hands.key(Qt.Key.Key_Delete)
    assert hands.column("h1").ids == (1,)
    assert hands.selected == Target("h1", "h1/1")
    hands.pick("input", "input/x2")
    hands.key(Qt.Key.Key_Delete)
    assert hands.session.experiment.data.features == ("x1",)


def test_enter_goes_on_to_the_inspector(hands: Hands, qtbot: QtBot) -> None:
    hands.pick("h1")
    with qtbot.waitSignal(hands.diagram.opened):
        hands.key(Qt.Key.Key_Return)


def test_it_asks_for_pictures_only_while_it_is_seen(hands: Hands) -> None:
    assert {w.name for w in hands.session._looks[hands.diagram]} == {"maps", "weights"}
    hands.diagram.hide()
    assert hands.diagram not in hands.session._looks


def test_an_older_snapshot_than_the_network_does_no_harm(hands: Hands) -> None:
    old = fakes.snapshot(hands.session.experiment, WANTS)
    hands.click(hands.layout.gaps[0].pill)
    hands.session.replace("x", edits.set_feature(hands.session.experiment, "radius", True))
    hands.session.snapshot_arrived.emit(old)
    hands.diagram.grab()


@pytest.mark.parametrize("hidden", [(), (3,), (40, 3)])
def test_it_paints_before_the_first_snapshot(qtbot: QtBot, tmp_path: Path, hidden: tuple[int, ...]) -> None:
    hands = Hands(qtbot, tmp_path, net(*hidden), numbers=False)
    hands.diagram.grab()


def test_a_layer_of_many_opens_on_a_click(qtbot: QtBot, tmp_path: Path) -> None:
    hands = Hands(qtbot, tmp_path, net(40, 3))
    hands.click(hands.layout.columns[1].body)
    assert not hands.layout.columns[1].condensed
    hands.show_numbers()
    hands.click(hands.layout.columns[1].toggle)
    assert hands.layout.columns[1].condensed
    hands.pick("h1", "h1/7")
    assert not hands.layout.columns[1].condensed


def test_frozen_numbers_and_dead_neurons_are_marked(hands: Hands) -> None:
    plain = hands.diagram.grab().toImage()
    held = holding.references(nodes(hands.session.experiment)[0], "h1/0")
    hands.session.replace("Hold", holding.set_frozen(hands.session.experiment, held, True))
    hands.show_numbers()
    assert hands.diagram.scene.held_units == {"h1/0"}
    assert "3 frozen" in hands.diagram.accessibleDescription()
    assert hands.diagram.grab().toImage() != plain


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("percent", [100, 150])
def test_it_paints_in_every_look(hands: Hands, mode: Any, percent: int) -> None:
    theme().set_mode(mode)
    theme().set_percent(percent)
    hands.show_numbers()
    image = hands.diagram.grab().toImage()
    cell = hands.layout.columns[1].cells[0].box
    assert image.pixelColor(round(cell.cx), round(cell.cy)) != theme().palette.colour("panel")


def test_an_edit_during_a_drag_ends_it(hands: Hands) -> None:
    cells = hands.layout.columns[1].cells
    QTest.mousePress(hands.diagram, LEFT, NONE, QPoint(round(cells[0].box.cx), round(cells[0].box.cy)))
    QTest.mouseMove(hands.diagram, QPoint(round(cells[0].box.cx), round(cells[2].box.bottom)))
    hands.session.replace("x", edits.remove_layer(hands.session.experiment, "h1"))
    assert not hands.busy()
    QTest.mouseRelease(hands.diagram, LEFT, NONE, QPoint(5, 5))


def test_a_selection_goes_with_what_it_belongs_to(hands: Hands) -> None:
    hands.pick("h2", "h2/1", "h1/0")
    hands.session.replace("x", edits.remove_unit(hands.session.experiment, "h1", "h1/0"))
    assert hands.selected == Target("h2", "h2/1")
    hands.session.replace("x", edits.remove_unit(hands.session.experiment, "h2", "h2/1"))
    assert hands.selected == Target("h2")
    hands.session.replace("x", edits.remove_layer(hands.session.experiment, "h2"))
    assert hands.selected == Target()


@pytest.fixture
def flat() -> Iterator[type[Layer]]:
    """A kind of layer that is no column of neurons, known for one test."""

    class Flat(Layer, tag="test-flat", frozen=True):
        """Gives what it reads another form."""

        group: ClassVar[str] = "form"

        def shape(self, inputs: tuple[Any, ...]) -> Any:
            return inputs[0]

    Layer.registry.add(Flat, "Flat", 1)
    yield Flat
    Layer.registry._entries.pop("test-flat")


def test_a_layer_that_is_no_column_is_a_card(hands: Hands, flat: type[Layer]) -> None:
    model = hands.session.experiment.model
    layers = (model.layers[0], flat(id="f"), replace(model.layers[1], inputs=("h1",)), *model.layers[2:])
    hands.session.experiment = replace(hands.session.experiment, model=replace(model, layers=layers))
    hands.diagram.resize(721, 560)
    card = hands.layout.column("f")
    assert card.role == "card"
    assert [b.weights for b in hands.layout.bundles] == ["h1.weight", "", "h2.weight", "out.weight"]
    assert not card.read
    image = hands.diagram.grab().toImage()
    inside = image.pixelColor(round(card.body.x + 8), round(card.body.y + 8))
    assert theme().palette.colour("panel") != inside != theme().palette.colour("line")


def test_maps_over_a_line_fill_their_pictures() -> None:
    images = np.linspace(-1, 1, 8, dtype=np.float32).reshape(1, 1, 8)
    bounds = np.ones(1, np.float32)
    atlas = Atlas()
    atlas.fill(ImageGrid("maps", images, (Tile("h1", "h1/0"),), -bounds, bounds), tables(theme().palette), {})
    assert atlas.place("h1", "h1/0") == QRect(0, 0, 8, 8)
    atlas.fill(ImageGrid("maps", images[..., :4], (Tile("h1", "h1/0"),), -bounds, bounds), tables(theme().palette), {})
    assert atlas.place("h1", "h1/0") == QRect(0, 0, 4, 4), "another size has other places"
    atlas.fill(ImageGrid("maps", images, (Tile("h1", "h1/0"),), -bounds, bounds), tables(theme().palette), {})
    rows = [[atlas.image.pixel(x, y) for x in range(8)] for y in range(8)]
    assert all(row == rows[0] for row in rows)
    assert len(set(rows[0])) == 8


def test_the_right_button_selects_and_offers_what_can_be_done(hands: Hands) -> None:
    removed: list[Target] = []
    chosen = hands.context.selection
    hands.context.actions.add(Entry("network.out", "Remove it", "Network", lambda: removed.append(chosen.target)))
    cell = hands.diagram.scene.layout.columns[1].cells[2]
    at = QPoint(round(cell.box.cx), round(cell.box.cy))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, hands.diagram.mapToGlobal(at))
    QApplication.sendEvent(hands.diagram, event)
    (menu,) = hands.diagram.findChildren(QMenu)
    assert [a.text() for a in menu.actions() if a.text()] == ["Remove it", "Copy picture", "Save picture …"]
    menu.actions()[0].trigger()
    assert removed == [Target(hands.diagram.scene.layout.columns[1].id, cell.unit)]
    menu.close()
