"""The phase of a sample that is shown now: its layer is framed, the links at work are lit, a sign says what happens."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app.canvas.links import curve
from app.canvas.parts import Box, Bundle
from app.canvas.scene import Scene
from app.canvas.strokes import colour, fill, ring, write
from app.theme import theme
from engine.network import INPUT
from engine.stepping import Phase

SAYS: Final = {
    "sample": "the sample",
    "forward": "sum and output",
    "loss": "the loss",
    "backward": "slopes come back",
    "update": "weights move",
}
MOST: Final = 300
"""Links of a layer that are lit; more would be a carpet."""


def paint(painter: QPainter, scene: Scene) -> None:
    """Light what is at work."""
    phase = scene.phase
    if phase is None:
        return
    last = scene.layout.columns[-1].id
    layer = {"sample": INPUT, "loss": last, "update": ""}.get(phase.kind, phase.layer)
    pen = QPen(colour("accent"), 1.4 * theme().percent / 100)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    painter.setOpacity(0.9)
    for bundle in scene.layout.bundles:
        if _works(bundle, phase, layer):
            _light(painter, bundle)
    painter.setOpacity(1.0)
    column = scene.layout.column(layer) or scene.layout.columns[-1]
    if layer:
        ring(painter, column.body.grown(theme().px(5)), "accent", 2)
    more = scene.layout.more
    below = more.bottom if layer == INPUT and more.w else column.body.bottom  # the button for more inputs stays free
    _sign(painter, column.body, min(below + theme().px(12), scene.layout.view[1] - theme().px(24)), SAYS[phase.kind])


def _works(bundle: Bundle, phase: Phase, layer: str) -> bool:
    """Whether links carry something in a phase: forward to their layer, slopes back from it, all while they move."""
    if phase.kind == "update":
        return bool(bundle.weights)
    return phase.kind in ("forward", "backward") and bundle.target == layer


def _light(painter: QPainter, bundle: Bundle) -> None:
    if bundle.weights:
        pairs = [(a, b) for a in bundle.y0.tolist() for b in bundle.y1.tolist()]
    else:
        pairs = list(zip(bundle.y0.tolist(), bundle.y1.tolist(), strict=True))
    for k in np.unique(np.linspace(0, len(pairs) - 1, min(len(pairs), MOST)).astype(int)).tolist():
        painter.drawPath(curve(bundle.x0, pairs[k][0], bundle.x1, pairs[k][1]))


def _sign(painter: QPainter, body: Box, top: float, text: str) -> None:
    """What happens, below the layer."""
    px = theme().px
    width = QFontMetricsF(theme().font("small", 600)).horizontalAdvance(text) + px(16)
    box = Box(max(px(4), body.cx - width / 2), top, width, px(20))
    fill(painter, box, "accent", box.h / 2)
    write(painter, QRectF(*box), text, "on_accent", "small", 600, Qt.AlignmentFlag.AlignCenter)
