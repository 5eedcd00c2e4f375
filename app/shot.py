"""The window, drawn into a picture without being shown."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QMessageLogContext, QSettings, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from app import application
from app.settings import Settings
from app.theme import LARGEST, SMALLEST, Mode, theme
from app.window import Window
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.files import Document
from engine.machines.base import Score, Until
from engine.registry import nearest

PATIENCE = 300.0
"""Seconds a picture may take; the first compilation of all is in it."""


def shoot(
    document: Document | Experiment,
    out: str | Path,
    epochs: int = 0,
    size: tuple[int, int] = (1440, 900),
    mode: Mode = "light",
    text: int = 100,
    view: str = "",
) -> dict[str, Any]:
    """Train for some epochs in a real window, write its picture, and return the numbers that stand in it.

    A `view` is brought to the front, and the picture waits until there is something to show in it.
    """
    if not SMALLEST <= text <= LARGEST:
        raise LearnscopeError(f"text of {text} % can't be read; give {SMALLEST} to {LARGEST} per cent")
    opened = document if isinstance(document, Document) else Document(document)
    heard = qInstallMessageHandler(_pass_on)
    try:
        return _shot(opened, out, epochs, size, mode, text, view)
    finally:
        qInstallMessageHandler(heard)


def _pass_on(_kind: QtMsgType, _context: QMessageLogContext, words: str) -> None:
    # The offscreen platform says of every window that it can't hint at its size; nobody asked.
    if "propagateSizeHints" not in words:
        sys.stderr.write(f"{words}\n")


def _shot(
    opened: Document, out: str | Path, epochs: int, size: tuple[int, int], mode: Mode, text: int, view: str
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        app = application.application()
        before = theme().mode, theme().percent
        theme().set_mode(mode)
        theme().set_percent(text)
        window = open_window(opened, size, Path(folder))
        try:
            train(window, epochs)
            if view:
                bring(window, view)
            found = _write(window, Path(out))
        finally:
            close(app, window)
            theme().set_mode(before[0])
            theme().set_percent(before[1])
    return found


def open_window(document: Document, size: tuple[int, int], folder: Path) -> Window:
    """A window of this size with settings of its own, on (an invisible) screen, its engine running."""
    settings = Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    window = application.build(settings, document)
    window.setMinimumSize(0, 0)
    window.resize(*size)
    window.show()
    window.lay_out()
    application.complete(window)
    wait(lambda: window.context.session.snapshot is not None)
    return window


def train(window: Window, epochs: int) -> None:
    """Run so many epochs more, then wait for the snapshot of the end."""
    session = window.context.session
    if epochs > 0 and session.snapshot is not None:
        last = session.snapshot.position.epoch + epochs
        session.set_rules(Until(epoch=last))
        session.play()
        wait(lambda: session.run_state == "stopped")
        session.set_rules(Until())
    settle(0.4)


def bring(window: Window, view: str) -> None:
    """Bring a view to the front and wait for all of its records."""
    if view not in window.views.offers():
        raise LearnscopeError(f"this experiment has no view “{view}”; {nearest(view, window.views.offers())}")
    window.views.show_view(view)
    wanted = {want.name for want in window.views.widget_of(view).wants()}
    session = window.context.session

    def shown() -> bool:
        found = session.snapshot
        return found is not None and wanted <= {w.name for w in found.records} and not found.unfinished

    wait(shown)
    settle(0.4)


def settle(seconds: float) -> None:
    """Let the window paint for a while."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def wait(done: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Let the window live until something is so."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise LearnscopeError(f"the window did not get so far within {seconds:.0f} seconds; try fewer epochs")
        settle(0.01)


def close(app: QApplication, window: Window) -> None:
    """Close the window unasked."""
    window.leave()
    application.end(app, window)


def _write(window: Window, out: Path) -> dict[str, Any]:
    for card in window.notices.cards:
        window.notices.drop(card)
    settle(0.05)
    if not window.grab().save(str(out)):
        raise LearnscopeError(f"the picture could not be written to “{out}”; choose another folder or the ending .png")
    snapshot = window.context.session.snapshot
    assert snapshot is not None
    return {
        "picture": str(out),
        "epoch": snapshot.position.epoch,
        "step": snapshot.position.step,
        "train": _score(snapshot.train),
        "test": _score(snapshot.test),
    }


def _score(score: Score) -> dict[str, float | None]:
    return {"loss": score.loss, "accuracy": score.accuracy}
