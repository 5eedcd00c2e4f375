"""Autosave: unsaved work is written beside, now and then, and offered at the next start if the window did not end well.

Each window has one file, named after its process. It stands there as long as something would be lost without it: what
is saved or given up needs it no longer, and a clean end removes it. Work that is recovered keeps its file, which
becomes this window's.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QStandardPaths, QTimer

from app.messages import Message
from engine import files
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.files import SUFFIX
from engine.machines.base import State

if TYPE_CHECKING:
    from app.changes import Moment
    from app.window import Window

EVERY: Final = 20_000
"""Milliseconds between two looks whether something is unsaved."""

LARGEST: Final = 200_000
"""Samples above which own data is not written beside: it would take longer than it is worth."""


def folder() -> Path:
    """Where unsaved work stands."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
    return Path(place) / "unsaved"


class Autosave(QObject):
    """Writes the present document beside; knows what another start has left."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._session = window, window.context.session
        self._written: Moment | None = None
        self._own = folder() / f"{os.getpid()}{SUFFIX}"
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.write)
        self._session.document_changed.connect(self._tidy)
        window.closed.connect(self.clear)

    def start(self) -> None:
        """Begin to look."""
        self._timer.start()

    def write(self) -> None:
        """Write the experiment and the state of its run, if something would be lost that is not written yet."""
        now, running = self._session.changes.now, self._session.run_state == "running"
        if not self._loses or len(self._session.samples) > LARGEST or (now == self._written and not running):
            return

        def write(experiment: Experiment, state: State) -> None:
            # The state comes some time after it was asked for.
            if self._loses and self._session.changes.now.document == now.document:
                self._session.quietly(lambda: _write(self._own, experiment, state))

        self._written = now
        self._session.take_state(write)

    def clear(self) -> None:
        """The window ended well: nothing has to be recovered."""
        self._timer.stop()
        self._own.unlink(missing_ok=True)

    def found(self) -> Path | None:
        """The newest file left by a window that is gone."""
        left = [p for p in folder().glob(f"*{SUFFIX}") if p != self._own and not _alive(p.stem)]
        return max(left, key=lambda p: p.stat().st_mtime, default=None)

    def recover(self, found: Path) -> None:
        """Open what was found as a document that was never saved, after the question if something would be lost."""
        try:
            document = files.load(found)
        except LearnscopeError as error:
            self._session.tell(Message(str(error), "error"))
            return

        def go_on() -> None:
            self._session.open(document.experiment, document.state, changed=True)
            self._written = self._session.changes.now
            self._session.quietly(lambda: _take_over(found, self._own))

        self._window.documents.unless_lost(go_on)

    @property
    def _loses(self) -> bool:
        return self._window.documents.would_lose

    def _tidy(self) -> None:
        """What is saved or given up needs no file any more."""
        if self._written is not None and not self._loses:
            self._written = None
            # In the job thread, after what may still be on its way to the disk.
            self._session.quietly(lambda: self._own.unlink(missing_ok=True))


def _write(path: Path, experiment: Experiment, state: State) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    files.save(path, experiment, state)


def _take_over(found: Path, own: Path) -> None:
    found.replace(own)


def _alive(process: str) -> bool:
    # On Windows signal 0 would end the process it only asks about.
    if not process.isdigit() or os.name == "nt":
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
