"""Painting a formula that is set: typeset by ourselves, so that it can follow a running step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QGlyphRun, QPainter

from app.widgets._lines import Setting
from app.widgets._maths_font import UNITS, maths_font
from engine.formulas import Mark

SIZE: Final = 17
"""Pixels of the letters at 100 %: beside Inter at 13 their small letters look as large."""


def paint(painter: QPainter, setting: Setting, scale: float, colour: Callable[[tuple[Mark, ...]], QColor]) -> None:
    """Paint a set formula from its top left corner: glyphs of one size and colour at once."""
    font = maths_font()
    runs: dict[tuple[float, tuple[Mark, ...]], tuple[list[int], list[QPointF]]] = {}
    for leaf in setting.leaves:
        glyph, place = leaf.box.glyph, QPointF(leaf.x * scale, leaf.y * scale)
        if glyph is None:
            up = leaf.box.ascent * scale
            painter.fillRect(QRectF(place.x(), place.y() - up, leaf.box.width * scale, up), colour(leaf.marks))
        elif glyph.stretch != 1.0:
            path = font.sized(glyph.scale * scale * UNITS).pathForGlyph(glyph.code)
            painter.save()
            painter.translate(place)
            painter.scale(1.0, glyph.stretch)
            painter.fillPath(path, colour(leaf.marks))
            painter.restore()
        else:
            indices, places = runs.setdefault((glyph.scale, leaf.marks), ([], []))
            indices.append(glyph.code)
            places.append(place)
    for (size, marks), (indices, places) in runs.items():
        run = QGlyphRun()
        run.setRawFont(font.sized(size * scale * UNITS))
        run.setGlyphIndexes(indices)
        run.setPositions(places)
        painter.setPen(colour(marks))
        painter.drawGlyphRun(QPointF(), run)
