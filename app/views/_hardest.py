"""The view of the hardest samples: a table, the worst first."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from app.context import Context
from app.numbers import count, human
from app.session import Session
from app.theme import theme
from app.views._parts import PartView, amount
from app.views._points import draw_point
from app.views._rows import LEFT, RIGHT, Rows, columns, scrolled, write
from app.views._thumbs import SIDE, draw_sample
from app.widgets.base import box
from engine import features
from engine.machines.base import Snapshot
from engine.producers.hardest import Hard, Hardest

WAITING: Final = "The table appears as soon as the network has been built."
NUMBERS: Final = ("loss", "pull")
PLACES: Final = 2
"""Columns of a place that are written out."""


class HardRows(Rows):
    """One row a sample: number, place, target, answer, loss, pull."""

    def __init__(self, session: Session) -> None:
        super().__init__("the samples with the largest loss", WAITING)
        self._session = session
        self.record: Hardest | None = None

    @property
    def pictures(self) -> bool:
        """Whether the samples are pictures, which say more than their numbers."""
        return self._session.experiment.data.source.axes is not None

    @property
    def count(self) -> int:
        return len(self.record.items) if self.record is not None else 0

    def least(self) -> int:
        return theme().px(SIDE) + theme().px(2) if self.pictures else super().least()

    def show_record(self, record: Hardest, empty: str) -> None:
        """Show other samples."""
        self.record, self.empty = record, empty
        self.changed()

    def spoken(self, k: int) -> str:
        if self.record is None:
            return ""
        item, pull = self.record.items[k], ""
        if not math.isnan(item.pull):
            pull = f"; in the next batch, pulls with {human(item.pull)}"
        place = ", ".join(
            f"{features.title(c)} {human(v)}" for c, v in zip(self.record.columns[:8], item.place, strict=False)
        )
        target, answer = self._said(item.target), self._said(item.answer)
        place = "" if self.pictures else f"{place}; "
        return f"row {item.row + 1}: {place}{target} answered as {answer}; loss {human(item.loss)}{pull}"

    def _said(self, value: float) -> str:
        classes = self.record.classes if self.record is not None else ()
        return f"class {classes[int(value)]}" if classes else human(value)

    def _parts(self, rect: QRectF) -> list[QRectF]:
        """Row, place, target, answer, loss, pull; the place gives way first."""
        look, inner = theme(), rect.adjusted(theme().px(6), 0, -theme().px(6), 0)
        narrow = inner.width() < look.px(330)
        places = look.px(56) if self.pictures else -0.001 if narrow else -1.6
        widths = (look.px(34), places, -1, -1, look.px(64), look.px(64))
        return columns(inner, widths, look.px(6))

    def captions(self, painter: QPainter, rect: QRectF) -> None:
        if self.record is None:
            return
        titles = [features.title(c) for c in self.record.columns[:PLACES]]
        place = ", ".join(titles) + (" …" if len(self.record.columns) > PLACES else "")
        place = "picture" if self.pictures else place
        for part, text in zip(self._parts(rect), ("row", place, "target", "answer", *NUMBERS), strict=True):
            write(painter, part, text, RIGHT if text in NUMBERS else LEFT)

    def row(self, painter: QPainter, k: int, rect: QRectF) -> None:
        record, look = self.record, theme()
        assert record is not None
        item: Hard = record.items[k]
        row, place, target, answer, loss, pull = self._parts(rect)
        painter.setFont(look.font("small"))
        painter.setPen(look.palette.colour("muted"))
        write(painter, row, str(item.row + 1))
        if self.pictures:
            side = place.height() - look.px(2)
            draw_sample(painter, self._session, item.row, QRectF(place.left(), place.top() + look.px(1), side, side))
        else:
            write(painter, place, ", ".join(human(v, 2) for v in item.place[:PLACES]))
        self._class(painter, target, item.target)
        self._class(painter, answer, item.answer)
        self._bar(painter, loss, item.loss, record.items[0].loss)
        if not math.isnan(item.pull):
            strongest = max((i.pull for i in record.items if not math.isnan(i.pull)), default=1.0)
            self._bar(painter, pull, item.pull, strongest)
        else:
            painter.setPen(look.palette.colour("faint"))
            write(painter, pull, human(None), RIGHT)

    def _class(self, painter: QPainter, rect: QRectF, value: float) -> None:
        look, record = theme(), self.record
        painter.setPen(look.palette.colour("text"))
        if record is None or not record.classes:
            write(painter, rect, human(value))
            return
        size, k = look.px(7), int(value)
        draw_point(painter, k, True, look.palette.class_colour(k), QPointF(rect.left() + size, rect.center().y()), size)
        inner = rect.adjusted(look.px(15), 0, 0, 0)
        text = self._said(value)
        fits = painter.fontMetrics().horizontalAdvance(text) <= inner.width()
        painter.setPen(look.palette.colour("text"))
        write(painter, inner, text if fits else record.classes[k], LEFT)

    @staticmethod
    def _bar(painter: QPainter, rect: QRectF, value: float, largest: float) -> None:
        look = theme()
        tall = look.px(3)
        foot = QRectF(rect.left(), rect.bottom() - tall - look.px(1), rect.width(), tall)
        share = min(max(value / largest, 0.0), 1.0) if largest > 0 and math.isfinite(value / largest) else 0.0
        box(
            painter,
            QRectF(foot.left(), foot.top(), foot.width() * share, tall),
            tall / 2,
            look.palette.colour("accent"),
        )
        painter.setPen(look.palette.colour("text"))
        painter.drawText(rect.adjusted(0, 0, 0, -tall), RIGHT, human(value))


class HardestView(PartView):
    """The hardest samples of one part; a click selects the point, or puts the picture under the glass."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Hardest", record)
        self.rows = HardRows(context.session)
        self.rows.clicked.connect(self._click)
        self.body.addWidget(scrolled(self.rows), 1)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        if isinstance(record, Hardest) and record.part == self.part:
            self.rows.show_record(record, self.empty)
            told = amount(record.samples, record.total)
            if record.batch and self.part == "train":
                told = f"next batch: {count(record.batch, 'sample')}, mean pull {human(record.pull)}"
            self.summary.setText(told)

    def _click(self, k: int) -> None:
        if self.rows.record is None:
            return
        row = self.rows.record.items[k].row
        if self.rows.pictures:
            self.context.glass.look_at(row)
        else:
            self.context.drawing.select_row(row)
