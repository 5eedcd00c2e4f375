"""Zooming into charts painted by ourselves: the wheel enlarges, a drag moves, a double click shows all again."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from app.views._base import Picture
from app.views._frame import Frame

DEEPEST: Final = 60.0
"""How many times a chart can be enlarged."""
NOTCH: Final = 1.25
"""By how much one notch of the wheel enlarges."""


class Lens:
    """The part of a chart that is shown, as a share of the whole: (0, 0) is its lower left corner."""

    def __init__(self) -> None:
        self.part = QRectF(0, 0, 1, 1)
        self.rect = QRectF()

    @property
    def fitted(self) -> bool:
        """Whether the whole chart is shown."""
        return self.part.width() >= 1

    def of(self, whole: Frame) -> Frame:
        """The frame of the part, in the same place on screen."""
        self.rect = whole.rect
        wide, high = whole.right - whole.left, whole.top - whole.bottom
        return Frame(
            whole.rect,
            whole.left + self.part.left() * wide,
            whole.left + self.part.right() * wide,
            whole.bottom + self.part.top() * high,
            whole.bottom + self.part.bottom() * high,
        )

    def zoom(self, at: QPointF, factor: float) -> None:
        """Enlarge by a factor; what is under the pointer stays there."""
        across = (at.x() - self.rect.left()) / self.rect.width()
        up = (self.rect.bottom() - at.y()) / self.rect.height()
        side = min(1.0, max(self.part.width() / factor, 1 / DEEPEST))
        grown = self.part.width() - side
        self._show(self.part.left() + across * grown, self.part.top() + up * grown, side)

    def pan(self, by: QPointF) -> None:
        """Move by pixels."""
        side = self.part.width()
        across, up = by.x() / self.rect.width() * side, by.y() / self.rect.height() * side
        self._show(self.part.left() - across, self.part.top() + up, side)

    def fit(self) -> None:
        """Show the whole chart."""
        self.part = QRectF(0, 0, 1, 1)

    def _show(self, left: float, bottom: float, side: float) -> None:
        self.part = QRectF(min(max(left, 0), 1 - side), min(max(bottom, 0), 1 - side), side, side)


class Zoomed(Picture):
    """A picture of charts, each seen through a lens of its own."""

    def __init__(self, charts: int = 1) -> None:
        super().__init__()
        self.lenses = tuple(Lens() for _ in range(charts))
        self._held: tuple[Lens, QPointF] | None = None

    def fit(self) -> None:
        """Show all charts whole."""
        for lens in self.lenses:
            lens.fit()
        self.update()

    def _under(self, at: QPointF) -> Lens | None:
        return next((lens for lens in self.lenses if lens.rect.contains(at)), None)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Enlarge what is under the pointer."""
        lens = self._under(event.position())
        if lens is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:  # which is the size of the letters
            event.ignore()
            return
        lens.zoom(event.position(), NOTCH ** (event.angleDelta().y() / 120))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold of an enlarged chart."""
        lens = self._under(event.position())
        if event.button() != Qt.MouseButton.LeftButton or lens is None or lens.fitted:
            super().mousePressEvent(event)
            return
        self._held = lens, event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move it."""
        if self._held is not None:
            lens, before = self._held
            lens.pan(event.position() - before)
            self._held = lens, event.position()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go."""
        self._held = None
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show all again."""
        self.fit()
