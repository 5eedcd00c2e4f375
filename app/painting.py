"""Numbers to colours to pixels: look-up tables, images filled through them, and the nine shapes of the classes.

Shared by everything that paints data: surfaces, the maps of the diagram, thumbnails, legends. A table has 256 colours,
packed as Qt packs them; a picture is one look-up per number.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainterPath, QPolygonF

from app.theme import Palette

Packed = NDArray[np.uint32]
Values = NDArray[Any]

LEVELS: Final = 256
DEEP: Final = {"light": "#4a2a74", "dark": "#d9c6ff"}
"""The far end of the scale of magnitudes: as far from the ground as can be, and neither orange nor blue."""


def pack(colour: str) -> int:
    """A colour as Qt packs it into a pixel."""
    return 0xFF000000 | int(colour.lstrip("#")[:6], 16)


def mix(one: str, other: str, share: float) -> str:
    """A colour `share` of the way from one to the other, opaque."""
    a, b = np.array(_rgb(one)), np.array(_rgb(other))
    red, green, blue = (round(v) for v in a + (b - a) * share)
    return f"#{red:02x}{green:02x}{blue:02x}"


@lru_cache(maxsize=64)
def signed_lut(palette: Palette, strength: float = 1.0) -> Packed:
    """Colours of signed numbers: negative orange, zero, positive blue; `strength` below 1 pales the ends."""
    negative, positive = (mix_to(c, palette, strength) for c in (palette.negative, palette.positive))
    return _table([negative, palette.zero, positive])


def mix_to(colour: str, palette: Palette, strength: float) -> str:
    """A colour of this strength over the zero colour of the palette."""
    return mix(palette.zero, colour, strength)


@lru_cache(maxsize=64)
def pair_lut(palette: Palette, strength: float = 1.0) -> Packed:
    """Colours between the first class and the second, through zero."""
    first, second = (mix_to(c, palette, strength) for c in palette.classes[:2])
    return _table([first, palette.zero, second])


@lru_cache(maxsize=16)
def magnitude_lut(palette: Palette) -> Packed:
    """Colours of magnitudes from 0 up: even steps of lightness (interpolated in Oklab) away from the ground."""
    dark = QColor(palette.panel).lightnessF() < 0.5
    ends = np.array([_oklab(palette.zero), _oklab(DEEP["dark" if dark else "light"])])
    steps = np.linspace(0, 1, LEVELS)[:, None]
    return _packed(_from_oklab(ends[0] + (ends[1] - ends[0]) * steps))


@lru_cache(maxsize=16)
def class_lut(palette: Palette, classes: int, strength: float = 1.0, levels: int = 64) -> Packed:
    """One ramp from zero to its colour for each class, one after another: `table[index * levels + level]`."""
    return np.concatenate(
        [_table([palette.zero, mix_to(palette.class_colour(k), palette, strength)], levels) for k in range(classes)]
    )


def lut_image(values: Values, lut: Packed, low: float = -1.0, high: float = 1.0) -> QImage:
    """Paint numbers [row, column] through a table; `low` and `high` map to its ends."""
    return image_of(lut[levels_of(values, low, high, len(lut))])


def levels_of(values: Values, low: float, high: float, levels: int = LEVELS) -> NDArray[np.intp]:
    """The place of each number in a table; what is not a number stands in the middle."""
    span = high - low
    scale = (levels - 1) / span if span > 0 else 0.0
    place = np.asarray(values, np.float32) * np.float32(scale)
    place += np.float32(0.5 - low * scale if span > 0 else levels / 2)
    np.nan_to_num(place, copy=False, nan=levels / 2, posinf=levels, neginf=0)
    np.clip(place, 0, levels - 1, out=place)
    return place.astype(np.intp)


def class_image(values: Values, palette: Palette, strength: float = 1.0, discretize: bool = False) -> QImage:
    """Paint probabilities [row, column, class]: the colour of the likeliest class, as strong as it is certain.

    Two classes are blended through zero; `discretize` paints every pixel in the full colour of its class.
    """
    return image_of(class_pixels(values, palette, strength, discretize))


def class_pixels(values: Values, palette: Palette, strength: float = 1.0, discretize: bool = False) -> Packed:
    """The pixels of `class_image`."""
    classes = values.shape[-1]
    if classes == 2:
        lead = values[..., 1] - values[..., 0]
        level = np.where(lead >= 0, LEVELS - 1, 0) if discretize else levels_of(lead, -1, 1)
        blended: Packed = pair_lut(palette, strength)[level]
        return blended
    lut, levels = class_lut(palette, classes, strength), 64
    best, top = likeliest(values)
    level = np.full(1, levels - 1) if discretize else levels_of(top / _total(values), 1 / classes, 1, levels)
    pixels: Packed = lut[best * levels + level]
    return pixels


def likeliest(values: Values) -> tuple[NDArray[np.intp], Values]:
    """The index of the greatest along the last axis, and the greatest: numpy's own is slow on so short an axis."""
    top, best = values[..., 0].copy(), np.zeros(values.shape[:-1], np.intp)
    for k in range(1, values.shape[-1]):
        higher = values[..., k] > top
        best[higher] = k
        np.maximum(top, values[..., k], out=top)
    return best, top


