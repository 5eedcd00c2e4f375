"""Own data: looking, choosing, reading; errors in place; the experiment on screen stays until all was read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image
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
    page.open_paths(write(tmp_path, FLOWERS))
    looked_at(qtbot, page)
    assert page.title.text() == "flowers.csv"
    assert page.facts.text() == "40 rows · 3 columns"
    assert (page.table.separator.text, page.table.header.text, page.table.target.text) == ("comma", "names", "kind")
    assert page.table.columns.chosen() == ("length", "width")
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
    choose(page.table.target, "length")
    assert page.table.task.text == "Regression"
    assert page.table.target_scaling.isVisible()
    assert page.table.columns.chosen() == ("width",)
    click(page.take)
    qtbot.waitUntil(lambda: context.session.experiment.data.source.columns == ("width",), timeout=5000)
    assert context.session.experiment.data.source.class_names == ()


def test_columns_can_be_left_out_but_not_all(qtbot: QtBot, page: Importing) -> None:
    page.open_text(FLOWERS)
    looked_at(qtbot, page)
    click(inside(page.table.columns, Button, "none features"))
    assert not page.take.isEnabled()
    assert page.summary.text() == "Choose at least one feature."
    page.table.columns.list.item(1).setCheckState(Qt.CheckState.Checked)
    assert page.take.isEnabled()
    assert page.table.columns.chosen() == ("width",)


def test_the_separator_found_can_be_changed(qtbot: QtBot, page: Importing) -> None:
    page.open_text("a;b,c;d\n1;2,5;3\n4;5,5;6\n")
    looked_at(qtbot, page)
    assert page.table.separator.text == "semicolon"
    choose(page.table.separator, "comma")
    qtbot.waitUntil(lambda: page.table.preview is not None and page.table.preview.separator == ",", timeout=5000)
    assert len(page.table.preview.columns) == 2 if page.table.preview else False


def test_a_bad_row_is_named_in_place_and_nothing_changes(
    qtbot: QtBot, context: Context, page: Importing, tmp_path: Path
) -> None:
    before = context.session.experiment
    rows = "".join(f"{k},{k % 3},{k % 2}\n" for k in range(6000))
    page.open_paths(write(tmp_path, f"a,b,c\n{rows}oops,1,0\n"))
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
    page.open_paths(write(tmp_path, ""))
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
    page.open_paths(write(tmp_path, f"a,b,c\n{rows}"))
    looked_at(qtbot, page)
    click(page.take)
    page.hide()
    qtbot.wait(300)
    assert context.session.experiment == before


# -- pictures -----------------------------------------------------------------------------------------------------


def pictures(folder: Path, *names: str, side: int = 20) -> Path:
    """A folder for each name, with three pictures in it."""
    for k, name in enumerate(names):
        for n in range(3):
            (folder / name).mkdir(parents=True, exist_ok=True)
            ink = np.zeros((side, side), np.uint8)
            ink[2 + 3 * k : 6 + 3 * k, 3 : 10 + n] = 200
            Image.fromarray(ink).save(folder / name / f"{n}.png")
    return folder


def test_a_folder_of_pictures_is_looked_at_and_taken_as_one_undo_step(
    qtbot: QtBot, context: Context, page: Importing, tmp_path: Path
) -> None:
    before = context.session.experiment
    base = pictures(tmp_path / "signs", "stop", "go", "left")
    (base / "go" / "broken.png").write_text("no picture")
    told: list[str] = []
    context.session.told.connect(lambda message: told.append(message.sentence))
    page.open_paths(base)
    looked_at(qtbot, page)
    assert page.title.text() == "signs"
    assert page.facts.text() == "10 pictures · 3 classes"
    assert page.pictures.side.text == "20 × 20, as they are"
    assert page.pictures.colour.text == "Grey"
    assert page.pictures.place.isHidden()
    assert page.pictures.classes.accessibleDescription() == "go: 4, left: 3, stop: 3"
    choose(page.pictures.side, "16 × 16")
    qtbot.waitUntil(lambda: page.pictures.preview is not None and page.pictures.preview.how.side == 16, timeout=5000)
    looked_at(qtbot, page)
    click(page.take)
    qtbot.waitUntil(lambda: context.session.experiment != before, timeout=5000)
    data = context.session.experiment.data
    assert data.source.class_names == ("go", "left", "stop")
    assert [axis.size for axis in data.source.axes or ()] == [16, 16, 1]
    assert data.features == ()
    assert context.session.experiment.name == "signs"
    assert "9 pictures taken; left out: 1 broken (go/broken.png)." in told
    context.session.history.stack.undo()
    assert context.session.experiment == before


def test_behind_one_file_a_folder_can_be_chosen(
    qtbot: QtBot, page: Importing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("L", (8, 8), 255).save(tmp_path / "one.png")
    page.open_paths(tmp_path / "one.png")
    qtbot.waitUntil(lambda: page.preview is not None, timeout=5000)
    assert not page.take.isEnabled(), "one class"
    asked: list[str] = []
    monkeypatch.setattr("app.panels.importing.ask_folder", lambda _p, _s, title, _use: asked.append(title))
    click(next(b for b in page.findChildren(Button) if b.text() == "Another folder …"))
    assert asked == ["A folder of pictures"]


def test_pictures_come_behind_those_there_are(qtbot: QtBot, context: Context, page: Importing, tmp_path: Path) -> None:
    page.open_paths(pictures(tmp_path / "signs", "stop", "go"))
    looked_at(qtbot, page)
    click(page.take)
    qtbot.waitUntil(lambda: context.session.experiment.data.source.axes is not None, timeout=5000)
    single = pictures(tmp_path / "more", "turn", side=50) / "turn" / "0.png"
    page.open_paths(single.rename(tmp_path / "turn_1.png"))
    qtbot.waitUntil(lambda: page.title.text() == "turn_1.png", timeout=5000)
    assert not page.take.isEnabled()
    assert "of one class" in page.summary.text()
    choose(page.pictures.place, "Behind the pictures there are")
    qtbot.waitUntil(page.take.isEnabled, timeout=5000)
    assert page.pictures.side.text == "20 × 20"
    click(page.take)
    qtbot.waitUntil(lambda: len(context.session.experiment.data.source.class_names) == 3, timeout=5000)
    assert context.session.experiment.data.source.class_names == ("go", "stop", "turn")
    assert len(context.session.samples) == 7


def test_a_pickle_is_refused_in_place(qtbot: QtBot, page: Importing, tmp_path: Path) -> None:
    path = tmp_path / "data_batch_1"
    path.write_bytes(b"\x80\x03}.")
    page.open_paths(path)
    qtbot.waitUntil(page.banner.isVisible, timeout=5000)
    assert "is a pickle, which may run code" in page.banner.text.text()
