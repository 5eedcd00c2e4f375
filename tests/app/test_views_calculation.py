"""The view of a calculation: formulas with numbers, phase by phase, and the way from a term to its weight."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.selection import Target
from app.session import Session
from app.views import View
from app.views._calculation import NOTATION
from app.widgets.sheet import Entry
from engine import examples
from engine.formulas import latex, text
from engine.records import Want
from tests.app.test_views_pictures import Shown
from tests.engine.nets import digits


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Any]:
    """The view beside the exercise, in the notation of most books."""
    made = Shown(qtbot, Session(examples.load("tutorial")), "calculation")
    made.context.settings.set(NOTATION, "plain")
    made.feed()
    yield made
    made.view.dispose()
    made.context.session.close()


def lines(shown: Any) -> dict[str, str]:
    """What the steps say, by their titles."""
    return {e.title: text(e.formula) for e in shown.view.sheet.entries[1:]}


def heading(shown: Any) -> Entry:
    """What is explained, and of which sample."""
    return Entry(shown.view.about.text(), shown.view.sheet.entries[0].hint)


def test_the_output_is_explained_where_nothing_is_selected(shown: Any) -> None:
    assert list(lines(shown)) == ["weighted sum", "output", "loss", "delta", "gradient", "update"]
    assert "= −0.1045" in lines(shown)["weighted sum"]
    assert heading(shown).title.startswith("Output")
    assert "row 1 of the data" in heading(shown).hint


def test_a_selected_neuron_and_a_weight_that_is_clicked(shown: Any) -> None:
    selection = shown.context.selection
    selection.select(Target("h", "h/1"))
    shown.feed()
    assert "−0.3·1 + 0.1·0 + 0.2·1 + 0.2 = 0.1" in lines(shown)["weighted sum"]
    shown.view.sheet.clicked.emit(("h", "h/1", "input/x3"))
    assert selection.target == Target("h", "h/1", "input/x3")
    shown.feed()
    assert "w₃₂" in lines(shown)["update"]
    assert "0.1941" in lines(shown)["update"]


def test_what_is_asked_for_is_marked_and_in_sight(shown: Any, qtbot: QtBot) -> None:
    shown.view.resize(420, 240)
    shown.context.selection.ask(Target("out", "out/0"), "update")
    shown.feed()
    qtbot.waitUntil(lambda: shown.view.area.verticalScrollBar().value() > 0)
    (marked,) = (p for p in shown.view.sheet.placed if p.entry.marked)
    assert marked.entry.title == "update"
    seen = shown.view.sheet.visibleRegion().boundingRect()
    assert seen.top() <= marked.whole.top() <= seen.bottom()
    shown.context.selection.select(Target("h", "h/0"))
    shown.feed()
    assert not any(e.marked for e in shown.view.sheet.entries)


def test_a_weight_that_is_asked_for_opens_at_its_gradient(shown: Any) -> None:
    shown.context.selection.ask(Target("h", "h/0", "input/x1"))
    shown.feed()
    assert [e.title for e in shown.view.sheet.entries if e.marked] == ["gradient"]


def test_an_experiment_opens_in_the_notation_that_its_notes_name(qtbot: QtBot) -> None:
    made = Shown(qtbot, Session(examples.load("tutorial")), "calculation")
    made.context.settings.store.remove(NOTATION)
    made.view.show_experiment()
    made.feed()
    assert lines(made)["weighted sum"].startswith("I₆ = w₄₆·O₄")
    assert made.view.notations.text == "I, O, Err"
    made.view.choose("plain")
    assert lines(made)["weighted sum"].startswith("z₁^(2) = ")
    made.view.dispose()
    made.context.session.close()


def test_the_notation_is_chosen_and_kept(shown: Any) -> None:
    shown.view.choose("err")
    try:
        assert lines(shown)["weighted sum"].startswith("I₆ = w₄₆·O₄")
        assert "0.1312" in lines(shown)["delta"]
        assert shown.view.notations.text == "I, O, Err"
        again = View.registry["calculation"].kind().widget(shown.context)
        assert again.notation.key == "err"  # type: ignore[attr-defined]
        again.dispose()
        again.deleteLater()
    finally:
        shown.view.choose("plain")


def test_fractions_are_written_where_the_run_has_them(qtbot: QtBot) -> None:
    made: Any = Shown(qtbot, Session(examples.load("thirteen-points")), "calculation")
    made.feed()
    machine = made.context.session.experiment
    assert machine.model.output.id == "out"
    made.view.fractions.click()
    made.feed()
    assert made.view.fractions.isEnabled()
    assert made.view.wants() == frozenset({Want("calculation", target=("out", "fractions"))})
    assert "0.5·1 + 0.5·9 + 0.5 = 5.5" in lines(made)["weighted sum"]
    made.view.dispose()
    made.context.session.close()


def test_the_switch_of_fractions_says_why_there_are_none(shown: Any) -> None:
    assert not shown.view.fractions.isEnabled()
    assert "“Sigmoid”, needs “exp”" in shown.view.fractions.toolTip()


def test_a_formula_is_copied_as_text_and_as_latex(shown: Any) -> None:
    sheet = shown.view.sheet
    inside = QPointF(sheet.placed[1].whole.center())
    sheet._entry = sheet.entry_at(inside)
    sheet.copy(text)
    assert QGuiApplication.clipboard().text() == lines(shown)["weighted sum"]
    sheet.copy(latex)
    assert "w^{(2)}_{11}" in QGuiApplication.clipboard().text()


def test_a_formula_that_is_a_number_already_says_it_once(qtbot: QtBot) -> None:
    made: Any = Shown(qtbot, Session(examples.load("linear-layers")), "calculation")
    made.context.settings.set(NOTATION, "plain")
    made.context.selection.select(Target("h", "h/0"))
    made.feed()
    assert "= 1 = 1" not in lines(made)["delta"].replace("\n", " ")
    made.view.dispose()
    made.context.session.close()


def test_a_sheet_is_walked_by_keys(shown: Any, qtbot: QtBot) -> None:
    sheet = shown.view.sheet
    sheet.setFocus()
    qtbot.keyClick(sheet, Qt.Key.Key_Right)
    qtbot.keyClick(sheet, Qt.Key.Key_Left)
    with qtbot.waitSignal(sheet.clicked) as heard:
        qtbot.keyClick(sheet, Qt.Key.Key_Return)
    assert heard.args == [("out", "out/0", "h/0")]


def test_numbers_come_with_their_phases(shown: Any) -> None:
    snapshot = shown.context.session.snapshot
    shown.view.show_snapshot(replace(snapshot, position=replace(snapshot.position, phase=3)))
    found = lines(shown)
    assert "▸ output" in found
    assert "0.4739" in found["▸ output"]
    assert "0.1312" not in found["delta"]
    assert shown.view.sheet.entries[4].hint.endswith("later phase")
    shown.view.show_snapshot(snapshot)
    assert "0.1312" in lines(shown)["delta"]


def test_the_steps_of_a_phase_that_comes_are_in_sight(shown: Any) -> None:
    shown.view.resize(420, 240)
    shown.feed()
    snapshot = shown.context.session.snapshot
    titles = []
    for phase in (3, 4, 5, 4):
        shown.view.show_snapshot(replace(snapshot, position=replace(snapshot.position, phase=phase)))
        now = next(p for p in shown.view.sheet.placed if p.entry.title.startswith("▸"))
        top, height = shown.view.area.verticalScrollBar().value(), shown.view.area.viewport().height()
        assert top <= now.whole.top() < top + height
        titles.append(now.entry.title)
    assert titles == ["▸ weighted sum", "▸ loss", "▸ delta", "▸ loss"]


def test_a_term_that_is_followed_is_read_from_the_top(shown: Any) -> None:
    shown.view.resize(420, 240)
    shown.context.selection.ask(Target("out", "out/0"), "update")
    shown.feed()
    assert shown.view.area.verticalScrollBar().value() > 0
    shown.view.sheet.clicked.emit(("h", "h/1", "input/x3"))
    assert shown.view.area.verticalScrollBar().value() == 0


def test_what_has_no_weighted_sum_says_where_to_look(qtbot: QtBot) -> None:
    made = Shown(qtbot, Session(digits()), "calculation")
    made.context.selection.select(Target("c1", "c1/0"))
    made.feed()
    assert heading(made).hint.endswith("its cells are explained in “Cell”, with pictures")
    assert not lines(made)
    made.view.dispose()
    made.context.session.close()


@pytest.mark.parametrize("name", ["madaline", "averaged-perceptron", "nearest-neighbours", "k-means"])
def test_where_nothing_is_selected_the_first_output_there_is_is_explained(qtbot: QtBot, name: str) -> None:
    shown = Shown(qtbot, Session(examples.load(name)), "calculation")
    shown.feed()
    told = " ".join(e.hint for e in shown.view.sheet.entries)
    shown.view.dispose()
    shown.context.session.close()
    assert told
    assert "has no neuron" not in told
