"""The composition root: settings, look, session, window; the engine starts after the first paint."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from app import style
from app.autosave import Autosave
from app.keys import KeyGuard
from app.look import Look
from app.messages import Message
from app.mishaps import Mishaps
from app.session import Session
from app.settings import Settings
from app.window import Window
from engine import examples
from engine.files import SUFFIX, Document


def application() -> QApplication:
    """The one application, dressed."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        QCoreApplication.setApplicationName("Learnscope")
        QCoreApplication.setOrganizationName("learnscope")
        app = QApplication(sys.argv[:1])
        app.setApplicationDisplayName("")
        app.setDesktopFileName("learnscope")
    style.apply(app)
    if app.findChild(KeyGuard) is None:
        KeyGuard(app)
    return app


def run(name_or_path: str | None = None) -> int:
    """Open the window with a bundled experiment, a file or the default; return the exit code."""
    document = examples.find(name_or_path) if name_or_path else None
    path = Path(name_or_path) if name_or_path and name_or_path not in examples.names() else None
    return start(document, path)


def start(document: Document | None = None, path: Path | None = None) -> int:
    """Open the window with a document, or the default experiment; return the exit code when it was closed."""
    settings = Settings()
    app = application()
    look = Look(settings)
    look.take()
    window = build(settings, document, path)
    save = Autosave(window)
    window.painted.connect(lambda: after_first_paint(window, save))
    window.open_up()
    mishaps = Mishaps(lambda sentence: window.context.session.tell(Message(sentence, "error")))
    code = app.exec()
    mishaps.rest()
    end(app, window)
    return code


def build(settings: Settings, document: Document | None = None, path: Path | None = None) -> Window:
    """Make the window and its session; nothing of the engine runs yet."""
    opened = document or Document(examples.load(examples.DEFAULT))
    session = Session(opened.experiment)
    window = Window(session, settings)
    if opened.state is not None or path is not None:
        # Anything but our own kind of file is opened as a new document: saving must not replace it.
        session.open(opened.experiment, opened.state, path if path and path.suffix == SUFFIX else None)
    if path is not None and path.suffix == SUFFIX:
        window.documents.recent.add(path)
    return window


def after_first_paint(window: Window, save: Autosave) -> None:
    """Complete the window, start the engine, offer what was not saved last time."""
    if not complete(window):
        return
    found = save.found()
    if found is not None:
        sentence = "The experiment you worked on was not saved last time."
        window.context.session.tell(Message(sentence, button="Recover", remedy=lambda: save.recover(found)))
    save.start()


def complete(window: Window) -> bool:
    """Build what the first paint did not need, then start the engine; False when the window was closed meanwhile."""
    window.finish()
    # The plots' library loads before the engine's: two threads that look for the same missing module fail at times.
    QCoreApplication.processEvents()
    if window.isHidden():
        return False
    # What was made so far stays: the collector need not look through it again, not even at the end.
    gc.freeze()
    window.context.session.start()
    return True


def end(app: QApplication, window: Window) -> None:
    """Leave nothing behind: a plot or a thread that outlives the application ends the process with a crash."""
    ended = window.context.session.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    app.processEvents()
    if not ended:
        # The engine is inside a compilation that can't be interrupted; nothing is left to be saved.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
