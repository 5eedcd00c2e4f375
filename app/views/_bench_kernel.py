"""The kernel of the filter bench: a grid of numbers that are typed in their places."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from app.numbers import exact, human, parse
from app.theme import theme
from app.views._base import neighbour
from app.views._kernel import READABLE, outline, paint, square_at
from app.views._patch import LEFT, fitted
from app.widgets.base import ARROWS, ENTER, Control, smooth
from app.widgets.inplace import InPlace

F = NDArray[np.float64]

SHORT: Final = 14
"""The narrowest square in which a number of a kernel, mostly of one figure, is written; pixels at 100 %."""
BAD: Final = "“{}” is no number for the kernel; type one such as −1, 0.5 or 1/9."


class KernelGrid(Control):
    """Numbers one can type. `typed` gives row, column and the number, `rejected` a sentence."""

    typed = Signal(int, int, float)
    rejected = Signal(str)

    keys = ARROWS | ENTER | {Qt.Key.Key_Minus, Qt.Key.Key_Period, Qt.Key.Key_Comma}
    takes_digits = True

    def __init__(self) -> None:
        super().__init__()
        self.numbers: F = np.zeros((0, 0))
        self.caption, self.instead = "", ""
        self.at = (0, 0)
        self.place = QRectF()
        self._typing = InPlace(self)
        self._typing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._typing.typed.connect(self._take)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("kernel")

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(120), theme().px(150))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(60), theme().px(60))

    def show_numbers(self, numbers: F, caption: str, instead: str) -> None:
        """Show the numbers [tap row, tap column] of a kernel, or a formula where there are none."""
        self.numbers, self.caption, self.instead = numbers, caption, instead
        self.at = tuple(min(k, max(n - 1, 0)) for k, n in zip(self.at, numbers.shape, strict=True))
        rows = "; ".join(" ".join(exact(float(x), 3) for x in row) for row in numbers)
        self.setAccessibleDescription(f"{caption} {rows or instead}")
        self.update()

    def square(self, row: int, column: int) -> QRectF:
        """Where a number stands."""
        tall, wide = (
            side / n for side, n in zip((self.place.height(), self.place.width()), self.numbers.shape, strict=True)
        )
        return QRectF(self.place.left() + column * wide, self.place.top() + row * tall, wide, tall)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with smooth(self) as painter:
            line = look.px(18)
            painter.setFont(look.font("small"))
            painter.setPen(look.palette.colour("muted"))
            painter.drawText(QRectF(0, 0, self.width(), line), LEFT, self.caption)
            room = QRectF(1, line, self.width() - 2, max(self.height() - line - look.px(44), look.px(20)))
            if not self.numbers.size:
                painter.setFont(look.font("normal", 500))
                painter.setPen(look.palette.colour("text"))
                words = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
                painter.drawText(room, words, self.instead)
                return
            self.place = fitted(room, *self.numbers.shape)
            paint(
                painter,
                self.numbers,
                self.place,
                float(np.abs(self.numbers).max()) or 1.0,
                numbers=self._fit(painter),
                narrow=SHORT,
            )
            outline(painter, self.place, chosen=False)
            below = QRectF(0, self.place.bottom() + look.px(2), self.width(), self.height() - self.place.bottom())
            painter.setFont(look.font("small"))
            painter.setPen(look.palette.colour("muted"))
            words = int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)
            painter.drawText(below, words, self.instead)
            if self.ring:
                self._mark(painter)

    def _fit(self, painter: QPainter) -> bool:
        """Whether every number has room in its square; all of them or none."""
        painter.setFont(theme().font("small"))
        longest = max(painter.fontMetrics().horizontalAdvance(human(float(x), 2)) for x in self.numbers.ravel())
        return longest + 4 <= self.square(0, 0).width()

    def _mark(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme().palette.colour("accent"), theme().px(2)))
        painter.drawRect(self.square(*self.at).adjusted(1, 1, -1, -1))

    # -- hands --------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click on a number opens it."""
        rows, columns = self.numbers.shape
        square = square_at(self.place, rows, columns, event.position()) if self.numbers.size else None
        if square is not None:
            self.at = square
            self.open()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.setToolTip("Click a number to type another one")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows go to the neighbour; Enter or a digit types."""
        self.show_ring()
        there = neighbour(event, self.at, *self.numbers.shape) if self.numbers.size else None
        if there is not None:
            self.at = there
            self.update()
        elif self.numbers.size and event.key() in ENTER:
            self.open()
        elif self.numbers.size and event.text() and (event.text().isdigit() or event.text() in "-.,"):
            self.open(event.text())
        else:
            super().keyPressEvent(event)

    def open(self, first: str = "") -> None:
        """Type the number that is marked."""
        square = self.square(*self.at)
        least = theme().px(READABLE + 18)
        if square.width() < least:
            square = QRectF(square.center().x() - least / 2, square.top(), least, square.height())
        text = exact(float(self.numbers[self.at]), 4)
        name = f"row {self.at[0] + 1}, column {self.at[1] + 1}"
        self._typing.open(text, square.toRect(), name, first)

    def _take(self, text: str) -> None:
        value = fraction(text)
        if value is None:
            self.rejected.emit(BAD.format(text.strip()))
        elif value != float(self.numbers[self.at]):
            self.typed.emit(*self.at, value)


def fraction(text: str) -> float | None:
    """A number as people type it, or one divided by another; None when it is neither."""
    above, stroke, below = text.partition("/")
    value, divisor = parse(above), parse(below) if stroke else 1.0
    return value / divisor if value is not None and divisor else None


def over(divisor: float) -> str:
    """What stands above a kernel: its divisor."""
    return "kernel" if divisor == 1 else f"kernel ÷ {human(divisor)}"
