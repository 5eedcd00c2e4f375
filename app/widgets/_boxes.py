"""Boxes of set mathematics: what a box covers, and boxes put side by side, raised and stretched.

Lengths are thousandths of the size of the text; y grows downwards from the baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from msgspec import Struct

from app.widgets._maths_font import AXIS, ITALIC, Shape, maths_font
from engine.formulas import Mark


class Glyph(NamedTuple):
    """A glyph of the font in a size; `stretch` makes it higher and no wider."""

    code: int
    scale: float
    stretch: float = 1.0


class Part(Struct, frozen=True, eq=False):
    """One occurrence of a mark: the pieces of a broken part belong to the same."""

    mark: Mark


class Box(Struct, frozen=True, eq=False):
    """A piece of a formula: either a glyph, or a rule that fills it, or other boxes at their places."""

    width: float
    ascent: float
    descent: float
    parts: tuple[tuple[float, float, Box], ...] = ()
    glyph: Glyph | None = None
    rule: bool = False
    slant: float = 0.0
    part: Part | None = None

    @property
    def simple(self) -> bool:
        """Whether it is a single glyph, whose scripts stand at fixed heights."""
        return self.glyph is not None


EMPTY: Final = Box(0, 0, 0)


class Leaf(Struct, frozen=True, eq=False):
    """A glyph or a rule at its place in a whole formula, with the marks it stands under, the innermost last."""

    box: Box
    x: float
    y: float
    marks: tuple[Mark, ...]


def leaves(box: Box, x: float, y: float, found: list[Leaf], marks: tuple[Mark, ...] = ()) -> None:
    """Add all glyphs and rules of a box that stands at a place."""
    if box.part is not None:
        marks = (*marks, box.part.mark)
    if box.glyph is not None or box.rule:
        found.append(Leaf(box, x, y, marks))
    for right, down, part in box.parts:
        leaves(part, x + right, y + down, found, marks)


def placed(parts: Sequence[tuple[float, float, Box]], width: float, slant: float = 0.0) -> Box:
    """Boxes at their places as one of a given width."""
    ascent = max([b.ascent - y for _x, y, b in parts], default=0)
    descent = max([b.descent + y for _x, y, b in parts], default=0)
    return Box(width, ascent, descent, tuple(parts), slant=slant)


def beside(*boxes: Box, gap: float = 0) -> Box:
    """Boxes side by side on one baseline."""
    if len(boxes) == 1:
        return boxes[0]
    parts, x = [], 0.0
    for box in boxes:
        parts.append((x, 0.0, box))
        x += box.width + gap
    x -= gap
    return placed(parts, x, boxes[-1].slant)


def space(width: float) -> Box:
    """Nothing, so wide."""
    return Box(width, 0, 0)


def rule(width: float, thickness: float) -> Box:
    """A bar that stands on the baseline."""
    return Box(width, thickness, 0, rule=True)


def glyph(shape: Shape, scale: float, stretch: float = 1.0) -> Box:
    """A glyph as a box; its height is that of its ink."""
    tall = scale * stretch
    ink = Glyph(shape.code, scale, stretch)
    ascent, descent = shape.ascent * tall, shape.descent * tall
    return Box(shape.advance * scale, ascent, descent, glyph=ink, slant=shape.slant * scale)


@lru_cache(maxsize=512)
def letters(text: str, scale: float, italic: bool = False) -> Box:
    """A text glyph by glyph."""
    font = maths_font()
    if italic:
        text = "".join(ITALIC.get(c, c) for c in text)
    return beside(*(glyph(font.shape(i), scale) for i in font.indices(text))) if text else EMPTY


def grown(character: str, scale: float, ascent: float, descent: float) -> Box:
    """A bracket high enough for what it encloses, centred on the axis."""
    axis = AXIS * scale
    half = max(ascent - axis, descent + axis)
    return centred(sized(character, scale, 1.9 * half), axis)


def sized(character: str, scale: float, height: float) -> Box:
    """The smallest variant of a glyph that is as high, or the largest stretched to be."""
    shapes = maths_font().variants(character)
    for shape in shapes:
        if (shape.ascent + shape.descent) * scale >= height:
            return glyph(shape, scale)
    largest = shapes[-1]
    return glyph(largest, scale, height / ((largest.ascent + largest.descent) * scale))


def centred(box: Box, axis: float) -> Box:
    """A box moved up or down so that its middle lies on the axis."""
    down = (box.ascent - box.descent) / 2 - axis
    return placed([(0, down, box)], box.width)
