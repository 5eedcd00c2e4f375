"""The view of the best weights: what it says, what stands in its table, and taking them."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from app.protocol import Assign
from app.session import Session
from app.theme import theme
from app.views._closed_form_words import AS_GOOD, INFINITE, MISSING, SINGULAR
from engine.arrays import Array
from engine.datasets.points import Points
from engine.experiment import Experiment
from engine.formulas import text
from engine.penalties import L2
from tests.app.kit import click
from tests.app.test_views_pictures import Shown
from tests.engine.test_closed_form import alone, hidden

Show = Callable[[Experiment], Shown]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    made: list[Shown] = []

    def shown(experiment: Experiment) -> Shown:
        one = Shown(qtbot, Session(experiment), "closed-form")
        made.append(one)
        one.feed()
        return one

    yield shown
    for one in made:
        one.view.dispose()
        one.context.session.close()
    theme().set_percent(100)


def cells(shown: Any) -> dict[str, list[str]]:
    model = shown.view.table.model()
    rows = [[model.data(model.index(r, c)) for c in range(4)] for r in range(model.rowCount())]
    return {first: rest for first, *rest in rows}


def said(shown: Any) -> tuple[str, str, str]:
    (entry,) = shown.view.sheet.entries
    return entry.title, entry.hint, text(entry.formula)


def test_the_weights_now_the_solution_and_what_is_between_follow_the_run(show: Show) -> None:
    shown = show(alone("plane"))
    assert said(shown)[0] == "Least squares"
    assert said(shown)[2] == "w^(*) = (X^(T)·X)⁻¹·X^(T)·t"
    first = cells(shown)
    assert list(first) == ["training loss", "test loss", "‖w − w*‖", "bias", "weight of x₁", "weight of x₂"]
    assert [row[1] for row in list(first.values())[3:]] == ["0.0000", "0.1000", "0.1000"]
    shown.machine.advance("epoch", 300, 60)
    shown.feed()
    last = cells(shown)
    assert last["weight of x₁"][0] == "0.1000" != first["weight of x₁"][0]
    assert float(last["‖w − w*‖"][2]) < 1e-4 < float(first["‖w − w*‖"][2])


def test_the_penalty_is_in_the_formula_with_its_numbers(show: Show) -> None:
    shown = show(alone("plane", penalty=L2(rate=0.01)))
    assert "n·λ·I₀" in said(shown)[2]
    assert "n λ = 600 · 0.01 = 6" in said(shown)[1]
    assert "penalty" in cells(shown)


def test_logistic_and_softmax_regression_have_no_formula_but_a_minimum(show: Show) -> None:
    for name, function in (("xor", "σ"), ("three-spirals", "softmax")):
        shown = show(alone(name))
        title, hint, formula = said(shown)
        assert title == "No closed form"
        assert "Newton's method finds the minimum in " in hint
        assert f"{function}(X" in formula
    assert "class 3: x₂" in cells(shown)


def points(*classes: int, like: str = "xor") -> Experiment:
    """Points beside each other, of these classes."""
    x = np.arange(len(classes), dtype=np.float64)
    source = Points(
        xy=Array(np.stack([x, -x], axis=1)), labels=Array(np.array(classes, np.float64)), keys=Array(x / 9),
        names=("a", "b"),
    )  # fmt: skip
    base = alone(like)
    return replace(base, data=replace(base.data, source=source, share=100.0))


@pytest.mark.parametrize(("like", "told"), [("gauss", SINGULAR), ("xor", AS_GOOD)])
def test_inputs_that_follow_from_others_are_named(show: Show, like: str, told: str) -> None:
    shown = show(points(0, 1, 0, like=like))
    assert told in said(shown)[1]
    assert shown.view.take.isEnabled()


@pytest.mark.parametrize(("classes", "told"), [((0, 1), INFINITE), ((1, 1), MISSING)])
def test_without_a_minimum_there_is_nothing_to_take(show: Show, classes: tuple[int, ...], told: str) -> None:
    shown = show(points(*classes))
    assert told in said(shown)[1]
    assert cells(shown)["bias"][1:] == ["–", "–"]
    assert not shown.view.take.isEnabled()


def test_where_it_does_not_fit_one_sentence_says_what_it_needs(show: Show) -> None:
    shown = show(hidden(alone("plane")))
    assert said(shown) == (
        "",
        "It needs a single layer: an output of weighted sums that reads the inputs, with no layer between.",
        "",
    )
    assert not shown.view.table.isVisible()
    assert not shown.view.take.isEnabled()


@pytest.mark.parametrize(("percent", "width"), [(100, 360), (150, 420), (150, 900)])
def test_it_is_read_in_any_size(show: Show, percent: int, width: int) -> None:
    theme().set_percent(percent)
    shown = show(alone("three-spirals"))
    shown.view.resize(width, 420)
    shown.view.grab()
    table = shown.view.table
    assert table.viewport().height() > theme().px(48)
    needed = sum(table.columnWidth(k) for k in range(4))
    assert needed <= table.viewport().width() or table.horizontalScrollBar().maximum() > 0


def test_the_best_weights_are_taken_in_one_step_that_can_be_undone(show: Show) -> None:
    shown = show(alone("plane"))
    session = shown.context.session
    click(shown.view.take)
    (request,) = (r for r in session._first if isinstance(r, Assign))
    assert session.history.stack.count() == 1
    assert session.history.stack.undoText() == "Take these weights"
    shown.machine.assign(request.numbers)
    shown.feed()
    assert cells(shown)["bias"][0] == cells(shown)["bias"][1] == "0.0000"
