"""Small numbers side by side, each under its name: what a network, a layer or the inputs amount to."""

from __future__ import annotations

from math import prod

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from app.numbers import human
from app.theme import theme
from app.widgets.base import Themed, smooth
from engine.datasets import Samples
from engine.experiment import Experiment, input_shape, nodes
from engine.holding import frozen_count
from engine.layers import Answering, Layer
from engine.machines.base import Score, Snapshot
from engine.records import Matrices
from engine.shapes import size

Fact = tuple[str, str]
"""A name and a value."""

WIDEST = "0.00000"
"""No column is narrower than this, so that numbers that change move nothing."""


class Facts(Themed):
    """Names over values in one line; those that do not fit are left out from the end."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: tuple[Fact, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        """Show others."""
        if facts != self.facts:
            self.facts = facts
            self.setAccessibleName(", ".join(f"{name} {value}" for name, value in facts))
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(240), theme().px(36))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(60), theme().px(36))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with smooth(self) as painter:
            small, normal = look.font("small"), look.font("normal", 500)
            above, below = QFontMetrics(small), QFontMetrics(normal)
            left, half = 0, self.height() // 2
            for name, value in self.facts:
                width = max(
                    above.horizontalAdvance(name), below.horizontalAdvance(value), below.horizontalAdvance(WIDEST)
                )
                if left and left + width > self.width():
                    break
                for y, font, colour, text in ((0, small, "muted", name), (half, normal, "text", value)):
                    painter.setFont(font)
                    painter.setPen(look.palette.colour(colour))
                    painter.drawText(QRect(left, y, width + 2, half), Qt.AlignmentFlag.AlignVCenter, text)
                left += width + look.px(24)


def of_network(experiment: Experiment, snapshot: Snapshot | None) -> tuple[Fact, ...]:
    """Its form, the size of its data, and how well it does."""
    resolved = nodes(experiment)
    chain = [n for n in resolved if n.layer is experiment.model.output or not isinstance(n.layer, Answering)]
    widths = [size(input_shape(experiment.data)), *(size(n.shape) for n in chain)]
    found = [("layers", " – ".join(map(str, widths)) if len(widths) <= 8 else str(len(chain)))]
    if held := frozen_count(experiment):
        found.append(("frozen", human(held, 6)))
    if snapshot is not None:
        found += _scores(snapshot.train, snapshot.test)
        if experiment.training.penalty.strength:
            found.append(("penalty", human(snapshot.penalty)))
        found.append(("step", human(snapshot.position.step, 6)))
    return tuple(found)


def _scores(train: Score, test: Score) -> list[Fact]:
    found = [("train loss", human(train.loss)), ("test loss", human(test.loss))]
    for name, share in (("train accuracy", train.accuracy), ("test accuracy", test.accuracy)):
        if share is not None:
            found.append((name, f"{100 * share:.1f} %"))
    return found


def of_layer(experiment: Experiment, layer: Layer, snapshot: Snapshot | None = None) -> tuple[Fact, ...]:
    """How many numbers go in and out, how many it learns, how often it multiplies, and what reads it.

    Scales and means stand there with their values.
    """
    resolved = nodes(experiment)
    node = next(n for n in resolved if n.layer is layer)
    found = [("inputs", human(sum(map(size, node.inputs)), 6)), ("outputs", human(size(node.shape), 6))]
    for p in node.parameters:
        if p.role in ("scale", "kept"):
            found.append((p.name, _values(snapshot, f"{layer.id}.{p.name}")))
        else:
            found.append((f"{p.name}s" if p.is_weight else p.name, human(prod(p.shape), 6)))
    if node.multiplications:
        found.append(("multiplications", human(node.multiplications, 6)))
    readers = [n.layer.id for n in resolved if layer.id in n.sources]
    if not isinstance(layer, Answering):
        found.append(("read by", ", ".join(readers) or "nothing"))
    return (*found, ("frozen", human(frozen_count(experiment, layer.id), 6)))


def _values(snapshot: Snapshot | None, name: str) -> str:
    """From where to where the numbers of all units go; a dash while they are not known."""
    record = snapshot.get("weights") if snapshot is not None else None
    matrix = record.items.get(name) if isinstance(record, Matrices) else None
    if matrix is None or not matrix.values.size:
        return "–"
    low, high = float(matrix.values.min()), float(matrix.values.max())
    return human(low) if low == high else f"{human(low)} … {human(high)}"


def of_inputs(experiment: Experiment, samples: Samples) -> tuple[Fact, ...]:
    """What the data are."""
    classes, axes = len(samples.classes), experiment.data.source.axes
    if axes is not None:
        found = [("rows × columns × channels", " × ".join(str(a.size) for a in axes))]
    else:
        found = [("features", str(len(experiment.data.features))), ("columns", human(len(samples.columns), 6))]
    found.append(("samples", human(len(samples), 6)))
    return (*found, ("classes", str(classes)) if classes else ("target", samples.target))
