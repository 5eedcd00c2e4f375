"""Colours of the diagram: look-up tables for pictures and opaque pens for links, blended beforehand."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from app.canvas.parts import Layout
from app.painting import class_lut, signed_lut
from app.style import mix
from app.theme import Palette
from engine.fields import MOST_CLASSES

Table = NDArray[np.uint32]

LEVELS: Final = 20
"""Steps of the strength of a link; as many look different."""

FROZEN: Final = 64
"""Added to the step of a link that is held fast."""


def blend(over: QColor, under: QColor, share: float) -> QColor:
    """The opaque colour that `over` makes on `under` when it covers this share."""
    return mix(under, over, share)


def tables(palette: Palette) -> Table:
    """The tables [1 + classes, 256]: signed numbers first, then from nothing to the colour of each class."""
    classes = class_lut(palette, MOST_CLASSES, levels=256).reshape(-1, 256)
    return np.concatenate([signed_lut(palette)[None], classes])


def tables_of(layout: Layout) -> dict[tuple[str, str], int]:
    """Which table a neuron has: an output of several classes that of its class, all others (not in here) the first."""
    outputs = layout.columns[-1].cells
    return {(c.layer, c.unit): 1 + k % MOST_CLASSES for k, c in enumerate(outputs)} if len(outputs) > 1 else {}


class Pens:
    """Pens for links by their step: negative steps are negative numbers; made once for each thickness."""

    def __init__(self, palette: Palette, scale: float) -> None:
        self._palette, self._scale = palette, scale
        self._made: dict[tuple[int, float], QPen] = {}

    def __call__(self, code: int, thick: float) -> QPen:
        """The pen of a step, where the strongest link of its bundle is `thick` wide."""
        key = (code, thick)
        if key not in self._made:
            self._made[key] = self._make(code, thick)
        return self._made[key]

    def _make(self, code: int, thick: float) -> QPen:
        frozen = abs(code) >= FROZEN
        strength = (abs(code) % FROZEN) / LEVELS
        sign = self._palette.colour("positive" if code > 0 else "negative")
        colour = blend(sign, self._palette.colour("panel"), 0.16 + 0.84 * strength**0.8)
        pen = QPen(colour, max(0.7, 0.6 + (thick - 0.6) * strength) * self._scale)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if frozen:
            pen.setDashPattern([4.0, 2.5])
        return pen
