"""STIX Two Math: its glyphs, their sizes, and what its MATH table says about setting formulas.

All lengths are thousandths of the size of the text, which are the units of the font. It is loaded at the first formula.
Source of the table: the OpenType specification, "MATH - the mathematical typesetting table".
"""

from __future__ import annotations

import struct
from functools import cache, cached_property
from typing import Final, NamedTuple

from PySide6.QtGui import QFont, QRawFont

from app.style import FONTS

UNITS: Final = 1000.0

# Constants of the MATH table of this font that the rules of setting use.
AXIS: Final = 258.0
RULE: Final = 60.0  # a little finer than the font's 68: beside Inter its bars look heavy
SUB_DOWN: Final = 210.0
SUB_TOP: Final = 368.0
SUB_DROP: Final = 160.0
SUP_UP: Final = 360.0
SUP_BOTTOM: Final = 120.0
SUP_DROP: Final = 230.0
SCRIPT_GAP: Final = 150.0
AFTER_SCRIPT: Final = 40.0
LIMIT_GAP: Final = 135.0
RADICAL_GAP: Final = 85.0
ACCENT_BASE: Final = 480.0

_ITALIC_LATIN: Final = {chr(65 + k): chr(0x1D434 + k) for k in range(26)} | {
    chr(97 + k): chr(0x1D44E + k) for k in range(26)
}
_ITALIC_GREEK: Final = {chr(0x3B1 + k): chr(0x1D6FC + k) for k in range(25)}
# Letters whose places in the italic alphabets are taken elsewhere.
_ITALIC_APART: Final = {"h": "ℎ", "∂": "𝜕", "ϵ": "𝜖", "ϑ": "𝜗", "ϕ": "𝜙"}
ITALIC: Final = _ITALIC_LATIN | _ITALIC_GREEK | _ITALIC_APART


class Shape(NamedTuple):
    """A glyph: how far it moves the pen, what its ink covers, how far its head leans out, where an accent goes."""

    code: int
    advance: float
    left: float
    right: float
    ascent: float
    descent: float
    slant: float
    accent: float


class MathsFont:
    """The font and its measures, at the size of its units, where rounding to whole pixels loses nothing."""

    def __init__(self) -> None:
        file = str(FONTS / "STIXTwoMath-Regular.ttf")
        self._raw = QRawFont(file, UNITS, QFont.HintingPreference.PreferNoHinting)
        self._sized: dict[float, QRawFont] = {}
        self._shapes: dict[int, Shape] = {}

    def sized(self, pixels: float) -> QRawFont:
        """The font in a size, for painting."""
        if pixels not in self._sized:
            if len(self._sized) > 32:
                self._sized.clear()
            font = QRawFont(self._raw)
            font.setPixelSize(pixels)
            self._sized[pixels] = font
        return self._sized[pixels]

    def indices(self, text: str) -> list[int]:
        """The glyphs of a text."""
        return list(self._raw.glyphIndexesForString(text))

    def shape(self, index: int) -> Shape:
        """The measures of a glyph."""
        if index not in self._shapes:
            ink, advance = self._raw.boundingRect(index), self._raw.advancesForGlyphIndexes([index])[0].x()
            slant = self._table.slants.get(index, 0.0)
            accent = self._table.accents.get(index, (ink.left() + ink.right()) / 2)
            self._shapes[index] = Shape(
                index, advance, ink.left(), ink.right(), -ink.top(), ink.bottom(), slant, accent
            )
        return self._shapes[index]

    def variants(self, character: str) -> list[Shape]:
        """A bracket, root or sum in all its sizes, the smallest first."""
        index = self.indices(character)[0]
        return [self.shape(i) for i in self._table.variants.get(index, ()) or (index,)]

    @cached_property
    def _table(self) -> _MathTable:
        return _MathTable(bytes(self._raw.fontTable("MATH").data()))


class _MathTable:
    """What we read of the MATH table: italics corrections, places of accents, sizes of what grows upwards."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        info, variants = self._number(6), self._number(8)
        self.slants = self._values(info + self._number(info))
        self.accents = self._values(info + self._number(info + 2))
        self.variants = self._growing(variants)

    def _number(self, at: int, kind: str = ">H") -> int:
        return int(struct.unpack_from(kind, self._data, at)[0])

    def _values(self, at: int) -> dict[int, float]:
        """One value for each glyph of a coverage."""
        glyphs = self._coverage(at + self._number(at))
        return {g: float(self._number(at + 4 + 4 * k, ">h")) for k, g in enumerate(glyphs)}

    def _growing(self, at: int) -> dict[int, tuple[int, ...]]:
        found = {}
        for k, glyph in enumerate(self._coverage(at + self._number(at + 2))):
            row = at + self._number(at + 10 + 2 * k)
            found[glyph] = tuple(self._number(row + 4 + 4 * n) for n in range(self._number(row + 2)))
        return found

    def _coverage(self, at: int) -> list[int]:
        form, count = self._number(at), self._number(at + 2)
        if form == 1:
            return [self._number(at + 4 + 2 * k) for k in range(count)]
        spans = [(self._number(at + 4 + 6 * k), self._number(at + 6 + 6 * k)) for k in range(count)]
        return [glyph for first, last in spans for glyph in range(first, last + 1)]


@cache
def maths_font() -> MathsFont:
    """Load the font once."""
    return MathsFont()
