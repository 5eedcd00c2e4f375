"""A number in a box: drag to change it, type it, or pick one of the usual values."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleValueChangeEvent, QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.numbers import parse
from app.style import mix
from app.theme import theme
from app.widgets.base import ARROWS, ENTER, PAGES, Control, box, chevron, focus_ring, smooth
from app.widgets.inplace import InPlace
from app.widgets.popup import Option, popup
from app.widgets.scale import Scale

_KEYS = {Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1, Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10}


class NumberField(Control):
    """`moved` comes with every value under the hand, `released` when the hand lets go, `rejected` with a sentence.

    `given_up` comes when Escape ends a drag: what was moved is to be as it was.

    Drag sideways to change the value, click the arrow for the usual values, double click or press Enter to type.
    `title` stands above the box (`caption`), and is its name for screen readers either way.
    """

    moved = Signal(float)
    released = Signal()
    given_up = Signal()
    rejected = Signal(str)

    keys = ARROWS | PAGES | ENTER | {Qt.Key.Key_Space, Qt.Key.Key_Minus, Qt.Key.Key_Period, Qt.Key.Key_Comma}
    takes_digits = True

    def __init__(
        self,
        title: str,
        scale: Scale,
        value: float = 0.0,
        choices: Sequence[float] = (),
        *,
        caption: bool = False,
        centred: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title, self.scale, self._value, self.choices = title, scale, value, tuple(choices)
        self._caption, self._centred = caption, centred
        self._grip: tuple[float, float] | None = None
        self._dragging = self._over = False
        self._typing = InPlace(self)
        self._typing.typed.connect(self._take)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setMouseTracking(True)

    @property
    def value(self) -> float:
        """The value shown."""
        return self._value

    def show_value(self, value: float) -> None:
        """Show another value; nothing is emitted, and a hand on the box is not disturbed."""
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
        value = 0.0 if self.scale.zero and text.strip() == self.scale.zero else parse(text)
        if complaint := self.scale.complaint(self.title, value, self._value):
            self.rejected.emit(complaint)
        elif value is not None:
            self._once(value)

    # -- geometry -----------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        look = theme()
        self.setFont(look.font(weight=500))
        longest = max([self.scale.text(v) for v in self.choices] + ["0.0001"], key=len)
        width = self.fontMetrics().horizontalAdvance(longest) + look.px(22) + (look.px(16) if self.choices else 0)
        return QSize(max(width, look.px(52)), look.px(28) + self._above())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(40), self.sizeHint().height())

    def _above(self) -> int:
        return theme().px(20) if self._caption else 0

    def _box(self) -> QRect:
        return QRect(0, self._above(), self.width(), theme().px(28))

    def _on_arrow(self, at: QPoint) -> bool:
        return bool(self.choices) and at.x() > self.width() - theme().px(24)

    # -- hand ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold of the number, or open the usual values."""
        at = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton or not self._box().contains(at):
            return
        if self._on_arrow(at):
            self.open_choices()
        else:
            self._grip = (event.position().x(), self._value)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Change the number with the hand; the first pixels do nothing, so that a click stays a click."""
        if self._grip is None:
            arrow = self._on_arrow(event.position().toPoint())
            self.setCursor(Qt.CursorShape.PointingHandCursor if arrow else Qt.CursorShape.SizeHorCursor)
            return
        start, value = self._grip
        way = event.position().x() - start
        if self._dragging or abs(way) >= 4:
            self._dragging = True
            fine = 0.2 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
            self._move(self.scale.nudged(value, round(way / 4) * fine))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go."""
        dragged, self._dragging, self._grip = self._dragging, False, None
        if dragged:
            self.released.emit()

    @property
    def busy(self) -> bool:
        return self._dragging

    def give_up(self) -> None:
        if self._grip is not None:
            self._set(self._grip[1])
        self._dragging, self._grip = False, None
        self.given_up.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Type the number."""
        self._grip = None
        if not self._on_arrow(event.position().toPoint()):
            self.type_value()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Move by notches of the wheel, only while in focus."""
        if not self.hasFocus() or not event.angleDelta().y():
            event.ignore()
            return
        self._once(self._next(1 if event.angleDelta().y() > 0 else -1))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move by keys, open the usual values, or begin to type."""
        self.show_ring()
        key = event.key()
        if key == Qt.Key.Key_Space or (key == Qt.Key.Key_Down and event.modifiers() & Qt.KeyboardModifier.AltModifier):
            self.open_choices() if self.choices else self.type_value()
        elif key in _KEYS:
            self._once(self._next(_KEYS[Qt.Key(key)]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.type_value()
        elif event.text() and (event.text().isdigit() or event.text() in "-.,"):
            self.type_value(event.text())
        else:
            super().keyPressEvent(event)

    def _next(self, steps: int) -> float:
        """The next usual value where there are some, else a step further."""
        usual = sorted(v for v in self.choices if v or not self.scale.zero)
        beyond = [v for v in usual if (v > self._value if steps > 0 else v < self._value)]
        if usual and beyond:
            return beyond[0] if steps > 0 else beyond[-1]
        return self._value if usual else self.scale.nudged(self._value, steps)

    def type_value(self, first: str = "") -> None:
        """Open the box for typing."""
        look, where = theme(), self._box()
        inner = where.adjusted(look.px(10), 0, -look.px(24 if self.choices else 8), 0)
        self._typing.setAlignment(Qt.AlignmentFlag.AlignCenter if self._centred else Qt.AlignmentFlag.AlignLeft)
        self._typing.open(self.scale.text(self._value), inner, self.title, first)
        self.update()

    def open_choices(self) -> None:
        """Open the list of usual values."""
        options = [Option(str(k), self.scale.text(v), chosen=v == self._value) for k, v in enumerate(self.choices)]
        options.append(Option("type", "Type a value …", apart=True))
        popup(self, self._box(), options, self._chosen)

    def _chosen(self, key: str) -> None:
        if key == "type":
            self.type_value()
        else:
            self._once(self.choices[int(key)])

    # -- picture ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look, colours = theme(), theme().palette
        with smooth(self) as painter:
            if self._caption:
                painter.setFont(look.font("small"))
                painter.setPen(colours.colour("muted"))
                above = QRectF(0, 0, self.width(), look.px(16))
                painter.drawText(above, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.title)
            where, typing = self._box(), self._typing.isVisible()
            fill = mix(colours.field, colours.text, 0.05) if self.underMouse() else colours.colour("field")
            box(painter, where, look.px(6), fill, colours.colour("accent") if typing else None)
            if not typing:
                painter.setFont(look.font(weight=500))
                painter.setPen(colours.colour("text" if self.isEnabled() else "faint"))
                inner = QRectF(where).adjusted(look.px(10), 0, -look.px(22 if self.choices else 8), 0)
                if self._centred:
                    inner = QRectF(where)
                side = Qt.AlignmentFlag.AlignHCenter if self._centred else Qt.AlignmentFlag.AlignLeft
                text = painter.fontMetrics().elidedText(
                    self.scale.text(self._value), Qt.TextElideMode.ElideRight, int(inner.width()) + 1
                )
                painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, text)
            if self.choices:
                middle = QPointF(where.right() - look.px(13), where.center().y() + 0.5)
                chevron(painter, middle, look.px(4), colours.colour("muted"))
            if self.ring:
                focus_ring(painter, where, look.px(6))
