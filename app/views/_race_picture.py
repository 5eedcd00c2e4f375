"""Pictures of a race: the surface with the tracks on it, and the losses against the steps."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import theme
from app.views._base import explain
from app.views._contours import Scale, halo, relief, scale_bar, scale_of
from app.views._frame import Frame, inside, steps
from app.views._points import draw_point
from app.widgets.base import ARROWS, Control, Themed, focus_ring, smooth
from engine.race import Race, Track

DASHES: Final[tuple[tuple[float, ...], ...]] = ((), (5, 2.5), (1.2, 2), (7, 2, 1.2, 2), (3, 1.5), (1.2, 1.2, 4, 2))
"""Strokes of the racers' lines: colour is never the only sign."""
LEAST: Final = 1e-12
"""Losses below count as this: a line of powers of ten has no place for nothing."""
DIVERGING: Final = 2
"""Powers of ten above the start that are shown of who goes up."""
NUDGE: Final = 1 / 40
WAITING: Final = "The optimisers are on their way …"


def colour_of(k: int) -> str:
    """The colour of racer k."""
    return theme().palette.class_colour(k)


def pen_of(k: int, width: float) -> QPen:
    """The line of racer k."""
    pen = QPen(QColor(colour_of(k)), width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    dash = DASHES[k % len(DASHES)]
    if dash:
        pen.setDashPattern(list(dash))
    return pen


class Swatch(Themed):
    """The line and the mark of a racer."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self._k = k
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(34), theme().px(18))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with smooth(self) as painter:
            middle = self.height() / 2
            painter.setPen(pen_of(self._k, theme().px(2)))
            painter.drawLine(QPointF(0, middle), QPointF(self.width(), middle))
            draw_point(painter, self._k, True, colour_of(self._k), QPointF(self.width() / 2, middle), theme().px(10))


class Course(Control):
    """The surface and the tracks up to a step; the start can be dragged, or moved by the arrows.

    `started` gives another start: (x, y), and whether the hand let go.
    """

    started = Signal(float, float, bool)
    keys = ARROWS

    def __init__(self) -> None:
        super().__init__()
        self.race: Race | None = None
        self.step, self.log, self.movable = 0, True, True
        self.names = ("x", "y")
        self.said = WAITING
        self._scale = Scale(0, 1, log=False)
        self._ground: tuple[object, QImage] | None = None
        self._dragging = False
        self.setAccessibleName("the surface with the tracks of the optimisers")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(420), theme().px(360))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(180), theme().px(140))

    def restyle(self) -> None:
        self._ground = None

    def show_race(self, race: Race | None, said: str = WAITING) -> None:
        """Show another race, or say why there is none."""
        self.race, self.said = race, said
        self.update()

    def show_step(self, step: int) -> None:
        """Show the tracks up to a step."""
        self.step = step
        self.update()

    def show_log(self, log: bool) -> None:
        """Show powers of ten at equal distances, or not."""
        self.log, self._ground = log, None
        self.update()

    def frame_of(self, race: Race) -> Frame:
        """Where the surface stands."""
        d = race.domain
        return Frame(inside(QRectF(self.rect()), square=False), d.left, d.right, d.bottom, d.top)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with smooth(self) as painter:
            if self.race is None:
                explain(painter, self.rect(), self.said)
            else:
                self._paint(painter, self.race)
            if self.ring:
                focus_ring(painter, self.rect(), theme().px(6))

    def _paint(self, painter: QPainter, race: Race) -> None:
        look, frame = theme(), self.frame_of(race)
        if frame.rect.width() < 8 or frame.rect.height() < 8:
            return
        frame.axes(painter, steps(frame.left, frame.right), steps(frame.bottom, frame.top), *self.names)
        key = (id(race.heights), frame.rect.width(), frame.rect.height())
        if self._ground is None or self._ground[0] != key:
            self._scale = scale_of(race.heights, self.log)
            self._ground = (key, relief(race.heights, self._scale, frame.rect, self.devicePixelRatioF()))
        painter.drawImage(frame.rect.topLeft(), self._ground[1])
        scale_bar(painter, self._scale, QPointF(frame.rect.left(), frame.rect.bottom() + look.px(16)))
        painter.setClipRect(frame.rect)
        painter.setPen(QPen(look.palette.colour("text"), look.px(1.5)))
        for minimum in race.minima:
            at, arm = frame.place(*minimum), look.px(5)
            painter.drawLine(at - QPointF(arm, 0), at + QPointF(arm, 0))
            painter.drawLine(at - QPointF(0, arm), at + QPointF(0, arm))
        ground, _ = halo(look.px(1))
        painter.setPen(ground)
        for track in race.tracks:
            frame.line(painter, track.places[: self.step + 1])
        for k, track in enumerate(race.tracks):
            painter.setPen(pen_of(k, look.px(2)))
            frame.line(painter, track.places[: self.step + 1])
        if race.tracks:
            painter.setPen(QPen(look.palette.colour("text"), look.px(1.5)))
            painter.setBrush(look.palette.colour("panel"))
            painter.drawEllipse(frame.place(*race.tracks[0].places[0].tolist()), look.px(5), look.px(5))
        for k, track in enumerate(race.tracks):
            at = frame.place(*track.places[min(self.step, len(track.places) - 1)].tolist())
            draw_point(painter, k, not track.out or self.step < len(track.places), colour_of(k), at, look.px(11))
        painter.setClipping(False)

    # -- the start ----------------------------------------------------------------------------------------------

    def _start(self, at: QPointF, dropped: bool) -> None:
        assert self.race is not None
        d, r = self.race.domain, self.frame_of(self.race).rect
        x = d.left + min(max((at.x() - r.left()) / r.width(), 0), 1) * (d.right - d.left)
        y = d.top - min(max((at.y() - r.top()) / r.height(), 0), 1) * (d.top - d.bottom)
        self.started.emit(x, y, dropped)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take the start here."""
        usable = self.race is not None and self.movable and event.button() == Qt.MouseButton.LeftButton
        if usable and self.race is not None and self.frame_of(self.race).rect.contains(event.position()):
            self._dragging = True
            self._start(event.position(), dropped=False)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The start follows the hand."""
        if self._dragging and self.race is not None:
            self._start(event.position(), dropped=False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go of the start."""
        if self._dragging and self.race is not None:
            self._start(event.position(), dropped=True)
        self._dragging = False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows move the start."""
        self.show_ring()
        race, key = self.race, Qt.Key(event.key())
        if race is None or not self.movable or key not in ARROWS or not race.tracks:
            super().keyPressEvent(event)
            return
        d, (x, y) = race.domain, race.tracks[0].places[0].tolist()
        x += ((key == Qt.Key.Key_Right) - (key == Qt.Key.Key_Left)) * NUDGE * (d.right - d.left)
        y += ((key == Qt.Key.Key_Up) - (key == Qt.Key.Key_Down)) * NUDGE * (d.top - d.bottom)
        self.started.emit(min(max(x, d.left), d.right), min(max(y, d.bottom), d.top), True)


class Losses(Themed):
    """The losses above the lowest known one against the steps, by powers of ten; a press goes to a step."""

    gone = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.race: Race | None = None
        self.step, self.length, self.base = 0, 1, 0.0
        self.setAccessibleName("losses against the steps")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(340), theme().px(170))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(160), theme().px(110))

    def show_race(self, race: Race | None, length: int, base: float) -> None:
        """Show another race of so many steps, its losses as far as they are above `base`."""
        self.race, self.length, self.base = race, length, base
        self.update()

    def show_step(self, step: int) -> None:
        """Mark another step."""
        self.step = step
        self.update()

    def _height(self, track: Track) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.log10(np.maximum(track.losses - self.base, LEAST))

    def _frame(self, race: Race) -> Frame:
        heights = np.concatenate([self._height(t) for t in race.tracks])
        low, high = math.floor(heights.min()), math.ceil(min(heights.max(), heights[0] + DIVERGING))
        rect = inside(QRectF(self.rect()), square=False).adjusted(theme().px(6), 0, -theme().px(10), 0)
        return Frame(rect, 0, max(self.length, 1), low, max(high, low + 1))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        race = self.race
        if race is None or not race.tracks:
            return
        look = theme()
        with smooth(self) as painter:
            frame = self._frame(race)
            powers = [k for k in steps(frame.bottom, frame.top, 4) if float(k).is_integer()]
            name = "loss above the lowest" if self.base else "loss"
            frame.axes(painter, steps(0, frame.right, 4), powers, "step", name, powers=True)
            painter.setClipRect(frame.rect.adjusted(-2, -2, 2, 2))
            for k, track in enumerate(race.tracks):
                painter.setPen(pen_of(k, look.px(1.5)))
                every = max(1, len(track.losses) // 600)
                at = np.arange(0, len(track.losses), every)
                frame.line(painter, np.stack([at, self._height(track)[at]], axis=1))
            painter.setPen(QPen(look.palette.colour("text"), 1))
            x = frame.place(self.step, frame.bottom).x()
            painter.drawLine(QPointF(x, frame.rect.top()), QPointF(x, frame.rect.bottom()))
            painter.setClipping(False)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Go to the step under the pointer."""
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """And along with it."""
        self._go(event)

    def _go(self, event: QMouseEvent) -> None:
        if self.race is not None and self.race.tracks and event.buttons() & Qt.MouseButton.LeftButton:
            rect = self._frame(self.race).rect
            share = (event.position().x() - rect.left()) / max(rect.width(), 1)
            self.gone.emit(round(min(max(share, 0), 1) * self.length))
