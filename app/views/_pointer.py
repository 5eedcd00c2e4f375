"""Pointer and keys over the surface: zoom, pan, draw, and a place moved by the arrows for those without a mouse."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from app.views import _readout
from app.views._surface import NEAR, SurfacePicture

ARROWS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
ZOOMS: Final = {Qt.Key.Key_Plus: 1.25, Qt.Key.Key_Equal: 1.25, Qt.Key.Key_Minus: 0.8}

NOTCH: Final = 120.0
"""The angle of one notch of a wheel, in eighths of a degree."""


class Pointer(QObject):
    """Turns events of a surface into zoom, pan and strokes."""

    def __init__(self, picture: SurfacePicture) -> None:
        super().__init__(picture)
        self._picture = picture
        self._drawing = picture.context.drawing
        self._pan: QPointF | None = None
        self._stroke = False
        picture.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Hear what happens over the surface."""
        handlers = {
            QEvent.Type.MouseButtonPress: self._press,
            QEvent.Type.MouseMove: self._move,
            QEvent.Type.MouseButtonRelease: self._release,
            QEvent.Type.MouseButtonDblClick: self._double,
            QEvent.Type.Wheel: self._wheel,
            QEvent.Type.KeyPress: self._key,
            QEvent.Type.ShortcutOverride: self._override,
            QEvent.Type.Leave: self._leave,
        }
        handler = handlers.get(event.type())
        return bool(handler(event)) if handler is not None else False  # type: ignore[operator] # each for its event

    # -- the mouse ----------------------------------------------------------------------------------------------

    def _press(self, event: QMouseEvent) -> bool:
        picture, at = self._picture, event.position()
        picture.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.RightButton:
            return False
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.button() == Qt.MouseButton.MiddleButton or shifted or not self._drawing.draws:
            self._pan = at
            picture.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif picture.view.rect.contains(at):
            self._begin(at)
        return True

    def _begin(self, at: QPointF) -> None:
        across, up = self._picture.view.reach(1.0)
        self._drawing.press(self._picture.view.to_plane(at), NEAR / max(min(across, up), 1e-6))
        self._stroke = self._drawing.stroke is not None

    def _move(self, event: QMouseEvent) -> bool:
        picture, at = self._picture, event.position()
        if self._pan is not None:
            picture.pan(at - self._pan)
            self._pan = at
        elif self._stroke:
            self._drawing.drag(picture.view.to_plane(at))
        picture.pointer = at
        self.dress()
        picture.update()
        return True

    def _release(self, event: QMouseEvent) -> bool:
        self._pan = None
        if self._stroke:
            self._stroke = False
            self._drawing.release()
        self.dress()
        self._picture.update()
        return event.button() != Qt.MouseButton.RightButton

    def _double(self, event: QMouseEvent) -> bool:
        if self._drawing.draws and event.button() == Qt.MouseButton.LeftButton:
            return self._press(event)
        self._picture.fit()
        return True

    def _wheel(self, event: QWheelEvent) -> bool:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False  # the size of the letters
        angle = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and self._drawing.has_reach:
            self._drawing.widen(1 if angle > 0 else -1)
        else:
            self._picture.zoom(event.position(), 1.25 ** (angle / NOTCH))
        self._picture.update()
        return True

    def _leave(self, event: QEvent) -> bool:
        self._picture.pointer = None
        self._picture.update()
        return False

    def dress(self) -> None:
        """The pointer's form: a hand where a drag moves the plane, nothing under a brush."""
        if self._pan is None:
            over = self._picture.pointer is not None and self._picture.view.rect.contains(self._picture.pointer)
            form = Qt.CursorShape.CrossCursor if self._drawing.draws and over else Qt.CursorShape.ArrowCursor
            self._picture.setCursor(form)

    # -- keys ---------------------------------------------------------------------------------------------------

    def _uses(self, event: QKeyEvent) -> bool:
        """Whether a key acts here; arrows only when the keyboard brought the focus, else they step the run."""
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        key = event.key()
        if key in ARROWS or key in ENTER:
            return self._picture.ring
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return self._drawing.selected is not None
        if key == Qt.Key.Key_Escape:
            return self._drawing.stroke is not None or self._drawing.selected is not None
        digits = Qt.Key.Key_1 <= key <= Qt.Key.Key_9
        return digits or key in ZOOMS or key in (Qt.Key.Key_F, Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight)

    def _override(self, event: QKeyEvent) -> bool:
        if self._uses(event):
            event.accept()
            return True
        return False

    def _key(self, event: QKeyEvent) -> bool:
        if not self._uses(event):
            return False
        picture, drawing, key = self._picture, self._drawing, Qt.Key(event.key())
        if key in ARROWS:
            self._step(*ARROWS[key], fine=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key in ENTER:
            self._click()
        elif key in ZOOMS:
            picture.zoom(picture.pointer or picture.view.rect.center(), ZOOMS[key])
        elif key == Qt.Key.Key_F:
            picture.fit()
        elif key == Qt.Key.Key_Escape:
            self._stroke = False
            drawing.cancel()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            drawing.delete_selected()
        elif key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            drawing.widen(1 if key == Qt.Key.Key_BracketRight else -1)
        else:
            drawing.choose_class(key - Qt.Key.Key_1)
        picture.update()
        return True

    def _step(self, across: int, up: int, fine: bool) -> None:
        picture = self._picture
        rect = picture.view.rect
        at = picture.pointer if picture.pointer and rect.contains(picture.pointer) else rect.center()
        size = min(rect.width(), rect.height()) / (120 if fine else 24)
        picture.pointer = QPointF(
            min(max(at.x() + across * size, rect.left() + 1), rect.right() - 1),
            min(max(at.y() + up * size, rect.top() + 1), rect.bottom() - 1),
        )
        content = picture.readout()
        if content:
            picture.setAccessibleDescription(_readout.spoken(content))

    def _click(self) -> None:
        picture = self._picture
        if picture.pointer is not None and self._drawing.draws:
            self._begin(picture.pointer)
            self._stroke = False
            self._drawing.release()
