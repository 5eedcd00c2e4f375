"""The view of the confusion matrix: cells, and beside each class its precision, recall and F1."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from app import painting
from app.context import Context
from app.numbers import human
from app.theme import theme
from app.views._base import Picture, explain, neighbour
from app.views._frame import Frame, inside, steps
from app.views._parts import PartView, amount
from app.views._points import draw_point
from app.views._rows import LEFT, MIDDLE, write
from app.views._thumbs import Thumbs
from app.widgets.base import focus_ring, smooth
from engine.machines.base import Snapshot
from engine.producers.confusion import Confusion
from engine.producers.taken import Taken
from engine.records import Want

WAITING: Final = "The matrix appears as soon as the network has been built."
NAME, SCORE, CELL = 62, 48, 42
"""Pixels of the names, of a column of scores and of the narrowest cell beside scores, at 100 %."""
NAMED: Final = 11
"""The least distance of two names of rows."""
LARGEST: Final = (128, 72)
TAKEN: Final = "taken"
SCORES: Final = ("precision", "recall", "F1")


class Matrix(Picture):
    """Rows are the targets, columns the answers; a cell is as deep as its share of the row."""

    pointed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.record: Confusion | None = None
        self.empty = WAITING
        self.over: tuple[int, int] | None = None
        self._cells = QRectF()
        self.setMouseTracking(True)
        self.setAccessibleName("confusion matrix")

    def show_record(self, record: Confusion, empty: str) -> None:
        """Show another matrix."""
        self.record, self.empty = record, empty
        if self.over is not None and max(self.over) >= len(record.classes):
            self.over = None
        self._say()
        self.update()

    # -- painting -----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        record = self.record
        with smooth(self) as painter:
            if record is None or not record.samples:
                explain(painter, self.rect(), WAITING if record is None else self.empty)
            elif record.classes:
                self._matrix(painter, record)
            else:
                scatter(painter, QRectF(self.rect()), record)
            if self.ring:
                focus_ring(painter, self.rect(), theme().px(6))

    def _arrange(self, classes: int) -> tuple[float, bool]:
        """Place the cells; return the width of the names, and whether there is room for the scores."""
        look = theme()
        name, top = look.px(NAME), look.px(40)
        scored = self.width() - name - len(SCORES) * look.px(SCORE) >= classes * look.px(CELL)
        room = self.width() - name - (len(SCORES) * look.px(SCORE) + look.px(8) if scored else 0)
        wide = min(max(room / classes, 2.0), look.px(LARGEST[0]))
        tall = min(max((self.height() - top - look.px(4)) / classes, 2.0), look.px(LARGEST[1]))
        tall = min(tall, max(wide, look.px(36)))
        self._cells = QRectF(name, top, wide * classes, tall * classes)
        return float(name), scored

    def _cell(self, row: int, column: int) -> QRectF:
        k = len(self.record.classes) if self.record is not None else 1
        wide, tall = self._cells.width() / k, self._cells.height() / k
        return QRectF(self._cells.left() + column * wide, self._cells.top() + row * tall, wide, tall)

    def _matrix(self, painter: QPainter, record: Confusion) -> None:
        look, k = theme(), len(record.classes)
        name, scored = self._arrange(k)
        cells, line = self._cells, look.px(16)
        painter.setFont(look.font("small"))
        painter.setPen(look.palette.colour("muted"))
        write(painter, QRectF(cells.left(), 0, max(cells.width(), look.px(60)), line), "answer →")
        write(painter, QRectF(0, cells.top() - line - look.px(4), name, line), "target ↓")
        every = max(1, math.ceil(look.px(NAMED) * k / cells.height()))
        for c in range(k):
            place, row = self._cell(0, c), self._cell(c, 0)
            head = QRectF(place.left(), cells.top() - line - look.px(4), place.width(), line)
            head.adjust(look.px(4), 0, -look.px(4), 0)  # names beside each other stay apart
            self._class(painter, c, head, centred=True)
            if c % every == 0:  # as many names as there is room for
                self._class(painter, c, QRectF(0, row.center().y() - look.px(8), name, look.px(16)))
        share = record.counts / np.maximum(record.counts.sum(axis=1, keepdims=True), 1)
        lut = painting.magnitude_lut(look.palette)
        for r in range(k):
            for c in range(k):
                colour = QColor.fromRgb(int(lut[round(float(share[r, c]) * (len(lut) - 1))]))
                self._paint_cell(painter, self._cell(r, c), colour, int(record.counts[r, c]), float(share[r, c]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for r in range(k):
            painter.setPen(QPen(look.palette.colour("muted"), 1.2))
            painter.drawRoundedRect(self._cell(r, r).adjusted(1.5, 1.5, -1.5, -1.5), look.px(4), look.px(4))
        if self.over is not None:
            painter.setPen(QPen(look.palette.colour("accent"), look.px(2)))
            painter.drawRoundedRect(self._cell(*self.over).adjusted(1.5, 1.5, -1.5, -1.5), look.px(4), look.px(4))
        if scored:
            self._scores(painter, record)

    def _class(self, painter: QPainter, k: int, rect: QRectF, centred: bool = False) -> None:
        """The mark and the name of a class; the name alone where there is no room for both."""
        look, record = theme(), self.record
        if record is None:
            return
        text, metrics, mark = f"class {record.classes[k]}", painter.fontMetrics(), look.px(12)
        if metrics.horizontalAdvance(record.classes[k]) > rect.width() - mark:
            painter.setPen(look.palette.colour("text"))
            write(painter, rect, record.classes[k], MIDDLE if centred else LEFT)
            return
        if metrics.horizontalAdvance(text) > rect.width() - mark:
            text = record.classes[k]
        wide = min(metrics.horizontalAdvance(text), rect.width() - mark)
        left = rect.center().x() - (wide + mark) / 2 if centred else rect.left()
        size = look.px(7)
        draw_point(painter, k, True, look.palette.class_colour(k), QPointF(left + size / 2, rect.center().y()), size)
        painter.setPen(look.palette.colour("text"))
        write(painter, QRectF(left + mark, rect.top(), rect.right() - left - mark, rect.height()), text)

    def _paint_cell(self, painter: QPainter, rect: QRectF, colour: QColor, count: int, share: float) -> None:
        look, gap = theme(), 1.5 if min(rect.width(), rect.height()) > 14 else 0.5
        inner = rect.adjusted(gap, gap, -gap, -gap)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(inner, look.px(4), look.px(4))
        if inner.width() < look.px(20) or inner.height() < look.px(10):
            return
        painter.setPen(QColor("#14171c" if colour.lightnessF() > 0.55 else "#ffffff"))
        line = look.px(16)
        two = inner.height() >= 2.2 * line and inner.width() >= look.px(40)
        painter.setFont(look.font("normal" if inner.height() >= look.px(13) else "small", 600))
        middle = inner.center().y() - (line if two else line / 2)
        painter.drawText(QRectF(inner.left(), middle, inner.width(), line), MIDDLE, human(count))
        if two:
            painter.setFont(look.font("small"))
            percent = f"{100 * share:.{1 if inner.width() >= look.px(56) else 0}f} %"
            painter.drawText(QRectF(inner.left(), middle + line, inner.width(), line), MIDDLE, percent)

    def _scores(self, painter: QPainter, record: Confusion) -> None:
        look, line = theme(), theme().px(16)
        for n, (title, values) in enumerate(zip(SCORES, (record.precision, record.recall, record.f1), strict=True)):
            left = self._cells.right() + look.px(8) + n * look.px(SCORE)
            painter.setFont(look.font("small"))
            painter.setPen(look.palette.colour("muted"))
            head = QRectF(left, self._cells.top() - line - look.px(4), look.px(SCORE), line)
            painter.drawText(head, MIDDLE, title)
            painter.setFont(look.font("normal", 500))
            painter.setPen(look.palette.colour("text"))
            for k, value in enumerate(values.tolist()):
                place = self._cell(k, 0)
                if place.height() >= line * 0.8:
                    text = human(None) if np.isnan(value) else f"{value:.3f}"
                    painter.drawText(QRectF(left, place.top(), look.px(SCORE), place.height()), MIDDLE, text)

    # -- hands --------------------------------------------------------------------------------------------------

    def spoken(self) -> str:
        """The cell pointed at, in words."""
        record, over = self.record, self.over
        if record is None or over is None:
            return ""
        count, whole = int(record.counts[over]), int(record.counts[over[0]].sum())
        target, answer = (record.classes[k] for k in over)
        share = f", {100 * count / whole:.1f} % of them" if whole else ""
        return f"class {target} answered as class {answer}: {human(count)} of {human(whole)}{share}"

    def _say(self) -> None:
        self.setAccessibleDescription(self.spoken())
        self.setToolTip(self.spoken())

    def _point(self, over: tuple[int, int] | None) -> None:
        if over != self.over:
            self.over = over
            self._say()
            self.pointed.emit()
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Point at a cell."""
        at, k = event.position() - self._cells.topLeft(), len(self.record.classes) if self.record is not None else 0
        hit = k > 0 and self._cells.contains(event.position())
        row, column = (at.y() / self._cells.height() * k, at.x() / self._cells.width() * k) if hit else (0, 0)
        self._point((min(int(row), k - 1), min(int(column), k - 1)) if hit else None)

    def leaveEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Nothing is pointed at."""
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows walk over the cells."""
        self.show_ring()
        k = len(self.record.classes) if self.record is not None else 0
        there = neighbour(event, self.over or (0, 0), k, k) if k else None
        if there is None:
            super().keyPressEvent(event)
        else:
            self._point(there)


