"""A row of named numbers in one widget: scrub, type or step each, hold it fast; a long row scrolls sideways."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleValueChangeEvent,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.numbers import exact, human, parse
from app.style import mix
from app.theme import theme
from app.widgets.base import Themed, box, focus_ring, gives_up, smooth
from app.widgets.inplace import InPlace
from app.widgets.popup import offer

_STEPS = {Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1, Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10}
_WAYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Number(Struct, frozen=True):
    """One number of the row: its key, the name people read, its value, whether it is held fast."""

    key: str
    name: str
    value: float
    frozen: bool = False


class NumberRow(Themed):
    """`moved` comes with (key, value) under the hand, `released` when it lets go; `chosen` when a number is picked.

    `given_up` comes when Escape ends a drag.
    `asked` wants to know how a number is calculated.
    `locked` asks to hold a number fast or to let it go (L, or a click on its lock); `rejected` has a sentence.
    """

    moved = Signal(str, float)
    released = Signal()
    given_up = Signal()
    chosen = Signal(str)
    locked = Signal(str, bool)
    rejected = Signal(str)
    asked = Signal(str)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.numbers: tuple[Number, ...] = ()
        self.current = -1
        self._offset = 0
        self._over = -1
        self._grip: tuple[int, float, float] | None = None
        self._held: float | None = None
        self._typing = InPlace(self)
        self._typing.typed.connect(self._take)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    # -- what it shows ------------------------------------------------------------------------------------------

    def show_numbers(self, numbers: Sequence[Number]) -> None:
        """Show these; the one under the hand stays as the hand has it."""
        numbers = tuple(numbers)
        if numbers == self.numbers:
            return
        keys = [n.key for n in numbers]
        if keys != [n.key for n in self.numbers]:
            self.current = min(self.current, len(numbers) - 1)
            self._grip = self._held = None
        self.numbers = numbers
        self._scroll(self._offset)
        self._announce()
        self.update()

    def choose(self, key: str) -> None:
        """Mark a number; nothing is emitted."""
        at = next((k for k, n in enumerate(self.numbers) if n.key == key), -1)
        if at != self.current:
            self.current = at
            self._reveal()
            self._announce()
            self.update()

    def _announce(self) -> None:
        text = ""
        if 0 <= self.current < len(self.numbers):
            now = self.numbers[self.current]
            text = f"{now.name} {human(now.value)}{', frozen' if now.frozen else ''}"
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
            QAccessible.updateAccessibility(QAccessibleValueChangeEvent(self, text))

    # -- geometry -----------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(300), theme().px(32))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(90), theme().px(32))

    def _step(self) -> int:
        return theme().px(98)

    def _place(self, k: int) -> QRect:
        return QRect(k * self._step() - self._offset, 0, self._step() - theme().px(6), theme().px(28))

    def _lock(self, k: int) -> QRect:
        place = self._place(k)
        side = theme().px(18)
        return QRect(place.right() - side, place.top(), side, place.height())

    def _at(self, point: QPointF) -> int:
        k = int(point.x() + self._offset) // self._step()
        inside = 0 <= k < len(self.numbers) and self._place(k).contains(point.toPoint())
        return k if inside else -1

    def _scroll(self, to: int) -> None:
        beyond = len(self.numbers) * self._step() - theme().px(6) - self.width()
        self._offset = max(0, min(to, beyond))
        self.update()

    def _reveal(self) -> None:
        if self.current >= 0:
            place, edge = self._place(self.current), theme().px(24)
            if place.left() < edge:
                self._scroll(self._offset + place.left() - edge)
            elif place.right() > self.width() - edge:
                self._scroll(self._offset + place.right() - self.width() + edge)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        self._scroll(self._offset)
        super().resizeEvent(event)

    # -- hand ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold of a number, or of its lock."""
        k = self._at(event.position())
        if event.button() != Qt.MouseButton.LeftButton or k < 0:
            return
        if self._lock(k).contains(event.position().toPoint()):
            self.locked.emit(self.numbers[k].key, not self.numbers[k].frozen)
            return
        self._grip = (k, event.position().x(), self.numbers[k].value)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Change the number with the hand; the first pixels do nothing, so that a click stays a click."""
        if self._grip is None:
            over = self._at(event.position())
            if over != self._over:
                self._over = over
                self.update()
            lock = over >= 0 and self._lock(over).contains(event.position().toPoint())
            shapes = Qt.CursorShape
            on = shapes.PointingHandCursor if lock else shapes.SizeHorCursor
            self.setCursor(on if over >= 0 else shapes.ArrowCursor)
            return
        k, start, value = self._grip
        way = event.position().x() - start
        if self._held is not None or abs(way) >= 4:
            fine = 0.1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
            held = round(value + way * fine * _per_pixel(value), 4)
            if held != self._held:
                self._held = held
                self.update()
                self.moved.emit(self.numbers[k].key, held)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go, or pick the number."""
        grip, dragged = self._grip, self._held is not None
        self._grip = self._held = None
        if dragged:
            self.released.emit()
        elif grip is not None:
            self._pick(grip[0])

    @property
    def busy(self) -> bool:
        """Whether a number is being dragged, which Escape gives up."""
        return self._held is not None

    def give_up(self) -> None:
        """End a drag as if it had not been."""
        self._grip = self._held = None
        self.update()
        self.given_up.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Type the number."""
        k = self._at(event.position())
        if k >= 0 and not self._lock(k).contains(event.position().toPoint()):
            self._grip = None
            self._pick(k)
            self.type_value()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Offer to tell how the number is calculated."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        k = self.current if by_key else self._at(QPointF(event.pos()))
        if k >= 0:
            key = self.numbers[k].key
            offer(self, "How is this calculated?", lambda: self.asked.emit(key), event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._over = -1
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Scroll."""
        turn = event.angleDelta().x() or event.angleDelta().y()
        self._scroll(self._offset - turn)

    def event(self, event: QEvent) -> bool:
        """Keys of ours go before the window's shortcuts; hovering explains."""
        if gives_up(self, event):
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_ours(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            k = self._at(QPointF(event.pos()))
            text = f"{self.numbers[k].name}: {exact(self.numbers[k].value)}" if k >= 0 else ""
            more = "\nDrag to change, double click to type, click the lock to freeze it" if k >= 0 else ""
            QToolTip.showText(event.globalPos(), text + more, self)
            return True
        return super().event(event)

    def _is_ours(self, event: QKeyEvent) -> bool:
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        known = event.key() in _STEPS or event.key() in _WAYS or event.key() in (Qt.Key.Key_L, Qt.Key.Key_Space)
        return known or event.text().isdigit() or event.text() in ("-", ".", ",")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Go along the row, step the number, type it, hold it fast."""
        self.show_ring()
        key, k = event.key(), max(self.current, 0)
        if not self.numbers:
            super().keyPressEvent(event)
        elif key in _WAYS:
            start = self.current if self.current >= 0 else -_WAYS[Qt.Key(key)]
            self._pick(max(0, min(len(self.numbers) - 1, start + _WAYS[Qt.Key(key)])))
        elif key in _STEPS:
            self._pick(k)
            step = _STEPS[Qt.Key(key)] * 3 * _per_pixel(self.numbers[k].value)
            self._once(k, round(self.numbers[k].value + step, 4))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2, Qt.Key.Key_Space):
            self._pick(k)
            self.type_value()
        elif key == Qt.Key.Key_L:
            self.locked.emit(self.numbers[k].key, not self.numbers[k].frozen)
        elif event.text() and (event.text().isdigit() or event.text() in "-.,"):
            self._pick(k)
            self.type_value(event.text())
        else:
            super().keyPressEvent(event)

    def _pick(self, k: int) -> None:
        self.current = k
        self._reveal()
        self._announce()
        self.update()
        self.chosen.emit(self.numbers[k].key)

    def _once(self, k: int, value: float) -> None:
        self.moved.emit(self.numbers[k].key, value)
        self.released.emit()

    def type_value(self, first: str = "") -> None:
        """Open the current number for typing."""
        if 0 <= self.current < len(self.numbers):
            now = self.numbers[self.current]
            where = self._place(self.current).adjusted(theme().px(6), 0, -theme().px(4), 0)
            self._typing.open(exact(now.value, 5), where, now.name, first)

    def _take(self, text: str) -> None:
        value = parse(text)
        if value is None:
            self.rejected.emit(f"“{text[:20]}” is no number; type one such as 0.5 or −1.2e-3.")
        elif 0 <= self.current < len(self.numbers):
            self._once(self.current, value)

    # -- picture ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with smooth(self) as painter:
            first = self._offset // self._step()
            last = min(len(self.numbers), first + self.width() // self._step() + 2)
            for k in range(first, last):
                self._paint_number(painter, k)
            self._paint_edges(painter)

    def _paint_number(self, painter: QPainter, k: int) -> None:
        look, colours, number = theme(), theme().palette, self.numbers[k]
        place, current = self._place(k), k == self.current
        value = self._held if self._held is not None and self._grip and self._grip[0] == k else number.value
        fill = mix(colours.field, colours.text, 0.06) if k == self._over else colours.colour("field")
        box(painter, place, look.px(6), fill, colours.colour("accent") if current else None, 1.5)
        inner = QRectF(place).adjusted(look.px(8), 0, -look.px(8), 0)
        lock = number.frozen or k == self._over
        if lock:
            _paint_lock(painter, QRectF(self._lock(k)), number.frozen)
            inner.setRight(inner.right() - look.px(12))
        painter.setFont(look.font("small"))
        painter.setPen(colours.colour("muted"))
        metrics = painter.fontMetrics()
        name = metrics.elidedText(number.name, Qt.TextElideMode.ElideRight, round(inner.width() * 0.5))
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(inner, left, name)
        rest = inner.adjusted(metrics.horizontalAdvance(name) + look.px(4), 0, 0, 0)
        painter.setFont(look.font("small", 600))
        painter.setPen(colours.colour("text"))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(rest, right, human(value))
        _paint_sign(painter, place, value)
        if current and self.ring:
            focus_ring(painter, place, look.px(6))

    def _paint_edges(self, painter: QPainter) -> None:
        """More stands beyond an edge: the row fades there."""
        beyond = len(self.numbers) * self._step() - theme().px(6) - self.width() - self._offset
        ground, width = theme().palette.colour("panel"), theme().px(20)
        for on, left, flip in ((self._offset > 0, 0, False), (beyond > 0, self.width() - width, True)):
            for x in range(width if on else 0):
                ground.setAlphaF((x + 1) / width if flip else 1 - x / width)
                painter.fillRect(left + x, 0, 1, self.height(), ground)


def _per_pixel(value: float) -> float:
    return max(abs(value), 0.5) / 60


def _paint_sign(painter: QPainter, place: QRect, value: float) -> None:
    """A stroke below: its colour is the sign, its length the size."""
    room = place.width() - 2 * theme().px(8)
    length = room * min(1.0, abs(value) / (abs(value) + 1.0) * 1.25)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().palette.colour("positive" if value > 0 else "negative"))
    y = place.bottom() - theme().px(2)
    painter.drawRoundedRect(QRectF(place.left() + theme().px(8), y, length, theme().px(2)), 1, 1)


def _paint_lock(painter: QPainter, area: QRectF, closed: bool) -> None:
    side = theme().px(8)
    colour = theme().palette.colour("text" if closed else "faint")
    body = QRectF(area.center().x() - side / 2, area.center().y() - side * 0.1, side, side * 0.7)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 1.4))
    lift = 0.0 if closed else -side * 0.22
    painter.drawArc(QRectF(body.x() + side * 0.18, body.y() - side * 0.5 + lift, side * 0.64, side), 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(body, 1.5, 1.5)
