"""Own data: looking, choosing, reading; errors in place; the experiment on screen stays until all was read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.context import Context
from app.panels.importing import Importing
from app.widgets.buttons import Button
from tests.app import counting
from tests.app.kit import choose, click, context_of, inside, put
from tests.test_experiment import make

FLOWERS = "length,width,kind\n" + "".join(f"{k},{k * 2 % 7},{'rose' if k % 2 else 'lily'}\n" for k in range(40))


@pytest.fixture
def context(qapp: QApplication) -> Iterator[Context]:
    # The job thread comes with the engine thread; this machine compiles nothing.
    with context_of(replace(make(), machine=counting.CountingKind().key)) as made:
        yield made


@pytest.fixture
def page(context: Context) -> Importing:
    made = Importing(context)
    put(made, width=900, height=560)
    return made


def write(folder: Path, text: str, name: str = "flowers.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def looked_at(qtbot: QtBot, page: Importing) -> None:
    qtbot.waitUntil(lambda: page.preview is not None and page.take.isEnabled(), timeout=5000)


def test_a_file_is_looked_at_and_taken_as_one_undo_step(
    qtbot: QtBot, context: Context, page: Importing, tmp_path: Path
) -> None:
    before = context.session.experiment
    page.open_path(write(tmp_path, FLOWERS))
    looked_at(qtbot, page)
    assert page.title.text() == "flowers.csv"
    assert page.facts.text() == "40 rows · 3 columns"
    assert (page.separator.text, page.header.text, page.target.text) == ("comma", "names", "kind")
    assert page.columns.chosen() == ("length", "width")
    assert context.session.experiment == before
    done: list[bool] = []
    page.done.connect(lambda: done.append(True))
    click(page.take)
    qtbot.waitUntil(lambda: bool(done), timeout=5000)
    experiment = context.session.experiment
    assert experiment.data.source.class_names == ("lily", "rose")
    assert experiment.data.features == ("length", "width")
    assert experiment.name == "flowers"
    assert context.session.history.stack.undoText() == "Import flowers"
    context.session.history.stack.undo()
    assert context.session.experiment == before


def test_a_pasted_table_can_learn_another_column(qtbot: QtBot, context: Context, page: Importing) -> None:
    QGuiApplication.clipboard().setText(FLOWERS)
    click(page.start.paste)
    looked_at(qtbot, page)
    choose(page.target, "length")
    assert page.task.text == "Regression"
    assert page.target_scaling.isVisible()
    assert page.columns.chosen() == ("width",)
    click(page.take)
    qtbot.waitUntil(lambda: context.session.experiment.data.source.columns == ("width",), timeout=5000)
    assert context.session.experiment.data.source.class_names == ()


def test_columns_can_be_left_out_but_not_all(qtbot: QtBot, page: Importing) -> None:
    page.open_text(FLOWERS)
    looked_at(qtbot, page)
    click(inside(page.columns, Button, "none features"))
    assert not page.take.isEnabled()
    assert page.summary.text() == "Choose at least one feature."
    page.columns.list.item(1).setCheckState(Qt.CheckState.Checked)
    assert page.take.isEnabled()
    assert page.columns.chosen() == ("width",)


def test_the_separator_found_can_be_changed(qtbot: QtBot, page: Importing) -> None:
    page.open_text("a;b,c;d\n1;2,5;3\n4;5,5;6\n")
    looked_at(qtbot, page)
    assert page.separator.text == "semicolon"
    choose(page.separator, "comma")
    qtbot.waitUntil(lambda: page.preview is not None and page.preview.separator == ",", timeout=5000)
    assert len(page.preview.columns) == 2 if page.preview else False


def test_a_bad_row_is_named_in_place_and_nothing_changes(
    qtbot: QtBot, context: Context, page: Importing, tmp_path: Path
) -> None:
    before = context.session.experiment
    rows = "".join(f"{k},{k % 3},{k % 2}\n" for k in range(6000))
    page.open_path(write(tmp_path, f"a,b,c\n{rows}oops,1,0\n"))
    looked_at(qtbot, page)
    click(page.take)
    qtbot.waitUntil(page.banner.isVisible, timeout=5000)
    assert "row 6002" in page.banner.text.text()
    assert "“a”" in page.banner.text.text()
    assert context.session.experiment == before
    assert page.take.isEnabled()


def test_an_empty_file_is_refused_in_one_sentence(
    qtbot: QtBot, context: Context, page: Importing, tmp_path: Path
) -> None:
    page.open_path(write(tmp_path, ""))
    qtbot.waitUntil(page.banner.isVisible, timeout=5000)
    assert "is empty" in page.banner.text.text()
    assert page.preview is None


def test_one_class_is_refused_in_place(qtbot: QtBot, context: Context, page: Importing) -> None:
    before = context.session.experiment
    page.open_text("a,b,kind\n" + "1,2,rose\n" * 30)
    looked_at(qtbot, page)
    click(page.take)
    qtbot.waitUntil(page.banner.isVisible, timeout=5000)
    assert context.session.experiment == before


def test_a_dropped_file_is_looked_at(qtbot: QtBot, page: Importing, tmp_path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(write(tmp_path, FLOWERS)))])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    page.dropEvent(event)
    looked_at(qtbot, page)
    assert page.title.text() == "flowers.csv"


def test_an_empty_clipboard_says_what_to_do(page: Importing, context: Context) -> None:
    QGuiApplication.clipboard().clear()
    click(page.start.paste)
    assert "copy the rows" in page.banner.text.text()


def test_closing_the_page_gives_up_reading(qtbot: QtBot, context: Context, page: Importing, tmp_path: Path) -> None:
    before = context.session.experiment
    rows = "".join(f"{k},{k % 3},{k % 2}\n" for k in range(300_000))
    page.open_path(write(tmp_path, f"a,b,c\n{rows}"))
    looked_at(qtbot, page)
    click(page.take)
    page.hide()
    qtbot.wait(300)
    assert context.session.experiment == before
