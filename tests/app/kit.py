"""What tests of panels and forms share: a context without an engine, a window, a hand that picks from lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget

from app.actions import Actions
from app.context import Context
from app.drawing import Drawing
from app.glass import Glass
from app.selection import Selection
from app.session import Session
from app.settings import Settings
from engine.experiment import Experiment
from tests.test_experiment import make

LEFT = Qt.MouseButton.LeftButton

WINDOWS: list[QWidget] = []
"""What a test has put on screen: nobody else holds it."""


@contextmanager
def context_of(experiment: Experiment | None = None) -> Iterator[Context]:
    """A context whose engine has not started, and the end of all windows made meanwhile."""
    session = Session(experiment or make())
    owner = QWidget()
    WINDOWS.append(owner)
    yield Context(session, Selection(), Drawing(session), Glass(session), Settings(), Actions(owner))
    session.close()
    for window in WINDOWS:
        window.close()
        window.deleteLater()
    WINDOWS.clear()


def put(*widgets: QWidget, width: int = 400, height: int = 300) -> QWidget:
    """Show widgets in a window."""
    window = QWidget()
    layout = QVBoxLayout(window)
    for widget in widgets:
        layout.addWidget(widget)
    window.resize(width, height)
    window.show()
    WINDOWS.append(window)
    QApplication.processEvents()
    return window


def click(widget: QWidget, at: QPoint | None = None) -> None:
    """Click a widget with the left button."""
    QTest.mouseClick(widget, LEFT, pos=at or widget.rect().center())


def opened(box: QWidget | None) -> QMenu:
    """Open the list of a box with the mouse."""
    assert box is not None
    QApplication.processEvents()
    click(box, QPoint(box.width() - 8, box.height() - 8))
    return next(m for m in box.findChildren(QMenu) if m.isVisible())


def choose(box: QWidget | None, text: str) -> None:
    """Open a box with the mouse and pick an entry by its text."""
    menu = opened(box)
    next(a for a in menu.actions() if a.text() == text).trigger()
    menu.close()


def offered(box: QWidget | None) -> list[str]:
    """What the list of a box offers."""
    menu = opened(box)
    texts = [a.text() for a in menu.actions() if a.text()]
    menu.close()
    return texts


def inside(owner: QWidget, kind: type[Any], name: str) -> Any:
    """The widget of a kind that screen readers call `name`."""
    return next(w for w in owner.findChildren(kind) if w.accessibleName() == name)
