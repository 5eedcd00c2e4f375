"""The numbers under the pointer, in a small box in the corner farthest from it."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.numbers import human
from app.theme import theme
from app.views import _modes
from app.views._points import draw_point
from engine import features
from engine.datasets import Samples
from engine.records import Surface

MOST: int = 4
"""Classes listed at most, the likeliest first."""


class Line(Struct, frozen=True):
    """One line: a name and a number; `kind` is the class whose shape stands before it."""

    name: str
    number: str
    kind: int = -1
    strong: bool = False


def lines(
    surface: Surface, samples: Samples, place: tuple[float, float], nearest: int, train: bool, told: bool = True
) -> list[Line]:
    """What is known of a place: where it is, the outputs there, and the nearest point; what it should be, if `told`."""
    x, y = place
    found = [Line(features.title(surface.x_axis), human(x))]
    line = _modes.is_line(surface)
    if not line:
        found.append(Line(features.title(surface.y_axis), human(y)))
    outputs = _modes.at(surface, x, y)
    if outputs is not None:
        found += _outputs(surface, outputs, told)
    if nearest >= 0:
        found += _nearest(surface, samples, nearest, train, told)
    return found


def _outputs(surface: Surface, outputs: np.ndarray[tuple[int], np.dtype[np.float32]], told: bool) -> list[Line]:
    if not surface.classes:
        return [Line("prediction" if told else "output", human(float(outputs[0])), strong=True)]
    order = np.argsort(-outputs, kind="stable")
    listed = sorted(order[:MOST].tolist()) if len(order) <= MOST else order[:MOST].tolist()
    return [
        Line(f"class {name}" if told else name, f"{float(outputs[k]):.3f}", k, strong=k == int(order[0]))
        for k in listed
        for name in (surface.classes[k],)
    ]


def _nearest(surface: Surface, samples: Samples, k: int, train: bool, told: bool) -> list[Line]:
    """The point under the pointer, with what the surface says where it lies (only where the plane is all there is)."""
    part = "train" if train else "test"
    if samples.classes:
        kind = int(samples.y[k])
        found = [Line(f"{part} point", f"class {samples.classes[kind]}", kind)]
    else:
        found = [Line(f"{part} point", human(float(samples.y[k])))]
    columns = samples.columns
    if not told or set(columns) != {surface.x_axis, surface.y_axis}:
        return found  # further columns, or a surface that is older than the data
    x, y = (float(samples.x[k, columns.index(c)]) for c in (surface.x_axis, surface.y_axis))
    outputs = _modes.at(surface, x, y)
    if outputs is None:
        return found
    if not samples.classes:
        error = float(outputs[0]) - float(samples.y[k])
        return [*found, Line("its error", human(error))]
    kind = int(samples.y[k])
    if kind < len(outputs):
        found.append(Line("its probability", f"{float(outputs[kind]):.3f}"))
    return found


def paint(painter: QPainter, area: QRectF, away_from: QPointF, content: list[Line]) -> None:
    """Paint the box in the corner of `area` farthest from a place."""
    look, palette = theme(), theme().palette
    painter.setFont(look.font("small"))
    metrics = painter.fontMetrics()
    row, pad, gap = metrics.height() + look.px(2), look.px(8), look.px(12)
    mark = look.px(14) if any(line.kind >= 0 for line in content) else 0
    names = max(metrics.horizontalAdvance(line.name) for line in content)
    numbers = max(max(metrics.horizontalAdvance(line.number) for line in content), look.px(38))
    width, height = 2 * pad + mark + names + gap + numbers, 2 * pad + row * len(content) - look.px(2)
    inset = look.px(8)
    left = away_from.x() > area.center().x()
    above = away_from.y() > area.center().y()
    box = QRectF(
        area.left() + inset if left else area.right() - inset - width,
        area.top() + inset if above else area.bottom() - inset - height,
        width,
        height,
    )
    ground = QColor(palette.panel)
    ground.setAlpha(238)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(palette.colour("line"))
    painter.setBrush(ground)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), look.px(6), look.px(6))
    for k, line in enumerate(content):
        where = QRectF(box.left() + pad, box.top() + pad + k * row, width - 2 * pad, row)
        if line.kind >= 0:
            at = QPointF(where.left() + look.px(4), where.center().y())
            draw_point(painter, line.kind, True, palette.class_colour(line.kind), at, look.px(7))
        painter.setFont(look.font("small", 600 if line.strong else 400))
        painter.setPen(palette.colour("text" if line.strong else "muted"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(where.adjusted(mark, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, line.name)
        painter.setPen(palette.colour("text"))
        painter.drawText(where, middle | Qt.AlignmentFlag.AlignRight, line.number)


def spoken(content: list[Line]) -> str:
    """The same for those who listen."""
    return ", ".join(f"{line.name} {line.number}" for line in content)
