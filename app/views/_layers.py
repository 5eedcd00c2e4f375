"""The view of layers: a row for each, painted by one widget."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app import names
from app.context import Context
from app.numbers import human
from app.selection import Target
from app.theme import theme
from app.views import _names
from app.views._base import ViewWidget
from app.views._rows import LEFT, RIGHT, Rows, columns, scrolled, write
from app.views._signs import sign
from app.widgets.base import box
from engine.experiment import Experiment
from engine.machines.base import Snapshot
from engine.producers.layers import Histogram, Layers, LayerState
from engine.records import Want

EMPTY: Final = "The layers appear as soon as the network has been built."
FAINTEST: Final = -8.0
"""The power of ten at the left end of a bar; the right end is 10."""
NAME, NUMBERS = 76, 64
"""Pixels of the names and of a column of numbers, at 100 %."""


class LayerRows(Rows):
    """One row a layer: name and units, two histograms, gradient, step."""

    def __init__(self) -> None:
        super().__init__("layers, their outputs, gradients and steps", EMPTY)
        self.items: tuple[LayerState, ...] = ()
        self._experiment: Experiment | None = None

    @property
    def count(self) -> int:
        return len(self.items)

    def least(self) -> int:
        return theme().px(46)

    def most(self) -> int:
        return theme().px(88)

    def show_layers(self, items: tuple[LayerState, ...], experiment: Experiment) -> None:
        """Show other layers."""
        self.items, self._experiment = items, experiment
        self.changed()

    def title(self, k: int) -> str:
        """What a layer is called."""
        return _names.layer(self._experiment, self.items[k].layer) if self._experiment is not None else ""

    def spoken(self, k: int) -> str:
        item, parts = self.items[k], [self.title(k)]
        for state in ("dead", "saturated"):
            ill = [names.unit(self._experiment, u) for u, s in zip(item.units, item.states, strict=True) if s == state]  # type: ignore[arg-type] # items come with an experiment
            if ill:
                parts.append(f"{state}: {', '.join(ill[:12])}{' …' if len(ill) > 12 else ''}")
        if not math.isnan(item.gradient):
            parts.append(f"gradient {human(item.gradient)} {item.alarm}".strip())
            parts.append(f"an update moves {human(item.ratio)} of the weights {item.pace}".strip())
        return "; ".join(parts)

    def _parts(self, rect: QRectF) -> list[QRectF]:
        """Name, sums, outputs, gradient, step; the histograms give way first, then the step."""
        look, side = theme(), theme().px(6)
        name, number = float(look.px(NAME)), float(look.px(NUMBERS))
        inner, gap = rect.adjusted(side, 0, -side, 0), float(look.px(8))
        room = inner.width() - name - 2 * number - 3 * gap
        if room >= look.px(108):
            return columns(inner, (name, -1, -1, number, number), gap)
        nothing = QRectF()
        if room >= look.px(40):
            a, c, d, e = columns(inner, (name, -1, number, number), gap)
            return [a, nothing, c, d, e]
        a, d, e = columns(inner, (-1, -1, -1), gap)
        return [a, nothing, nothing, d, e]

    def captions(self, painter: QPainter, rect: QRectF) -> None:
        _, sums, outputs, gradient, step = self._parts(rect)
        write(painter, sums, "weighted sums")
        write(painter, outputs, "outputs")
        write(painter, gradient, "gradient")
        write(painter, step, "update")

    def row(self, painter: QPainter, k: int, rect: QRectF) -> None:
        item, parts = self.items[k], self._parts(rect.adjusted(0, theme().px(4), 0, -theme().px(4)))
        self._name(painter, k, parts[0])
        for histogram, place in ((item.sums, parts[1]), (item.outputs, parts[2])):
            if histogram is not None and place.width() > 0:
                bars(painter, place, histogram)
        self._number(painter, parts[3], item.gradient, item.alarm)
        self._number(painter, parts[4], item.ratio, item.pace)

    def _name(self, painter: QPainter, k: int, rect: QRectF) -> None:
        look, item, line = theme(), self.items[k], theme().px(15)
        painter.setFont(look.font("normal", 600))
        painter.setPen(look.palette.colour("text"))
        write(painter, QRectF(rect.left(), rect.top(), rect.width(), line), self.title(k))
        painter.setFont(look.font("small"))
        ill = [f"{n} {state}" for state in ("dead", "saturated") if (n := item.states.count(state))]
        painter.setPen(look.palette.colour("danger" if ill else "muted"))
        text = ", ".join(ill) if ill else f"{len(item.units)} units" if len(item.units) > 1 else "1 unit"
        write(painter, QRectF(rect.left(), rect.top() + line, rect.width(), line), text)
        if any(item.states):
            self._signs(painter, QRectF(rect.left(), rect.top() + 2 * line, rect.width(), look.px(8)), item)

    @staticmethod
    def _signs(painter: QPainter, rect: QRectF, item: LayerState) -> None:
        """A sign for each unit: a dot at work, a cross dead, a bar saturated."""
        look = theme()
        step = min(rect.width() / max(len(item.units), 1), look.px(9))
        size = min(step * 0.7, look.px(6))
        for k, state in enumerate(item.states):
            at = QPointF(rect.left() + (k + 0.5) * step, rect.center().y())
            sign(painter, state, at, size)

    @staticmethod
    def _number(painter: QPainter, rect: QRectF, value: float, alarm: str) -> None:
        """A number, a bar over powers of ten, and a word where something is wrong."""
        look, line = theme(), theme().px(15)
        colour = look.palette.colour("danger" if alarm else "text")
        painter.setFont(look.font("normal", 600 if alarm else 400))
        painter.setPen(colour)
        write(painter, QRectF(rect.left(), rect.top(), rect.width(), line), human(value, 2))
        if value > 0 and math.isfinite(value):
            share = min(max((math.log10(value) - FAINTEST) / (1 - FAINTEST), 0.02), 1.0)
            bar = QRectF(rect.left(), rect.top() + line + look.px(2), rect.width(), look.px(4))
            box(painter, bar, look.px(2), look.palette.colour("line"))
            bar.setWidth(rect.width() * share)
            box(painter, bar, look.px(2), colour if alarm else look.palette.colour("accent"))
        if alarm:
            painter.setFont(look.font("small", 500))
            painter.setPen(colour)
            write(painter, QRectF(rect.left(), rect.top() + line + look.px(7), rect.width(), line), f"▲ {alarm}")


def bars(painter: QPainter, rect: QRectF, histogram: Histogram) -> None:
    """A histogram with a mark at 0 and the numbers of its two ends below."""
    look = theme()
    painter.setFont(look.font("small"))
    below = look.px(13)
    area = rect.adjusted(0, 0, 0, -below)
    tallest = max(int(histogram.counts.max()), 1)
    wide = area.width() / len(histogram.counts)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.palette.colour("accent"))
    painter.setRenderHint(painter.RenderHint.Antialiasing, False)
    for k in np.flatnonzero(histogram.counts).tolist():
        tall = max(area.height() * int(histogram.counts[k]) / tallest, 1.0)
        painter.drawRect(QRectF(area.left() + k * wide, area.bottom() - tall, max(wide - 0.6, 1.0), tall))
    painter.setPen(QPen(look.palette.colour("faint"), 1))
    painter.drawLine(area.bottomLeft(), area.bottomRight())
    painter.setRenderHint(painter.RenderHint.Antialiasing, True)
    painter.setPen(look.palette.colour("muted"))
    foot = QRectF(rect.left(), area.bottom() + 1, rect.width(), below)
    painter.drawText(foot, LEFT, human(histogram.low, 2))
    painter.drawText(foot, RIGHT, human(histogram.high, 2))
    zero = -histogram.low / (histogram.high - histogram.low)
    at, metrics, free = rect.left() + zero * rect.width(), painter.fontMetrics(), look.px(6)
    taken = [metrics.horizontalAdvance(human(end, 2)) + free for end in (histogram.low, histogram.high)]
    if rect.left() + taken[0] < at < rect.right() - taken[1]:
        painter.drawText(QRectF(at - look.px(20), foot.top(), look.px(40), below), Qt.AlignmentFlag.AlignCenter, "0")


class LayersView(ViewWidget):
    """What goes on in each layer; a click selects the layer."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Layers")
        self._record = record
        self.rows = LayerRows()
        self.rows.clicked.connect(self._click)
        self.body.addWidget(scrolled(self.rows), 1)

    def wants(self) -> frozenset[Want]:
        return frozenset({Want(self._record)})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        if isinstance(record, Layers):
            self.rows.show_layers(record.items, snapshot.experiment)

    def _click(self, k: int) -> None:
        self.context.selection.select(Target(self.rows.items[k].layer))
