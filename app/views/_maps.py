"""The view of maps: the pictures of one layer's units, as large as they fit."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app import painting
from app.context import Context
from app.names import unit as unit_name
from app.scales import EACH, SCALE, WORDS, scale_in, scaled
from app.selection import Target
from app.theme import theme
from app.views import _names
from app.views._base import Picture, ViewWidget, explain, neighbour
from app.views._legend import ScaleBar
from app.views._signs import sign
from app.widgets.base import focus_ring
from app.widgets.choice import SegmentedControl
from app.widgets.popup import Option
from engine.experiment import Experiment, nodes
from engine.machines.base import Snapshot
from engine.producers.health import Health
from engine.records import ImageGrid, Want

EMPTY: Final = "The maps appear as soon as the network has been computed once."
SIZE: Final = 64
HEALTH: Final = "health"
MOST: Final = 256
"""Pictures painted at most; a layer with more units shows the first."""


class Grid(Picture):
    """Pictures in rows, painted from one image filled through one table."""

    clicked = Signal(int)
    pointed = Signal(float, float)
    """How far down and across its picture a click was, 0 to 1."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._record: ImageGrid | None = None
        self._chosen: list[int] = []
        self._names: list[str] = []
        self._states: list[str] = []
        self._places: list[QRectF] = []
        self.selected = -1
        self._columns = 1
        self.setAccessibleName("maps of a layer")

    def show_tiles(self, record: ImageGrid, chosen: list[int], names: list[str], states: list[str]) -> None:
        """Show these pictures of a record; a state in words for each, empty for units that work."""
        self._record, self._chosen, self._names, self._states = record, chosen[:MOST], names, states
        self.update()

    def _arrange(self) -> float:
        """As many columns as make the pictures largest; returns the room for a name."""
        look, n = theme(), max(len(self._chosen), 1)
        name, gap = look.px(16), look.px(8)
        best, columns = 0.0, 1
        for c in range(1, n + 1):
            rows = math.ceil(n / c)
            side = min((self.width() - gap * (c - 1)) / c, (self.height() - gap * (rows - 1)) / rows - name)
            if side > best:
                best, columns = side, c
        side = max(math.floor(min(best, look.px(180))), 4)
        if side < look.px(28):
            name = 0  # too small to be named one by one
        self._columns = columns
        self._places = [
            QRectF((k % columns) * (side + gap), (k // columns) * (side + gap + name), side, side)
            for k in range(len(self._chosen))
        ]
        return float(name)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with QPainter(self) as painter:
            if self._record is None or not self._chosen:
                explain(painter, self.rect(), EMPTY)
                return
            name = self._arrange()
            images, low, high = (a[self._chosen] for a in (self._record.images, self._record.low, self._record.high))
            span = np.maximum(high - low, 1e-12)[:, None, None]
            scaled = (images - low[:, None, None]) / span
            if images.shape[1] == 1:
                scaled = np.repeat(scaled, 3, axis=1)  # over a line: a row of its own on either side to smooth into
            rows = scaled.shape[1]
            atlas = painting.lut_image(scaled.reshape(-1, images.shape[2]), painting.signed_lut(look.palette), 0.0, 1.0)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setFont(look.font("small"))
            for k, place in enumerate(self._places):
                painter.drawImage(place, atlas, QRectF(0.5, k * rows + 0.5, images.shape[2] - 1, rows - 1))
                if k == self.selected:
                    painter.setPen(QPen(look.palette.colour("accent"), look.px(2)))
                    painter.drawRect(place.adjusted(1, 1, -1, -1))
                if self._states[k]:
                    self._sign(painter, place, self._states[k])
                if name:
                    painter.setPen(look.palette.colour("muted"))
                    below = QRectF(place.left(), place.bottom() + 1, place.width(), name)
                    metrics, full = painter.fontMetrics(), self._names[k]
                    short = full if metrics.horizontalAdvance(full) <= below.width() else full.rpartition(" ")[2]
                    text = metrics.elidedText(short, Qt.TextElideMode.ElideRight, int(below.width()))
                    painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, text)
            if self.ring:
                focus_ring(painter, self.rect(), look.px(6))

    @staticmethod
    def _sign(painter: QPainter, place: QRectF, state: str) -> None:
        """The sign of a unit that does nothing, in the corner of its picture."""
        size = min(theme().px(16), place.width() / 3)
        corner = QRectF(place.right() - size, place.top(), size, size)
        painter.fillRect(corner, theme().palette.colour("panel"))
        sign(painter, state, corner.center(), size * 0.5)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows select the neighbour."""
        self.show_ring()
        here = divmod(max(self.selected, 0), self._columns)
        there = neighbour(event, here, math.ceil(len(self._chosen) / self._columns), self._columns)
        if there is None:
            super().keyPressEvent(event)
        elif self._chosen:
            k = min(there[0] * self._columns + there[1], len(self._chosen) - 1)
            self.setAccessibleDescription(f"{self._names[k]}, {self._states[k]}".removesuffix(", "))
            self.clicked.emit(k)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click selects the unit."""
        k = next((k for k, place in enumerate(self._places) if place.contains(event.position())), -1)
        if k >= 0 and event.button() == Qt.MouseButton.LeftButton:
            place, at = self._places[k], event.position()
            self.clicked.emit(k)
            self.pointed.emit((at.y() - place.top()) / place.height(), (at.x() - place.left()) / place.width())


class MapsView(ViewWidget):
    """The maps of one layer; the layers are chosen at the top."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Maps")
        self._record = record
        self.layer = ""
        self._grid_record: ImageGrid | None = None
        self._chosen: list[int] = []
        self.layers = SegmentedControl("which layer", size="small")
        self.layers.chosen.connect(self.show_layer)
        self.grid = Grid()
        self.grid.clicked.connect(self._click)
        self.grid.pointed.connect(self._point)
        self.scales, self.bar = SegmentedControl("scale of colours", size="small"), ScaleBar()
        self.scales.chosen.connect(lambda key: context.settings.set(SCALE, key))
        self.title.hide()
        self.head.insertWidget(0, self.layers)
        foot = QHBoxLayout()
        foot.addWidget(self.scales)
        foot.addStretch(1)
        foot.addWidget(self.bar)
        self.body.addWidget(self.grid, 1)
        self.body.addLayout(foot)
        context.selection.changed.connect(self._selected)
        context.settings.changed.connect(self._settings_changed)
        self._offer_scales()

    def wants(self) -> frozenset[Want]:
        return frozenset({Want(self._record, SIZE), Want(HEALTH)})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.records.get(Want(self._record, SIZE)) or snapshot.get(self._record)
        if isinstance(record, ImageGrid):
            record = scaled(record, self.scales.key)
            self._grid_record = record
            self._offer(snapshot.experiment, record)
            self._chosen = [k for k, tile in enumerate(record.tiles) if tile.layer == self.layer]
            names = [unit_name(snapshot.experiment, record.tiles[k].unit) for k in self._chosen]
            self._mark()
            health = snapshot.get(HEALTH)
            ill = health.ill if isinstance(health, Health) else {}
            tiles = (record.tiles[k] for k in self._chosen)
            self.grid.show_tiles(record, self._chosen, names, [ill.get((t.layer, t.unit), "") for t in tiles])

            self._show_bar()

    def restyle(self) -> None:
        self.refresh()

    def _offer_scales(self) -> None:
        kept = scale_in(self.context.settings)
        self.scales.show_options([Option(k, k, words, chosen=k == kept) for k, words in WORDS.items()])

    def _settings_changed(self, key: str) -> None:
        if key == SCALE:
            self._offer_scales()
            self.refresh()

    def _show_bar(self) -> None:
        """The scale of the maps shown: that they share, or that of the selected one."""
        record, chosen = self._grid_record, self._chosen
        k = self.grid.selected if self.scales.key == EACH else 0
        if record is None or not 0 <= k < len(chosen):
            self.bar.show_scale(None)
            return
        ends = float(record.low[chosen[k]]), float(record.high[chosen[k]])
        self.bar.show_scale((painting.signed_lut(theme().palette), *ends))

    def show_layer(self, layer: str) -> None:
        """Show another layer."""
        self.layer = layer
        self.layers.show_choice(layer)
        self.refresh()

    def _offer(self, experiment: Experiment, record: ImageGrid) -> None:
        layers = list(dict.fromkeys(tile.layer for tile in record.tiles))
        if self.layer not in layers and layers:
            # The first layer that learned something says more than the inputs.
            self.layer = layers[min(1, len(layers) - 1)]
        options = [Option(x, _names.layer(experiment, x), chosen=x == self.layer) for x in layers]
        if tuple(options) != self.layers._options:
            self.layers.show_options(options)

    def _click(self, k: int) -> None:
        if self._grid_record is not None:
            tile = self._grid_record.tiles[self._chosen[k]]
            self.context.selection.select(Target(tile.layer, tile.unit))

    def _point(self, down: float, across: float) -> None:
        """Point at the cell that was clicked: maps stand in the middle of a square."""
        node = next((n for n in nodes(self.context.session.experiment) if n.layer.id == self.layer), None)
        if node is not None and not node.is_flat:
            rows, columns = (axis.size for axis in node.shape[:2])
            longest = max(rows, columns)
            row, column = (int(share * longest - (longest - n) / 2) for share, n in ((down, rows), (across, columns)))
            self.context.glass.point(min(max(row, 0), rows - 1), min(max(column, 0), columns - 1))

    def _selected(self, target: Target) -> None:
        if self.isVisible():
            self._mark()
            self._show_bar()
            self.grid.update()

    def _mark(self) -> None:
        target, record = self.context.selection.target, self._grid_record
        tiles = [record.tiles[k].unit for k in self._chosen] if record is not None else []
        self.grid.selected = tiles.index(target.unit) if target.unit in tiles else -1

    def dispose(self) -> None:
        self.context.selection.changed.disconnect(self._selected)
        self.context.settings.changed.disconnect(self._settings_changed)
        super().dispose()