def scatter(painter: QPainter, rect: QRectF, record: Confusion) -> None:
    """Targets across, answers up; on the diagonal they are equal."""
    look, points = theme(), record.points
    low, high = float(points.min()), float(points.max())
    space = max((high - low) * 0.05, 1e-9)
    frame = Frame(inside(rect), low - space, high + space, low - space, high + space)
    marks = steps(low, high)
    frame.axes(painter, marks, marks, "target", "answer")
    painter.setPen(QPen(look.palette.colour("muted"), 1, Qt.PenStyle.DashLine))
    frame.line(painter, np.array([[low - space] * 2, [high + space] * 2]))
    ink = look.palette.colour("accent")
    ink.setAlpha(150)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    size = look.px(5)
    for x, y in frame.places(points).tolist():
        painter.drawEllipse(QPointF(x, y), size / 2, size / 2)
    painter.setFont(look.font("small"))
    painter.setPen(look.palette.colour("muted"))
    where = frame.rect.adjusted(look.px(6), look.px(4), 0, 0)
    painter.drawText(where, LEFT & ~Qt.AlignmentFlag.AlignVCenter, "dashed: answer = target")


class ConfusionView(PartView):
    """The matrix of one part of the samples."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Confusion", record)
        self.matrix = Matrix()
        self.body.addWidget(self.matrix, 1)
        self.thumbs = Thumbs("pictures behind a cell", context.session)
        self.thumbs.chosen.connect(context.glass.look_at)
        self.body.addWidget(self.thumbs)
        self.thumbs.hide()
        self._cell: tuple[int, int] | None = None
        self.matrix.pointed.connect(self._pointed)

    def wants(self) -> frozenset[Want]:
        if self._cell is None or self.context.session.experiment.data.source.axes is None:
            return super().wants()
        target, answer = map(str, self._cell)
        return super().wants() | {Want(TAKEN, target=(self.part, target, answer))}

    def _pointed(self) -> None:
        """Ask for the pictures behind the cell pointed at; they stay until another is."""
        if self.matrix.over is not None:
            self._cell = self.matrix.over
            self.look()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        if isinstance(record, Confusion) and record.part == self.part:
            self.matrix.show_record(record, self.empty)
            told = f"accuracy {100 * record.accuracy:.1f} %  ·  " if record.classes and record.samples else ""
            self.summary.setText(told + amount(record.samples, record.total))
        self.thumbs.setVisible(snapshot.experiment.data.source.axes is not None)
        taken, names = snapshot.get(TAKEN), snapshot.experiment.data.source.class_names
        if not isinstance(taken, Taken):
            self.thumbs.show_rows((), "Point at a cell to see the pictures behind it.")
        elif max(taken.target, taken.answer) < len(names):
            told = f"{human(taken.total)} of class {names[taken.target]} answered as class {names[taken.answer]}"
            self.thumbs.show_rows(taken.rows, told)
