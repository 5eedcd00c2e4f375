"""The figure of a study: mean and spread of the errors against what was changed, or what the error is of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from app.numbers import exact, human
from app.style import mix
from app.theme import theme
from app.views._base import explain
from app.views._frame import Frame, inside, steps
from app.views._points import draw_point
from app.views._study_lines import PARTS, SIGNS, Line, What, lines_of
from app.widgets.base import ARROWS, Control, focus_ring, smooth
from engine.study import ROLES, Point, Study, pooled

READY: Final = "Press Start: a network is trained for each value and repetition."
FAILED: Final = "The study could not go on; change it, or start it again."
WAITING: Final = "The first network is on its way …"
APART: Final = 40
"""Pixels between the numbers below the axis, at 100 %."""
LEAST: Final = 1e-6
"""Numbers below count as this where powers of ten go up."""
REACH: Final = 1.6
"""How far above the highest mean its spread is shown, as a factor of that mean."""


class Figure(Control):
    """The lines of a study with their marks and spreads; `picked` gives the place of a point, -1 for none.

    The pointer shows a point, a click keeps it; arrows go along.
    """

    picked = Signal(int)
    keys = ARROWS

    def __init__(self) -> None:
        super().__init__()
        self.points: tuple[Point, ...] = ()
        self.study: Study = next(iter(Study.registry)).kind()
        self.what: What = "loss"
        self.log = False
        self.now: float | None = None
        self.said = READY
        self.kept, self.over = -1, -1
        self.setAccessibleName("errors against what was changed")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(420), theme().px(360))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(180), theme().px(140))

    def show_points(self, study: Study, points: tuple[Point, ...], now: float | None, said: str) -> None:
        """Show other points; `now` is the value the experiment has, `said` stands where there are none."""
        if study.key != self.study.key or len(points) <= max(self.kept, self.over):
            self.kept = self.over = -1
        self.study, self.points, self.now, self.said = study, points, now, said
        self.update()

    def show_what(self, what: What) -> None:
        """Show other numbers of the same points."""
        self.what = what
        self.update()

    def show_log(self, log: bool) -> None:
        """Show powers of ten at equal distances, or not."""
        self.log = log
        self.update()

    @property
    def shown(self) -> int:
        """The point whose numbers are shown, -1 for none."""
        return self.over if self.over >= 0 else self.kept

    # -- places -------------------------------------------------------------------------------------------------

    def across(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where values stand on the axis: by powers of ten where the study says so, 0 a little below the least."""
        if not self.study.log:
            return values
        positive = [p.value for p in self.points if p.value > 0] or [1.0]
        none = math.log10(min(positive)) - 0.5
        return np.where(values > 0, np.log10(np.maximum(values, 1e-300)), none)

    def up(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where numbers stand beside the axis."""
        return np.log10(np.maximum(values, LEAST)) if self.log else values

    def frame_of(self, lines: Sequence[Line]) -> Frame:
        """Where the figure stands, and the numbers at its edges."""
        x = self.across(np.array([p.value for p in self.points]))
        wide = max(float(np.ptp(x)), 1.0 if not self.study.log else 0.5)
        means = np.concatenate([line.mean for line in lines])
        ends = np.concatenate([line.mean + np.nan_to_num(line.deviation) for line in lines])
        highest = max(min(float(ends.max()), REACH * float(means.max())), 1e-9)
        bottom: float
        top: float
        if self.log:
            positive = means[means > LEAST]
            low = math.log10(float(positive.min())) if len(positive) else math.log10(LEAST)
            bottom, top = math.floor(low), math.ceil(math.log10(max(highest, LEAST)))
            top = max(top, bottom + 1)
        else:
            bottom, top = min(0.0, float(means.min())), highest * 1.05
        rect = inside(QRectF(self.rect()), square=False).adjusted(theme().px(10), 0, -theme().px(6), 0)
        return Frame(rect, float(x.min()) - wide * 0.05, float(x.max()) + wide * 0.05, bottom, top)

    # -- picture ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with smooth(self) as painter:
            lines = lines_of(self.points, self.what)
            if lines:
                self._paint(painter, lines)
            else:
                explain(painter, self.rect(), self.said if not self.points else self._nothing())
            if self.ring:
                focus_ring(painter, self.rect(), theme().px(6))

    def _nothing(self) -> str:
        if all(p.diverged == p.runs for p in self.points):
            return "All networks diverged; lower the learning rate."
        if self.study.pooled:
            return "Each fold is tested on samples of its own, so bias and variance can't be told apart."
        return "Bias and variance need two repetitions."

    def _paint(self, painter: QPainter, lines: list[Line]) -> None:
        frame = self.frame_of(lines)
        if frame.rect.width() < 8 or frame.rect.height() < 8:
            return
        self._axes(painter, frame)
        self._legend(painter, frame, lines)
        painter.setClipRect(frame.rect.adjusted(-4, -4, 4, 4))
        self._rulers(painter, frame)
        if self.study.pooled and self.what != PARTS:
            for line in lines:
                self._band(painter, frame, line)
        for line in lines:
            self._spreads(painter, frame, line)
        for line in lines:
            self._marks(painter, frame, line)
        painter.setClipping(False)

    def _axes(self, painter: QPainter, frame: Frame) -> None:
        places = self.across(np.array([p.value for p in self.points]))
        texts: list[str] = []
        last: float = -math.inf
        for place, point in zip(places.tolist(), self.points, strict=True):
            x = frame.place(place, frame.bottom).x()
            fits = x - last >= theme().px(APART)
            texts.append(exact(point.value) if fits else "")
            last = x if fits else last
        ticks = steps(frame.bottom, frame.top)
        if self.log:
            ticks = [t for t in ticks if float(t).is_integer()]
        name = {"loss": "loss", "error": "error (share of wrong answers)"}.get(self.what, "squared error")
        frame.axes(painter, places.tolist(), ticks, self.study.axis, name, powers=self.log, texts=texts)

    def _legend(self, painter: QPainter, frame: Frame, lines: list[Line]) -> None:
        look, right = theme(), frame.rect.right()
        painter.setFont(look.font("small", 500))
        middle = frame.rect.top() - look.px(10)
        for line in reversed(lines):
            sign = SIGNS[line.name]
            name = self._name(line)
            right -= painter.fontMetrics().horizontalAdvance(name)
            painter.setPen(look.palette.colour("text"))
            where = QRectF(right, middle - look.px(8), look.px(140), look.px(16))
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
            right -= look.px(30)
            painter.setPen(sign.pen(look.px(1.5)))
            painter.drawLine(QPointF(right, middle), QPointF(right + look.px(24), middle))
            draw_point(painter, sign.form, sign.filled, sign.ink, QPointF(right + look.px(12), middle), look.px(9))
            right -= look.px(14)

    def _name(self, line: Line) -> str:
        """Its name; a bias that holds the noise says so."""
        known = any(p.parts is not None and p.parts.noise is not None for p in self.points)
        return "bias² + noise" if line.name == "bias²" and not known else line.name

    def _rulers(self, painter: QPainter, frame: Frame) -> None:
        """A line through the point whose numbers are shown, and one where the experiment is."""
        look = theme()
        if 0 <= self.shown < len(self.points):
            at = self.across(np.array([self.points[self.shown].value]))[0]
            x = frame.place(float(at), frame.bottom).x()
            painter.setPen(QPen(look.palette.colour("faint"), look.px(1)))
            painter.drawLine(QPointF(x, frame.rect.top()), QPointF(x, frame.rect.bottom()))
        if self.now is None:
            return
        x = frame.place(float(self.across(np.array([self.now]))[0]), frame.bottom).x()
        if frame.rect.left() <= x <= frame.rect.right():
            painter.setFont(look.font("small"))
            painter.setPen(look.palette.colour("muted"))
            where = QRectF(x - look.px(30), frame.rect.top() + look.px(1), look.px(60), look.px(14))
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, "now")
            pen = QPen(look.palette.colour("faint"), look.px(1))
            pen.setDashPattern([1.5, 3])
            painter.setPen(pen)
            painter.drawLine(QPointF(x, where.bottom()), QPointF(x, frame.rect.bottom()))

    def _band(self, painter: QPainter, frame: Frame, line: Line) -> None:
        """Mean and deviation over all points."""
        found = next((s for key, s in pooled(self.points).items() if key == (line.name, self.what)), None)
        if found is None:
            return
        sign, off = SIGNS[line.name], found.deviation or 0.0
        low, high = (
            frame.place(frame.left, float(self.up(np.array([v]))[0])).y() for v in (found.mean - off, found.mean + off)
        )
        ground = QColor(sign.ink)
        ground.setAlphaF(0.12)
        painter.fillRect(QRectF(frame.rect.left(), high, frame.rect.width(), low - high), ground)
        painter.setPen(sign.pen(theme().px(1.5)))
        y = frame.place(frame.left, float(self.up(np.array([found.mean]))[0])).y()
        painter.drawLine(QPointF(frame.rect.left(), y), QPointF(frame.rect.right(), y))

    def _spreads(self, painter: QPainter, frame: Frame, line: Line) -> None:
        """The deviations as bars with ends, a little aside so that two lines do not cover each other."""
        look, sign = theme(), SIGNS[line.name]
        aside = look.px(2) * (1 if line.name == "test" else -1)
        painter.setPen(QPen(QColor(mix(sign.ink, theme().palette.panel, 0.35)), look.px(1.2)))
        lows, highs = self.up(line.mean - line.deviation), self.up(line.mean + line.deviation)
        for x, low, high in zip(self.across(line.x).tolist(), lows.tolist(), highs.tolist(), strict=True):
            if math.isfinite(low) and math.isfinite(high):
                top, end = frame.place(x, high) + QPointF(aside, 0), frame.place(x, low) + QPointF(aside, 0)
                cap = QPointF(look.px(3), 0)
                painter.drawLine(top, end)
                painter.drawLine(top - cap, top + cap)
                painter.drawLine(end - cap, end + cap)

    def _marks(self, painter: QPainter, frame: Frame, line: Line) -> None:
        look, sign = theme(), SIGNS[line.name]
        places = np.stack([self.across(line.x), self.up(line.mean)], axis=1)
        if not self.study.pooled:
            painter.setPen(sign.pen(look.px(1.6)))
            frame.line(painter, places)
        aside = QPointF(look.px(2) * (1 if line.name == "test" else -1), 0) if line.name in ROLES else QPointF()
        for x, y in frame.places(places).tolist():
            draw_point(painter, sign.form, sign.filled, sign.ink, QPointF(x, y) + aside, look.px(9))

    # -- hands --------------------------------------------------------------------------------------------------

    def _nearest(self, at: QPointF) -> int:
        lines = lines_of(self.points, self.what)
        if not lines:
            return -1
        frame = self.frame_of(lines)
        places = self.across(np.array([p.value for p in self.points]))
        away = [abs(frame.place(x, frame.bottom).x() - at.x()) for x in places.tolist()]
        return int(np.argmin(away)) if frame.rect.adjusted(-9, -9, 9, 40).contains(at) else -1

    def _show(self, over: int, kept: int) -> None:
        if (over, kept) != (self.over, self.kept):
            self.over, self.kept = over, kept
            self.picked.emit(self.shown)
            self.update()

    def keep(self, place: int) -> None:
        """Show the numbers of a point from now on."""
        self._show(-1, place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show the numbers of the point nearest to the pointer."""
        self._show(self._nearest(event.position()), self.kept)

    def leaveEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Those of the point that was kept again."""
        self._show(-1, self.kept)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the point."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._show(self.over, self._nearest(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows go to the neighbour."""
        self.show_ring()
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self.points:
            super().keyPressEvent(event)
        else:
            self.keep(min(max(self.shown + step, 0), len(self.points) - 1))

    def spoken(self) -> str:
        """What the figure shows, for those who listen."""
        said = []
        for line in lines_of(self.points, self.what):
            pairs = (f"{exact(x)}: {human(y)}" for x, y in zip(line.x.tolist(), line.mean.tolist(), strict=True))
            said.append(f"{self._name(line)} at {', '.join(pairs)}")
        return "; ".join(said)