def _total(values: Values) -> Values:
    total = values[..., 0].copy()
    for k in range(1, values.shape[-1]):
        total += values[..., k]
    return np.maximum(total, 1e-9, out=total)


def image_of(pixels: Packed) -> QImage:
    """An opaque image of packed pixels [row, column]; it owns a copy of them."""
    pixels = np.ascontiguousarray(pixels, np.uint32)
    rows, columns = pixels.shape
    return QImage(pixels.data, columns, rows, columns * 4, QImage.Format.Format_RGB32).copy()


SHAPES: Final = 9


def shape(index: int, size: float, centre: QPointF | None = None) -> QPainterPath:
    """The outline of a class's points: square, circle, triangle, diamond, plus, cross, pentagon, triangle down, star.

    All have about the area of a circle of diameter `size`. A tenth class has the colour of the first, so not its shape.
    """
    centre = centre or QPointF(0, 0)
    path = QPainterPath()
    kind = (index + index // SHAPES) % SHAPES
    if kind == 1:
        path.addEllipse(centre, size / 2, size / 2)
    elif kind == 0:
        side = size * 0.89
        path.addRect(QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side))
    else:
        outline = _OUTLINES[kind] * (size / 2)
        path.addPolygon(QPolygonF([QPointF(centre.x() + x, centre.y() + y) for x, y in outline]))
        path.closeSubpath()
    return path


def _regular(corners: int, radius: float, turn: float, inner: float = 1.0) -> NDArray[np.float64]:
    """A regular polygon, or a star when `inner` pulls in every other corner."""
    amount = corners * (2 if inner != 1.0 else 1)
    angle = 2 * np.pi * np.arange(amount) / amount + turn
    reach = np.where(np.arange(amount) % 2, radius * inner, radius)
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


def _plus(arm: float, half: float) -> NDArray[np.float64]:
    corners = [(half, -arm), (half, -half), (arm, -half)]
    quarter = np.array(corners)
    turns = [quarter]
    for _ in range(3):
        x, y = turns[-1].T
        turns.append(np.stack([-y, x], axis=1))
    return np.concatenate(turns)


def _turned(points: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    turned: NDArray[np.float64] = points @ np.array([[c, s], [-s, c]])
    return turned


_UP: Final = -np.pi / 2
_OUTLINES: Final = {
    2: _regular(3, 1.35, _UP) + np.array([0, 0.15]),
    3: _regular(4, 1.25, 0.0),
    4: _plus(1.15, 0.42),
    5: _turned(_plus(1.15, 0.42), np.pi / 4),
    6: _regular(5, 1.15, _UP),
    7: _regular(3, 1.35, -_UP) - np.array([0, 0.15]),
    8: _regular(5, 1.35, _UP, 0.5),
}


def _rgb(colour: str) -> tuple[int, int, int]:
    return QColor(colour).red(), QColor(colour).green(), QColor(colour).blue()


def _table(stops: list[str], levels: int = LEVELS) -> Packed:
    at = np.linspace(0, 1, len(stops))
    colours = np.array([_rgb(s) for s in stops], np.float64)
    steps = np.linspace(0, 1, levels)
    return _packed(np.stack([np.interp(steps, at, colours[:, k]) for k in range(3)], axis=1))


def _packed(colours: NDArray[np.float64]) -> Packed:
    r, g, b = np.clip(np.rint(colours), 0, 255).astype(np.uint32).T
    table: Packed = np.uint32(0xFF000000) | (r << np.uint32(16)) | (g << np.uint32(8)) | b
    table.flags.writeable = False
    return table


# Oklab by Björn Ottosson (2020): a plane of colours in which equal steps look equal.
_TO_LMS: Final = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_LAB: Final = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def _oklab(colour: str) -> NDArray[np.float64]:
    share = np.array(_rgb(colour)) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = _TO_LAB @ np.cbrt(_TO_LMS @ linear)
    return lab


def _from_oklab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = (lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
