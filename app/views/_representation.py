"""The view of a representation: choose a layer and two directions, see the samples and the warped plane."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout

from app import names, painting
from app.context import Context
from app.theme import theme
from app.views import _names
from app.views._base import ViewWidget, explain
from app.views._frame import Frame, inside, steps
from app.views._lens import Zoomed
from app.views._points import draw_point
from app.widgets.base import Label, focus_ring, smooth
from app.widgets.choice import ChoiceBox
from app.widgets.popup import Option
from engine.experiment import Experiment
from engine.machines.base import Snapshot
from engine.producers.representation import COMPONENTS, TARGET, Representation
from engine.records import Want

EMPTY: Final = "The representation appears as soon as there are training points."
LEVELS: Final = 24
MARGIN: Final = 0.12
"""Room around the samples, as a share of their extent."""
METHOD: Final = (
    "From what this layer says, the best linear classifier (least squares, one target for each class) puts so many of "
    "the training samples shown into the right class."
)
VARIANCE: Final = "So much of the variance of the targets a linear function of what this layer says explains."


class Warped(Zoomed):
    """Samples and the grid of the plane along two directions."""

    def __init__(self) -> None:
        super().__init__()
        self.record: Representation | None = None
        self._axes = ("", "")
        self._classes = True
        self._stamps: dict[tuple[int, str, int], QImage] = {}
        self.setAccessibleName("the plane as the layer sees it")

    def restyle(self) -> None:
        self._stamps.clear()

    def show_record(self, record: Representation, axes: tuple[str, str], classes: bool) -> None:
        """Show another representation."""
        if self.record is None or (self.record.layer, self.record.axes) != (record.layer, record.axes):
            self.fit()
        self.record, self._axes, self._classes = record, axes, classes
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with smooth(self) as painter:
            record = self.record
            if record is None or not len(record.points):
                explain(painter, self.rect(), EMPTY)
            else:
                self._paint(painter, record)
            if self.ring:
                focus_ring(painter, self.rect(), theme().px(6))

    def _paint(self, painter: QPainter, record: Representation) -> None:
        look = theme()
        low, high = record.points.min(axis=0), record.points.max(axis=0)
        space = np.maximum((high - low) * MARGIN, np.maximum(np.abs(high), 1e-6) * 0.02)
        (left, bottom), (right, top) = (low - space).tolist(), (high + space).tolist()
        frame = self.lenses[0].of(Frame(inside(QRectF(self.rect()), square=False), left, right, bottom, top))
        frame.axes(painter, steps(frame.left, frame.right), steps(frame.bottom, frame.top), *self._axes)
        painter.setClipRect(frame.rect.adjusted(-1, -1, 1, 1))
        if np.isfinite(record.grid).all():
            painter.setPen(QPen(look.palette.colour("faint"), 0))
            for lines in (record.grid, record.grid.transpose(1, 0, 2)):
                for line in lines[::2] if len(lines) > 1 else lines:
                    frame.line(painter, line)
        size = look.px(7 if len(record.points) <= 300 else 6)
        kinds, colours = self._looks(record)
        for (x, y), kind, colour in zip(frame.places(record.points).tolist(), kinds, colours, strict=True):
            stamp = self._stamp(kind, colour, size)
            half = stamp.width() / stamp.devicePixelRatio() / 2
            painter.drawImage(QPointF(round(x - half), round(y - half)), stamp)
        painter.setClipping(False)

    def _looks(self, record: Representation) -> tuple[list[int], list[str]]:
        """Shape and colour of each sample: of its class, or of its value."""
        palette = theme().palette
        if self._classes:
            kinds = record.y.astype(int).tolist()
            return kinds, [palette.class_colour(k) for k in kinds]
        reach = float(np.abs(record.y).max()) or 1.0
        lut = painting.signed_lut(palette)[np.linspace(0, painting.LEVELS - 1, LEVELS).astype(np.intp)]
        level = painting.levels_of(record.y, -reach, reach, LEVELS)
        return [1] * len(level), [f"#{int(lut[k]) & 0xFFFFFF:06x}" for k in level.tolist()]

    def _stamp(self, kind: int, colour: str, size: int) -> QImage:
        key = (kind, colour, size)
        if key not in self._stamps:
            ratio, side = self.devicePixelRatioF(), round(size * 1.5) + 5
            image = QImage(round(side * ratio), round(side * ratio), QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(Qt.GlobalColor.transparent)
            image.setDevicePixelRatio(ratio)
            with QPainter(image) as painter:
                edge = "" if self._classes else theme().palette.muted
                draw_point(painter, kind, True, colour, QPointF(side / 2, side / 2), size, edge)
            self._stamps[key] = image
        return self._stamps[key]


class RepresentationView(ViewWidget):
    """The plane as one layer sees it; the last hidden layer at first."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Representation")
        self._record = record
        self.layer, self.across, self.up = "", COMPONENTS, ""
        self._units: tuple[str, ...] = ()
        self._layers: tuple[str, ...] = ()
        self._experiment: Experiment = context.session.experiment
        self.layers = ChoiceBox("layer", self._layer_options)
        self.first = ChoiceBox("direction across", self._first_options)
        self.second = ChoiceBox("direction up", self._second_options)
        self.layers.chosen.connect(self.show_layer)
        self.first.chosen.connect(lambda key: self.show_axes(key, self.up))
        self.second.chosen.connect(lambda key: self.show_axes(self.across, key))
        self.picture = Warped()
        self.told = Label("", "small", 500, "text")
        self.spread = Label("", "small", 400, "muted")
        for box in (self.layers, self.first, self.second):
            self.head.addWidget(box)
        self.body.addWidget(self.picture, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.told)
        foot.addStretch(1)
        foot.addWidget(self.spread)
        self.body.addLayout(foot)
        self.second.hide()
        self.title.hide()

    def show_title(self, shown: bool) -> None:
        """The boxes say enough, and need the room."""

    def fit(self) -> None:
        """Show everything."""
        self.picture.fit()

    def wants(self) -> frozenset[Want]:
        return frozenset({Want(self._record, target=(self.layer, *self._asked()))})

    def _asked(self) -> tuple[str, ...]:
        return () if self.across == COMPONENTS else (self.across, self.up)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        if not isinstance(record, Representation):
            return
        self._experiment = snapshot.experiment
        self._layers, self._units = record.layers, record.units
        classes = bool(snapshot.experiment.data.source.class_names)
        self.layers.show_choice(record.layer, _names.layer(self._experiment, record.layer))
        self._show_axes(record)
        self.picture.show_record(record, self._axis_names(record), classes)
        self.told.setText(self._separable(record, classes))
        self.told.setToolTip(METHOD if classes else VARIANCE)
        self.picture.setAccessibleDescription(self.told.text())
        shares = [f"{100 * s:.0f} %" for s in record.spread if not math.isnan(s)]
        self.spread.setText(f"{' + '.join(shares)} of variance" if shares else "")

    def _show_axes(self, record: Representation) -> None:
        single = TARGET in record.axes
        self.first.setVisible(not single)
        self.second.setVisible(len(record.axes) == 2 and not single)
        if len(record.axes) == 2 and not single:
            self.first.show_choice(record.axes[0], names.unit(self._experiment, record.axes[0]))
            self.second.show_choice(record.axes[1], names.unit(self._experiment, record.axes[1]))
        else:
            self.first.show_choice(COMPONENTS, "components")

    def _axis_names(self, record: Representation) -> tuple[str, str]:
        if record.axes == (COMPONENTS,):
            return "first component", "second component"
        across, up = record.axes
        return names.unit(self._experiment, across), TARGET if up == TARGET else names.unit(self._experiment, up)

    @staticmethod
    def _separable(record: Representation, classes: bool) -> str:
        if math.isnan(record.separable):
            return "" if not len(record.points) else "linearly separable: too many units to say"
        if classes:
            return f"linearly separable {100 * record.separable:.1f} %"
        return f"linear in the layer {100 * max(record.separable, 0.0):.1f} %"

    # -- choices ------------------------------------------------------------------------------------------------

    def show_layer(self, layer: str) -> None:
        """Show another layer, along its principal components."""
        self.layer, self.across, self.up = layer, COMPONENTS, ""
        self.look()

    def show_axes(self, across: str, up: str) -> None:
        """Show other directions: two units, or the principal components."""
        if across != COMPONENTS and (up not in self._units or up == across):
            up = next((u for u in self._units if u != across), across)
        self.across, self.up = across, up
        self.layer = self.layers.key
        self.look()

    def _layer_options(self) -> list[Option]:
        return [Option(x, _names.layer(self._experiment, x), chosen=x == self.layers.key) for x in self._layers]

    def _first_options(self) -> list[Option]:
        shown = Option(COMPONENTS, "components", chosen=self.across == COMPONENTS)
        return [shown, *self._unit_options(self.across)]

    def _second_options(self) -> list[Option]:
        return self._unit_options(self.up)

    def _unit_options(self, chosen: str) -> list[Option]:
        return [Option(u, names.unit(self._experiment, u), chosen=u == chosen) for u in self._units]
