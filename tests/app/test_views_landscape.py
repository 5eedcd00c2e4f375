"""What hands do in the loss landscape: choose directions, point, put the weights somewhere, take it back."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.views._contours import contour, height_at, scale_of
from engine.landscape.terrain import parts
from tests.app.test_views import Maker, feed, make, shown
from tests.app.windows import opened, until

__all__ = ["make"]


def test_a_contour_stands_where_the_height_is() -> None:
    y, x = np.mgrid[-1:1:41j, -1:1:41j]
    pieces = contour(x**2 + y**2, 0.49)
    places = pieces.reshape(-1, 2) / 20 - 1
    assert len(pieces) > 40
    assert np.allclose(np.hypot(*places.T), 0.7, atol=2e-3)
    saddle = contour(np.array([[1.0, 0.0], [0.0, 1.0]]), 0.5)
    assert len(saddle) == 2


def test_heights_between_four_and_scales() -> None:
    heights = np.array([[0.0, 2.0], [4.0, 6.0]])
    assert height_at(heights, 0.5, 0.25) == pytest.approx(2.0)
    assert height_at(heights, 1, 1) == 6
    scale = scale_of(np.array([0.01, 1.0, 100.0, math.inf]), log=True)
    assert scale.of(np.array([0.01, 1.0, 100.0, math.inf])) == pytest.approx([0, 0.5, 1, 1])
    assert scale_of(np.array([-4.0, 0.0, 6.0]), log=False).of(np.array([-4.0, 1.0, 6.0])) == pytest.approx([0, 0.5, 1])
    assert scale_of(np.full(3, 2.0), log=True).of(np.full(1, 2.0)) == pytest.approx([0.5])


def test_directions_and_radius_are_asked_for(qtbot: QtBot, make: Maker) -> None:
    context = make("spiral")
    view = shown(qtbot, context, "landscape")
    feed(context)
    assert view.picture.record.plane.kind == "gradient", "there is no path yet"
    assert "Play" in view.under.text()
    view.ways.chosen.emit("random")
    view.reach.chosen.emit("0.25")
    feed(context)
    assert view.picture.record.plane.kind == "random"
    assert view.picture.record.frame.right == pytest.approx(0.25)
    view.again.click()
    assert {w.target for w in context.session._looks[view]} == {("random", "0.25", "1")}
    qtbot.keyClick(view.picture, Qt.Key.Key_Right)
    qtbot.keyClick(view.picture, Qt.Key.Key_Up)
    assert view.picture.cross == pytest.approx((0.25 / 16, 0.25 / 16))
    assert "under the cross" in view.picture.accessibleDescription()
    qtbot.keyClick(view.picture, Qt.Key.Key_Escape)
    assert view.picture.cross is None
    view.log.click()
    assert not view.grab().isNull()
    view.dispose()


def test_a_click_puts_the_weights_there_and_undo_takes_them_back(tmp_path: Path) -> None:
    with opened(tmp_path, "xor") as window:
        session = window.context.session
        window.views.show_view("landscape")
        view = window.views.widget_of("landscape")
        view.show_directions("random")  # type: ignore[attr-defined] # a landscape
        picture = view.picture  # type: ignore[attr-defined]
        until(lambda: picture.record is not None and not picture.record.unfinished)
        view.grab()
        at = picture.rect().center()
        place = picture._place(at.toPointF())
        expected = picture.loss_at(place)
        QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at)
        until(lambda: np.allclose(picture.record.here, place, atol=1e-4))
        assert picture.record.loss == pytest.approx(expected, rel=0.05)
        assert session.history.stack.undoText() == "Move the weights"
        session.history.stack.undo()
        until(lambda: np.allclose(picture.record.here, (0, 0), atol=1e-4))
        window.views.close_view("landscape")


def test_the_data_loss_alone_is_offered_where_there_is_more(qtbot: QtBot, make: Maker) -> None:
    context = make("spiral")
    view = shown(qtbot, context, "landscape")
    feed(context)
    assert parts(context.session.experiment) == ("penalty",)
    assert view.alone.isVisible()
    assert view.told.text().startswith("loss + penalty here")
    view.alone.click()
    feed(context)
    assert view.told.text().startswith("loss here")
    context.session.edit("No penalty", "training.penalty", {"kind": "none"})
    feed(context)
    assert not view.alone.isVisible()
    view.dispose()
