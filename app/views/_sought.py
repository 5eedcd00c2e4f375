"""The view of what a unit looks for: the picture that climbs, and beside it the nine best training pictures."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent

from app import names
from app.context import Context
from app.numbers import human
from app.selection import Target
from app.theme import theme
from app.views import _names
from app.views._base import Picture, ViewWidget, explain
from app.views._thumbs import draw_pixels
from app.widgets.base import Label, focus_ring
from engine.machines.base import Snapshot
from engine.producers.sought import STEPS, Sought
from engine.records import Want

EMPTY: Final = "Choose a unit; slopes at the pixels are not known through batch norm, DropConnect and plain dropout."


class Climbed(Picture):
    """The picture on the left, the best samples on the right. `chosen` gives the number of a sample."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.record: Sought | None = None
        self.places: list[QRectF] = []
        self.setAccessibleName("what a unit looks for")

    def show_record(self, record: Sought | None) -> None:
        """Show another unit, or go on."""
        self.record = record
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with QPainter(self) as painter:
            record = self.record
            if record is None:
                explain(painter, self.rect(), EMPTY)
                return
            line, gap = look.px(18), look.px(14)
            side = min((self.width() - gap) / 2, self.height() - line)
            draw_pixels(painter, record.picture, QRectF(0, line, side, side), self.inked)
            step = side / 3
            self.places = [
                QRectF(side + gap + k % 3 * step, line + k // 3 * step, step - look.px(3), step - look.px(3))
                for k in range(len(record.best))
            ]
            for place, best in zip(self.places, record.best, strict=True):
                draw_pixels(painter, best.pixels, place, self.inked)
            painter.setFont(look.font("small"))
            painter.setPen(look.palette.colour("muted"))
            for left, text in ((0.0, "by gradient ascent"), (side + gap, "best training pictures")):
                painter.drawText(QRectF(left, 0, side, line - look.px(2)), Qt.AlignmentFlag.AlignVCenter, text)
            if self.ring:
                focus_ring(painter, self.rect(), look.px(6))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        k = next((k for k, place in enumerate(self.places) if place.contains(event.position())), -1)
        if self.record is not None and k >= 0:
            self.chosen.emit(self.record.best[k].row)


class SoughtView(ViewWidget):
    """What the selected unit looks for; that of the first layer that learns where none is selected."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Sought by a unit")
        self._record = record
        self.picture, self.told = Climbed(), Label("", "small", 400, "muted")
        self.picture.chosen.connect(context.glass.look_at)
        self.head.addWidget(self.told)
        self.body.addWidget(self.picture, 1)
        context.selection.changed.connect(self._selected)

    def wants(self) -> frozenset[Want]:
        target = self.context.selection.target
        return frozenset({Want(self._record, target=(target.layer, target.unit))})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record, experiment = snapshot.get(self._record), snapshot.experiment
        if not isinstance(record, Sought):
            self.picture.show_record(None)
            self.told.setText("")
            return
        self.picture.inked = snapshot.experiment.data.source.inked
        self.picture.show_record(record)
        way = "nothing moves it" if record.slope == 0 else f"step {record.steps} of {STEPS}"
        of = f"{_names.layer(experiment, record.layer)}, {names.unit(experiment, record.unit)}"
        self.told.setText(f"{of}: says {human(record.value)}, {way}")
        self.picture.setAccessibleDescription(self.told.text())

    def _selected(self, target: Target) -> None:
        self.look()

    def dispose(self) -> None:
        self.context.selection.changed.disconnect(self._selected)
        super().dispose()
