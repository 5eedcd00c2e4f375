"""A read-out whose width never changes, whatever number stands in it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import theme


class Readout(QWidget):
    """A small caption over a number with figures of equal width; `widest` decides its width once and for all."""

    def __init__(self, caption: str, widest: str) -> None:
        super().__init__()
        self._caption, self._widest, self.text = caption, widest, "0"
        self.setAccessibleName(caption)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.updateGeometry)

    def show_text(self, text: str) -> None:
        """Show another number; nothing moves."""
        if text != self.text:
            self.text = text
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wide enough for the widest number."""
        small, large = QFontMetrics(theme().font("small")), QFontMetrics(theme().font("large", 600))
        width = max(small.horizontalAdvance(self._caption), large.horizontalAdvance(self._widest))
        return QSize(width + 2, small.height() + large.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint caption and number."""
        with QPainter(self) as painter:
            palette = theme().palette
            painter.setFont(theme().font("small"))
            painter.setPen(palette.colour("muted"))
            rise = painter.fontMetrics().height()
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self._caption)
            painter.setFont(theme().font("large", 600))
            painter.setPen(palette.colour("text"))
            painter.drawText(self.rect().adjusted(0, rise, 0, 0), Qt.AlignmentFlag.AlignLeft, self.text)
