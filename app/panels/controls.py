"""Controls of the transport: round buttons with an icon, and read-outs whose width never changes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app import icons
from app.theme import theme

_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class RoundButton(QAbstractButton):
    """An icon on a disc; `primary` fills it with the accent. The focus ring shows when the keyboard brought it."""

    def __init__(self, name: str, icon: str, diameter: int, primary: bool = False, flat: bool = False) -> None:
        super().__init__()
        self.icon_name = icon
        self._diameter, self._primary, self._flat = diameter, primary, flat
        self._ring = False
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.updateGeometry)

    def show_icon(self, icon: str) -> None:
        """Show another icon."""
        if icon != self.icon_name:
            self.icon_name = icon
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The disc and room for its focus ring."""
        side = theme().px(self._diameter) + 6
        return QSize(side, side)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Show the ring when Tab or a shortcut brought the focus."""
        self._ring = event.reason() in _BY_KEY
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint disc, icon and ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        disc = QRectF(self.rect()).adjusted(3, 3, -3, -3)
        palette = theme().palette
        painter.setPen(Qt.PenStyle.NoPen)
        fill = self._fill()
        if fill is not None:
            painter.setBrush(fill)
            painter.drawEllipse(disc)
        if self._ring and self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(palette.colour("accent"), 2))
            painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        colour = palette.on_accent if self._primary else palette.text if self.isEnabled() else palette.faint
        side = round(disc.width() * (0.62 if self._flat else 0.54))
        where = QRectF(0, 0, side, side)
        where.moveCenter(disc.center())
        icons.paint(painter, self.icon_name, where, colour)
        painter.end()

    def _fill(self) -> QColor | None:
        palette = theme().palette
        colour = palette.colour("accent" if self._primary else "field")
        if self.isDown():
            return colour.darker(112)
        if self.underMouse() and self.isEnabled():
            return colour.lighter(108) if theme().dark or self._primary else colour.darker(104)
        return None if self._flat else colour


class Readout(QWidget):
    """A small caption over a number with figures of equal width; `widest` decides its width once and for all."""

    def __init__(self, caption: str, widest: str) -> None:
        super().__init__()
        self._caption, self._widest, self.text = caption, widest, "0"
        self.setAccessibleName(caption)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.updateGeometry)

    def show_text(self, text: str) -> None:
        """Show another number; nothing moves."""
        if text != self.text:
            self.text = text
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wide enough for the widest number."""
        small, large = QFontMetrics(theme().font("small")), QFontMetrics(theme().font("large", 600))
        width = max(small.horizontalAdvance(self._caption), large.horizontalAdvance(self._widest))
        return QSize(width + 2, small.height() + large.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint caption and number."""
        painter = QPainter(self)
        palette = theme().palette
        painter.setFont(theme().font("small"))
        painter.setPen(palette.colour("muted"))
        rise = painter.fontMetrics().height()
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self._caption)
        painter.setFont(theme().font("large", 600))
        painter.setPen(palette.colour("text"))
        painter.drawText(self.rect().adjusted(0, rise, 0, 0), Qt.AlignmentFlag.AlignLeft, self.text)
        painter.end()
