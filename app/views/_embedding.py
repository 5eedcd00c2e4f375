"""The view of an embedding: pictures where a layer puts them, with the colour of their class around them."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen

from app.context import Context
from app.pixels import image_of
from app.session import Session
from app.theme import theme
from app.views import _names
from app.views._base import Picture, explain
from app.views._parts import PartView
from app.views._points import draw_point
from app.widgets.base import focus_ring
from app.widgets.choice import ChoiceBox, SegmentedControl
from app.widgets.popup import Option
from engine.experiment import Experiment
from engine.machines.base import Snapshot
from engine.producers.embedding import METHODS, STEPS, Embedding
from engine.records import Want

EMPTY: Final = "The pictures appear here as soon as the network has been built and has some to look at."
SIDE: Final = 18
"""The side of a picture, in pixels at 100 %."""
APART: Final = 1.3
"""Pictures stand so many sides apart at least; those between them are points."""
WAYS: Final = (
    Option(METHODS[0], "PCA", "principal components: the two directions in which the samples spread most", chosen=True),
    Option(METHODS[1], "t-SNE", "neighbours stay together; distances between groups say little"),
)


class Scattered(Picture):
    """Pictures at their places. `chosen` gives the number of the sample that was clicked."""

    chosen = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.record: Embedding | None = None
        self._images: dict[int, QImage] = {}
        self._of: tuple[object, str, bool] = (None, "", True)
        self.setAccessibleName("pictures where the layer puts them")

    def show_record(self, record: Embedding | None) -> None:
        """Show other places."""
        self.record = record
        self.update()

    def restyle(self) -> None:
        self._images.clear()

    def places(self) -> list[QPointF]:
        """Where the middles of the pictures stand."""
        record, look = self.record, theme()
        if record is None:
            return []
        low, high = record.points.min(axis=0), record.points.max(axis=0)
        share = (record.points - low) / np.maximum(high - low, 1e-12)
        edge = look.px(SIDE)
        wide, tall = self.width() - 2 * edge, self.height() - 2 * edge
        return [QPointF(edge + x * wide, edge + (1 - y) * tall) for x, y in share.tolist()]

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with QPainter(self) as painter:
            record = self.record
            if record is None or not len(record.points):
                explain(painter, self.rect(), EMPTY)
                return
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            places, kinds = self.places(), record.y.astype(int).tolist()
            for at, kind in zip(places, kinds, strict=True):
                draw_point(painter, kind, True, look.palette.class_colour(kind), at, look.px(7))
            for k in apart(places, APART * look.px(SIDE)):
                self._paint(painter, places[k], record.rows[k], look.palette.class_colour(kinds[k]))
            if self.ring:
                focus_ring(painter, self.rect(), look.px(6))

    def _paint(self, painter: QPainter, at: QPointF, row: int, colour: str) -> None:
        look, image = theme(), self._image(row)
        if image is None:
            return
        side = look.px(SIDE)
        place = QRectF(at.x() - side / 2, at.y() - side / 2, side, side)
        painter.drawImage(place, image)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colour), look.px(1.4)))
        painter.drawRect(place)

    def _image(self, row: int) -> QImage | None:
        """The picture of a sample; painted anew for other samples and another look."""
        samples, source = self._session.samples, self._session.experiment.data.source
        axes = source.axes
        if self._of != (samples, theme().mode, source.inked):
            self._images.clear()
            self._of = samples, theme().mode, source.inked
        if row not in self._images and axes is not None and row < len(samples):
            self._images[row] = image_of(samples.x[row].reshape(tuple(axis.size for axis in axes)), source.inked)
        return self._images.get(row)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The nearest picture under the pointer is chosen."""
        if self.record is None:
            return
        far = [(place - event.position()).manhattanLength() for place in self.places()]
        if far and min(far) <= theme().px(SIDE):
            self.chosen.emit(self.record.rows[far.index(min(far))])


def apart(places: list[QPointF], distance: float) -> list[int]:
    """Which places to keep, the first ones first, so that none is nearer to another, across and up."""
    kept: list[int] = []
    for k, at in enumerate(places):
        if all(max(abs(at.x() - places[i].x()), abs(at.y() - places[i].y())) >= distance for i in kept):
            kept.append(k)
    return kept


class EmbeddingView(PartView):
    """Pictures of one part as a layer sees them."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Embedding", record)
        self._experiment: Experiment = context.session.experiment
        self.method, self.layer = METHODS[0], ""
        self._layers: tuple[str, ...] = ()
        self.ways = SegmentedControl("method", WAYS, size="small")
        self.layers = ChoiceBox("layer", self._layer_options)
        self.picture = Scattered(context.session)
        self.ways.chosen.connect(self.show_method)
        self.layers.chosen.connect(self.show_layer)
        self.picture.chosen.connect(context.glass.look_at)
        self.head.insertWidget(1, self.layers)
        self.head.insertWidget(2, self.ways)
        self.body.addWidget(self.picture, 1)
        self.body.addWidget(self.summary)

    def wants(self) -> frozenset[Want]:
        return frozenset({Want(self._record, target=(self.part, self.method, self.layer))})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        self._experiment = snapshot.experiment
        if not isinstance(record, Embedding):
            self.picture.show_record(None)
            self.summary.setText("")
            return
        if record.part != self.part:
            return
        self._layers = record.layers
        self.layers.show_choice(record.layer, _names.layer(self._experiment, record.layer))
        self.picture.show_record(record)
        share = f"{100 * record.spread:.0f} % of variance"
        self.summary.setText(share if record.method == METHODS[0] else f"step {record.steps} of {STEPS}")

    def show_method(self, method: str) -> None:
        """Place them in another way."""
        self.method = method
        self.ways.show_choice(method)
        self.look()

    def show_layer(self, layer: str) -> None:
        """Look at another layer."""
        self.layer = layer
        self.look()

    def _layer_options(self) -> list[Option]:
        return [Option(x, _names.layer(self._experiment, x), chosen=x == self.layers.key) for x in self._layers]
