"""The filter bench: kernels that are typed, sums that are written out, bad input, and one undo step for the network."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.session import Session
from app.views._bench_kernel import fraction
from app.widgets.choice import SegmentedControl
from app.widgets.popover import Popover
from app.widgets.slider import Slider
from engine.filters import Filter, Sweep
from engine.filters.own import normalised
from tests.app.kit import inside
from tests.app.test_views_pictures import Shown, looks
from tests.app.windows import settings_in
from tests.engine.nets import digits


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The bench with a picture under the glass."""
    monkeypatch.setattr("tests.app.test_views_pictures.Settings", lambda: settings_in(tmp_path))
    shown = Shown(qtbot, Session(digits()), "bench")
    shown.feed()
    shown.view.grab()
    yield shown
    shown.view.dispose()
    shown.context.session.close()


@pytest.mark.parametrize("entry", Filter.registry, ids=lambda e: e.key)
def test_every_filter_is_shown(bench: Any, entry: Any) -> None:
    bench.view.choose(entry.key)
    expected = entry.kind().of(bench.view.picture, Sweep())
    assert np.array_equal(bench.view.after.values, expected)
    assert bench.view.after.told.startswith("result: ")
    assert looks(bench.view.after) != looks(bench.view.before) or entry.key.startswith("identity")
    assert bench.view.put.isVisible() == (entry.kind().layer is not None)


def test_a_number_of_the_kernel_is_typed(qtbot: QtBot, bench: Any) -> None:
    view = bench.view
    view.choose("identity-filter")
    view.grab()
    qtbot.mouseClick(view.kernel, Qt.MouseButton.LeftButton, pos=view.kernel.square(0, 2).center().toPoint())
    edit = view.kernel.findChild(QLineEdit)
    edit.setText("1/2")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert view.filter.numbers.tolist() == [[0, 0, 0.5], [0, 1, 0], [0, 0, 0]]
    x = view.picture
    # the pixel itself, and half of that above and to the right of it
    assert view.after.values[3, 3] == pytest.approx(x[3, 3] + 0.5 * x[2, 4])
    assert Filter.registry[view.filter.key].title == view.filters.text
    view.kernel.setFocus()
    qtbot.keyClick(view.kernel, Qt.Key.Key_Left)
    qtbot.keyClick(view.kernel, Qt.Key.Key_7)
    edit.setText(edit.text() + "z")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert view.error.isVisible()
    assert view.error.text() == "“7z” is no number for the kernel; type one such as −1, 0.5 or 1/9."
    assert view.filter.numbers[0, 1] == 0
    view.kernel.typed.emit(0, 0, 2.0)
    assert not view.error.isVisible(), "it is gone with the next good number"


def test_a_pixel_is_clicked_and_its_sum_written(qtbot: QtBot, bench: Any) -> None:
    view = bench.view
    view.choose("sharpen-filter")
    view.grab()
    place = view.after.place
    qtbot.mouseClick(view.after, Qt.MouseButton.LeftButton, pos=(place.topLeft() + place.center() / 16).toPoint())
    assert view.at == (0, 0)
    assert view.written.told.startswith("row 1, column 1: ")
    assert view.before.box == (0, 0, 2, 2), "what hangs over the edge is not marked"
    (patch,) = view.written.patches
    assert view.after.values[0, 0] == pytest.approx(float((patch.seen * patch.weights).sum()))
    qtbot.keyClick(view.after, Qt.Key.Key_Down)
    assert view.at == (1, 0)


def test_settings_stand_behind_a_button(qtbot: QtBot, bench: Any) -> None:
    view = bench.view
    view.choose("box-filter")
    qtbot.mouseClick(view.more, Qt.MouseButton.LeftButton)
    popover = view.findChild(Popover)
    side = inside(popover, Slider, "n")
    side.moved.emit(5.0)
    assert view.filter.divisor == 25
    inside(popover, Slider, "stride").moved.emit(2.0)
    assert view.after.values.shape == (4, 4)
    inside(popover, SegmentedControl, "padding").chosen.emit("valid")
    assert view.after.values.shape == (2, 2)
    side.moved.emit(9.0)
    assert view.error.text().startswith("A kernel of 9 × 9 does not fit into a picture of 8 × 8; choose another")
    assert view.after.values is None
    side.moved.emit(3.0)
    assert not view.error.isVisible()
    inside(popover, SegmentedControl, "side of the kernel").chosen.emit("7")
    assert view.filter.numbers.shape == (7, 7)
    assert view.filter.numbers.sum() == 9
    popover.close()


def test_a_kernel_that_sums_to_0_has_no_sum_to_divide_by(bench: Any) -> None:
    view = bench.view
    view.choose("edge-filter")
    view._typed(lambda: normalised(view.filter))
    assert view.error.text() == ("The numbers of the kernel sum to 0, by which nothing can be divided; type a divisor.")


def test_the_filter_is_remembered(bench: Any) -> None:
    bench.view.choose("gaussian-filter")
    other = type(bench.view)(bench.context, "glass")
    assert other.filter == bench.view.filter
    bench.context.settings.set("bench/gaussian-filter", "no json")
    assert other._remembered() == type(other.filter)()
    other.dispose()
    other.deleteLater()


def test_shuffling_is_put_before_the_network_as_one_step(qtbot: QtBot, bench: Any) -> None:
    view, session = bench.view, bench.context.session
    before = session.experiment
    view.choose("shuffle-filter")
    qtbot.mouseClick(view.put, Qt.MouseButton.LeftButton)
    first = session.experiment.model.layers[0]
    assert first == view.filter.layer.__class__(id=first.id, seed=view.filter.seed)
    assert session.experiment.model.layers[1:] == before.model.layers
    session.history.stack.undo()
    assert session.experiment == before


def test_it_follows_the_glass(bench: Any) -> None:
    drawn = bytes(range(64))
    bench.context.glass.show_drawn(drawn)
    bench.feed()
    assert np.allclose(bench.view.picture.ravel(), np.arange(64) / 255)


@pytest.mark.parametrize(
    ("text", "value"), [("1/9", 1 / 9), ("−2", -2), ("0,5", 0.5), (" 3 ", 3), ("1/0", None), ("x", None), ("1/", None)]
)
def test_numbers_and_fractions_are_read(text: str, value: float | None) -> None:
    assert fraction(text) == value
