"""A formula on screen: typeset by ourselves, so that it can follow a running step; its marked parts can be clicked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGlyphRun,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from app.style import mix
from app.theme import theme
from app.widgets._lines import Setting, Spot, narrowest, set_in
from app.widgets._maths_font import UNITS, maths_font
from app.widgets.base import ENTER, Control, box, focus_ring, smooth
from engine.formulas import Formula, Mark, latex, text

SIZE: Final = 17
"""Pixels of the letters at 100 %: beside Inter at 13 their small letters look as large."""
MARGIN: Final = 4

Tint = Callable[[Mark], str]


def _plain(_mark: Mark) -> str:
    return "text"


class FormulaView(Control):
    """Shows a formula, in as many lines as its width needs; `clicked` says which marked part was chosen.

    `tint` names the colour of the palette for a mark. Marks are clickable unless `clickable` is False.
    """

    clicked = Signal(object)

    def __init__(
        self, formula: Formula, tint: Tint = _plain, clickable: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._formula, self._tint, self._clickable = formula, tint, clickable
        self._hovered, self._current, self._pressed = -1, 0, -1
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)
        self.show_formula(formula)

    @property
    def formula(self) -> Formula:
        """What is shown."""
        return self._formula

    def show_formula(self, formula: Formula) -> None:
        """Show another formula; the place in the window is asked for anew only when its size changes."""
        before = self.sizeHint(), self.heightForWidth(self.width())
        self._formula = formula
        spots = len(self.spots)
        self._hovered, self._current = min(self._hovered, spots - 1), max(0, min(self._current, spots - 1))
        self.keys = frozenset((Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Space)) | ENTER if spots else frozenset()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if spots else Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(text(formula))
        if before != (self.sizeHint(), self.heightForWidth(self.width())):
            self.updateGeometry()
        self.update()

    # -- size ----------------------------------------------------------------------------------------------------

    @property
    def scale(self) -> float:
        """Pixels for a unit of the typesetter."""
        return theme().percent / 100 * SIZE / UNITS

    def setting(self, width: int | None = None) -> Setting:
        """The formula set for a width of the widget, its own if none is given."""
        room = (self.width() if width is None else width) - 2 * theme().px(MARGIN)
        return set_in(self._formula, max(0.0, room / self.scale))

    @property
    def spots(self) -> tuple[Spot, ...]:
        """The places that can be clicked, in units of the typesetter."""
        return self.setting().spots if self._clickable else ()

    def spot_rect(self, spot: Spot) -> QRectF:
        """A place in the widget's own pixels."""
        origin, s = self._origin(), self.scale
        return QRectF(origin.x() + spot.x * s, origin.y() + spot.y * s, spot.width * s, spot.height * s)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size of the formula with nothing broken that may stand on one line."""
        return self._size(set_in(self._formula, math.inf))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size below which something would be cut off."""
        width = self._pixels(narrowest(self._formula))
        return QSize(width, min(self.heightForWidth(width), self.sizeHint().height()))

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """A narrow formula has more lines."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """The height of all lines."""
        return self._size(self.setting(width)).height()

    def _size(self, setting: Setting) -> QSize:
        return QSize(self._pixels(setting.width), self._pixels(setting.height))

    def _pixels(self, units: float) -> int:
        return int(units * self.scale + 1) + 2 * theme().px(MARGIN)

    def _origin(self) -> QPointF:
        """Where the formula begins: on the left, in the middle of the height; its first baseline on a pixel."""
        setting, s, margin = self.setting(), self.scale, theme().px(MARGIN)
        top = max(float(margin), (self.height() - setting.height * s) / 2)
        return QPointF(margin, round(top + setting.baseline * s) - setting.baseline * s)

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the formula, and behind it what the pointer or the keyboard is on."""
        with smooth(self) as painter:
            spots = self.spots
            for spot in spots:
                chosen = self.ring and spot.part is spots[self._current].part
                if chosen or (self._hovered >= 0 and spot.part is spots[self._hovered].part):
                    self._paint_spot(painter, self.spot_rect(spot), chosen)
            origin = self._origin()
            painter.translate(origin)
            paint(painter, self.setting(), self.scale, self._colour)

    def _paint_spot(self, painter: QPainter, rect: QRectF, ring: bool) -> None:
        reach = theme().px(3)
        around = rect.adjusted(-reach, -reach, reach, reach)
        box(painter, around, theme().px(4), mix(theme().palette.panel, theme().palette.accent, 0.14))
        if ring:
            focus_ring(painter, around, theme().px(4))

    def _colour(self, marks: tuple[Mark, ...]) -> QColor:
        return theme().palette.colour(self._tint(marks[-1]) if marks else "text")

    # -- hands ---------------------------------------------------------------------------------------------------

    def spot_at(self, place: QPointF) -> int:
        """The innermost marked part at a place, or -1."""
        hit = [k for k, s in enumerate(self.spots) if self.spot_rect(s).adjusted(-2, -2, 2, 2).contains(place)]
        return hit[-1] if hit else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show what can be clicked."""
        self._hover(self.spot_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """The pointer is gone."""
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, spot: int) -> None:
        if spot != self._hovered:
            self._hovered = spot
            self.setCursor(Qt.CursorShape.ArrowCursor if spot < 0 else Qt.CursorShape.PointingHandCursor)
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold of a marked part."""
        self._pressed = self.spot_at(event.position()) if event.button() == Qt.MouseButton.LeftButton else -1
        event.setAccepted(self._pressed >= 0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose the marked part that was pressed, if the pointer is still there."""
        spot, self._pressed = self._pressed, -1
        if spot >= 0 and spot == self.spot_at(event.position()):
            self._current = spot
            self.clicked.emit(self.spots[spot].mark)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Go from part to part, choose one, copy."""
        spots = self.spots
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_text()
        elif spots and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = 1 if event.key() == Qt.Key.Key_Right else -1
            self._current = max(0, min(len(spots) - 1, self._current + step))
            self.show_ring()
            self.update()
        elif spots and event.key() in self.keys:
            self.clicked.emit(spots[self._current].mark)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep the keys of copying while the focus is here."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Copy)
        ):
            event.accept()
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Other lines, other places under the pointer."""
        self._hovered = -1
        super().resizeEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Offer to copy."""
        menu = QMenu(self)
        menu.addAction("Copy as text").triggered.connect(self.copy_text)
        menu.addAction("Copy as LaTeX").triggered.connect(self.copy_latex)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    def copy_text(self) -> None:
        """Put the formula on the clipboard as a line of text."""
        QGuiApplication.clipboard().setText(text(self._formula))

    def copy_latex(self) -> None:
        """Put the formula on the clipboard as LaTeX."""
        QGuiApplication.clipboard().setText(latex(self._formula))


