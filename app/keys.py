"""Single keys act only when the focused control does not use them: digits type, Space presses what shows the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

_MODIFIERS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_TYPING = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox)


def uses(widget: QWidget, key: int) -> bool:
    """Whether a control does something of its own with a key pressed without Ctrl, Alt or Meta."""
    if isinstance(widget, _TYPING):
        return not Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35
    if isinstance(widget, QAbstractButton):
        # Who has clicked one of ours and goes on with Space means Play: it is pressed where the focus shows.
        return key == Qt.Key.Key_Space and bool(getattr(widget, "ring", True))
    if isinstance(widget, QAbstractSlider | QTabBar):
        return key in _ARROWS
    if isinstance(widget, QComboBox | QAbstractItemView):
        return key in _ARROWS or key == Qt.Key.Key_Space or Qt.Key.Key_Exclam <= key <= Qt.Key.Key_AsciiTilde
    return False


class KeyGuard(QObject):
    """Watches the focused widget only, so that nothing else in the window pays for it."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._watched: QWidget | None = None
        app.focusChanged.connect(self._follow)
        self._follow(None, app.focusWidget())

    def _follow(self, _old: QWidget | None, now: QWidget | None) -> None:
        # A focused widget that is deleted hands the focus on when its wrapper is empty already.
        if self._watched is not None and isValid(self._watched):
            self._watched.removeEventFilter(self)
        self._watched = now
        if now is not None:
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Keep a key for the focused control where that uses it."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and isinstance(watched, QWidget)
            and not event.modifiers() & _MODIFIERS
            and uses(watched, event.key())
        ):
            event.accept()
            return True
        return False
