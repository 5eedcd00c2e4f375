"""The small edit that opens in place of a number."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.theme import theme


class InPlace(QLineEdit):
    """Opens over a part of its parent; Enter or leaving it takes the text, Escape gives it up.

    Over a number that its parent leaves out meanwhile it is `bare`; over other widgets it has a ground of its own.
    """

    typed = Signal(str)

    def __init__(self, parent: QWidget, *, bare: bool = True) -> None:
        super().__init__(parent)
        self.setProperty("bare", bare)
        self.hide()

    def open(self, text: str, where: QRect, name: str, first: str = "") -> None:
        """Open with a text, all of it selected; `first` is a key already pressed that replaces it."""
        self.setGeometry(where)
        self.setAccessibleName(name)
        self.setFont(theme().font(weight=500))
        self.setText(first or text)
        if not first:
            self.selectAll()
        self.show()
        self.raise_()  # what it opens over may have been made later
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave(self, take: bool) -> None:
        if self.isHidden():
            return
        text = self.text()
        had_focus = self.hasFocus()
        self.hide()
        parent = self.parentWidget()
        if had_focus and parent is not None:
            parent.setFocus(Qt.FocusReason.OtherFocusReason)
        if take:
            self.typed.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Take or give up."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._leave(take=True)
        elif event.key() == Qt.Key.Key_Escape:
            self._leave(take=False)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Leaving takes the text."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._leave(take=True)
