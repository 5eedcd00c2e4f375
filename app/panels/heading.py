"""The heading of the inspector."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from app.theme import theme
from app.widgets.base import Themed, smooth


class Heading(Themed):
    """Two lines: what it is and its formula at the left, its numbers at the right; shortened to what fits."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = ("", "", "", "")
        self._lines = 2
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_texts(self, title: str, formula: str = "", first: str = "", second: str = "") -> None:
        """Show a title and a formula, and two lines at the right."""
        if (title, formula, first, second) != self.texts:
            self.texts = (title, formula, first, second)
            self.setAccessibleName(title)
            self.setAccessibleDescription(", ".join(t for t in (formula, first, second) if t))
            self.setToolTip(formula)
            self.update()

    def show_lines(self, lines: int) -> None:
        """Show both lines, or only the first."""
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(240), theme().px(20) * self._lines)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(120), theme().px(20) * self._lines)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with smooth(self) as painter:
            title, formula, first, second = self.texts
            half = theme().px(20)
            _line(painter, 0, half, self.width(), (title, "text", 600), (first, "text", 500))
            if self._lines == 2:
                _line(painter, half, half, self.width(), (formula, "muted", 400), (second, "muted", 400))


def _line(
    painter: QPainter, y: int, height: int, width: int, left: tuple[str, str, int], right: tuple[str, str, int]
) -> None:
    """One line; the left text gives way to the right one."""
    taken = 0
    for (text, colour, weight), side in ((right, Qt.AlignmentFlag.AlignRight), (left, Qt.AlignmentFlag.AlignLeft)):
        painter.setFont(theme().font("normal", weight))
        painter.setPen(theme().palette.colour(colour))
        room = width - taken
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(0, room))
        painter.drawText(0, y, room if taken else width, height, side | Qt.AlignmentFlag.AlignVCenter, shown)
        if shown and side == Qt.AlignmentFlag.AlignRight:
            taken = painter.fontMetrics().horizontalAdvance(shown) + theme().px(16)
