"""What comes from outside: dropped files, pasted tables, pasted addresses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from app.session import Message
from engine import playground_url
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
        return bool(self._path(mime)) or (mime.hasText() and not mime.hasUrls())

    def drop(self, mime: QMimeData) -> None:
        """Take what was dropped."""
        path = self._path(mime)
        if path is not None:
            self.file(path)
        elif mime.hasText():
            self.text(mime.text())

    def file(self, path: Path) -> None:
        """Open an experiment, or the import page for a table."""
        if path.suffix.lower() == SUFFIX:
            self._window.documents.open(path)
        elif path.suffix.lower() in DATA:
            self._window.import_path(path)
        else:
            self._tell(f"“{path.name}” is neither an experiment ({SUFFIX}) nor a table ({', '.join(DATA[:4])}).")

    def paste(self) -> None:
        """Take what is on the clipboard."""
        mime = QGuiApplication.clipboard().mimeData()
        path = self._path(mime)
        if path is not None:
            self.file(path)
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
    def _path(mime: QMimeData) -> Path | None:
        local = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()] if mime.hasUrls() else []
        return local[0] if local else None
