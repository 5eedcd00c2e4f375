"""Forms: declared fields as widgets, in step with the experiment, one undo step for a drag."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app import forms
from app.actions import Actions
from app.context import Context
from app.drawing import Drawing
from app.selection import Selection
from app.session import Message, Session
from app.settings import Settings
from app.widgets.choice import ChoiceBox
from app.widgets.number import NumberField
from app.widgets.slider import Slider
from engine import paths
from tests.test_experiment import make

LEFT = Qt.MouseButton.LeftButton

WINDOWS: list[QWidget] = []
"""What a test has put on screen: nobody else holds it."""


@pytest.fixture
def context(qtbot: QtBot) -> Iterator[Context]:
    session = Session(make())
    owner = QWidget()
    qtbot.addWidget(owner)
    yield Context(session, Selection(), Drawing(session), Settings(), Actions(owner))
    WINDOWS.clear()


def put(qtbot: QtBot, *widgets: QWidget) -> QWidget:
    """Show widgets in a window."""
    window = QWidget()
    layout = QVBoxLayout(window)
    for widget in widgets:
        layout.addWidget(widget)
    qtbot.addWidget(window)
    window.resize(400, 300)
    window.show()
    WINDOWS.append(window)
    return window


def controls(form: forms.Form) -> dict[str, QWidget]:
    return {f.path: f.control for f in form.fields if f.control is not None}


def choose(box: QWidget | None, text: str) -> None:
    """Open a box with the mouse and pick an entry by its text."""
    assert box is not None
    QTest.mouseClick(box, LEFT, pos=QPoint(box.width() - 8, box.height() - 8))
    menu = next(m for m in box.findChildren(QMenu) if m.isVisible())
    action = next(a for a in menu.actions() if a.text() == text)
    action.trigger()
    menu.close()


def offered(box: QWidget | None) -> list[str]:
    assert box is not None
    QTest.mouseClick(box, LEFT, pos=QPoint(box.width() - 8, box.height() - 8))
    menu = next(m for m in box.findChildren(QMenu) if m.isVisible())
    texts = [a.text() for a in menu.actions() if a.text()]
    menu.close()
    return texts


def test_a_form_shows_every_declared_field(qtbot: QtBot, context: Context) -> None:
    form = forms.form(context, "training.optimiser")
    put(qtbot, form)
    assert list(controls(form)) == [f"training.optimiser.{n}" for n in ("rate", "beta1", "beta2", "epsilon")]
    rate = controls(form)["training.optimiser.rate"]
    assert isinstance(rate, NumberField)
    assert rate.value == 0.01
    assert rate.accessibleName() == "rate"


def test_another_kind_gives_another_form_and_undo_brings_the_old_one_back(qtbot: QtBot, context: Context) -> None:
    form = forms.form(context, "training.optimiser")
    put(qtbot, form)
    context.session.edit("Change optimiser", "training.optimiser", "sgd")
    assert list(controls(form)) == ["training.optimiser.rate"]
    context.session.history.stack.undo()
    assert len(form.fields) == 4


def test_a_drag_on_a_slider_is_one_undo_step(qtbot: QtBot, context: Context) -> None:
    form = forms.form(context, "data.source")
    put(qtbot, form)
    noise = controls(form)["data.source.noise"]
    assert isinstance(noise, Slider)
    y = noise.height() - 8
    QTest.mousePress(noise, LEFT, pos=QPoint(40, y))
    for x in (60, 90, 150):
        QTest.mouseMove(noise, QPoint(x, y))
    QTest.mouseRelease(noise, LEFT, pos=QPoint(150, y))
    assert 5 < paths.get(context.session.experiment, "data.source.noise") < 45
    assert context.session.history.stack.count() == 1
    assert context.session.history.stack.undoText() == "Change noise"
    context.session.history.stack.undo()
    assert noise.value == 0


def test_typing_a_number_takes_it_and_a_wrong_one_says_why_at_the_field(qtbot: QtBot, context: Context) -> None:
    field = forms.Field(context, "training.optimiser.beta1")
    put(qtbot, field)
    slider = field.control
    assert isinstance(slider, Slider)
    value = QPoint(slider.width() - 10, 8)
    QTest.mouseDClick(slider, LEFT, pos=value)
    QTest.keyClicks(slider.findChildren(QWidget)[0], "0.5\r")
    assert paths.get(context.session.experiment, "training.optimiser.beta1") == 0.5
    QTest.mouseDClick(slider, LEFT, pos=value)
    QTest.keyClicks(slider.findChildren(QWidget)[0], "7\r")
    assert field.error.isVisible()
    assert "between 0 and" in field.error.text()
    assert slider.value == 0.5
    assert paths.get(context.session.experiment, "training.optimiser.beta1") == 0.5


def test_a_compact_field_appears_and_goes_with_its_declaration(qtbot: QtBot, context: Context) -> None:
    field = forms.field(context, "training.penalty.rate", "penalty rate")
    put(qtbot, field)
    assert not field.isVisible()
    context.session.edit("Change penalty", "training.penalty", "l2")
    assert field.isVisible()
    assert isinstance(field.control, NumberField)
    context.session.history.stack.undo()
    assert not field.isVisible()


def test_only_valid_choices_are_offered(qtbot: QtBot, context: Context) -> None:
    loss = forms.field(context, "training.loss")
    output = forms.field(context, "model.layers.1.activation")
    hidden = forms.field(context, "model.layers.0.activation")
    put(qtbot, loss, output, hidden)
    assert "Categorical cross-entropy" not in offered(loss.control)
    assert offered(output.control) == ["Sigmoid"]
    assert "Softmax" not in offered(hidden.control)
    choose(loss.control, "Squared error")
    assert set(offered(output.control)) == {"Tanh", "Sigmoid", "Linear"}


def test_another_kind_keeps_the_numbers_somebody_had_set(qtbot: QtBot, context: Context) -> None:
    field = forms.field(context, "training.optimiser")
    put(qtbot, field)
    choose(field.control, "SGD")
    assert paths.get(context.session.experiment, "training.optimiser.rate") == 0.03
    context.session.edit("Change rate", "training.optimiser.rate", 0.5)
    choose(field.control, "Adam")
    assert paths.get(context.session.experiment, "training.optimiser.rate") == 0.5


def test_a_chosen_kind_shows_its_own_fields_below(qtbot: QtBot, context: Context) -> None:
    field = forms.Field(context, "model.layers.0.activation")
    put(qtbot, field)
    box = field.control
    assert isinstance(box, ChoiceBox)
    choose(box, "Leaky ReLU")
    assert [f.path for f in field.findChildren(forms.Field)] == ["model.layers.0.activation.slope"]


def test_keys_move_a_number_through_its_usual_values_as_one_step(qtbot: QtBot, context: Context) -> None:
    field = forms.field(context, "training.batch")
    put(qtbot, field)
    number = field.control
    assert isinstance(number, NumberField)
    number.setFocus()
    QTest.keyClick(number, Qt.Key.Key_Up)
    QTest.keyClick(number, Qt.Key.Key_Up)
    assert context.session.experiment.training.batch == 30
    assert context.session.history.stack.count() == 1
    choose(number, "all")
    assert context.session.experiment.training.batch == 0


def test_an_error_of_an_edit_made_elsewhere_is_not_shown_here(qtbot: QtBot, context: Context) -> None:
    field = forms.Field(context, "training.batch")
    put(qtbot, field)
    context.session.tell(Message("Something else.", "error"))
    assert not field.error.isVisible()


def test_every_field_of_every_registered_kind_has_a_widget(qtbot: QtBot, context: Context) -> None:
    for path in ("training.loss", "training.optimiser", "training.penalty", "model.initialiser", "data.source"):
        info = forms.info_at(context.session.experiment, path)
        assert info is not None
        field = forms.Field(context, path)
        window = put(qtbot, field)
        for entry in forms.allowed(context.session.experiment, path, info):
            context.session.edit("Change", path, entry.key)
            window.grab()
