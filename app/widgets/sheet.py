"""A sheet of formulas, each under its title: one widget that sets all and paints what can be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from app.style import mix
from app.theme import theme
from app.widgets._lines import Setting, Spot, set_in
from app.widgets._maths_font import UNITS
from app.widgets.base import ENTER, Control, box, focus_ring, smooth
from app.widgets.formula import SIZE, paint
from engine.formulas import NOTHING, Formula, Mark, latex, text

WRAP: Final = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft)
INDENT: Final = 8
"""Pixels at 100 % on both sides, where the ground of a marked entry begins."""
WIDTHS: Final = 4
"""Widths for which the places are kept."""


class Entry(NamedTuple):
    """A formula, what it is, and a word about it; what is `marked` stands on a ground of its own."""

    title: str
    hint: str
    formula: Formula = NOTHING
    marked: bool = False


class Placed(NamedTuple):
    """Where an entry stands, in pixels."""

    entry: Entry
    whole: QRect
    title: QRect
    hint: QRect
    setting: Setting | None
    origin: QPointF


class Place(NamedTuple):
    """A part of a formula that can be clicked, and where."""

    spot: Spot
    rect: QRectF


class Sheet(Control):
    """Shows entries one below the other; `clicked` says which marked part of a formula was chosen."""

    clicked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: tuple[Entry, ...] = ()
        self._layouts: dict[int, tuple[Placed, ...]] = {}
        self._hovered, self._current, self._pressed, self._entry = -1, 0, -1, -1
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        """Show other entries; the place in the window is asked for anew only when their height changes."""
        before = self.placed[-1].whole.bottom() if self.entries else -1
        self.entries, self._layouts = entries, {}
        spots = len(self.places)
        self._hovered, self._current = min(self._hovered, spots - 1), max(0, min(self._current, spots - 1))
        self._entry = min(self._entry, len(entries) - 1)
        self.keys = frozenset((Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Space)) | ENTER if spots else frozenset()
        read = text if QAccessible.isActive() else _unread
        self.setAccessibleName("\n".join(f"{e.title}. {e.hint}. {read(e.formula)}" for e in entries))
        if not entries or before != self.placed[-1].whole.bottom():
            self.updateGeometry()
        self.update()

    # -- where things stand -------------------------------------------------------------------------------------

    @property
    def scale(self) -> float:
        """Pixels for a unit of the typesetter."""
        return theme().percent / 100 * SIZE / UNITS

    @property
    def placed(self) -> tuple[Placed, ...]:
        """The entries in their places, for the width of the widget."""
        return self._for(self.width())

    def _for(self, width: int) -> tuple[Placed, ...]:
        # A layout asks for the height in several widths, again and again.
        if width not in self._layouts:
            if len(self._layouts) >= WIDTHS:
                self._layouts.clear()
            self._layouts[width] = self._arranged(width)
        return self._layouts[width]

    def _arranged(self, width: int) -> tuple[Placed, ...]:
        px, top, found = theme().px, 0, []
        bold, small = QFontMetrics(theme().font("normal", 600)), QFontMetrics(theme().font("small"))
        room = max(width - 2 * px(INDENT), px(40))
        for entry in self.entries:
            y, rects = top + px(INDENT), []
            for metrics, words in ((bold, entry.title), (small, entry.hint)):
                height = metrics.boundingRect(0, 0, room, 1 << 20, WRAP, words).height() if words else 0
                rects.append(QRect(px(INDENT), y, room, height))
                y += height + (px(2) if words else 0)
            setting = set_in(entry.formula, room / self.scale) if entry.formula is not NOTHING else None
            origin = QPointF(px(INDENT), y + px(4))
            if setting is not None:
                baseline = setting.baseline * self.scale
                origin.setY(round(origin.y() + baseline) - baseline)
                y += round(setting.height * self.scale) + px(6)
            whole = QRect(0, top, width, y + px(4) - top)
            found.append(Placed(entry, whole, rects[0], rects[1], setting, origin))
            top = whole.bottom() + 1 + px(2)
        return tuple(found)

    @property
    def places(self) -> tuple[Place, ...]:
        """All that can be clicked."""
        s = self.scale
        return tuple(
            Place(spot, QRectF(p.origin.x() + spot.x * s, p.origin.y() + spot.y * s, spot.width * s, spot.height * s))
            for p in self.placed
            if p.setting is not None
            for spot in p.setting.spots
        )

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as its entries are in the width there is."""
        return QSize(theme().px(200), self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A sheet is not shortened: who shows it scrolls."""
        return QSize(theme().px(80), self.heightForWidth(self.width()))

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """A narrow sheet has more lines."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """The height of all entries."""
        placed = self._for(width)
        return placed[-1].whole.bottom() + 1 if placed else 0

    def restyle(self) -> None:
        self._layouts = {}

    # -- painting -----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the entries that can be seen, and behind them what the pointer or the keyboard is on."""
        with smooth(self) as painter:
            seen = event.rect()
            for placed in self.placed:
                if placed.whole.intersects(seen) and placed.entry.marked:
                    ground = mix(theme().palette.panel, theme().palette.accent, 0.1)
                    box(painter, placed.whole, theme().px(6), ground)
            self._paint_chosen(painter)
            for placed in self.placed:
                if placed.whole.intersects(seen):
                    self._paint_entry(painter, placed)

    def _paint_entry(self, painter: QPainter, placed: Placed) -> None:
        look = theme()
        painter.setFont(look.font("normal", 600))
        painter.setPen(look.palette.colour("text"))
        painter.drawText(placed.title, WRAP, placed.entry.title)
        painter.setFont(look.font("small"))
        painter.setPen(look.palette.colour("muted"))
        painter.drawText(placed.hint, WRAP, placed.entry.hint)
        if placed.setting is not None:
            painter.save()
            painter.translate(placed.origin)
            paint(painter, placed.setting, self.scale, _ink)
            painter.restore()

    def _paint_chosen(self, painter: QPainter) -> None:
        places, reach = self.places, theme().px(3)
        for k, place in enumerate(places):
            ring = self.ring and self._same(places, k, self._current)
            if ring or self._same(places, k, self._hovered):
                around = place.rect.adjusted(-reach, -reach, reach, reach)
                box(painter, around, theme().px(4), mix(theme().palette.panel, theme().palette.accent, 0.2))
                if ring:
                    focus_ring(painter, around, theme().px(4))

    @staticmethod
    def _same(places: tuple[Place, ...], k: int, other: int) -> bool:
        """Whether two spots are of one part, which a line's end may break."""
        return 0 <= other < len(places) and places[k].spot.part is places[other].spot.part

    # -- hands --------------------------------------------------------------------------------------------------

    def spot_at(self, at: QPointF) -> int:
        """The innermost part at a place, or -1."""
        hit = [k for k, p in enumerate(self.places) if p.rect.adjusted(-2, -2, 2, 2).contains(at)]
        return hit[-1] if hit else -1

    def entry_at(self, at: QPointF) -> int:
        """The entry at a place, or -1."""
        return next((k for k, p in enumerate(self.placed) if p.whole.contains(at.toPoint())), -1)

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
        """Take hold of a part; what is copied is the entry."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._entry = self.spot_at(event.position()), self.entry_at(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose the part that was pressed, if the pointer is still there."""
        spot, self._pressed = self._pressed, -1
        if spot >= 0 and spot == self.spot_at(event.position()):
            self._current = spot
            self.clicked.emit(self.places[spot].spot.mark)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Go from part to part, choose one, copy."""
        places = self.places
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy(text)
        elif places and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = 1 if event.key() == Qt.Key.Key_Right else -1
            self._current = max(0, min(len(places) - 1, self._current + step))
            self._entry = self.entry_at(places[self._current].rect.center())
            self.show_ring()
            self.update()
        elif places and event.key() in self.keys:
            self.clicked.emit(places[self._current].spot.mark)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep the keys of copying while the focus is here."""
        asked = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if asked and event.matches(QKeySequence.StandardKey.Copy):  # type: ignore[attr-defined] # it is one of a key
            event.accept()
            return True
        return super().event(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Offer to copy the formula under the pointer."""
        self._entry = self.entry_at(QPointF(event.pos()))
        menu = QMenu(self)
        menu.addAction("Copy as text", lambda: self.copy(text))
        menu.addAction("Copy as LaTeX", lambda: self.copy(latex))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    def copy(self, write: Callable[[Formula], str]) -> None:
        """Put the formula of the entry that was chosen on the clipboard, or all where none was."""
        chosen = self.entries[self._entry : self._entry + 1] if self._entry >= 0 else self.entries
        found = [write(e.formula) for e in chosen if e.formula is not NOTHING]
        if found:
            QGuiApplication.clipboard().setText("\n".join(found))


def _unread(_formula: Formula) -> str:
    """What is said of a formula while nothing reads the window aloud: to write it out takes time."""
    return ""


def _ink(marks: tuple[Mark, ...]) -> QColor:
    return theme().palette.colour("accent" if marks else "text")