def paint(painter: QPainter, setting: Setting, scale: float, colour: Callable[[tuple[Mark, ...]], QColor]) -> None:
    """Paint a set formula from its top left corner: glyphs of one size and colour at once."""
    font = maths_font()
    runs: dict[tuple[float, tuple[Mark, ...]], tuple[list[int], list[QPointF]]] = {}
    for leaf in setting.leaves:
        glyph, place = leaf.box.glyph, QPointF(leaf.x * scale, leaf.y * scale)
        if glyph is None:
            up = leaf.box.ascent * scale
            painter.fillRect(QRectF(place.x(), place.y() - up, leaf.box.width * scale, up), colour(leaf.marks))
        elif glyph.stretch != 1.0:
            path = font.sized(glyph.scale * scale * UNITS).pathForGlyph(glyph.code)
            painter.save()
            painter.translate(place)
            painter.scale(1.0, glyph.stretch)
            painter.fillPath(path, colour(leaf.marks))
            painter.restore()
        else:
            indices, places = runs.setdefault((glyph.scale, leaf.marks), ([], []))
            indices.append(glyph.code)
            places.append(place)
    for (size, marks), (indices, places) in runs.items():
        run = QGlyphRun()
        run.setRawFont(font.sized(size * scale * UNITS))
        run.setGlyphIndexes(indices)
        run.setPositions(places)
        painter.setPen(colour(marks))
        painter.drawGlyphRun(QPointF(), run)
