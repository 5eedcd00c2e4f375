"""A row of small pictures of samples; a click puts one under the glass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from app.pixels import image_of
from app.session import Session
from app.theme import theme
from app.views._base import Picture, neighbour
from app.views._kernel import outline
from app.widgets.base import focus_ring

SIDE: Final = 34
"""The side of a small picture, in pixels at 100 %."""


class Thumbs(Picture):
    """Small pictures by the numbers of their samples, with a line of text before them. `chosen` gives a number."""

    chosen = Signal(int)

    def __init__(self, title: str, session: Session) -> None:
        super().__init__()
        self._session = session
        self.rows: tuple[int, ...] = ()
        self.text = ""
        self.place = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(200), theme().px(SIDE + 20))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()

    def show_rows(self, rows: Sequence[int], text: str) -> None:
        """Show other samples."""
        self.rows, self.text = tuple(rows), text
        self.place = min(self.place, max(len(self.rows) - 1, 0))
        self.setAccessibleDescription(text)
        self.update()

    def rect_of(self, k: int) -> QRectF:
        """Where the k-th stands."""
        look = theme()
        return QRectF(k * look.px(SIDE + 4) + 1, look.px(18), look.px(SIDE), look.px(SIDE))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with QPainter(self) as painter:
            painter.setFont(look.font("small"))
            painter.setPen(look.palette.colour("muted"))
            head = QRectF(0, 0, self.width(), look.px(16))
            painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text)
            for k, row in enumerate(self.rows):
                draw_sample(painter, self._session, row, self.rect_of(k))
            if self.ring and self.rows:
                focus_ring(painter, self.rect_of(self.place).adjusted(-1, -1, 1, 1), look.px(3))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        k = next((k for k in range(len(self.rows)) if self.rect_of(k).contains(event.position())), -1)
        if k >= 0:
            self.place = k
            self.chosen.emit(self.rows[k])

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        self.show_ring()
        there = neighbour(event, (0, self.place), 1, len(self.rows)) if self.rows else None
        if there is None:
            super().keyPressEvent(event)
        else:
            self.place = there[1]
            self.chosen.emit(self.rows[self.place])
            self.update()


def draw_sample(painter: QPainter, session: Session, row: int, place: QRectF) -> None:
    """Paint the picture of a sample as large as it fits; nothing where the data are no pictures."""
    axes = session.experiment.data.source.axes
    if axes is None or row >= len(session.samples):
        return
    pixels = session.samples.x[row].reshape(tuple(axis.size for axis in axes))
    draw_pixels(painter, pixels, place, session.experiment.data.source.inked)


def draw_pixels(painter: QPainter, pixels: NDArray[np.floating[Any]], place: QRectF, inked: bool) -> None:
    """Paint pixels [row, column, channel] in the middle of a place, with an edge around them."""
    rows, columns = pixels.shape[:2]
    wide, tall = (place.width() * n / max(rows, columns) for n in (columns, rows))
    inner = QRectF(place.center().x() - wide / 2, place.center().y() - tall / 2, wide, tall)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(inner, image_of(pixels, inked))
    outline(painter, inner, chosen=False)
