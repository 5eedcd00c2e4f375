"""The trace on screen: its columns, what is copied, what is saved, and why something is refused."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.context import Context
from app.tables import Figures, decimal, plain, shown
from app.views._trace import STALE
from app.views._trace_table import HERE
from engine.machines import build
from engine.machines.base import Position
from tests.app.kit import offered
from tests.app.test_views import Maker, make
from tests.app.test_views import shown as shown_view
from tests.engine.test_tracing import thirteen

__all__ = ["make"]


def feed(context: Context, epoch: int = 2) -> None:
    """Give snapshots until the table is made."""
    machine = build(context.session.experiment)
    unfinished = True
    while unfinished:
        wants = frozenset().union(*context.session._looks.values())
        snapshot = machine.snapshot(wants)
        unfinished = snapshot.unfinished
        snapshot = replace(snapshot, position=Position(epoch=epoch, step=13 * epoch, samples=13 * epoch))
        context.session.snapshot = snapshot
        context.session.snapshot_arrived.emit(snapshot)


@pytest.fixture
def view(qtbot: QtBot, make: Maker) -> Any:
    context = make("spiral")
    context.session.show(thirteen())
    made = shown_view(qtbot, context, "trace", (560, 500))
    feed(context)
    yield made
    made.dispose()


def words(view: Any, row: int) -> list[str]:
    model = view.table.model()
    return [model.data(model.index(row, k)) for k in range(model.columnCount())]


def titles(view: Any) -> list[str]:
    return [c.title for c in view.table.rows.columns]


def test_the_table_of_the_slides_stands_on_screen(view: Any) -> None:
    view.choose(arithmetic="exact")
    feed(view.context)
    assert titles(view) == ["pass", "w₁", "w₂", "b", "loss", "err"]
    assert words(view, 1)[:4] == ["1", "−0.12", "0.10", "0.36"]
    assert words(view, 37)[1:4] == ["0.02", "0.18", "−1.04"]
    assert words(view, 37)[5] == "0"


def test_the_row_at_which_the_run_stands_is_marked(view: Any) -> None:
    model = view.table.model()
    assert words(view, 2)[0] == f"{HERE} 2"
    assert model.data(model.index(2, 1), Qt.ItemDataRole.FontRole).weight() == 600
    assert model.data(model.index(1, 1), Qt.ItemDataRole.FontRole).weight() == 400
    feed(view.context, epoch=30)
    assert words(view, 2)[0] == "2"
    assert words(view, 30)[0] == f"{HERE} 30"
    seen = view.table.visualRect(view.table.model().index(30, 0))
    assert view.table.viewport().rect().intersects(seen)


def test_columns_are_chosen_from_a_list(qtbot: QtBot, view: Any) -> None:
    view.columns.click()
    menu = next(m for m in view.columns.findChildren(QMenu) if m.isVisible())
    marked = {a.text(): a.isChecked() for a in menu.actions()}
    assert marked == {"weights": True, "loss": True, "err (wrong answers)": True, "changes of the weights": False}
    next(a for a in menu.actions() if a.text().startswith("changes")).trigger()
    menu.close()
    assert titles(view) == ["pass", "w₁", "w₂", "b", "loss", "err", "Δw₁", "Δw₂", "Δb"]
    view.toggle("weights")
    assert titles(view) == ["pass", "loss", "err", "Δw₁", "Δw₂", "Δb"]


def test_a_sample_has_columns_of_its_own(view: Any) -> None:
    view.choose(unit="sample")
    feed(view.context)
    assert titles(view) == ["sample", "row", "x1", "x2", "w₁", "w₂", "b", "z", "o", "t", "t − o", "loss"]
    assert words(view, 0) == [
        "0", "1", "1", "9", "0.5000", "0.5000", "0.5000", "5.50", "1", "1", "0", "0.00"
    ]  # fmt: skip


def test_chosen_cells_are_copied_for_a_spreadsheet(qtbot: QtBot, view: Any) -> None:
    view.choose(arithmetic="exact")
    feed(view.context)
    table = view.table
    for row in (36, 37):
        for column in (2, 3):
            table.selectionModel().select(table.model().index(row, column), QItemSelectionModel.SelectionFlag.Select)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "0.18\t-1\n0.18\t-1.04\n"
    table.selectAll()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    rows = QGuiApplication.clipboard().text().splitlines()
    assert rows[0] == "pass\tw1\tw2\tb\tloss\terr"
    assert rows[2].startswith("1\t-0.12\t0.1\t0.36\t")
    assert len(rows) == 41


def test_the_table_is_saved_as_csv(qtbot: QtBot, view: Any, tmp_path: Path) -> None:
    view.toggle("loss")
    with qtbot.waitSignal(view.context.session.told, timeout=5000) as told:
        view.write(tmp_path / "points")
    assert told.args[0].sentence == "40 rows written to points.csv."
    rows = (tmp_path / "points.csv").read_bytes().decode().split("\n")
    assert rows[:3] == ["pass,w1,w2,b,err", "0,0.5,0.5,0.5,7", rows[2]]
    assert [round(float(word), 5) for word in rows[2].split(",")] == [1, -0.12, 0.1, 0.36, 6]
    assert len(rows) == 42


def test_what_is_not_exact_says_why(qtbot: QtBot, make: Maker) -> None:
    context = make("spiral")
    view = shown_view(qtbot, context, "trace", (560, 500))
    view.choose(arithmetic="exact")
    feed(context)
    assert "Exact arithmetic is not possible here" in view.told.text()
    assert view.told.text().endswith("choose float32.")
    assert not view.save.isEnabled()
    assert not view.table.isVisible()
    view.choose(arithmetic="float32")
    feed(context)
    assert view.table.isVisible()
    assert view.save.isEnabled()
    view.dispose()


def test_rows_are_chosen(view: Any) -> None:
    assert offered(view.amounts)[0] == "20 rows"
    view.choose(amount=20)
    feed(view.context)
    assert view.table.model().rowCount() == 20


def test_fractions_are_decimals_where_they_end() -> None:
    fractions = [Fraction(n, d) for n, d in ((-21, 20), (1, 3), (-7, 1), (1, 8))]
    figures = Figures()
    for fraction in fractions:
        figures = figures.with_value(fraction)
    assert [shown(f, figures.places) for f in fractions] == ["−1.050", "1/3", "−7.000", "0.125"]
    assert shown(Fraction(10**20 + 1, 3 * 10**20), 2) == "≈ 0.3333"
    assert plain(Fraction(-1, 1024)) == "-0.0009765625"
    assert plain(Fraction(1, 3)) == "0.3333333333333333"
    assert decimal(Fraction(1, 2**40), 30) == ""
    assert plain(-0.12) == "-0.12"


def test_floats_of_a_column_have_their_points_under_each_other() -> None:
    floats = [0.36, -1.04, 9.7e-8, 0.0, 12.345678]
    figures = Figures()
    for value in floats:
        figures = figures.with_value(value)
    assert [shown(v, figures.places) for v in floats] == ["0.36", "−1.04", "9.7e-8", "0.00", "12.35"]
    assert Figures().with_value(4.0).with_value(0.5).places == 1
    assert shown(2.5e7, 2) == "25\u202fM"


def test_rows_from_before_a_change_are_named_as_long_as_the_new_ones_are_made(view: Any, qtbot: QtBot) -> None:
    made = view.told.text()
    view.context.session.edit("Change rate", "training.optimiser.rate", 0.2)
    qtbot.waitUntil(lambda: view.told.text() == STALE)
    feed(view.context)
    assert view.told.text() == made


def test_a_run_past_the_last_row_says_so(view: Any) -> None:
    feed(view.context, epoch=1234)
    assert "The run is past the last row, at pass 1" in view.told.text()
    feed(view.context, epoch=3)
    assert "past the last row" not in view.told.text()
