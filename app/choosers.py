"""Asking for a file, always in the folder used last; no chooser stops the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from app.settings import Settings

FOLDER: Final = "folder"


def ask_source(parent: QWidget, settings: Settings, title: str, kinds: str, use: Callable[[Path], None]) -> None:
    """Ask for a file that exists."""
    dialog = _dialog(parent, settings, title, kinds, use)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.open()


def ask_folder(parent: QWidget, settings: Settings, title: str, use: Callable[[Path], None]) -> None:
    """Ask for a folder that exists."""
    dialog = _dialog(parent, settings, title, "", use)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.open()


def ask_target(
    parent: QWidget, settings: Settings, title: str, kinds: str, name: str, use: Callable[[Path], None]
) -> None:
    """Ask where to write; `name` is proposed, less what no file may have; its ending is that of one typed without."""
    dialog = _dialog(parent, settings, title, kinds, use)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
    dialog.selectFile("".join(c if c.isalnum() or c in " -_." else "-" for c in name).strip())
    dialog.open()


def _dialog(parent: QWidget, settings: Settings, title: str, kinds: str, use: Callable[[Path], None]) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(_folder(settings)), kinds)
    dialog.setObjectName("files")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def chosen(text: str) -> None:
        path = Path(text)
        settings.set(FOLDER, str(path.parent))
        use(path)

    dialog.fileSelected.connect(chosen)
    return dialog


def _folder(settings: Settings) -> Path:
    """The folder used last, else the documents, else the home: the first that exists."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    for name in (settings.get(FOLDER, ""), documents):
        if name and Path(name).is_dir():
            return Path(name)
    return Path.home()
