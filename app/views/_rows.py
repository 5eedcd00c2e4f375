"""Rows below a line of captions, painted by one widget: pointed at, walked through with the arrows, scrolled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from app.theme import theme
from app.views._base import explain
from app.widgets.base import Themed, box, focus_ring

LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
MIDDLE: Final = Qt.AlignmentFlag.AlignCenter
_STEPS: Final = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -10, Qt.Key.Key_PageDown: 10}


class Rows(Themed):
    """`count` rows of one height; the `current` one is pointed at or was walked to, -1 stands for none."""

    pointed = Signal(int)
    clicked = Signal(int)

    def __init__(self, name: str, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.empty = empty
        self.current = -1
        self.area: QScrollArea | None = None
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # -- for those that have rows -------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def least(self) -> int:
        """The height a row needs, in pixels."""
        return theme().px(22)

    def most(self) -> int:
        """The height a row may take where there is room."""
        return self.least()

    def captions(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the line above the rows."""

    def row(self, painter: QPainter, k: int, rect: QRectF) -> None:
        """Paint a row."""
        raise NotImplementedError

    def spoken(self, k: int) -> str:
        """A row for those who listen, and the tip of its place."""
        raise NotImplementedError

    # -- what happens -------------------------------------------------------------------------------------------

    def changed(self) -> None:
        """There are other rows."""
        if self.current >= self.count:
            self.point(-1)
        height = self.top() + self.count * self.least()
        if height != self.minimumHeight():
            self.setMinimumHeight(height)
        self._say()
        self.update()

    def restyle(self) -> None:
        self.setMinimumHeight(self.top())

    def top(self) -> int:
        """Where the first row begins."""
        return theme().px(20)

    def height_of(self) -> float:
        """The height of a row now."""
        room = (self.height() - self.top()) / max(self.count, 1)
        return float(min(max(room, self.least()), self.most()))

    def rect_of(self, k: int) -> QRectF:
        """Where a row stands."""
        return QRectF(0, self.top() + k * self.height_of(), self.width(), self.height_of())

    def point(self, k: int) -> None:
        """Make a row the current one."""
        if k != self.current:
            self.current = k
            self._say()
            self.pointed.emit(k)
            self.update()

    def _say(self) -> None:
        text = self.spoken(self.current) if 0 <= self.current < self.count else ""
        self.setAccessibleDescription(text)
        self.setToolTip(text)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(360), theme().px(220))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if not self.count:
                explain(painter, self.rect(), self.empty)
                return
            painter.setFont(look.font("small"))
            painter.setPen(look.palette.colour("muted"))
            self.captions(painter, QRectF(0, 0, self.width(), look.px(16)))
            seen = event.rect()
            for k in range(self.count):
                rect = self.rect_of(k)
                if rect.bottom() < seen.top() or rect.top() > seen.bottom():
                    continue
                if k == self.current:
                    box(painter, rect, look.px(6), look.palette.colour("field"))
                self.row(painter, k, rect)
            if self.ring:
                focus_ring(painter, self.visibleRegion().boundingRect(), look.px(6))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Point at the row below the pointer."""
        k = int((event.position().y() - self.top()) // self.height_of())
        self.point(k if 0 <= k < self.count and event.position().y() >= self.top() else -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose a row."""
        if self.current >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.current)

    def leaveEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Nothing is pointed at."""
        self.point(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Up, Down and the pages walk; Enter chooses."""
        self.show_ring()
        step = _STEPS.get(Qt.Key(event.key()))
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current >= 0:
            self.clicked.emit(self.current)
        elif step is None or not self.count or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        else:
            self.point(min(max(self.current + step, 0), self.count - 1))
            if self.area is not None:
                place = self.rect_of(self.current)
                self.area.ensureVisible(0, round(place.center().y()), 0, round(place.height()))


def scrolled(rows: Rows) -> QScrollArea:
    """A place in which rows are scrolled where they do not fit."""
    area = rows.area = QScrollArea()
    area.setWidget(rows)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setMinimumHeight(theme().px(60))
    return area


def columns(rect: QRectF, widths: Sequence[float], gap: float) -> list[QRectF]:
    """Parts of a row: fixed widths in pixels, and of what is left as many shares as a width is below 0."""
    shares = -sum(w for w in widths if w < 0)
    free = rect.width() - gap * (len(widths) - 1) - sum(w for w in widths if w > 0)
    places, x = [], rect.left()
    for w in widths:
        wide = w if w >= 0 else max(free * -w / shares, 0)
        places.append(QRectF(x, rect.top(), wide, rect.height()))
        x += wide + gap
    return places


def write(painter: QPainter, rect: QRectF, text: str, side: Qt.AlignmentFlag = LEFT) -> None:
    """Write a text, shortened to its place."""
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()) + 1)
    painter.drawText(rect, side, shown)
