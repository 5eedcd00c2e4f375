"""What comes from outside: dropped files and folders, pasted tables, pasted addresses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from app.messages import Message
from engine import playground_url
from engine.datasets import importing
from engine.files import SUFFIX

if TYPE_CHECKING:
    from app.window import Window

DATA: Final = (".csv", ".tsv", ".txt", ".npz", ".dat")
"""Endings of tables."""


class Intake:
    """Decides what to do with what was dropped or pasted."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def takes(self, mime: QMimeData) -> bool:
        """Whether a drag holds something for us."""
        return bool(self._paths(mime)) or (mime.hasText() and not mime.hasUrls())

    def drop(self, mime: QMimeData) -> None:
        """Take what was dropped."""
        paths = self._paths(mime)
        if paths:
            self.files(*paths)
        elif mime.hasText():
            self.text(mime.text())

    def files(self, *paths: Path) -> None:
        """Open an experiment, or the import page for a table or for pictures."""
        first = paths[0]
        if first.suffix.lower() == SUFFIX:
            self._window.documents.open(first)
        elif first.suffix.lower() in DATA:
            self._window.import_paths(first)
        elif importing.holds_pictures(first):
            self._window.import_paths(*paths)
        else:
            self._tell(
                f"“{first.name}” is neither an experiment ({SUFFIX}) nor a table ({', '.join(DATA[:4])}) nor a picture "
                f"({', '.join(importing.SUFFIXES[:3])} …)."
            )

    def paste(self) -> None:
        """Take what is on the clipboard."""
        mime = QGuiApplication.clipboard().mimeData()
        paths = self._paths(mime)
        if paths:
            self.files(*paths)
        elif mime.hasText() and mime.text().strip():
            self.text(mime.text())
        else:
            self._tell("The clipboard holds no text; copy a table or an address of playground.tensorflow.org first.")

    def text(self, text: str) -> None:
        """Open an address, or the import page for a table."""
        if playground_url.is_address(text):
            documents = self._window.documents
            documents.unless_lost(lambda: documents.open_value(lambda: playground_url.parse(text)))
        elif "\n" in text.strip():
            self._window.import_text(text)
        else:
            self._tell("One line of text is no table; copy all its rows, or an address of playground.tensorflow.org.")

    def _tell(self, sentence: str) -> None:
        self._window.context.session.tell(Message(sentence, "error"))

    @staticmethod
    def _paths(mime: QMimeData) -> tuple[Path, ...]:
        if not mime.hasUrls():
            return ()
        return tuple(Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile())
