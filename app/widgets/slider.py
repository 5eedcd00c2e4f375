"""A slider with its name on the left and its value on the right."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleValueChangeEvent, QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.numbers import parse
from app.theme import theme
from app.widgets.base import ARROWS, ENTER, PAGES, Control, box, smooth
from app.widgets.inplace import InPlace
from app.widgets.scale import Scale

_KEYS = {
    Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10,
}  # fmt: skip


class Slider(Control):
    """`moved` comes with every value under the hand, `released` at the end of a drag (and of every single move).

    `given_up` comes when Escape ends a drag: what was moved is to be as it was.

    Mouse: drag anywhere on the line, double click on the value to type. Keys: arrows, page up and down, home, end;
    Enter types. The wheel moves it only while it has the focus, so that scrolling past changes nothing.
    """

    moved = Signal(float)
    released = Signal()
    given_up = Signal()
    rejected = Signal(str)

    keys = ARROWS | PAGES | ENTER
    takes_digits = True

    def __init__(self, title: str, scale: Scale, value: float = 0.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.scale, self._value = title, scale, value
        self._dragging = False
        self._before = value
        self._typing = InPlace(self)
        self._typing.typed.connect(self._take)
        self._typing.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)
        self.restyle()

    def restyle(self) -> None:
        self.setFont(theme().font())

    @property
    def value(self) -> float:
        """The value shown."""
        return self._value

    def show_value(self, value: float) -> None:
        """Show another value; nothing is emitted, and a hand on the slider is not disturbed."""
        if value != self._value and not self._dragging:
            self._set(value)

    def _set(self, value: float) -> None:
        self._value = value
        self.setAccessibleDescription(self.scale.text(value))
        QAccessible.updateAccessibility(QAccessibleValueChangeEvent(self, self.scale.text(value)))
        self.update()

    def _move(self, value: float) -> None:
        if value != self._value:
            self._set(value)
            self.moved.emit(value)

    def _once(self, value: float) -> None:
        self._move(value)
        self.released.emit()

    def _take(self, text: str) -> None:
        value = parse(text)
        if complaint := self.scale.complaint(self.title, value, self._value):
            self.rejected.emit(complaint)
        elif value is not None:
            self._once(value)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(150), theme().px(38))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(80), theme().px(38))

    def _track(self) -> tuple[float, float, float]:
        look = theme()
        radius = look.px(6)
        return radius, self.width() - radius, self.height() - look.px(10)

    def _value_box(self) -> QRect:
        return QRect(self.width() // 2, 0, self.width() // 2, theme().px(22))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Start a drag."""
        if event.button() == Qt.MouseButton.LeftButton and event.position().y() > theme().px(18):
            self._dragging, self._before = True, self._value
            self._follow(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Go on with a drag."""
        if self._dragging:
            self._follow(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """End a drag."""
        if self._dragging:
            self._dragging = False
            self.released.emit()

    @property
    def busy(self) -> bool:
        return self._dragging

    def give_up(self) -> None:
        self._set(self._before)
        self._dragging = False
        self.given_up.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Type a value."""
        if event.position().y() <= theme().px(22):
            self._type()
        else:
            self.mousePressEvent(event)

    def _follow(self, at: QPointF) -> None:
        left, right, _ = self._track()
        self._move(self.scale.at((at.x() - left) / max(right - left, 1)))

    def _type(self, first: str = "") -> None:
        self._typing.open(self.scale.text(self._value), self._value_box(), self.title, first)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Move by notches of the wheel."""
        if not self.hasFocus() or not event.angleDelta().y():
            event.ignore()
            return
        self._once(self.scale.nudged(self._value, event.angleDelta().y() / 120 * self._stride()))
        event.accept()

    def _stride(self) -> float:
        span = (self.scale.high or 0) - (self.scale.low or 0)
        return 1 if self.scale.log or span <= 30 * self.scale.step(self._value) else 2

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move by keys, or begin to type."""
        self.show_ring()
        key = event.key()
        if key in _KEYS:
            self._once(self.scale.nudged(self._value, _KEYS[Qt.Key(key)]))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._once(self.scale.at(0.0 if key == Qt.Key.Key_Home else 1.0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self._type()
        elif event.text()[:1].isdigit():
            self._type(event.text())
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look, colours = theme(), theme().palette
        with smooth(self) as painter:
            top = QRectF(0, 0, self.width(), look.px(22))
            side = Qt.AlignmentFlag.AlignVCenter
            painter.setFont(look.font(weight=500))
            text = self.scale.text(self._value)
            taken = painter.fontMetrics().horizontalAdvance(text) + look.px(8)
            if self._typing.isHidden():
                painter.setPen(colours.colour("text" if self.isEnabled() else "faint"))
                painter.drawText(top, side | Qt.AlignmentFlag.AlignRight, text)
            painter.setFont(look.font())
            painter.setPen(colours.colour("muted" if self.isEnabled() else "faint"))
            room = int(self.width() - taken)
            name = painter.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideRight, room)
            painter.drawText(top, side | Qt.AlignmentFlag.AlignLeft, name)
            left, right, y = self._track()
            x = left + self.scale.position(self._value) * (right - left)
            thick, knob = max(2, look.px(3)), look.px(6)
            box(painter, QRectF(0, y - thick / 2, self.width(), thick), thick / 2, colours.colour("line"))
            done = colours.colour("accent" if self.isEnabled() else "faint")
            box(painter, QRectF(0, y - thick / 2, x, thick), thick / 2, done)
            box(painter, QRectF(x - knob, y - knob, 2 * knob, 2 * knob), knob, done)
            if self.ring:
                halo = knob + look.px(3)
                box(painter, QRectF(x - halo, y - halo, 2 * halo, 2 * halo), halo, None, done, 2)
