"""Forms: declared fields as widgets, in step with the experiment, one undo step for a drag."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app import forms, offers
from app.context import Context
from app.messages import Message
from app.widgets.choice import ChoiceBox
from app.widgets.number import NumberField
from app.widgets.slider import Slider
from engine import paths
from tests.app.kit import LEFT, choose, context_of, offered, put


@pytest.fixture
def context(qapp: QApplication) -> Iterator[Context]:
    with context_of() as made:
        yield made


def controls(form: forms.Form) -> dict[str, QWidget]:
    return {f.path: f.control for f in form.fields if f.control is not None}


def test_a_form_shows_every_declared_field(context: Context) -> None:
    form = forms.form(context, "training.optimiser")
    put(form)
    assert list(controls(form)) == [f"training.optimiser.{n}" for n in ("rate", "beta1", "beta2", "epsilon")]
    rate = controls(form)["training.optimiser.rate"]
    assert isinstance(rate, NumberField)
    assert rate.value == 0.01
    assert rate.accessibleName() == "rate"


def test_another_kind_gives_another_form_and_undo_brings_the_old_one_back(context: Context) -> None:
    form = forms.form(context, "training.optimiser")
    put(form)
    context.session.edit("Change optimiser", "training.optimiser", "sgd")
    assert list(controls(form)) == ["training.optimiser.rate"]
    context.session.history.stack.undo()
    assert len(form.fields) == 4


def test_a_drag_on_a_slider_is_one_undo_step(context: Context) -> None:
    form = forms.form(context, "data.source")
    put(form)
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


@pytest.mark.parametrize("path", ["data.source.noise", "training.optimiser.rate"])
def test_escape_gives_up_a_drag_and_leaves_no_step(context: Context, path: str) -> None:
    field = forms.Field(context, path)
    put(field)
    control, session = field.control, context.session
    assert isinstance(control, Slider | NumberField)
    before, shown, y = session.experiment, control.value, control.height() - 8
    session.edit("Change name", "name", "earlier")
    QTest.mousePress(control, LEFT, pos=QPoint(20, y))
    for x in (60, 90):
        QTest.mouseMove(control, QPoint(x, y))
    assert paths.get(session.experiment, path) != paths.get(before, path)
    QTest.keyClick(control, Qt.Key.Key_Escape)
    QTest.mouseMove(control, QPoint(120, y))
    QTest.mouseRelease(control, LEFT, pos=QPoint(120, y))
    assert paths.get(session.experiment, path) == paths.get(before, path)
    assert control.value == shown
    assert session.history.stack.count() == 1
    assert session.history.stack.undoText() == "Change name"
    assert not session.history.stack.canRedo()
    session.history.stack.undo()
    assert session.experiment == before
    # The next drag is a step of its own.
    QTest.mousePress(control, LEFT, pos=QPoint(20, y))
    QTest.mouseMove(control, QPoint(60, y))
    QTest.mouseMove(control, QPoint(90, y))
    QTest.mouseRelease(control, LEFT, pos=QPoint(90, y))
    assert session.history.stack.count() == 1
    assert paths.get(session.experiment, path) != paths.get(before, path)


def test_typing_a_number_takes_it_and_a_wrong_one_says_why_at_the_field(context: Context) -> None:
    field = forms.Field(context, "training.optimiser.beta1")
    put(field)
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


def test_a_compact_field_appears_and_goes_with_its_declaration(context: Context) -> None:
    field = forms.field(context, "training.penalty.rate", "penalty rate")
    put(field)
    assert not field.isVisible()
    context.session.edit("Change penalty", "training.penalty", "l2")
    assert field.isVisible()
    assert isinstance(field.control, NumberField)
    context.session.history.stack.undo()
    assert not field.isVisible()


def test_only_valid_choices_are_offered(context: Context) -> None:
    loss = forms.field(context, "training.loss")
    output = forms.field(context, "model.layers.1.activation")
    hidden = forms.field(context, "model.layers.0.activation")
    put(loss, output, hidden)
    assert "Categorical cross-entropy" not in offered(loss.control)
    assert offered(output.control) == ["Sigmoid"]
    assert "Softmax" not in offered(hidden.control)
    choose(loss.control, "Squared error")
    assert set(offered(output.control)) > {"Tanh", "Sigmoid", "Linear"}


def test_another_kind_keeps_the_numbers_somebody_had_set(context: Context) -> None:
    field = forms.field(context, "training.optimiser")
    put(field)
    choose(field.control, "SGD")
    assert paths.get(context.session.experiment, "training.optimiser.rate") == 0.03
    context.session.edit("Change rate", "training.optimiser.rate", 0.5)
    choose(field.control, "Adam")
    assert paths.get(context.session.experiment, "training.optimiser.rate") == 0.5


def test_a_chosen_kind_shows_its_own_fields_below(context: Context) -> None:
    field = forms.Field(context, "model.layers.0.activation")
    put(field)
    box = field.control
    assert isinstance(box, ChoiceBox)
    choose(box, "Leaky ReLU")
    assert [f.path for f in field.findChildren(forms.Field)] == ["model.layers.0.activation.slope"]


def test_keys_move_a_number_through_its_usual_values_as_one_step(context: Context) -> None:
    field = forms.field(context, "training.batch")
    put(field)
    number = field.control
    assert isinstance(number, NumberField)
    number.setFocus()
    QTest.keyClick(number, Qt.Key.Key_Up)
    QTest.keyClick(number, Qt.Key.Key_Up)
    assert context.session.experiment.training.batch == 30
    assert context.session.history.stack.count() == 1
    choose(number, "all")
    assert context.session.experiment.training.batch == 0


def test_an_error_of_an_edit_made_elsewhere_is_not_shown_here(context: Context) -> None:
    field = forms.Field(context, "training.batch")
    put(field)
    context.session.tell(Message("Something else.", "error"))
    assert not field.error.isVisible()


def test_every_field_of_every_registered_kind_has_a_widget(context: Context) -> None:
    for path in ("training.loss", "training.optimiser", "training.penalty", "model.initialiser", "data.source"):
        info = offers.info_at(context.session.experiment, path)
        assert info is not None
        field = forms.Field(context, path)
        window = put(field)
        for entry in offers.allowed(context.session.experiment, path, info):
            context.session.edit("Change", path, entry.key)
            window.grab()
