"""Autosave: unsaved work is written beside, now and then, and offered at the next start if the window did not end well.

Each window has a file of its own, named after its process; a clean end removes it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QStandardPaths, QTimer

from engine import files
from engine.experiment import Experiment
from engine.files import SUFFIX, Document

if TYPE_CHECKING:
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
    """Writes the present experiment beside; knows what another start has left."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._session = window, window.context.session
        self._written: Experiment | None = None
        self._found: Path | None = None
        self._own = folder() / f"{os.getpid()}{SUFFIX}"
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.write)
        window.closed.connect(self.clear)

    def start(self) -> None:
        """Begin to look."""
        self._timer.start()

    def write(self) -> None:
        """Write the experiment if it has unsaved edits that are not written yet."""
        experiment = self._session.experiment
        if not self._window.documents.would_lose or experiment == self._written or len(self._session.samples) > LARGEST:
            return
        own = self._own

        def job() -> None:
            own.parent.mkdir(parents=True, exist_ok=True)
            files.save(own, experiment)

        self._written = experiment
        self._session.quietly(job)

    def clear(self) -> None:
        """The window ended well: nothing has to be recovered."""
        self._timer.stop()
        self._own.unlink(missing_ok=True)

    def found(self) -> Path | None:
        """The newest file left by a window that is gone."""
        left = [p for p in folder().glob(f"*{SUFFIX}") if p != self._own and not _alive(p.stem)]
        self._found = max(left, key=lambda p: p.stat().st_mtime, default=None)
        return self._found

    def recovered(self) -> Document:
        """Read what was found, and let go of the file."""
        if self._found is None:
            return Document(self._session.experiment)
        document = files.load(self._found)
        self._found.unlink(missing_ok=True)
        return document


def _alive(process: str) -> bool:
    if not process.isdigit():
        return False
    if os.name == "nt":
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
