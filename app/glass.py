"""The picture under the glass: the one sample, or drawing, that diagram and views look at together."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.session import Session
from engine.records import Want
from engine.shapes import size


class Glass(QObject):
    """Which picture is looked at: a sample by its number, one that was drawn, or the first test sample; and where."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.row = -1
        self.pixels = b""
        self.place: tuple[int, ...] = ()
        session.experiment_changed.connect(self._experiment_changed)

    def look_at(self, row: int) -> None:
        """Look at a sample of the data."""
        if (row, b"") != (self.row, self.pixels):
            self.row, self.pixels = row, b""
            self.changed.emit()

    def show_drawn(self, pixels: bytes) -> None:
        """Look at a drawing, bytes [row, column, channel] of the size of the data."""
        if pixels != self.pixels:
            self.pixels = pixels
            self.changed.emit()

    def point(self, row: int, column: int) -> None:
        """Point at a place of the maps; their middle until then."""
        if (row, column) != self.place:
            self.place = row, column
            self.changed.emit()

    def want(self, name: str, size: int = 0, *before: str) -> Want:
        """The record of this name, of the picture that is looked at."""
        row = (str(self.row),) if self.row >= 0 else ()
        return Want(name, size=size, target=(*before, *row), given=self.pixels)

    def _experiment_changed(self, old: object, new: object) -> None:
        if self.row >= len(self._session.samples):
            self.row = -1
        axes = self._session.experiment.data.source.axes
        if len(self.pixels) != (size(axes) if axes is not None else 0):
            self.pixels = b""
