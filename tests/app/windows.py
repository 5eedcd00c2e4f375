"""What tests of the whole window share: a real window with its engine, and hands that use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QWidget

from app import application
from app.settings import Settings
from app.shot import settle, wait
from app.window import Window
from engine import examples
from engine.files import Document


@contextmanager
def opened(
    folder: Path, name: str = "xor", *, engine: bool = True, size: tuple[int, int] = (1440, 900)
) -> Iterator[Window]:
    """A window on a (virtual) screen with settings of its own; nothing of it is left at the end."""
    app = application.application()
    window = application.build(settings_in(folder), Document(examples.load(name)))
    window.resize(*size)
    window.show()
    window.lay_out()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    if engine:
        application.complete(window)
        until(lambda: window.context.session.snapshot is not None)
    try:
        yield window
    finally:
        if window.isVisible():
            window.leave()
        application.end(app, window)


def settings_in(folder: Path) -> Settings:
    """Settings that no other test sees."""
    return Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))


def until(done: Callable[[], bool], seconds: float = 60.0) -> None:
    """Let the window live until something is so; the test fails otherwise."""
    wait(done, seconds)


def show_all_views(window: Window) -> None:
    """Open every view there is for the experiment, and give those that are covered a window of their own."""
    for key in window.views.offers():
        window.views.show_view(key)
    for key in window.views.offers():
        if not window.views.widget_of(key).isVisible():
            window.views.tear(key)
    assert all(window.views.widget_of(key).isVisible() for key in window.views.offers())


def flush() -> None:
    """Let everything that was posted happen."""
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()


def press(window: Window, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the focus is."""
    QTest.keyClick(window.focusWidget() or window, key, modifier)
    QApplication.processEvents()


def type_text(widget: QWidget, text: str) -> None:
    """Type into a control."""
    QTest.keyClicks(widget, text)
    QApplication.processEvents()


def button(owner: QWidget, text: str) -> QAbstractButton:
    """The visible button with this text or name."""
    found = [b for b in owner.findChildren(QAbstractButton) if b.isVisible() and text in (b.text(), b.accessibleName())]
    assert found, f"no button “{text}”"
    return found[0]


def click(owner: QWidget, text: str) -> None:
    """Click the button with this text or name."""
    QTest.mouseClick(button(owner, text), Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def choose_file(window: Window, path: Path) -> None:
    """Answer the file chooser that is open."""
    flush()
    dialog: Any = window.findChild(QFileDialog, "files")
    assert dialog is not None, "no file chooser is open"
    dialog.fileSelected.emit(str(path))
    dialog.close()
    flush()


__all__ = [
    "button",
    "choose_file",
    "click",
    "flush",
    "opened",
    "press",
    "settings_in",
    "settle",
    "show_all_views",
    "type_text",
    "until",
]
