"""The view into an answer: the picture, and beside it what matters for the share of a class."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout

from app import painting
from app.context import Context
from app.numbers import human
from app.pixels import image_of
from app.theme import theme
from app.views import _names
from app.views._base import Picture, ViewWidget, explain
from app.views._kernel import outline
from app.views._patch import caption
from app.widgets.base import focus_ring, smooth
from app.widgets.choice import ChoiceBox, SegmentedControl
from app.widgets.popup import Option
from app.widgets.scale import Scale
from app.widgets.slider import Slider
from engine.experiment import Experiment
from engine.machines.base import Snapshot
from engine.producers.inside import USUAL, Insight
from engine.records import Want

EMPTY: Final = "Here stands what matters in a picture, as soon as the network has been built."
ANSWER: Final = ""
"""Stands for the class that the network takes the picture for."""
KINDS: Final = (
    Option("saliency", "saliency", "how much each pixel moves the share of the class", chosen=True),
    Option("cam", "Grad-CAM", "the part of the picture in which maps speak for the class"),
    Option("occlusion", "occlusion", "how much of the share is lost when a grey window covers a part"),
    Option("fooled", "fooled", "a step for each pixel, small but against the answer"),
)
FOOT: Final = 42
"""The height of the two lines below the pictures, in pixels at 100 %."""
TOLD: Final = {
    "saliency": "|∂ share / ∂ pixel|",
    "cam": "maps that speak for it",
    "occlusion": "share lost when covered",
    "fooled": "after the step",
}
STRONGEST: Final = {
    "saliency": "{0} of the share for the whole range of a pixel",
    "cam": "{0}",
    "occlusion": "{1} % lost or gained",
}
"""What the strongest colour stands for: the number, and the number in per cent."""


class Seen(Picture):
    """The picture on the left; on the right what was found, over the same places."""

    def __init__(self) -> None:
        super().__init__()
        self.record: Insight | None = None
        self.setAccessibleName("what matters in the picture")

    def show_record(self, record: Insight | None) -> None:
        """Show something else."""
        self.record = record
        self.setAccessibleDescription(self.told)
        self.update()

    @property
    def told(self) -> str:
        """What the network says of the pictures shown."""
        record = self.record
        if record is None:
            return EMPTY
        if record.reason:
            return record.reason
        name = record.classes[record.asked]
        before = f"{name}: {100 * record.shares[record.asked]:.1f} %"
        if record.after is None:
            largest = float(np.abs(record.values).max(initial=0.0))
            return f"{before}; full colour: {STRONGEST[record.what].format(human(largest), human(100 * largest))}"
        now = int(record.after.argmax())
        return (
            f"{before}, after the step {100 * record.after[record.asked]:.1f} %; "
            f"taken for {record.classes[now]} with {100 * record.after[now]:.1f} %"
        )

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with smooth(self) as painter:
            record = self.record
            if record is None or record.reason:
                explain(painter, self.rect(), self.told)
                return
            gap, line = look.px(12), look.px(18)
            rows, columns = record.picture.shape[:2]
            wide = min((self.width() - gap) / 2, (self.height() - line - look.px(FOOT)) * columns / rows)
            left = QRectF(0, line, wide, wide * rows / columns)
            right = left.translated(wide + gap, 0)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(left, image_of(record.picture, self.inked))
            self._found(painter, record, right)
            for place, text in ((left, "picture"), (right, TOLD[record.what])):
                outline(painter, place, chosen=False)
                caption(painter, place, text)
            painter.setFont(look.font("normal", 500))
            painter.setPen(look.palette.colour("text"))
            below = QRectF(0, left.bottom() + look.px(6), self.width(), self.height() - left.bottom())
            painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap), self.told)
            if self.ring:
                focus_ring(painter, self.rect(), look.px(6))

    def _found(self, painter: QPainter, record: Insight, place: QRectF) -> None:
        if record.changed is not None:
            painter.drawImage(place, image_of(record.changed, self.inked))
            return
        look = theme()
        values = record.values
        limit = float(np.abs(values).max(initial=0.0)) or 1.0
        signed = bool((values < 0).any())
        lut = painting.signed_lut(look.palette) if signed else painting.magnitude_lut(look.palette)
        smooth_it = values.shape != record.picture.shape[:2]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth_it)
        painter.drawImage(place, painting.lut_image(values, lut, -limit if signed else 0.0, limit))


class InsideView(ViewWidget):
    """What matters in the picture under the glass: the way of looking, the class, and what that way can be set to."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Look inside")
        self._record = record
        self._experiment: Experiment = context.session.experiment
        self.kind, self.asked, self.layer = KINDS[0].key, ANSWER, ""
        self._layers: tuple[str, ...] = ()
        self.kinds = SegmentedControl("way of looking", KINDS, size="small")
        self.classes = ChoiceBox("about which class", self._class_options)
        self.layers = ChoiceBox("maps of which layer", self._layer_options)
        self.step = Slider("step", Scale(0, 0.5), USUAL)
        self.picture = Seen()
        self.kinds.chosen.connect(self.show_kind)
        self.classes.chosen.connect(self.show_class)
        self.layers.chosen.connect(self.show_layer)
        self.step.moved.connect(lambda _: self.look())
        self.title.hide()
        self.head.insertWidget(0, self.kinds)
        # A line of their own: the ways of looking stay where they are as these come and go.
        choices = QHBoxLayout()
        choices.setSpacing(theme().px(8))
        choices.addWidget(self.classes)
        choices.addWidget(self.layers)
        choices.addWidget(self.step, 1)
        choices.addStretch()
        self.body.addLayout(choices)
        self.body.addWidget(self.picture, 1)
        self._arrange()

    def show_title(self, shown: bool) -> None:
        """The ways of looking say enough, and need the room."""

    def wants(self) -> frozenset[Want]:
        option = {"cam": self.layer, "fooled": f"{self.step.value:.4f}"}.get(self.kind, "")
        return frozenset({self.context.glass.want(self._record, 0, self.kind, self.asked, option)})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        self._experiment = snapshot.experiment
        if not isinstance(record, Insight):
            self.picture.show_record(None)
            return
        named = record.classes[record.asked]
        self.classes.show_choice(self.asked, named)
        if record.what == "cam" and record.layer:
            self._layers = record.layers
            self.layers.show_choice(record.layer, _names.layer(self._experiment, record.layer))
        self.picture.inked = snapshot.experiment.data.source.inked
        self.picture.show_record(record)

    def show_kind(self, kind: str) -> None:
        """Look in another way."""
        self.kind = kind
        self.kinds.show_choice(kind)
        self._arrange()
        self.look()

    def show_way(self, way: str) -> None:
        if way in TOLD:
            self.show_kind(way)

    def show_class(self, asked: str) -> None:
        """Ask about another class."""
        self.asked = asked
        self.look()

    def show_layer(self, layer: str) -> None:
        """Look at the maps of another layer."""
        self.layer = layer
        self.look()

    def _arrange(self) -> None:
        self.layers.setVisible(self.kind == "cam")
        self.step.setVisible(self.kind == "fooled")

    def _class_options(self) -> list[Option]:
        names = self._experiment.data.source.class_names
        found = [Option(str(k), f"class {name}", chosen=self.asked == str(k)) for k, name in enumerate(names)]
        return [Option(ANSWER, "its answer", chosen=self.asked == ANSWER), *found]

    def _layer_options(self) -> list[Option]:
        return [Option(x, _names.layer(self._experiment, x), chosen=x == self.layers.key) for x in self._layers]
