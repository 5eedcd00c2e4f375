"""The ground of the pad: pen and eraser by mouse or keys, shown in the pixels of the data."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from app import pixels
from app.theme import theme
from app.widgets.base import Control, box, focus_ring, smooth
from engine.datasets.editing import ink

Tool = Literal["pen", "eraser"]

STEPS: Final = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}
TOOLS: Final[dict[Qt.Key, Tool]] = {Qt.Key.Key_P: "pen", Qt.Key.Key_E: "eraser"}
CLEAR: Final = frozenset((Qt.Key.Key_Delete, Qt.Key.Key_Backspace))
WIDER: Final = {Qt.Key.Key_BracketLeft: 1 / 1.2, Qt.Key.Key_BracketRight: 1.2}

THICKNESS: Final = (0.02, 0.3)
"""Of the side of the picture."""

MOST_UNDONE: Final = 50


class Ground(Control):
    """A ground to draw on; `changed` comes with ink, `tool_changed` with tool or thickness, `digit` with a digit key.

    Keys: arrows move a cursor, Space inks (held, it draws along), with Shift an arrow draws; P pen, E eraser, [ and ]
    thickness, Delete clears, Ctrl+Z takes the last stroke back.
    """

    changed = Signal()
    tool_changed = Signal()
    digit = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.form, self.inked = (1, 1), True
        self.ink = ink.blank(1, 1)
        self.tool: Tool = "pen"
        self.thickness = 0.1
        self.cursor_at = (0.5, 0.5)
        self._before: list[ink.Ground] = []
        self._last: tuple[float, float] | None = None
        self._erasing = False
        self._pointer: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Drawing pad")
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(168), theme().px(168))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(96), theme().px(96))

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        rows, columns = self.form
        return round(width * min(rows / columns, 1.5))

    # -- what is drawn ------------------------------------------------------------------------------------------

    @property
    def blank(self) -> bool:
        """Whether there is no ink."""
        return not self.ink.any()

    @property
    def can_undo(self) -> bool:
        """Whether there is a stroke to take back."""
        return bool(self._before)

    def begin(self, rows: int, columns: int) -> None:
        """Begin with a clean ground of this size."""
        self.form, self.ink = (rows, columns), ink.blank(rows, columns)
        self._before, self._last, self.cursor_at = [], None, (rows / 2, columns / 2)
        self.updateGeometry()
        self._redrawn()

    def clear(self) -> None:
        """Take all ink away; it can be taken back."""
        if not self.blank:
            self._note()
            self.ink = ink.blank(*self.form)
            self._redrawn()

    def undo(self) -> None:
        """Take the last stroke back."""
        if self._before:
            self.ink, self._last = self._before.pop(), None
            self._redrawn()

    def take(self, tool: Tool) -> None:
        """Take pen or eraser."""
        self.tool = tool
        self.tool_changed.emit()
        self.update()

    def set_thickness(self, share: float) -> None:
        """Set how thick the pen is, as a share of the side."""
        self.thickness = float(np.clip(share, *THICKNESS))
        self.tool_changed.emit()
        self.update()

    def _note(self) -> None:
        self._before = [*self._before[1 - MOST_UNDONE :], self.ink]

    def _press(self, at: tuple[float, float], *, erase: bool = False) -> None:
        """Begin a stroke at (row, column), in pixels of the picture."""
        self._note()
        self._last, self._erasing = at, erase or self.tool == "eraser"
        self._draw(at)

    def _draw(self, at: tuple[float, float]) -> None:
        """Go on with the stroke to a place."""
        grain = self.ink.shape[0] / self.form[0]
        path = np.array([self._last or at, at]) * grain
        radius = self.thickness * max(self.form) * grain / 2
        self.ink = ink.inked(self.ink, path, radius, erase=self._erasing)
        self._last = at
        self._redrawn()

    def _redrawn(self) -> None:
        self._speak()
        self.changed.emit()
        self.update()

    def _speak(self) -> None:
        row, column = (min(int(at), n - 1) for at, n in zip(self.cursor_at, self.form, strict=True))
        there = ink.averaged(self.ink, *self.form)[row, column]
        self.setAccessibleDescription(f"{self.tool}, row {row + 1}, column {column + 1}, {100 * there:.0f} % ink")

    # -- where --------------------------------------------------------------------------------------------------

    def place(self) -> QRectF:
        """Where the picture lies: in the middle, as large as there is room for."""
        rows, columns = self.form
        scale = max(min((self.width() - 2) / columns, (self.height() - 2) / rows), 0.01)
        wide, tall = columns * scale, rows * scale
        return QRectF((self.width() - wide) / 2, (self.height() - tall) / 2, wide, tall)

    def _at(self, where: QPointF) -> tuple[float, float]:
        place = self.place()
        scale = place.width() / self.form[1]
        return (where.y() - place.top()) / scale, (where.x() - place.left()) / scale

    # -- the hand -----------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        return self._last is not None

    def give_up(self) -> None:
        self.undo()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The left button draws, the right one erases."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._press(self._at(event.position()), erase=event.button() == Qt.MouseButton.RightButton)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pointer = event.position()
        if event.buttons() and self._last is not None:
            self._draw(self._at(event.position()))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._last = None

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._pointer = None
        self.update()

    # -- keys ---------------------------------------------------------------------------------------------------

    def _uses(self, event: QKeyEvent) -> bool:
        """Whether a key acts here; arrows and Space only when the keyboard brought the focus, else they run."""
        if event.matches(QKeySequence.StandardKey.Undo):
            return self.can_undo
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        key = Qt.Key(event.key())
        if key in STEPS or key == Qt.Key.Key_Space:
            return self.ring
        return key in TOOLS or key in CLEAR or key in WIDER or Qt.Key.Key_0 <= key <= Qt.Key.Key_9

    def event(self, event: QEvent) -> bool:
        """Keep what is ours from becoming a shortcut."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._uses(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Draw by keys, or take another tool."""
        if not self._uses(event):
            super().keyPressEvent(event)
            return
        self.show_ring()
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif key in STEPS:
            self._step(*STEPS[key], inking=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._press(self.cursor_at)
        elif key in TOOLS:
            self.take(TOOLS[key])
        elif key in CLEAR:
            self.clear()
        elif key in WIDER:
            self.set_thickness(self.thickness * WIDER[key])
        else:
            self.digit.emit(key - Qt.Key.Key_0)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Space let go ends the stroke."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._last = None
        else:
            super().keyReleaseEvent(event)

    def _step(self, down: int, across: int, *, inking: bool) -> None:
        """Move the cursor by one pixel, with the ink where it is held."""
        held = self._last is not None
        if inking and not held:
            self._press(self.cursor_at)
        row, column = self.cursor_at
        self.cursor_at = (
            float(np.clip(row + down, 0.5, self.form[0] - 0.5)),
            float(np.clip(column + across, 0.5, self.form[1] - 0.5)),
        )
        if self._last is not None:
            self._draw(self.cursor_at)
        if not held:
            self._last = None
        self._speak()
        self.update()

    # -- the picture --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look, place = theme(), self.place()
        image = pixels.image_of(ink.averaged(self.ink, *self.form)[:, :, None], self.inked)
        with smooth(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(place, image)
            box(painter, place.adjusted(-1, -1, 1, 1), 0, None, look.palette.colour("line"))
            where = self._pointer
            if self.ring:
                scale = place.width() / self.form[1]
                where = place.topLeft() + QPointF(self.cursor_at[1] * scale, self.cursor_at[0] * scale)
                focus_ring(painter, self.rect(), look.px(4))
            if where is not None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(look.palette.colour("accent"), look.px(1.4)))
                radius = self.thickness * max(place.width(), place.height()) / 2
                painter.drawEllipse(where, radius, radius)
