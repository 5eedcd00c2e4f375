"""The view of filters: one small picture for each filter and each map that it reads."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout

from app import painting
from app.context import Context
from app.numbers import human
from app.selection import Target
from app.theme import theme
from app.views import _names
from app.views._base import Picture, ViewWidget, explain, neighbour
from app.views._kernel import outline, packed, paint, square_at
from app.views._legend import ScaleBar
from app.widgets.base import Label, focus_ring
from app.widgets.choice import ChoiceBox, SegmentedControl
from app.widgets.popup import Option
from engine.experiment import Experiment
from engine.machines.base import Snapshot
from engine.producers.filters import Filters
from engine.records import Want

EMPTY: Final = "Filters appear where there is a convolution; add one to the network."
ALL: Final = "all"
MOST: Final = 512
"""Small pictures painted at most."""
KINDS: Final = (
    Option("now", "now", "the filters as they are now", chosen=True),
    Option("start", "start", "the filters as they were drawn"),
    Option("change", "change", "what has been learned: weights less those of the start"),
)
SCALES: Final = (
    Option("filter", "each", "every filter has the full range of colours", chosen=True),
    Option("layer", "layer", "all filters of the layer share one scale of colours"),
)


class Bank(Picture):
    """Filters side by side; where several maps are shown, a row for each map. `clicked` gives the filter's place."""

    clicked = Signal(int)
    pointed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.record: Filters | None = None
        self.kind, self.shared = "now", False
        self.source = -1
        self.selected = -1
        self._names: tuple[list[str], list[str]] = ([], [])
        self._places: list[QRectF] = []
        self._columns = 1
        self.setMouseTracking(True)
        self.setAccessibleName("filters of a layer")

    def show_record(self, record: Filters | None, units: list[str], sources: list[str]) -> None:
        """Show other filters, with the names of filters and of the maps they read."""
        self.record, self._names = record, (units, sources)
        self.update()

    @property
    def values(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """What is shown, [tap row, tap column, source, filter]."""
        assert self.record is not None
        now, start = self.record.now, self.record.start
        found = {"now": now, "start": start}[self.kind] if self.kind != "change" else now - start
        return found if self.source < 0 else found[:, :, self.source : self.source + 1]

    @property
    def limit(self) -> float:
        """The largest size of a number shown."""
        return float(np.abs(self.values).max(initial=0.0)) or 1.0

    def tile(self, k: int) -> tuple[int, int]:
        """Source and filter of the k-th small picture."""
        *_, filters = self.values.shape
        return k // filters, k % filters

    def _arrange(self) -> tuple[float, float]:
        """Place the pictures; return the room for names, beside and below."""
        look = theme()
        rows, columns, sources, filters = self.values.shape
        gap, name, ratio = float(look.px(6)), float(look.px(15)), columns / rows
        if sources == 1:
            room = QRectF(self.rect()).adjusted(1, 1, -1, -1)
            self._places, self._columns = packed(min(filters, MOST), room, ratio, name, gap, look.px(150))
            return 0.0, name if self._places[0].width() >= look.px(26) else 0.0
        beside = float(look.px(58))
        wide = min((self.width() - beside - gap * filters) / filters, look.px(130))
        tall = min(wide / ratio, (self.height() - name - gap * sources) / sources)
        tall, gap = (max(tall, 3.0), gap if tall > look.px(12) else 1.0)
        wide = tall * ratio
        self._columns = filters
        self._places = [
            QRectF(beside + k % filters * (wide + gap), name + k // filters * (tall + gap), wide, tall)
            for k in range(min(sources * filters, MOST))
        ]
        return beside, name if wide >= look.px(20) else 0.0

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with QPainter(self) as painter:
            if self.record is None:
                explain(painter, self.rect(), EMPTY)
                return
            beside, below = self._arrange()
            values = self.values
            whole = self.limit
            for k, place in enumerate(self._places):
                source, unit = self.tile(k)
                mine = values[:, :, source, unit]
                limit = whole if self.shared else float(np.abs(values[:, :, :, unit]).max(initial=0.0)) or 1.0
                paint(painter, mine, place, limit)
                outline(painter, place, unit == self.selected)
                painter.setFont(look.font("small"))
                painter.setPen(look.palette.colour("muted"))
                if below and not beside:
                    self._name(
                        painter, QRectF(place.left(), place.bottom() + 1, place.width(), below), self._names[0][unit]
                    )
                elif below and source == 0:
                    self._name(painter, QRectF(place.left(), 0, place.width(), below - 2), self._names[0][unit])
                if beside and unit == 0 and place.height() >= look.px(11):
                    room = QRectF(0, place.top(), beside - look.px(6), place.height())
                    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self._names[1][source])
            if self.ring:
                focus_ring(painter, self.rect(), look.px(6))

    @staticmethod
    def _name(painter: QPainter, room: QRectF, name: str) -> None:
        metrics = painter.fontMetrics()
        text = name if metrics.horizontalAdvance(name) <= room.width() else name.rpartition(" ")[2]
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def told(self, at: QPointF) -> str:
        """The number at a point: where it stands, what it is, and what it was at the start."""
        k = next((k for k, place in enumerate(self._places) if place.contains(at)), -1)
        if self.record is None or k < 0:
            return ""
        source, unit = self.tile(k)
        rows, columns = self.record.now.shape[:2]
        square = square_at(self._places[k], rows, columns, at)
        assert square is not None, "the place contains it"
        whole = (*square, max(self.source, 0) + source, unit)
        now, start = float(self.record.now[whole]), float(self.record.start[whole])
        where = f"{self._names[0][unit]}, {self._names[1][whole[2]]}, row {square[0] + 1}, column {square[1] + 1}"
        return f"{where}: {human(now)}, at the start {human(start)}"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.pointed.emit(self.told(event.position()))

    def leaveEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Nothing is pointed at."""
        self.pointed.emit("")

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        k = next((k for k, place in enumerate(self._places) if place.contains(event.position())), -1)
        if k >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.tile(k)[1])

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows select the neighbour."""
        self.show_ring()
        filters = len(self._names[0])
        here = divmod(max(self.selected, 0), self._columns)
        there = neighbour(event, here, -(-filters // self._columns), self._columns)
        if there is None or self.record is None:
            super().keyPressEvent(event)
        else:
            self.clicked.emit(min(there[0] * self._columns + there[1], filters - 1))


class FiltersView(ViewWidget):
    """The filters of one layer: of all maps that they read or of one, as they are, as they were, or the change."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Filters")
        self._record = record
        self._experiment: Experiment = context.session.experiment
        self.layer, self.source = "", ALL
        self.layers = ChoiceBox("layer", self._layer_options)
        self.sources = ChoiceBox("which maps they read", self._source_options)
        self.kinds = SegmentedControl("what is shown", KINDS, size="small")
        self.scales = SegmentedControl("scale of colours", SCALES, size="small")
        self.bank, self.number, self.bar = Bank(), Label("", "small", 400, "muted"), ScaleBar()
        self.layers.chosen.connect(self.show_layer)
        self.sources.chosen.connect(self.show_source)
        self.kinds.chosen.connect(self.show_kind)
        self.scales.chosen.connect(self.show_scale)
        self.bank.clicked.connect(self._click)
        self.bank.pointed.connect(self.number.setText)
        for k, widget in enumerate((self.layers, self.sources, self.kinds)):
            self.head.insertWidget(1 + k, widget)
        self.head.addWidget(self.scales)
        self.body.addWidget(self.bank, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.number)
        foot.addStretch(1)
        foot.addWidget(self.bar)
        self.body.addLayout(foot)
        context.selection.changed.connect(self._selected)

    def wants(self) -> frozenset[Want]:
        return frozenset({Want(self._record, target=(self.layer,) if self.layer else ())})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        self._experiment = snapshot.experiment
        if not isinstance(record, Filters):
            self.bank.show_record(None, [], [])
            return
        self.layers.show_choice(record.layer, _names.layer(self._experiment, record.layer))
        sources = [_names.source(self._experiment, label) for label in record.sources]
        if self.source not in (ALL, *map(str, range(len(sources)))):
            self.source = ALL
        self.sources.setVisible(len(sources) > 1)
        self.sources.show_choice(self.source, "all maps" if self.source == ALL else sources[int(self.source)])
        self.bank.source = -1 if self.source == ALL else int(self.source)
        self.bank.show_record(record, [f"filter {k + 1}" for k in range(len(record.units))], sources)
        self._mark()
        self._show_bar()

    def _show_bar(self) -> None:
        limit = self.bank.limit if self.bank.record is not None else 0.0
        shown = self.bank.shared and limit > 0
        self.bar.show_scale((painting.signed_lut(theme().palette), -limit, limit) if shown else None)

    def restyle(self) -> None:
        self.refresh()

    def dispose(self) -> None:
        self.context.selection.changed.disconnect(self._selected)
        super().dispose()

    # -- choices ------------------------------------------------------------------------------------------------

    def show_layer(self, layer: str) -> None:
        """Show another layer."""
        self.layer, self.source = layer, ALL
        self.look()

    def show_source(self, source: str) -> None:
        """Show what is read of another map, or of all."""
        self.source = source
        self.refresh()

    def show_kind(self, kind: str) -> None:
        """Show the weights, those of the start, or the change."""
        self.bank.kind = kind
        self.kinds.show_choice(kind)
        self.refresh()

    def show_scale(self, scale: str) -> None:
        """Give each filter a scale of its own, or all the same."""
        self.bank.shared = scale == "layer"
        self.scales.show_choice(scale)
        self.refresh()

    def _layer_options(self) -> list[Option]:
        shown = self.bank.record.layers if self.bank.record is not None else ()
        return [Option(x, _names.layer(self._experiment, x), chosen=x == self.layers.key) for x in shown]

    def _source_options(self) -> list[Option]:
        labels = self.bank.record.sources if self.bank.record is not None else ()
        found = [
            Option(str(k), _names.source(self._experiment, x), chosen=str(k) == self.source)
            for k, x in enumerate(labels)
        ]
        return [Option(ALL, "all maps", chosen=self.source == ALL), *found]

    def _click(self, unit: int) -> None:
        record = self.bank.record
        if record is not None:
            self.context.selection.select(Target(record.layer, record.units[unit]))

    def _selected(self, target: Target) -> None:
        if self.isVisible():
            self._mark()
            self.bank.update()

    def _mark(self) -> None:
        target, record = self.context.selection.target, self.bank.record
        units = record.units if record is not None and target.layer == record.layer else ()
        self.bank.selected = units.index(target.unit) if target.unit in units else -1
