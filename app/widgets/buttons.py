"""Buttons: with text, with an icon, for a class of points."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QKeyEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app import icons
from app.style import mix
from app.theme import Size, theme
from app.widgets.base import KEYBOARD, RETURNING, box, focus_ring, smooth, words

Kind = Literal["plain", "primary", "ghost", "link"]


class PlainButton(QAbstractButton):
    """What all buttons share: theme, hover, focus ring, Enter as well as Space."""

    def __init__(self, name: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(hint)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._over = self._ring = False
        theme().changed.connect(self._restyle)

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802 - Qt's name
        self._over = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._over = False
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        if event.reason() not in RETURNING:
            self._ring = event.reason() in KEYBOARD
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        self._ring = True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    @property
    def ring(self) -> bool:
        """Whether to show the focus ring."""
        return self._ring and self.hasFocus()

    def hitButton(self, pos: QPoint) -> bool:  # noqa: N802 - Qt's name
        return self.rect().contains(pos)


class Button(PlainButton):
    """A flat button with text, an icon, or both. Checkable ones are filled while they are on.

    `short` is what it says where the text does not fit.
    """

    def __init__(
        self,
        text: str,
        kind: Kind = "plain",
        icon: str = "",
        hint: str = "",
        size: Size = "normal",
        padding: int = 12,
        short: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, hint, parent)
        self.setText(text)
        self.kind, self.icon_name, self._size, self._room, self._short = kind, icon, size, padding, short
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _padding(self) -> int:
        return theme().px({"link": 0, "ghost": 8}.get(self.kind, self._room))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        width = 2 * self._padding()
        if self.text():
            self.setFont(words(self._size, 500))
            width += self.fontMetrics().horizontalAdvance(self.text()) + 2
        if self.icon_name:
            width += theme().px(16) + (theme().px(6) if self.text() else 0)
        return QSize(width, theme().px(24 if self.kind == "link" else 28))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(28), self.sizeHint().height())

    def _colours(self) -> tuple[QColor | None, QColor]:
        colours, strong = theme().palette, self.isChecked() or self.kind == "primary"
        if not self.isEnabled():
            return (colours.colour("field") if self.kind in ("plain", "primary") else None), colours.colour("faint")
        if strong:
            fill = mix(colours.accent, colours.text, 0.12) if self._over or self.isDown() else colours.colour("accent")
            return fill, colours.colour("on_accent")
        if self.kind == "link":
            return None, mix(colours.accent, colours.text, 0.25) if self._over else colours.colour("accent")
        share = 0.12 if self.isDown() else 0.06 if self._over else 0.0
        plain = None if self.kind == "ghost" and not share else mix(colours.field, colours.text, share)
        return plain, colours.colour("muted" if self.kind == "ghost" and not self._over else "text")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with smooth(self) as painter:
            fill, ink = self._colours()
            if fill is not None:
                box(painter, self.rect(), look.px(6), fill)
            painter.setFont(words(self._size, 500))
            metrics, gap, side = painter.fontMetrics(), look.px(6), look.px(16)
            icon_width = (side + (gap if self.text() else 0)) if self.icon_name else 0
            room = self.width() - 2 * self._padding() - icon_width
            # A text may lean a little into the space at its sides rather than be cut.
            room = max(room, 0) + min(look.px(4), self._padding())
            full = self._short if self._short and metrics.horizontalAdvance(self.text()) > room else self.text()
            text = metrics.elidedText(full, Qt.TextElideMode.ElideRight, room)
            left = (
                self._padding()
                if self.kind == "link"
                else (self.width() - icon_width - metrics.horizontalAdvance(text)) / 2
            )
            if self.icon_name:
                icons.paint(painter, self.icon_name, QRectF(left, (self.height() - side) / 2, side, side), ink)
            painter.setPen(ink)
            where = QRectF(left + icon_width, 0, self.width() - left - icon_width, self.height())
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
            if self.ring and self.kind == "link":
                painter.fillRect(QRectF(0, self.height() - 3, self.width(), 2), ink)
            elif self.ring:
                focus_ring(painter, self.rect(), look.px(6))


def log_switch(hint: str, *, on: bool = False) -> Button:
    """The switch of an axis or a scale that can go by powers of ten."""
    switch = Button("log", "ghost", hint=hint)
    switch.setCheckable(True)
    switch.setChecked(on)
    switch.setAccessibleName("log scale")
    switch.setSizePolicy(QSizePolicy.Policy.Minimum, switch.sizePolicy().verticalPolicy())
    return switch


class IconButton(PlainButton):
    """A button with only an icon; `round_` ones have a filled disc, `strong` ones in the accent colour."""

    def __init__(
        self,
        icon: str,
        name: str,
        hint: str = "",
        *,
        side: int = 28,
        glyph: int = 18,
        round_: bool = False,
        strong: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, hint or name, parent)
        self.icon_name, self._side, self._glyph = icon, side, glyph
        self._round, self.strong = round_, strong
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, icon: str, name: str, hint: str = "") -> None:
        """Change the icon together with its name."""
        self.icon_name = icon
        self.setAccessibleName(name)
        self.setToolTip(hint or name)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(self._side), theme().px(self._side))

    def _colours(self) -> tuple[QColor | None, QColor]:
        colours = theme().palette
        if not self.isEnabled():
            return (colours.colour("field") if self._round else None), colours.colour("faint")
        if self.strong or self.isChecked():
            return mix(colours.accent, colours.text, 0.12 if self._over else 0.0), colours.colour("on_accent")
        share = 0.14 if self.isDown() else 0.07 if self._over else 0.0
        fill = mix(colours.field, colours.text, share) if self._round or share else None
        return fill, colours.colour("text" if self._round or self._over else "muted")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with smooth(self) as painter:
            fill, ink = self._colours()
            radius = self.width() / 2 if self._round else theme().px(6)
            if fill is not None:
                box(painter, self.rect(), radius, fill)
            side = theme().px(self._glyph)
            middle = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
            icons.paint(painter, self.icon_name, middle, ink)
            if self.ring:
                focus_ring(painter, self.rect(), radius)


class ClassChip(PlainButton):
    """A round chip for a class of points: its colour and its number; the chosen one has a ring. 0 adds a class."""

    def __init__(self, number: int, name: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name, hint or name, parent)
        self.number = number
        self.setCheckable(number > 0)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(28), theme().px(28))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with smooth(self) as painter:
            disc = QRectF(self.rect()).adjusted(*(look.px(4) * s for s in (1, 1, -1, -1)))
            if self.number == 0:
                pen = QPen(look.palette.colour("text" if self._over else "faint"), look.px(1.4))
                pen.setDashPattern([2.2, 1.8])
                painter.setPen(pen)
                painter.drawEllipse(disc.adjusted(1, 1, -1, -1))
                side = look.px(12)
                at = QRectF(disc.center().x() - side / 2, disc.center().y() - side / 2, side, side)
                icons.paint(painter, "plus", at, "text" if self._over else "muted")
            else:
                colour = QColor(look.palette.class_colour(self.number - 1))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(mix(colour, "#000000", 0.08) if self._over else colour)
                painter.drawEllipse(disc)
                painter.setPen(QColor("#ffffff" if colour.lightnessF() < 0.55 else "#14171c"))
                painter.setFont(words("small", 600))
                painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(self.number))
                if self.isChecked():
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.setPen(QPen(look.palette.colour("text"), look.px(2)))
                    grow = look.px(2)
                    painter.drawEllipse(disc.adjusted(-grow, -grow, grow, grow))
            if self.ring:
                focus_ring(painter, self.rect(), self.width() / 2)
