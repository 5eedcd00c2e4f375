"""Heights over a rectangle as a picture: colours, and lines of equal height (marching squares)."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app import painting
from app.numbers import human
from app.theme import theme

LINES: Final = 12
REACH: Final = 1.15
"""Where the colours end: before their darkest, so that lines are seen on them."""
DEPTH: Final = 1e-5
"""The lowest height of a logarithmic scale, as a share of the highest."""
EDGES: Final = ((0, 0, 0, 1), (0, 1, 1, 1), (1, 0, 1, 1), (0, 0, 1, 0))
"""The sides of a square of four heights, each from one corner (row, column) to the other."""

Heights = NDArray[np.float64]


class Scale(NamedTuple):
    """How heights become shares of a colour scale: evenly, or by powers of ten above `base`."""

    low: float
    high: float
    log: bool
    base: float = 0.0

    def of(self, heights: Heights) -> Heights:
        """Shares from 0 to 1."""
        known = np.where(np.isnan(heights), self.high, heights)
        if self.log:
            known = np.log10(np.maximum(known - self.base, self.low))
            low, high = math.log10(self.low), math.log10(self.high)
        else:
            low, high = self.low, self.high
        found: Heights = np.clip((known - low) / (high - low), 0, 1)
        return found


def scale_of(heights: Heights, log: bool) -> Scale:
    """The scale that shows heights from the lowest to the highest, infinite ones aside."""
    known = heights[np.isfinite(heights)]
    if not known.size:
        return Scale(0.0, 1.0, log=False)
    low, high = float(known.min()), float(known.max())
    if high <= low:
        return Scale(low - 1, high + 1, log=False)
    if not log:
        return Scale(low, high, log=False)
    base = 0.0 if low >= 0 else low
    least = max(low - base, (high - base) * DEPTH)
    return Scale(least, high - base, log=True, base=base) if least < high - base else Scale(low, high, log=False)


def contour(shares: Heights, level: float) -> Heights:
    """Pieces of the line where a grid [row, column] crosses a level: [piece, end, (column, row)]."""
    above = shares > level
    rows, columns = np.nonzero(
        ~((above[:-1, :-1] == above[:-1, 1:]) & (above[:-1, :-1] == above[1:, :-1]) & (above[1:, :-1] == above[1:, 1:]))
    )
    ends = np.full((len(rows), 4, 2), np.nan)
    for k, (r, c, s, d) in enumerate(EDGES):
        one, other = shares[rows + r, columns + c], shares[rows + s, columns + d]
        cut = (one > level) != (other > level)
        part = np.where(cut, (level - one) / np.where(cut, other - one, 1), 0)
        place = np.stack([columns + c + (d - c) * part, rows + r + (s - r) * part], axis=1)
        ends[:, k] = np.where(cut[:, None], place, np.nan)
    crossed = ~np.isnan(ends[:, :, 0])
    order = np.argsort(~crossed, axis=1, kind="stable")
    sorted_ends = np.take_along_axis(ends, order[:, :, None], axis=1)
    saddles = crossed.sum(axis=1) == 4
    return np.concatenate([sorted_ends[:, :2], sorted_ends[saddles, 2:]])


def relief(heights: Heights, scale: Scale, rect: QRectF, ratio: float) -> QImage:
    """Paint heights, row 0 at the top, the outer ones at the edges of a rectangle."""
    image = QImage(
        max(round(rect.width() * ratio), 1), max(round(rect.height() * ratio), 1), QImage.Format.Format_RGB32
    )
    image.setDevicePixelRatio(ratio)
    rows, columns = heights.shape
    shares = scale.of(heights)
    x, y = rect.width() / (columns - 1), rect.height() / (rows - 1)
    palette = theme().palette
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        colours = painting.lut_image(shares, painting.magnitude_lut(palette), 0, REACH)
        painter.drawImage(QRectF(-x / 2, -y / 2, rect.width() + x, rect.height() + y), colours)
        pen = QColor(palette.panel if not theme().dark else palette.background)
        for k in range(1, LINES):
            pen.setAlpha(150)
            painter.setPen(QPen(pen, 1))
            pieces = contour(shares, k / LINES) * (x, y)
            painter.drawLines([QLineF(*one, *other) for one, other in pieces.tolist()])
    return image


def height_at(heights: Heights, across: float, down: float) -> float:
    """The height at shares of the rectangle, between the four around it."""
    rows, columns = heights.shape
    column, row = min(max(across, 0), 1) * (columns - 1), min(max(down, 0), 1) * (rows - 1)
    c, r = min(int(column), columns - 2), min(int(row), rows - 2)
    u, v = column - c, row - r
    four = heights[r : r + 2, c : c + 2]
    return float(np.array([1 - v, v]) @ four @ np.array([1 - u, u]))


def scale_bar(painter: QPainter, scale: Scale, at: QPointF) -> None:
    """The lowest and the highest height beside a piece of the scale, from its left end."""
    look = theme()
    painter.setFont(look.font("small"))
    low, high = (human(x + scale.base) for x in (scale.low, scale.high))
    wide, tall, row = look.px(48), look.px(6), look.px(14)
    painter.setPen(look.palette.colour("muted"))
    metrics, x = painter.fontMetrics(), at.x()
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(x, at.y(), metrics.horizontalAdvance(low) + 2, row), middle, low)
    x += metrics.horizontalAdvance(low) + look.px(5)
    colours = painting.lut_image(np.linspace(0, 1, 48)[None], painting.magnitude_lut(look.palette), 0, REACH)
    painter.drawImage(QRectF(x, at.y() + (row - tall) / 2, wide, tall), colours)
    x += wide + look.px(5)
    painter.drawText(QRectF(x, at.y(), metrics.horizontalAdvance(high) + 2, row), middle, high)


def halo(width: float) -> tuple[QPen, QPen]:
    """A wide pen of the ground and a pen of the letters: a line drawn with both is seen on every colour."""
    palette = theme().palette
    ground, ink = QColor(palette.panel), palette.colour("text")
    ground.setAlpha(190)
    pens = []
    for colour, wide in ((ground, width + theme().px(2.5)), (ink, width)):
        pen = QPen(colour, wide)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pens.append(pen)
    return pens[0], pens[1]
