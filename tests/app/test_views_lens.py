"""Zooming into the charts that we paint ourselves."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.views._frame import Frame
from app.views._lens import DEEPEST, Lens
from app.views._representation import Warped
from app.views._roc import Charts

WHOLE = Frame(QRectF(10, 20, 200, 100), -1.0, 3.0, 0.0, 8.0)


def test_what_is_under_the_pointer_stays_there() -> None:
    lens = Lens()
    assert lens.of(WHOLE) == WHOLE
    at = WHOLE.place(2.0, 6.0)
    lens.zoom(at, 2.0)
    near = lens.of(WHOLE)
    assert (near.right - near.left, near.top - near.bottom) == pytest.approx((2.0, 4.0))
    assert near.place(2.0, 6.0) == at
    lens.pan(QPointF(1e6, 0))
    assert lens.of(WHOLE).left == pytest.approx(-1.0), "it ends at the edge"
    for _ in range(50):
        lens.zoom(at, 3.0)
    assert lens.part.width() == pytest.approx(1 / DEEPEST)
    for _ in range(50):
        lens.zoom(at, 1 / 3)
    assert lens.fitted
    assert lens.of(WHOLE) == WHOLE


@pytest.mark.parametrize("kind", [Charts, Warped])
def test_the_wheel_enlarges_and_a_double_click_shows_all(qtbot: QtBot, kind: type[Charts | Warped]) -> None:
    picture = kind()
    qtbot.addWidget(picture)
    picture.resize(400, 200)
    picture.show()
    first = picture.lenses[0]
    first.of(Frame(QRectF(40, 20, 120, 120), 0, 1, 0, 1))
    at = QPointF(100, 80)
    none = Qt.KeyboardModifier.NoModifier
    turn = QWheelEvent(at, picture.mapToGlobal(at), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, none,
                       Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    picture.wheelEvent(turn)
    assert first.part.width() == pytest.approx(1 / 1.25**2)
    assert all(lens.fitted for lens in picture.lenses[1:])
    before = first.part.left()
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, none, at.toPoint())
    QTest.mouseMove(picture, QPoint(112, 80))
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, none, QPoint(112, 80))
    assert first.part.left() < before
    QTest.mouseDClick(picture, Qt.MouseButton.LeftButton, none, at.toPoint())
    assert first.fitted
