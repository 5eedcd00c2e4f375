"""What hands do on the page of studies: start and stop, read points, make one the experiment, save the numbers."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.views._study import StudyPage
from app.views._study_lines import lines_of
from app.views._study_work import Work
from app.window import Window
from engine import examples
from engine.study import Study
from engine.study.width import Width
from tests.app.windows import choose_file, click, opened, until

LEFT = Qt.MouseButton.LeftButton


def page_of(window: Window) -> StudyPage:
    """Open the page."""
    window.context.actions.run("network.study")
    page = window.overlay.content
    assert isinstance(page, StudyPage)
    return page


def short(page: StudyPage, kind: str = "width", values: tuple[float, ...] = (1, 3, 6), repetitions: int = 2) -> None:
    """Ask for a study that is over soon."""
    page.choose(kind)
    page._change(values=values, repetitions=repetitions, epochs=5)


def done(page: StudyPage) -> None:
    """Start it and wait for its end."""
    QTest.mouseClick(page.start, LEFT)
    assert page.start.text() == "Stop"
    until(lambda: page.work is None)


def place(page: StudyPage, point: int) -> QPoint:
    """Where a point stands."""
    lines = lines_of(page.figure.points, page.what)
    frame = page.figure.frame_of(lines)
    x = page.figure.across(lines[0].x)[point]
    return frame.place(float(x), frame.bottom).toPoint() - QPoint(0, 20)


def test_points_come_in_and_one_becomes_the_experiment(tmp_path: Path) -> None:
    with opened(tmp_path, "xor", engine=False) as window:
        session, page = window.context.session, page_of(window)
        before = session.experiment
        short(page)
        done(page)
        assert [p.value for p in page.figure.points] == [1, 3, 6]
        assert page.progress.text() == "6 trials done"
        assert session.experiment == before, "a study changes nothing"
        page.grab()
        QTest.mouseMove(page.figure, place(page, 2))
        assert "A width of 6: 2 networks" in page.numbers.title.text()
        QTest.mouseClick(page.figure, LEFT, pos=place(page, 1))
        QTest.mouseMove(page.figure, QPoint(1, 1))
        assert "A width of 3: 2 networks" in page.numbers.title.text()
        assert "±" in page.numbers.rows["test error"][1].text()
        click(page, "Make this the experiment")
        assert {getattr(x, "units", 0) for x in session.experiment.model.hidden_layers} == {3}
        assert page.figure.now == 3
        assert page.progress.text() == "The experiment has a width of 3 now."
        assert session.history.stack.undoText() == "Take a width of 3"
        session.history.stack.undo()
        assert session.experiment == before


def test_a_study_that_breaks_can_be_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path, "xor") as window:
        page = page_of(window)
        short(page)
        with monkeypatch.context() as broken:
            broken.setattr(Work, "_piece", lambda _self: 1 / 0)
            QTest.mouseClick(page.start, LEFT)
            until(lambda: page.work is None)
        assert page.start.text() == "Start"
        assert caplog.records, "a mistake of ours is logged"
        done(page)
        assert [p.value for p in page.figure.points] == [1, 3, 6]


def test_every_kind_is_shown_with_every_number(tmp_path: Path) -> None:
    chosen = {"depth": (1, 2), "samples": (4, 20), "epochs": (1, 5), "penalty": (0, 0.1), "folds": (3,)}
    with opened(tmp_path, "xor", engine=False) as window:
        page = page_of(window)
        for entry in Study.registry:
            short(page, entry.key, chosen.get(entry.key, (1, 2)))
            assert page.help.text() == entry.help
            done(page)
            assert page.figure.points
            for what in ("loss", "error", *(() if page.study.pooled else ("parts",))):
                page.show_what(what)
                for log in (True, False):
                    page.log.setChecked(log)
                    assert not page.grab().isNull()
                assert "at " in page.figure.accessibleDescription()
        assert "Over all: train loss" in page.numbers.best.text()


def test_arrows_go_along_the_points(tmp_path: Path) -> None:
    with opened(tmp_path, "sine", engine=False) as window:
        page = page_of(window)
        short(page)
        done(page)
        page.figure.setFocus()
        for _ in range(5):
            QTest.keyClick(page.figure, Qt.Key.Key_Right)
        assert page.figure.shown == 2
        QTest.keyClick(page.figure, Qt.Key.Key_Left)
        assert "A width of 3" in page.numbers.title.text()
        page.show_what("parts")
        assert page.numbers.rows["noise"][1].isVisible(), "the noise of this set is known"
        page.show_what("loss")
        assert page.numbers.rows["test loss"][1].isVisible()
        assert not page.numbers.rows["test error"][1].isVisible()


def test_a_study_is_stopped_and_what_it_found_is_still_there(tmp_path: Path) -> None:
    with opened(tmp_path, "xor", engine=False) as window:
        page = page_of(window)
        page.choose("width")
        page._change(values=(1, 2), repetitions=200, epochs=200)
        QTest.mouseClick(page.start, LEFT)
        until(lambda: page.found is not None and page.found.done >= 2)
        QTest.mouseClick(page.start, LEFT)
        assert page.work is None
        assert page.progress.text().startswith("stopped at ")
        points = page.figure.points
        window.overlay.close_page()
        again = page_of(window)
        assert again.figure.points == points
        assert (again.study.key, again.study.repetitions) == ("width", 200)
        window.context.session.edit("Batch", "training.batch", 5)
        window.overlay.close_page()
        assert page_of(window).progress.text().endswith("of the experiment as it was before")


def test_the_window_closes_while_a_study_runs(tmp_path: Path) -> None:
    with opened(tmp_path, "spiral") as window:
        page = page_of(window)
        page.choose("width")
        page._change(values=(64,), repetitions=1, epochs=100_000)
        QTest.mouseClick(page.start, LEFT)
        work = page.work
        assert work is not None
        until(lambda: work._source is not None)
        window.leave()
        assert work.given_up


def test_what_cannot_be_studied_says_why(tmp_path: Path) -> None:
    with opened(tmp_path, "and-gate", engine=False) as window:
        page = page_of(window)
        short(page, values=(1,))
        done(page)
        assert page.figure.said == "A study needs test samples and there are none; lower the train share."
        page.values.setText("1 many")
        page.toggle()
        assert page.work is None
        assert page.progress.text() == "“many” can't be tried as numbers of neurons; give numbers such as 1, 2, 4, 8."
        page.values.setText("2, 4")
        page.values.editingFinished.emit()
        assert page.study.values == (2, 4)


def test_numbers_are_saved_as_csv(tmp_path: Path) -> None:
    with opened(tmp_path, "xor", engine=False) as window:
        page = page_of(window)
        short(page)
        done(page)
        target = tmp_path / "numbers.csv"
        click(page, "Save as CSV …")
        choose_file(window, target)
        until(target.exists)
        head, *rows = target.read_text().splitlines()
        assert head.split(",")[0] == "neurons in each hidden layer"
        assert [row.split(",")[0] for row in rows] == ["1", "3", "6"]
        assert float(rows[0].split(",")[5]) == page.figure.points[0].mean("test", "loss")


@pytest.mark.parametrize("damaged", ["", "{", '{"repetitions": 100000}', '{"kind": "depth"}'])
def test_damaged_memories_are_passed_over(tmp_path: Path, damaged: str) -> None:
    with opened(tmp_path, "xor", engine=False) as window:
        window.context.settings.set("study/kind", "nothing")
        window.context.settings.set("study/width", damaged)
        page = page_of(window)
        assert page.study == Width()
        assert page.values.placeholderText().split() == [f"{v:g}" for v in Width().usual(examples.load("xor"))]
