"""The view of ROC curves and of calibration, side by side or one above the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen

from app.context import Context
from app.theme import theme
from app.views._base import explain
from app.views._frame import Frame, inside, steps
from app.views._lens import Zoomed
from app.views._parts import PartView, amount
from app.views._points import draw_point, point_colour
from app.views._rows import RIGHT
from app.widgets.base import focus_ring, smooth
from engine.experiment import classifies
from engine.machines.base import Snapshot
from engine.producers.roc import Roc, Threshold

WAITING: Final = "The curves appear as soon as the network has been built."
VALUES: Final = "A value to predict has no classes to tell apart; choose data with classes."
UNIT: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
DASHES: Final = ((), (6.0, 3.0), (2.0, 2.0), (8.0, 3.0, 2.0, 3.0))
"""Dashes of the classes, in turn: colour is not the only sign."""


class Charts(Zoomed):
    """Two unit squares: true against false positives, and right answers against confidence."""

    def __init__(self) -> None:
        super().__init__(charts=2)
        self.record: Roc | None = None
        self.empty = WAITING
        self.setAccessibleName("ROC curves and calibration")

    def show_record(self, record: Roc | None, empty: str) -> None:
        """Show other curves, or why there are none."""
        self.record, self.empty = record, empty
        if record is not None:
            areas = ", ".join(f"class {c.name}: area {_score(c.auc)}" for c in record.curves)
            self.setAccessibleDescription(f"{areas}; calibration error {_score(record.error)}")
        else:
            self.setAccessibleDescription(empty)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with smooth(self) as painter:
            if self.record is None or not self.record.samples:
                explain(painter, self.rect(), self.empty)
            else:
                first, second = self._places()
                self._thresholds(painter, first, self.record)
                self._calibration(painter, second, self.record)
            if self.ring:
                focus_ring(painter, self.rect(), theme().px(6))

    def _places(self) -> tuple[QRectF, QRectF]:
        """Beside or above each other, whichever makes the squares larger."""
        wide, tall = float(self.width()), float(self.height())
        if min(wide / 2, tall) >= min(wide, tall / 2):
            return QRectF(0, 0, wide / 2, tall), QRectF(wide / 2, 0, wide / 2, tall)
        return QRectF(0, 0, wide, tall / 2), QRectF(0, tall / 2, wide, tall / 2)

    def _frame(self, chart: int, rect: QRectF) -> Frame:
        """The part of a unit square that is looked at."""
        return self.lenses[chart].of(Frame(inside(rect), 0, 1, 0, 1))

    def _thresholds(self, painter: QPainter, rect: QRectF, record: Roc) -> None:
        look = theme()
        frame = self._frame(0, rect)
        frame.axes(painter, *_ticks(frame), "false positive rate", "true positive rate")
        painter.setClipRect(frame.rect.adjusted(-2, -2, 2, 2))
        _diagonal(painter, frame)
        for curve in record.curves:
            if not len(curve.curve):
                continue
            pen = QPen(_ink(curve), look.px(2))
            dash = DASHES[(curve.kind // 2) % len(DASHES)] if len(record.curves) > 1 else ()
            if dash:
                pen.setDashPattern(list(dash))
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            frame.line(painter, curve.curve)
            self._mark(painter, frame, curve)
        painter.setClipping(False)
        self._legend(painter, frame, record)

    @staticmethod
    def _mark(painter: QPainter, frame: Frame, curve: Threshold) -> None:
        """The shape of the class where the curve is farthest from chance."""
        x, y = curve.curve[int((curve.curve[:, 1] - curve.curve[:, 0]).argmax())].tolist()
        colour = theme().palette.class_colour(curve.kind)
        draw_point(painter, curve.kind, True, colour, frame.place(x, y), theme().px(9))

    @staticmethod
    def _legend(painter: QPainter, frame: Frame, record: Roc) -> None:
        """The area under each curve, in the corner that good curves leave free."""
        look, row = theme(), theme().px(16)
        painter.setFont(look.font("small", 500))
        shown = record.curves[: max(int(frame.rect.height() * 0.7 / row), 1)]
        lines = [f"class {c.name}  AUC {_score(c.auc)}" for c in shown]
        wide = max((painter.fontMetrics().horizontalAdvance(t) for t in lines), default=0)
        top = frame.rect.bottom() - look.px(6) - row * len(lines)
        ground = look.palette.colour("panel")
        ground.setAlpha(215)
        right = frame.rect.right() - look.px(6)
        painter.fillRect(QRectF(right - wide - look.px(18), top, wide + look.px(20), row * len(lines)), ground)
        for k, (curve, text) in enumerate(zip(shown, lines, strict=True)):
            where = QRectF(frame.rect.left(), top + k * row, right - frame.rect.left(), row)
            painter.setPen(look.palette.colour("text"))
            painter.drawText(where, RIGHT, text)
            at = QPointF(right - wide - look.px(9), where.center().y())
            draw_point(painter, curve.kind, True, look.palette.class_colour(curve.kind), at, look.px(8))

    def _calibration(self, painter: QPainter, rect: QRectF, record: Roc) -> None:
        look = theme()
        frame = self._frame(1, rect)
        frame.axes(painter, *_ticks(frame), "confidence", "share of right answers")
        painter.setClipRect(frame.rect.adjusted(-look.px(8), -look.px(8), look.px(8), look.px(8)))
        _diagonal(painter, frame)
        most = max(int(record.amount.max(initial=1)), 1)
        painter.setPen(QPen(look.palette.colour("accent"), look.px(1.5)))
        pairs = np.stack([record.confidence, record.right], axis=1)
        frame.line(painter, pairs)
        for (x, y), n in zip(frame.places(pairs).tolist(), record.amount.tolist(), strict=True):
            size = look.px(3) + look.px(5) * (n / most) ** 0.5
            painter.setPen(QPen(look.palette.colour("panel"), 1.2))
            painter.setBrush(look.palette.colour("accent"))
            painter.drawEllipse(QPointF(x, y), size, size)
        painter.setClipping(False)
        painter.setFont(look.font("small", 500))
        painter.setPen(look.palette.colour("text"))
        foot = frame.rect.adjusted(0, 0, -look.px(6), -look.px(6))
        text, metrics = f"ECE {_score(record.error)}", painter.fontMetrics()
        wide = min(metrics.horizontalAdvance(text), round(foot.width()))
        foot = QRectF(foot.right() - wide, foot.bottom() - look.px(16), wide, look.px(16))
        ground = look.palette.colour("panel")
        ground.setAlpha(215)
        painter.fillRect(foot, ground)
        painter.drawText(foot, RIGHT, metrics.elidedText(text, Qt.TextElideMode.ElideRight, wide))


def _ticks(frame: Frame) -> tuple[Sequence[float], Sequence[float]]:
    """Quarters, and finer steps where a chart is enlarged."""
    if frame.right - frame.left >= 1:
        return UNIT, UNIT
    return steps(frame.left, frame.right), steps(frame.bottom, frame.top)


def _diagonal(painter: QPainter, frame: Frame) -> None:
    painter.setPen(QPen(theme().palette.colour("muted"), 1, Qt.PenStyle.DashLine))
    painter.drawLine(frame.place(0, 0), frame.place(1, 1))


def _ink(curve: Threshold) -> QColor:
    return QColor(point_colour(theme().palette.class_colour(curve.kind)))


def _score(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"


class RocView(PartView):
    """The curves of one part of the samples."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "ROC", record)
        self.charts = Charts()
        self.body.addWidget(self.charts, 1)

    def fit(self) -> None:
        """Show both charts whole."""
        self.charts.fit()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        if isinstance(record, Roc) and record.part == self.part:
            self.charts.show_record(record, self.empty)
            self.summary.setText(amount(record.samples, record.total))
        elif not classifies(snapshot.experiment):
            self.charts.show_record(None, VALUES)
            self.summary.setText("")
