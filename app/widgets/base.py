"""What all widgets of ours share: following the theme, the focus ring, rounded boxes."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.theme import Size, theme

ARROWS = frozenset((Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down))
PAGES = frozenset((Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End))
ENTER = frozenset((Qt.Key.Key_Return, Qt.Key.Key_Enter))

KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.OtherFocusReason,
)
"""How the focus comes to somebody who works with the keyboard."""

RETURNING = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
"""How it comes back from a list or another window, to where it was: that says nothing new."""


class Themed(QWidget):
    """A widget that follows the theme: `restyle` is called once at the start and after every change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ring = False
        theme().changed.connect(self._theme_changed)

    def _theme_changed(self) -> None:
        self.restyle()
        self.updateGeometry()
        self.update()

    def restyle(self) -> None:
        """Set fonts, sizes and colours from the theme."""

    @property
    def ring(self) -> bool:
        """Whether to show the focus ring: the focus came by the keyboard, or a key was pressed since."""
        return self._ring and self.hasFocus()

    def show_ring(self) -> None:
        """Show the focus ring from now on."""
        if not self._ring:
            self._ring = True
            self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Take the focus."""
        if event.reason() not in RETURNING:
            self._ring = event.reason() in KEYBOARD
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Lose the focus."""
        super().focusOutEvent(event)
        self.update()


class Dragged(Protocol):
    """What a hand can hold, and give up."""

    @property
    def busy(self) -> bool:
        """Whether a drag is going on."""

    def give_up(self) -> None:
        """End the drag as if it had not been."""


def gives_up(widget: Dragged, event: QEvent) -> bool:
    """Let Escape end a drag that is going on, before it means anything else; tell whether it did."""
    if not isinstance(event, QKeyEvent) or event.key() != Qt.Key.Key_Escape or not widget.busy:
        return False
    if event.type() == QEvent.Type.KeyPress:
        widget.give_up()
    event.accept()
    return True


class Control(Themed):
    """A widget with keys of its own: while it has the focus, the window's shortcuts leave them (and digits) to it.

    Space is left to it only where the focus shows: who has clicked it and goes on with Space means Play.
    """

    keys: frozenset[Qt.Key] = frozenset()
    takes_digits = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @property
    def busy(self) -> bool:
        """Whether a drag is going on, which Escape gives up."""
        return False

    def give_up(self) -> None:
        """End a drag as if it had not been."""

    def event(self, event: QEvent) -> bool:
        """Keep what is ours from becoming a shortcut."""
        if gives_up(self, event):
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier)
            ours = event.key() in self.keys and (self.ring or event.key() != Qt.Key.Key_Space)
            if plain and (ours or (self.takes_digits and event.text()[:1].isdigit())):
                event.accept()
                return True
        return super().event(event)


def discard(widget: QWidget) -> None:
    """Take a widget out of its layout for good.

    Hidden first: a layout shows what was added to it a moment later, by then a window of its own without a parent.
    The focus it holds goes to nobody: else Qt hands it to whatever comes next, and keys would land there.
    """
    focused = widget.window().focusWidget()
    if focused is not None and (focused is widget or widget.isAncestorOf(focused)):
        focused.clearFocus()
    widget.hide()
    widget.setParent(None)
    widget.deleteLater()


class Label(QLabel):
    """A text in one of the three sizes and a colour of the palette."""

    _look: tuple[Size, int, str] = ("normal", 400, "text")

    def __init__(
        self,
        text: str = "",
        size: Size = "normal",
        weight: int = 400,
        colour: str = "text",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._look = (size, weight, colour)
        theme().changed.connect(self._restyle)
        self._restyle()

    def wrapped(self) -> Label:
        """Break long text into lines."""
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        return self

    def dress(self, colour: str) -> None:
        """Change the colour."""
        self._look = (*self._look[:2], colour)
        self._restyle()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the size: a label that moves to another parent gets back the letters from before the theme changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.font() != theme().font(*self._look[:2]):
            self.setFont(theme().font(*self._look[:2]))

    def _restyle(self) -> None:
        size, weight, colour = self._look
        self.setFont(theme().font(size, weight))
        palette = self.palette()
        palette.setColor(self.foregroundRole(), theme().palette.colour(colour))
        self.setPalette(palette)


def words(size: Size = "normal", weight: int = 400) -> QFont:
    """The typeface for words: figures and hyphens of their natural width."""
    font = theme().font(size, weight)
    font.setFeature(QFont.Tag("tnum"), 0)
    return font


def smooth(widget: QWidget) -> QPainter:
    """A painter with smooth edges, to be used by `with`."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


def box(
    painter: QPainter,
    rect: QRectF | QRect,
    radius: float,
    fill: QColor | None = None,
    line: QColor | None = None,
    width: float = 1.0,
) -> None:
    """Paint a rounded box; its line lies inside the rectangle."""
    inner = QRectF(rect)
    if line is not None:
        inner = inner.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(line, width) if line is not None else Qt.PenStyle.NoPen)
    painter.drawRoundedRect(inner, radius, radius)


def focus_ring(painter: QPainter, rect: QRectF | QRect, radius: float) -> None:
    """Paint the focus ring just inside a rectangle."""
    box(painter, rect, radius, None, theme().palette.colour("accent"), 2.0)


def chevron(painter: QPainter, centre: QPointF, size: float, colour: QColor) -> None:
    """Paint the sign of a list that opens downwards."""
    path = QPainterPath(centre + QPointF(-size, -size / 2))
    path.lineTo(centre + QPointF(0, size / 2))
    path.lineTo(centre + QPointF(size, -size / 2))
    pen = QPen(colour, max(1.4, size / 3))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    painter.drawPath(path)
