"""A picture with a grid of cells, one of which is chosen by the pointer or by arrows."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from app.views._base import Picture, neighbour
from app.views._kernel import square_at


class Cells(Picture):
    """The grid stands at `place`, and the chosen cell is `at`. `chosen` gives the row and column of another one."""

    chosen = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.place, self.at = QRectF(), (0, 0)

    @property
    def form(self) -> tuple[int, int]:
        """Rows and columns of the grid; 0 of both while there is none."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pick(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pick(event.position())

    def _pick(self, at: QPointF) -> None:
        square = square_at(self.place, *self.form, at) if any(self.form) else None
        if square is not None:
            self.chosen.emit(*square)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows go to the neighbouring cell."""
        self.show_ring()
        there = neighbour(event, self.at, *self.form) if any(self.form) else None
        if there is None:
            super().keyPressEvent(event)
        else:
            self.chosen.emit(*there)
