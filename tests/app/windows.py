"""What tests of the whole window share: a real window with its engine, and hands that use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLineEdit, QMessageBox, QWidget

from app import application
from app.settings import Settings
from app.shot import settle, wait
from app.window import Window
from engine import examples, files
from engine.files import Document


@contextmanager
def opened(
    folder: Path, of: str | Path = "xor", *, engine: bool = True, size: tuple[int, int] = (1440, 900)
) -> Iterator[Window]:
    """A window of an example or a file, on a (virtual) screen, with settings in `folder`; nothing of it is left."""
    app = application.application()
    document, path = (files.load(of), of) if isinstance(of, Path) else (Document(examples.load(of)), None)
    window = application.build(settings_in(folder), document, path)
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
    # tearing one off may bring another to the front, over one that was seen before
    while covered := [key for key in window.views.offers() if not window.views.widget_of(key).isVisible()]:
        window.views.tear(covered[0])


def flush() -> None:
    """Let everything that was posted happen."""
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()


def press(window: Window, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the focus is."""
    QTest.keyClick(window.focusWidget() or window, key, modifier)
    QApplication.processEvents()


def click_at(widget: QWidget, x: float, y: float) -> None:
    """Click a place of a widget through the window it stands in: whatever lies over it gets the click."""
    drag(widget, [(x, y)])


def drag(widget: QWidget, way: Sequence[tuple[float, float]]) -> None:
    """Press at the first place, move over the others and let go at the last, through the window as `click_at`."""
    top = widget.window()
    places = [widget.mapTo(top, QPointF(*place).toPoint()) for place in way]
    screen, left, none = top.windowHandle(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mouseMove(screen, places[0])
    QTest.mousePress(screen, left, none, places[0])
    for place in places[1:]:
        settle(0.05)  # a hand takes its time: strokes are worked off in beats
        QTest.mouseMove(screen, place)
    settle(0.05)
    QTest.mouseRelease(screen, left, none, places[-1])
    QApplication.processEvents()


def drop(window: Window, path: Path) -> None:
    """Drag a file over the window and let it go."""
    mime, at = QMimeData(), QPoint(window.width() // 2, window.height() // 2)
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at, copy, mime, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted(), f"“{path.name}” can't be dropped"
    QApplication.sendEvent(window, QDropEvent(QPointF(at), copy, mime, left, none))
    flush()


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
    """Type a path into the file chooser that is open, and accept it."""
    flush()
    dialog = window.findChild(QFileDialog, "files")
    assert dialog is not None, "no file chooser is open"
    line = dialog.findChild(QLineEdit)
    assert line is not None
    line.selectAll()
    type_text(line, str(path))
    QTest.keyClick(line, Qt.Key.Key_Return)
    flush()
    assert window.findChild(QFileDialog, "files") is None, "the file chooser does not take this path"
    window.activateWindow()  # a desktop would do so
    QTest.qWaitForWindowActive(window)


def answer(window: Window, text: str) -> None:
    """Answer the question about unsaved changes."""
    box = window.findChild(QMessageBox, "unsaved")
    assert box is not None, "nothing is asked"
    click(box, text)
    flush()


__all__ = [
    "answer",
    "button",
    "choose_file",
    "click",
    "click_at",
    "drag",
    "drop",
    "flush",
    "opened",
    "press",
    "settings_in",
    "settle",
    "show_all_views",
    "type_text",
    "until",
]
