"""TeX's rules on boxes, in the small: spaces, styles, scripts, fractions, roots, accents, bounds of sums, columns.

Source: The TeXbook, appendix G, whose rules are named, with the constants of the font.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from app.widgets import _maths_font as font
from app.widgets._boxes import EMPTY, Box, beside, centred, glyph, letters, placed, rule, sized, space

# Spaces of TeX, in thousandths of an em: 18 units of mathematics.
THIN: Final = 3000 / 18
MEDIUM: Final = 4000 / 18
THICK: Final = 5000 / 18
HAIR: Final = 1500 / 18
QUAD: Final = 1000.0


class Style(NamedTuple):
    """Display, text, script, script of scripts: 0 to 3."""

    level: int

    @property
    def scale(self) -> float:
        """How large letters are."""
        return (1.0, 1.0, 0.72, 0.55)[self.level]

    @property
    def script(self) -> Style:
        """The style of indices and exponents."""
        return Style(2 if self.level < 2 else 3)

    @property
    def fraction(self) -> Style:
        """The style above and below the bar of a fraction."""
        return Style(min(self.level + 1, 3))

    def gap(self, width: float) -> float:
        """A space, which small text does without."""
        return width * self.scale if self.level < 2 else 0.0


DISPLAY: Final = Style(0)
TEXT: Final = Style(1)


def accented(box: Box, name: str, accent: str, style: Style) -> Box:
    """A letter under its accent, which goes where the font says."""
    known, scale = font.maths_font(), style.scale
    letter = known.shape(known.indices(font.ITALIC.get(name[-1], name[-1]))[0])
    mark = known.shape(known.indices(accent)[0])
    right = (letter.accent - mark.accent) * scale + box.width - letter.advance * scale
    up = max(0.0, box.ascent - font.ACCENT_BASE * scale)
    return placed([(0, 0, box), (right, -up, glyph(mark, scale))], box.width, box.slant)


def primed(primes: int, upper: Box, style: Style) -> Box:
    """Primes before what else stands in the exponent."""
    if not primes:
        return upper
    # The font's primes stand at the height of capitals already: from there they need no more raising.
    sign = letters("′" * primes, style.scale)
    return beside(placed([(0, font.SUP_UP * style.scale, sign)], sign.width), upper)


def scripted(base: Box, upper: Box, lower: Box, style: Style) -> Box:
    """A box with an exponent and an index (rule 18)."""
    if upper is EMPTY and lower is EMPTY:
        return base
    scale = style.scale
    up = max(font.SUP_UP * scale, upper.descent + font.SUP_BOTTOM * scale)
    down = max(font.SUB_DOWN * scale, lower.ascent - font.SUB_TOP * scale)
    if not base.simple:
        up = max(up, base.ascent - font.SUP_DROP * scale * 2)
        down = max(down, base.descent + font.SUB_DROP * scale * 0.3)
    parts, width = [(0.0, 0.0, base)], base.width
    if upper is not EMPTY and lower is not EMPTY:
        gap = (up - upper.descent) - (lower.ascent - down)
        down += max(0.0, font.SCRIPT_GAP * scale - gap)
    if upper is not EMPTY:
        parts.append((base.width + base.slant, -up, upper))
        width = base.width + base.slant + upper.width
    if lower is not EMPTY:
        parts.append((base.width, down, lower))
        width = max(width, base.width + lower.width)
    return placed(parts, width + font.AFTER_SCRIPT * scale)


def fraction(above: Box, below: Box, style: Style) -> Box:
    """A fraction on the axis (rule 15)."""
    scale, display = style.scale, style.level == 0
    thick, axis = font.RULE * scale, font.AXIS * scale
    gap = (150 if display else 90) * scale
    shift = (640 if display else 540) * scale
    up = max(shift, axis + thick / 2 + gap + above.descent)
    down = max(shift, below.ascent + gap + thick / 2 - axis)
    side, wide = 60 * scale, max(above.width, below.width) + 100 * scale
    return placed(
        [
            (side + (wide - above.width) / 2, -up, above),
            (side, -axis + thick / 2, rule(wide, thick)),
            (side + (wide - below.width) / 2, down, below),
        ],
        wide + 2 * side,
    )


def bounded(sign: Box, low: Box, high: Box, style: Style) -> Box:
    """A large sign with its bounds below and above (rule 13a)."""
    gap = font.LIMIT_GAP * style.scale
    width = max(sign.width, low.width, high.width)
    parts = [((width - sign.width) / 2, 0.0, sign)]
    parts.append(((width - low.width) / 2, sign.descent + gap + low.ascent, low))
    if high is not EMPTY:
        parts.append(((width - high.width) / 2, -sign.ascent - gap - high.descent, high))
    return placed(parts, width)


def root(body: Box, style: Style) -> Box:
    """A square root (rule 11)."""
    scale = style.scale
    thick, gap = font.RULE * scale, font.RADICAL_GAP * scale
    # Like a strut: roots of small letters keep the height of a figure.
    ascent, descent = max(body.ascent, 560 * scale), max(body.descent, 60 * scale)
    sign = sized("√", scale, ascent + descent + gap + thick)
    spare = sign.ascent + sign.descent - (ascent + descent + gap + thick)
    top = ascent + gap + thick + spare / 2
    bar = placed([(0, -top + thick, rule(body.width + 80 * scale, thick))], body.width + 80 * scale)
    return beside(
        placed([(0, sign.ascent - top, sign)], sign.width),
        placed([(0, 0, bar), (40 * scale, 0, body)], bar.width),
        space(60 * scale),
    )


def column(lines: list[list[Box]]) -> Box:
    """Rows of boxes, their columns aligned on the left, the whole centred on the axis."""
    widths = [max(box.width for box in column) for column in zip(*lines, strict=True)]
    parts, y = [], 0.0
    for line in lines:
        y += max(b.ascent for b in line)
        x = 0.0
        for box, width in zip(line, widths, strict=True):
            parts.append((x, y, box))
            x += width + QUAD
        y += max(b.descent for b in line) + 260
    return centred(placed(parts, sum(widths) + QUAD * (len(widths) - 1)), font.AXIS)
