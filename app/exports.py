"""What leaves the window besides experiments: pictures of it and of its views, and points as CSV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QIODevice, QSaveFile
from PySide6.QtWidgets import QWidget

from app import pictures
from app.choosers import ask_target
from app.messages import Message
from app.numbers import count
from engine.datasets import Samples
from engine.errors import FileError

if TYPE_CHECKING:
    from app.window import Window


def as_csv(samples: Samples, share: float) -> str:
    """The samples as a table: the columns, the target (the name of the class, or the value), train or test."""
    lines = [",".join((*(_quoted(c) for c in samples.columns), _quoted(samples.target), "set"))]
    train = samples.train(share)
    for k in range(len(samples)):
        target = samples.classes[int(samples.y[k])] if samples.classes else f"{samples.y[k]:.9g}"
        numbers = (f"{v:.9g}" for v in samples.x[k])
        lines.append(",".join((*numbers, _quoted(target), "train" if train[k] else "test")))
    return "\n".join(lines) + "\n"


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"' if any(c in word for c in ',"\n;') else word


class Exports:
    """Pictures and points of one window."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def save_window(self) -> None:
        """Save a picture of the window."""
        pictures.ask_and_save(self._window, self._window.context, "window")

    def copy_window(self) -> None:
        """Put a picture of the window on the clipboard."""
        self._copy(self._window, "the window")

    def save_view(self, key: str) -> None:
        """Save a picture of a view."""
        pictures.ask_and_save(self._window.views.widget_of(key), self._window.context, key)

    def copy_view(self, key: str) -> None:
        """Put a picture of a view on the clipboard."""
        self._copy(self._window.views.widget_of(key), "the view")

    def export_points(self) -> None:
        """Ask where, then write the samples as CSV."""
        window = self._window
        ask_target(window, window.context.settings, "Export points", "Tables (*.csv)", "points.csv", self.write_points)

    def write_points(self, path: Path) -> None:
        """Write the samples as CSV in the job thread."""
        session = self._window.context.session
        samples, share = session.samples, session.experiment.data.share / 100
        target = path if path.suffix else path.with_suffix(".csv")

        def write(_progress: Callable[..., None], _cancelled: Callable[[], bool]) -> Any:
            write_file(target, as_csv(samples, share).encode())

        told = Message(f"{count(len(samples), 'point')} written to {target.name}.")
        session.job(f"Writing {target.name}", write, lambda _none: session.tell(told))

    def _copy(self, widget: QWidget, what: str) -> None:
        pictures.copy(widget)
        self._window.context.session.tell(Message(f"A picture of {what} is on the clipboard."))


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    file = QSaveFile(str(path))
    opened = file.open(QIODevice.OpenModeFlag.WriteOnly)
    if not opened or file.write(data) != len(data) or not file.commit():
        raise FileError(f"“{path.name}” could not be written ({file.errorString()}); choose another place")
