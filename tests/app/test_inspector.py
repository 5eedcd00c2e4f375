"""The inspector: it follows the selection, and every number in it can be changed, held fast and undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from app.context import Context
from app.panels import facts
from app.panels.formulas import nearness, of_layer, weighted_sum, written_out
from app.panels.inspector import Inspector, UnitPage
from app.protocol import Assign
from app.selection import BIAS, Target
from app.theme import theme
from app.widgets.base import discard
from app.widgets.number import NumberField
from engine import edits, examples, holding
from engine.experiment import nodes
from engine.layers import Neurons
from engine.records import Unit, Want
from engine.ties import Shared
from tests.app import fakes
from tests.app.kit import choose, context_of, offered, opened, put
from tests.app.test_canvas_edits import net

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class Hands:
    """An inspector on screen."""

    def __init__(self, context: Context) -> None:
        self.context, self.session = context, context.session
        self.sent: list[Any] = []
        setattr(self.session, "send", self.sent.append)  # noqa: B010 - no engine here
        self.inspector = Inspector(context)
        put(self.inspector, width=640)
        self.row = self.inspector.unit.row

    def pick(self, layer: str, unit: str = "", source: str = "") -> None:
        self.context.selection.select(Target(layer, unit, source))
        if unit:
            wants = self.inspector.unit.want(Target(layer, unit))
            snapshot = fakes.snapshot(self.session.experiment, wants)
            self.session.snapshot = snapshot
            self.session.snapshot_arrived.emit(snapshot)

    def texts(self) -> tuple[str, str, str, str]:
        return self.inspector.unit.heading.texts

    def assigned(self) -> list[Assign]:
        return [r for r in self.sent if isinstance(r, Assign)]

    @property
    def undo(self) -> str:
        return self.session.history.stack.undoText()


@pytest.fixture
def hands(qapp: QApplication) -> Iterator[Hands]:
    with context_of(net(3, 2)) as context:
        yield Hands(context)
    theme().set_percent(100)


def test_a_formula_has_its_numbers_written_in() -> None:
    terms = [("h₁", 0.84), ("h₂", -1.12), ("h₃", 0.3), ("h₄", 2.0)]
    assert weighted_sum(terms[:1]) == "0.84·h₁ + b"
    assert written_out("tanh(z)", weighted_sum(terms)) == "a = tanh(0.84·h₁ − 1.1·h₂ + 0.3·h₃ … + b)"
    assert written_out("a = z", weighted_sum(terms[:2])) == "a = 0.84·h₁ − 1.1·h₂ + b"
    assert written_out("z σ(z)", weighted_sum(terms[1:2])) == "a = z σ(z),  z = −1.1·h₂ + b"
    assert of_layer("tanh(z)", [("weight", (8, 6)), ("bias", (6,))]) == "a = tanh(x W + b),  weight 8 × 6,  bias 6"
    assert of_layer("tanh(z)", [("weight", (8, 6))]) == "a = tanh(x W),  weight 8 × 6"
    assert weighted_sum(terms[:2], bias=False) == "0.84·h₁ − 1.1·h₂"
    assert nearness(terms[:2]) == "−½((h₁ − 0.84)² + (h₂ + 1.1)²)"


@pytest.mark.parametrize(
    ("example", "begins"),
    [("competitive", "a = 1 if −½((x₁ − 0.25)² + (x₂ + 1.1)²) is"), ("nearest-neighbours", "The answer of the k")],
)
def test_a_prototype_and_neighbours_are_told_by_what_they_do(example: str, begins: str) -> None:
    experiment = examples.load(example)
    output, weights = experiment.model.output, {"competitive": [0.25, -1.1]}.get(example, [])
    sources = tuple(("input", f"input/{name}") for name in ("x1", "x2"))[: len(weights)]
    numbers = np.array(weights, np.float32)
    record = Unit(
        title="", layer=output.id, unit="", formula=output.activation.written, sources=sources, weights=numbers,
        weight_gradients=numbers, frozen=numbers > 9, own=(), active=0, activity="", mean=0, deviation=0,
    )  # fmt: skip
    assert UnitPage.formula(experiment, record).startswith(begins)


def test_it_shows_the_calculation_of_a_neuron(hands: Hands) -> None:
    hands.pick("h2", "h2/1")
    title, formula, bias, rest = hands.texts()
    assert title == "Dense 2, neuron 2"
    assert formula.startswith("a = tanh(")
    assert "·h₁" in formula
    assert bias.startswith("bias")
    assert "unsaturated on 54 %" in rest
    assert [n.name for n in hands.row.numbers] == ["bias", "h₁", "h₂", "h₃"]


def test_a_drag_changes_a_weight_live_as_one_step(hands: Hands) -> None:
    hands.pick("h2", "h2/1")
    place = hands.row._place(1).center()
    QTest.mousePress(hands.row, LEFT, NONE, place)
    for way in (10, 20, 30):
        QTest.mouseMove(hands.row, place + QPoint(way, 0))
    QTest.mouseRelease(hands.row, LEFT, NONE, place + QPoint(30, 0))
    numbers = [a.numbers[0] for a in hands.assigned()]
    assert len(numbers) == 3
    assert {(n.name, n.axes) for n in numbers} == {("h2.weight", (("h1/0",), ("h2/1",)))}
    assert numbers[-1].values.values[0, 0] > hands.row.numbers[1].value
    assert hands.undo == "Change weight"
    assert hands.session.history.stack.count() == 1


def test_escape_gives_a_dragged_weight_back_and_leaves_no_step(hands: Hands) -> None:
    hands.pick("h2", "h2/1")
    place = hands.row._place(1).center()
    QTest.mousePress(hands.row, LEFT, NONE, place)
    for way in (10, 20):
        QTest.mouseMove(hands.row, place + QPoint(way, 0))
    given = [a.patch for a in hands.assigned()]
    QTest.keyClick(hands.row, Qt.Key.Key_Escape)
    QTest.mouseRelease(hands.row, LEFT, NONE, place + QPoint(30, 0))
    assert hands.session.history.stack.count() == 0
    last = hands.assigned()[-1]
    assert last.numbers == ()
    assert set(map(id, last.give_back)) == set(map(id, given))


def test_a_number_can_be_typed(hands: Hands) -> None:
    hands.pick("out", "out/0")
    QTest.mouseDClick(hands.row, LEFT, NONE, hands.row._place(0).center())
    edit = hands.row._typing
    assert edit.isVisible()
    edit.setText("-0,75")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    number = hands.assigned()[-1].numbers[0]
    assert (number.name, number.axes) == ("out.bias", (("out/0",),))
    assert number.values.values.tolist() == [-0.75]
    assert hands.undo == "Change bias"


def test_what_is_no_number_is_refused_with_a_sentence(hands: Hands) -> None:
    hands.pick("h1", "h1/0")
    told: list[str] = []
    hands.session.told.connect(lambda message: told.append(message.sentence))
    hands.row.choose(BIAS)
    hands.row.type_value()
    hands.row._typing.setText("much")
    QTest.keyClick(hands.row._typing, Qt.Key.Key_Return)
    assert told
    assert "much" in told[0]
    assert not hands.assigned()


def test_the_keyboard_reaches_every_number(hands: Hands) -> None:
    hands.pick("h2", "h2/0")
    hands.inspector.focus_first()
    QTest.keyClick(hands.row, Qt.Key.Key_Right)
    QTest.keyClick(hands.row, Qt.Key.Key_Right)
    assert hands.context.selection.target == Target("h2", "h2/0", "h1/0")
    assert hands.row.accessibleDescription().startswith("h₁")
    QTest.keyClick(hands.row, Qt.Key.Key_Up)
    assert hands.assigned()[-1].numbers[0].values.values[0, 0] > hands.row.numbers[1].value
    QTest.keyClick(hands.row, Qt.Key.Key_L)
    assert hands.session.experiment.model.frozen == (("h2.weight", "h1/0", "h2/0"),)
    assert hands.undo == "Hold number fast"


def test_a_whole_neuron_is_held_fast_and_let_go(hands: Hands) -> None:
    hands.pick("h1", "h1/2")
    QTest.mouseClick(hands.inspector.unit.hold, LEFT)
    assert len(hands.session.experiment.model.frozen) == 3
    hands.pick("h1", "h1/2")
    assert all(n.frozen for n in hands.row.numbers)
    QTest.mouseClick(hands.inspector.unit.hold, LEFT)
    assert not list(hands.session.experiment.model.frozen)
    hands.session.history.stack.undo()
    assert len(hands.session.experiment.model.frozen) == 3


def test_a_selected_link_is_marked_in_the_row(hands: Hands) -> None:
    hands.pick("h2", "h2/0", "h1/1")
    assert hands.row.current == 2
    QTest.mouseClick(hands.row, LEFT, NONE, hands.row._place(0).center())
    assert hands.context.selection.target == Target("h2", "h2/0", BIAS)


def test_a_layer_shows_its_own_fields(hands: Hands) -> None:
    hands.pick("h1")
    page = hands.inspector.fields
    assert page.heading.texts[0] == "Dense 3  ·  h1  ·  9 parameters"
    assert [f.path for f in page.fields] == [
        f"model.layers.0.{x}" for x in ("units", "activation", "weights", "frozen")
    ]
    choose(page.fields[1].control, "Leaky ReLU")
    assert "model.layers.0.activation.slope" in [f.path for f in page.fields]
    units = page.fields[0].control
    assert isinstance(units, NumberField)
    QTest.keyClick(units, Qt.Key.Key_Up)
    changed = hands.session.experiment.model.layer("h1")
    assert isinstance(changed, Neurons)
    assert changed.units == 4


def test_the_width_of_the_output_follows_the_data(hands: Hands) -> None:
    hands.pick("out")
    assert [f.path for f in hands.inspector.fields.fields] == [
        "model.layers.2.activation",
        "model.layers.2.weights",
        "model.layers.2.frozen",
    ]


def test_nothing_selected_shows_the_whole_network(hands: Hands) -> None:
    page = hands.inspector.fields
    assert "parameters" in page.heading.texts[0]
    assert "Dense 3: 9" in page.heading.texts[1]
    assert page.fields[0].path == "model.initialiser"
    hands.pick("input", "input/x1")
    assert page.heading.texts[0] == "Input, x₁"


def test_it_asks_for_a_neuron_only_while_it_shows_one(hands: Hands) -> None:
    hands.pick("h1", "h1/0")
    (want,) = hands.session._looks[hands.inspector]
    assert want.target == ("h1", "h1/0")
    hands.pick("h1")
    assert hands.inspector not in hands.session._looks


def test_it_takes_no_more_than_a_quarter_of_a_usual_card(hands: Hands) -> None:
    for percent, card in ((100, 480), (150, 640)):
        theme().set_percent(percent)
        assert hands.inspector.sizeHint().height() <= card / 4
    hands.pick("h2", "h2/0")
    assert hands.inspector.sizeHint().height() <= 160


def test_a_removed_neuron_is_forgotten(hands: Hands) -> None:
    hands.pick("h1", "h1/2")
    hands.session.edit("x", "model.layers.0.units", 2)
    assert hands.inspector._stack.currentWidget() is hands.inspector.fields


def test_every_kind_of_layer_is_shown_with_its_help(qapp: QApplication) -> None:
    for entry in edits.offered(net(4, 4)):
        with context_of(edits.add_layer(net(4, 4), 2, kind=entry.key, source="h2")) as context:
            hands = Hands(context)
            fresh = context.session.experiment.model.layers[2]
            hands.pick(fresh.id)
            page = hands.inspector.fields
            assert fresh.id in page.heading.texts[0]
            assert page.heading.texts[1]
            shown = dict(page.facts.facts)
            assert shown.get("read by", "out") in ("out", "flat1")
            assert page.reads.text == ", ".join(nodes(context.session.experiment)[2].sources)


def test_scales_and_shifts_are_shown_with_their_values(qapp: QApplication) -> None:
    with context_of(edits.add_layer(net(3), 1, kind="layer-norm", source="h1")) as context:
        hands = Hands(context)
        hands.session.snapshot = fakes.snapshot(hands.session.experiment, frozenset({Want("weights")}))
        hands.pick("layer-norm1")
        shown = dict(hands.inspector.fields.facts.facts)
        assert (shown["scale"], shown["shift"]) == ("1", "0")


def marks(menu: QMenu) -> dict[str, bool]:
    return {a.text(): a.isChecked() for a in menu.actions()}


def test_what_a_layer_reads_is_chosen_by_the_keyboard(qapp: QApplication) -> None:
    with context_of(edits.add_layer(net(3, 3), 2, kind="add", source="h2")) as context:
        hands = Hands(context)
        hands.pick("add1")
        box = hands.inspector.fields.reads
        assert (box.accessibleName(), box.accessibleDescription()) == ("reads", "h2, h1")
        menu = opened(box)
        assert marks(menu) == {"The inputs": False, "Dense 3 “h1”": True, "Dense 3 “h2”": True}
        QTest.keyClick(menu, Qt.Key.Key_Down)
        QTest.keyClick(menu, Qt.Key.Key_Down)
        QTest.keyClick(menu, Qt.Key.Key_Return)
        assert nodes(hands.session.experiment)[2].sources == ("h2",)
        assert hands.undo == "Disconnect layers"
        sentences: list[str] = []
        hands.session.told.connect(lambda message: sentences.append(message.sentence))
        choose(box, "The inputs")
        assert "adds “h2” with 3 units and “input” with 2 features" in sentences[0]
        choose(box, "Dense 3 “h2”")
        assert "reads only “h2”" in sentences[1]
        hands.session.history.stack.undo()
        assert box.text == "h2, h1"


def test_a_dense_layer_reads_one_of_those_before_it(qapp: QApplication) -> None:
    with context_of(net(3, 2)) as context:
        hands = Hands(context)
        hands.pick("h2")
        box = hands.inspector.fields.reads
        choose(box, "The inputs")
        assert nodes(hands.session.experiment)[1].sources == ("input",)
        hands.pick("h1")
        assert offered(box) == ["The inputs", "Dense 2 “h2”"]
        hands.pick("")
        assert not box.isVisible()


def test_every_value_stays_readable_where_fields_have_no_room_beside_the_heading() -> None:
    with context_of(net(3, 3)) as context:
        hands = Hands(context)
        page, window = hands.inspector.fields, hands.inspector.window()
        hands.pick(context.session.experiment.model.layers[0].id)
        QApplication.processEvents()
        wide = page.heading.height()
        assert page.facts.isVisible()
        window.resize(400, 300)
        QApplication.processEvents()
        assert page.heading.height() < wide
        assert not page.facts.isVisible()
        for field in page.fields:
            assert field.control is None or field.control.width() >= field.control.sizeHint().width()
        assert page.geometry().bottom() <= hands.inspector.height()


def test_a_field_that_stays_keeps_the_focus_when_others_come() -> None:
    with context_of(net(3, 3)) as context:
        hands = Hands(context)
        hands.pick("h2")
        page = hands.inspector.fields
        kind = next(f for f in page.fields if f.path.endswith(".weights"))
        assert kind.control is not None
        before = len(page.fields)
        kind.control.setFocus(Qt.FocusReason.TabFocusReason)
        choose(kind.control, "Soft-shared")
        QApplication.processEvents()
        assert len(page.fields) > before
        assert kind in page.fields


def test_the_focus_of_what_goes_is_handed_to_nothing_else() -> None:
    with context_of():
        box, other = QLineEdit(), QLineEdit()
        window = put(other, box)
        box.setFocus()
        assert window.focusWidget() is box
        discard(box)
        assert window.focusWidget() is not other


def test_whose_weights_a_layer_shares_is_chosen_among_those_that_fit() -> None:
    with context_of(net(3, 3, 3, 3)) as context:
        hands = Hands(context)
        hands.pick("h4")
        page = hands.inspector.fields
        kind = next(f for f in page.fields if f.path.endswith(".weights"))
        choose(kind.control, "Shared")
        whose = next(f for f in page.fields if f.path.endswith(".weights.of"))
        assert offered(whose.control) == ["none", "Dense 3 (h2)", "Dense 3 (h3)"]
        choose(whose.control, "Dense 3 (h2)")
        layer = context.session.experiment.model.layers[3]
        assert isinstance(layer, Neurons)
        assert layer.weights == Shared(of="h2")


def test_running_means_are_shown_as_values_and_never_as_counts() -> None:
    experiment = edits.add_layer(net(3, 3), 1, kind="batch-norm", source="h1")
    norm = next(x for x in experiment.model.layers if x.key == "batch-norm")
    unknown = dict(facts.of_layer(experiment, norm))
    assert unknown["scale"] == unknown["mean"] == unknown["variance"] == "–"
    known = dict(facts.of_layer(experiment, norm, fakes.snapshot(experiment, frozenset({Want("weights")}))))
    assert known["mean"] != "3"


def test_the_form_of_a_network_leaves_out_what_answers_on_the_way() -> None:
    experiment = edits.add_layer(net(3, 5), 1, kind="auxiliary", source="h1")
    assert dict(facts.of_network(experiment, None))["layers"] == "2 – 3 – 5 – 1"


def test_a_number_of_a_frozen_layer_is_let_go_alone(hands: Hands) -> None:
    hands.session.replace("Hold", holding.hold_layers(hands.session.experiment, ("h1",), True))
    hands.pick("h1", "h1/0")
    assert all(n.frozen for n in hands.row.numbers)
    hands.row.locked.emit(BIAS, False)
    assert not holding.frozen_layers(hands.session.experiment)
    assert holding.frozen_count(hands.session.experiment) == 8
    assert hands.undo == "Let number learn"
