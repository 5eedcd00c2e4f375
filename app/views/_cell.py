"""The view of a cell: the picture and the map it belongs to, and beside them its sum, number by number."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent

from app import names
from app.context import Context
from app.numbers import human
from app.pixels import image_of
from app.selection import Target
from app.theme import theme
from app.views import _names
from app.views._base import ViewWidget, explain
from app.views._cells import Cells
from app.views._kernel import outline, paint
from app.views._patch import LEFT, caption, fitted, mark, paint_patch, part_of, signed
from app.widgets.base import Label, focus_ring, smooth
from engine.layers._receptive import Box
from engine.machines.base import Snapshot
from engine.producers.cell import Cell
from engine.records import Want

EMPTY: Final = "Choose a unit of a layer of maps; a click on its map opens a cell."
ROW: Final = 106
"""The least height of a patch that is written out, in pixels at 100 %."""


class Opened(Cells):
    """One cell; another one is chosen on its map."""

    def __init__(self) -> None:
        super().__init__()
        self.record: Cell | None = None
        self._sources: list[str] = []
        self.setAccessibleName("a cell of a map")

    def show_record(self, record: Cell | None, sources: list[str]) -> None:
        """Show another cell, with the names of the maps that its window reads."""
        self.record, self._sources = record, sources
        if record is not None:
            self.at = record.row, record.column
        self.setAccessibleDescription(self.written)
        self.update()

    @property
    def form(self) -> tuple[int, int]:
        return self.record.map.shape if self.record is not None else (0, 0)

    @property
    def written(self) -> str:
        """The sum in a line."""
        record = self.record
        if record is None:
            return EMPTY
        end = f", a = {record.formula} = {human(record.a)}" if record.formula else ""
        if not record.patches:
            return f"a = {human(record.a)}"
        if record.patches[0].weights is None:
            seen = f"{record.how} of what it sees"
            scaled = f"{human(record.scale)} × {seen} + {human(record.bias)}" if record.formula else seen
            return f"z = {scaled} = {human(record.z)}{end}"
        terms = [part_of(q) for q in record.patches]
        shown = " + ".join(signed(t) for t in terms[:4]) + (f" + {len(terms) - 4} more" if len(terms) > 4 else "")
        return f"z = {shown} + {signed(record.bias)} = {human(record.z)}{end}"

    # -- painting -----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with smooth(self) as painter:
            record = self.record
            if record is None:
                explain(painter, self.rect(), EMPTY)
                return
            gap, line = look.px(12), look.px(18)
            side = min((self.height() - gap - 2 * line) / 2, self.width() * 0.34)
            self._picture(painter, record, QRectF(0, line, side, side))
            self._map(painter, record, QRectF(0, line + side + gap + line, side, side))
            self._sum(painter, record, QRectF(side + 2 * gap, 0, self.width() - side - 2 * gap, self.height()))
            if self.ring:
                focus_ring(painter, self.rect(), look.px(6))

    def _picture(self, painter: QPainter, record: Cell, room: QRectF) -> None:
        rows, columns = record.picture.shape[:2]
        place = fitted(room, rows, columns)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(place, image_of(record.picture, self.inked))
        outline(painter, place, chosen=False)
        caption(painter, place, "receptive field")
        mark(painter, place, record.field, rows, columns)

    def _map(self, painter: QPainter, record: Cell, room: QRectF) -> None:
        rows, columns = record.map.shape
        self.place = fitted(room, rows, columns)
        limit = float(np.abs(record.map).max(initial=0.0)) or 1.0
        paint(painter, record.map, self.place, limit, numbers=False)
        outline(painter, self.place, chosen=False)
        caption(painter, self.place, f"map · row {record.row + 1}, column {record.column + 1}")
        mark(painter, self.place, Box.of(*self.at), rows, columns)

    def _sum(self, painter: QPainter, record: Cell, room: QRectF) -> None:
        look, foot = theme(), theme().px(70)
        order = sorted(range(len(record.patches)), key=lambda k: -abs(part_of(record.patches[k])))
        fits = max(1, int((room.height() - foot) / look.px(ROW)))
        shown = sorted(order[:fits])
        tall = min((room.height() - foot) / max(len(shown), 1), look.px(190))
        limit = max((float(np.abs(q.seen).max(initial=0.0)) for q in record.patches), default=0.0) or 1.0
        most = (
            max((float(np.abs(q.weights).max()) for q in record.patches if q.weights is not None), default=0.0) or 1.0
        )
        for n, k in enumerate(shown):
            place = QRectF(room.left(), room.top() + n * tall, room.width(), tall)
            paint_patch(painter, record.patches[k], self._sources[k], place, limit, most)
        left = len(record.patches) - len(shown)
        rest = sum(part_of(record.patches[k]) for k in order[fits:])
        told = f"and {left} more maps together: {signed(rest)}" if left else ""
        painter.setFont(look.font("small"))
        painter.setPen(look.palette.colour("muted"))
        top = room.top() + len(shown) * tall
        painter.drawText(QRectF(room.left(), top, room.width(), look.px(18)), LEFT, told)
        painter.setPen(look.palette.colour("text"))
        painter.setFont(look.font("normal", 500))
        box = QRectF(room.left(), top + look.px(18), room.width(), look.px(50))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap), self.written)


class CellView(ViewWidget):
    """The cell of the chosen unit at the place that was pointed at, for the picture under the glass."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Cell")
        self._record = record
        self.picture, self.told = Opened(), Label("", "small", 400, "muted")
        self.picture.chosen.connect(context.glass.point)
        self.head.addWidget(self.told)
        self.body.addWidget(self.picture, 1)
        context.selection.changed.connect(self._selected)

    def wants(self) -> frozenset[Want]:
        glass, target = self.context.glass, self.context.selection.target
        row, column = glass.place or ("", "")
        return frozenset({glass.want(self._record, 0, target.layer, target.unit, str(row), str(column))})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record, experiment = snapshot.get(self._record), snapshot.experiment
        if not isinstance(record, Cell):
            self.picture.show_record(None, [])
            self.told.setText("")
            return
        self.picture.inked = experiment.data.source.inked
        self.picture.show_record(record, [_names.source(experiment, q.source) for q in record.patches])
        turned = " · the kernel is turned by half a turn" if record.turned else ""
        self.told.setText(f"{_names.layer(experiment, record.layer)}, {names.unit(experiment, record.unit)}{turned}")

    def _selected(self, target: Target) -> None:
        self.look()

    def dispose(self) -> None:
        self.context.selection.changed.disconnect(self._selected)
        super().dispose()
