"""The view of pictures: one large with its answer, many small ones below; a click puts one under the glass."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu

from app import keeping
from app.context import Context
from app.pixels import image_of
from app.theme import theme
from app.views._base import Picture, explain, neighbour
from app.views._parts import PartView
from app.widgets.base import box, focus_ring, smooth
from engine.machines.base import Snapshot
from engine.producers.pictures import Answered, Pictures
from engine.records import Want

WAITING: Final = "Pictures appear as soon as the network has been built."
SMALL: Final = 34
"""The side of a small picture, in pixels at 100 %."""
MOST_BARS: Final = 10
REMOVING: Final = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class Glassed(Picture):
    """The picture under the glass, with the share of each class beside it as bars; Delete asks for its removal."""

    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.record: Pictures | None = None
        self.empty = WAITING
        self.setAccessibleName("The picture under the glass")

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(360), theme().px(220))

    def show_record(self, record: Pictures | None, empty: str) -> None:
        """Show another picture."""
        self.record, self.empty = record, empty
        self.setAccessibleDescription(self.spoken)
        self.update()

    @property
    def spoken(self) -> str:
        """What is shown, in a sentence."""
        one = self.record.glass if self.record is not None else None
        if one is None or self.record is None:
            return self.empty
        names, share = self.record.classes, one.shares[one.answer]
        is_ = f"{names[one.target]}, taken for" if one.target >= 0 else "drawn, taken for"
        return f"{is_} {names[one.answer]} with {100 * share:.0f} %"

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with smooth(self) as painter:
            one = self.record.glass if self.record is not None else None
            if one is None or self.record is None:
                explain(painter, self.rect(), self.empty)
                return
            side = min(self.height(), round(self.width() * 0.52))
            place = QRectF(0, (self.height() - side) / 2, side, side)
            self._paint(painter, one, place)
            left = place.right() + look.px(16)
            self._bars(painter, one, QRectF(left, place.top(), self.width() - left, side))
            if self.hasFocus():
                focus_ring(painter, self.rect().adjusted(1, 1, -1, -1), look.px(6))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in REMOVING:
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def _paint(self, painter: QPainter, one: Answered, place: QRectF) -> None:
        image = image_of(one.pixels, self.inked)
        box(painter, place, theme().px(6), theme().palette.colour("field"), theme().palette.colour("line"))
        scale = min(place.width() / image.width(), place.height() / image.height())
        scale = max(1.0, float(int(scale))) if scale > 1 else scale
        w, h = image.width() * scale, image.height() * scale
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(QRectF(place.center().x() - w / 2, place.center().y() - h / 2, w, h), image)

    def _bars(self, painter: QPainter, one: Answered, area: QRectF) -> None:
        look, record = theme(), self.record
        assert record is not None
        painter.setFont(look.font("small", 600))
        letters = painter.fontMetrics()
        order = barred(one, min(MOST_BARS, int(area.height() / letters.height())))
        tall = min(area.height() / len(order), look.px(24))
        top = area.center().y() - tall * len(order) / 2
        longest = max(letters.horizontalAdvance(f"✓ {record.classes[k]}") for k in order) + look.px(6)
        name_width, number = min(longest, area.width() * 0.4), letters.horizontalAdvance("100 %") + look.px(4)
        for n, k in enumerate(order.tolist()):
            line = QRectF(area.left(), top + n * tall, area.width(), tall)
            right, chosen = k == one.target, k == one.answer
            painter.setFont(look.font("small", 600 if chosen else 400))
            painter.setPen(look.palette.colour("text" if chosen or right else "muted"))
            sign = "✓ " if right else ""
            named = line.adjusted(0, 0, -(line.width() - name_width), 0)
            painter.drawText(
                named, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, sign + record.classes[k]
            )
            share = float(one.shares[k])
            inner = QRectF(line.left() + name_width, line.center().y() - look.px(4), line.width() - name_width - number,
                           look.px(8))  # fmt: skip
            box(painter, inner, look.px(4), look.palette.colour("field"))
            if share * inner.width() > 1:
                colour = "accent" if right or one.target < 0 else "muted"
                filled = QRectF(inner.left(), inner.top(), max(share * inner.width(), look.px(3)), inner.height())
                box(painter, filled, look.px(4), look.palette.colour(colour))
            painter.setPen(look.palette.colour("text" if chosen or right else "muted"))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{100 * share:.0f} %")


def barred(one: Answered, most: int) -> NDArray[np.intp]:
    """The classes that have a bar: all, or the largest shares where not all have room, and always what it is."""
    if len(one.shares) <= most:
        return np.arange(len(one.shares))
    order = np.argsort(-one.shares, kind="stable")[: max(most, 1)]
    if one.target >= 0 and one.target not in order:
        order[-1] = one.target
    return order


class Sheet(Picture):
    """Small pictures in rows; wrong ones are crossed. `chosen` gives the place of the one that was clicked.

    The key Delete asks for the one under the glass to be `removed`.
    """

    chosen = Signal(int)
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.record: Pictures | None = None
        self.place, self.under = 0, -1
        self.setAccessibleName("Pictures of this part")
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(360), theme().px(110))

    def show_record(self, record: Pictures) -> None:
        """Show other pictures."""
        self.record = record
        self.place = min(self.place, max(0, len(record.items) - 1))
        self.update()

    @property
    def columns(self) -> int:
        """How many stand beside each other."""
        return max(1, int(self.width() / theme().px(SMALL + 4)))

    def rect_of(self, k: int) -> QRectF:
        """Where the k-th stands."""
        step, side = theme().px(SMALL + 4), theme().px(SMALL)
        return QRectF(k % self.columns * step, k // self.columns * step, side, side)

    def at(self, place: QPointF) -> int:
        """Which one stands at a place; -1 for none."""
        count = len(self.record.items) if self.record is not None else 0
        return next((k for k in range(count) if self.rect_of(k).contains(place)), -1)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look, record = theme(), self.record
        with smooth(self) as painter:
            for k, one in enumerate(record.items if record is not None else ()):
                place = self.rect_of(k)
                if place.bottom() > self.height():
                    return
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
                image = image_of(one.pixels, self.inked)
                w, h = (place.width() * n / max(image.width(), image.height()) for n in (image.width(), image.height()))
                painter.drawImage(QRectF(place.center().x() - w / 2, place.center().y() - h / 2, w, h), image)
                wrong = one.answer != one.target
                looked = record is not None and record.glass is not None and record.glass.row == one.row
                line = look.palette.colour("accent" if looked else "danger" if wrong else "line")
                box(painter, place, look.px(3), None, line, look.px(1.6 if wrong or looked else 1))
                if wrong and record is not None:
                    self._taken_for(painter, place, record.classes[one.answer])
            if self.hasFocus() and record is not None and record.items:
                focus_ring(painter, self.rect_of(self.place).adjusted(-1, -1, 1, 1).toRect(), look.px(3))

    @staticmethod
    def _taken_for(painter: QPainter, place: QRectF, name: str) -> None:
        look = theme()
        painter.setFont(look.font("small", 600))
        wide = min(painter.fontMetrics().horizontalAdvance(name) + look.px(5), place.width())
        tag = QRectF(place.right() - wide, place.bottom() - look.px(13), wide, look.px(13))
        box(painter, tag, look.px(2), look.palette.colour("danger"))
        painter.setPen(look.palette.colour("panel"))
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, name)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        k = self.at(event.position())
        if k >= 0:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.place = k
            self.chosen.emit(k)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        k, record = self.at(event.position()), self.record
        if k != self.under:
            self.under = k
            one = record.items[k] if record is not None and k >= 0 else None
            names = record.classes if record is not None else ()
            self.setToolTip(f"{names[one.target]} taken for {names[one.answer]}" if one is not None else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        count = len(self.record.items) if self.record is not None else 0
        rows = -(-count // self.columns)
        to = neighbour(event, divmod(self.place, self.columns), rows, self.columns)
        if to is not None and count:
            self.place = min(to[0] * self.columns + to[1], count - 1)
            self.chosen.emit(self.place)
            self.update()
        elif event.key() in REMOVING:
            self.removed.emit()
        else:
            super().keyPressEvent(event)


class PicturesView(PartView):
    """One picture large, and many small ones of one part of the samples."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Pictures", record)
        self.part = "test"
        self.parts.show_choice("test")
        self.glass, self.sheet = Glassed(), Sheet()
        self.sheet.chosen.connect(self._choose)
        for picture in (self.glass, self.sheet):
            picture.removed.connect(self._remove)
        row = QHBoxLayout()
        row.addWidget(self.glass)
        self.body.addLayout(row, 3)
        self.body.addWidget(self.sheet, 2)

    def wants(self) -> frozenset[Want]:
        return frozenset({self.context.glass.want(self._record, 0, self.part)})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        if isinstance(record, Pictures) and record.part == self.part:
            self.glass.inked = self.sheet.inked = snapshot.experiment.data.source.inked
            self.glass.show_record(record, self.empty)
            self.sheet.show_record(record)
            right = record.samples - record.wrong
            self.summary.setText(f"{right} of {record.samples} right" if record.samples else "")

    def _choose(self, k: int) -> None:
        record = self.sheet.record
        if record is not None:
            self.context.glass.look_at(record.items[k].row)

    def extra_actions(self, menu: QMenu) -> None:
        menu.addSeparator()
        menu.addAction("Remove this picture from the data", self._remove).setEnabled(self.context.glass.row >= 0)

    def _remove(self) -> None:
        """Remove the picture under the glass, if it is one of the data."""
        glass = self.context.glass
        if glass.row >= 0 and not glass.pixels and keeping.remove(self.context.session, glass.row):
            glass.look_at(-1)
