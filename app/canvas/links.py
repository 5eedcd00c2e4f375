"""The links: painted into one image, bundle by bundle, and only those whose look has changed.

Painting curves is the dearest thing in the diagram, so every call has a budget of time, and what took long rests for a
while as a run goes on; what is left is painted with a later frame. Weights move slowly, so nobody sees that.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen

from app.canvas.colours import FROZEN, LEVELS, Pens, blend
from app.canvas.parts import Bundle, Layout
from app.theme import theme
from engine.records import BETWEEN, Matrices, Matrix

Codes = NDArray[np.int16]

FAINT: Final = 0.045
"""Links weaker than this share of the strongest can't be seen and are not drawn."""

MOST: Final = 240
"""Links drawn in one bundle: the strongest; more would be a carpet."""


KEPT: Final = 8000
"""Curves kept for the next time; enough for every network that is not condensed."""

REST: Final = 15.0
"""How many times as long as they took to paint bundles stay as they are while a run goes on."""

WAIT: Final = 0.25
"""Seconds after which a bundle shows even the smallest change."""


def curve(x0: float, y0: float, x1: float, y1: float) -> QPainterPath:
    """A link: horizontal at both ends."""
    path = QPainterPath(QPointF(x0, y0))
    middle = (x0 + x1) / 2
    path.cubicTo(middle, y0, middle, y1, x1, y1)
    return path


def plain(bundle: Bundle) -> QPainterPath:
    """The lines of a bundle without weights."""
    path = QPainterPath()
    for y0, y1 in zip(bundle.y0.tolist(), bundle.y1.tolist(), strict=True):
        path.addPath(curve(bundle.x0, y0, bundle.x1, y1))
    return path


def plain_pen(lines: int, token: str = "faint") -> QPen:
    """The pen of connections without weights: of one colour and width, paler where there are many."""
    colours = theme().palette
    share = 0.9 if lines == 1 else 0.55
    width = (1.6 if lines == 1 else 1.0) * theme().percent / 100
    return QPen(blend(colours.colour(token), colours.colour("panel"), share), width)


def strongest(matrix: Matrix, sources: tuple[str, ...]) -> NDArray[np.float32] | None:
    """The weights [source, target]: of neurons with several sums the strongest of each pair; None if others read them.

    The rows of a matrix are its sources, or `source · sum` for each sum of a source in turn, or `tap · source` for each
    source of a tap in turn.
    """
    if matrix.rows == sources:
        return matrix.values
    sums, rest = divmod(len(matrix.rows), max(len(sources), 1))
    if rest or not sums:
        return None  # the weights of another network: it has just been edited
    if tuple(row.rpartition(BETWEEN)[2] for row in matrix.rows) == sources * sums:
        taps = matrix.values.reshape(sums, len(sources), -1)
        found: NDArray[np.float32] = np.take_along_axis(taps, np.abs(taps).argmax(axis=0)[None], axis=0)[0]
        return found
    if tuple(row.partition(BETWEEN)[0] for row in matrix.rows) != tuple(s for s in sources for _ in range(sums)):
        return None
    values = matrix.values.reshape(len(sources), sums, -1)
    pick = np.abs(values).argmax(axis=1)[:, None, :]
    return np.take_along_axis(values, pick, axis=1)[:, 0, :]


def reference(matrices: Mapping[str, Matrix], names: list[str]) -> float:
    """The weight drawn at full strength: nearly the largest, at least 1, in steps so that it does not tremble."""
    parts = [np.abs(matrices[n].values).ravel() for n in names if n in matrices]
    largest = float(np.quantile(np.concatenate(parts), 0.98)) if sum(map(len, parts)) else 1.0
    return float(1.1 ** np.ceil(np.log(max(largest, 1.0)) / np.log(1.1)))


def codes(values: NDArray[np.float32], frozen: NDArray[np.bool_] | None, full: float) -> Codes:
    """The steps that links are drawn at: signed strength, 0 where nothing is drawn, more when held fast."""
    # Among many links only the strong ones tell something: the others step back, and the strongest of the bundle, not
    # of the network, is the measure.
    crowd = float(np.clip(np.log2(max(values.size, 1) / 64) / 4, 0, 1))
    largest = float(np.abs(values).max(initial=0.0))
    own = max(crowd, 0.4)  # a bundle of small weights is faint, not gone
    full = full ** (1 - own) * max(largest, 0.05 * full) ** own
    strength = np.minimum(np.abs(values) / full, 1.0) ** (1 + 3.0 * crowd)
    if strength.size > MOST:
        weak = np.argpartition(np.abs(values), -MOST, axis=None)[:-MOST]
        strength.ravel()[weak] = 0
    step = np.ceil(strength * LEVELS)
    if frozen is not None:
        step += FROZEN * frozen
    signed: Codes = np.where(strength < FAINT, 0, np.copysign(step, values)).astype(np.int16)
    return signed


class Links:
    """The image of all links of one layout."""

    def __init__(self) -> None:
        self.image = QImage()
        self.top = 0.0
        self._layout: Layout | None = None
        self._wanted: list[Codes] = []
        self._drawn: list[Codes | None] = []
        self._paths: dict[tuple[int, int, int], QPainterPath] = {}
        self._painted: dict[int, float] = {}
        self._rests: dict[int, float] = {}
        self._pens: Pens | None = None
        self._zones: list[list[int]] = []
        self._next = self._waiting = self._taken = 0
        self._full = 1.0
        self._matrices: Mapping[str, Matrix] = {}

    def place(self, layout: Layout, ratio: float) -> None:
        """Begin anew for another layout, palette or screen."""
        self._layout = layout
        self._pens = Pens(theme().palette, layout.scale)
        self._paths = {}
        zones: dict[int, list[int]] = {}
        for k, bundle in enumerate(layout.bundles):
            zones.setdefault(bundle.zone, []).append(k)
        self._zones = list(zones.values())
        self._taken, self._waiting, self._matrices = 0, len(self._zones), {}
        self._wanted = [np.zeros((len(b.y0), len(b.y1)), np.int16) for b in layout.bundles]
        self._drawn, self._rests = [None] * len(layout.bundles), {}
        self.top = 100 * layout.scale
        height = max(1.0, layout.view[1] - self.top)
        size = (max(1, round(layout.width * ratio)), max(1, round(height * ratio)))
        if (self.image.width(), self.image.height()) != size:
            self.image = QImage(*size, QImage.Format.Format_RGB32)
        self.image.setDevicePixelRatio(ratio)
        self.image.fill(theme().palette.colour("panel"))

    def take(self, matrices: Matrices, lazy: bool = False) -> None:
        """Note the newest weights; what the links look like is worked out when their turn comes.

        While a run goes on (`lazy`) the weight that is drawn at full strength is looked for now and then only.
        """
        if self._layout is None:
            return
        if not lazy or self._taken % 8 == 0:
            self._full = reference(matrices.items, [b.weights for b in self._layout.bundles])
        self._taken += 1
        self._matrices = matrices.items
        self._waiting = len(self._zones)

    def shown(self, k: int) -> Codes | None:
        """The steps at which the links of a bundle are drawn now; none while there are no weights."""
        return self._drawn[k] if k < len(self._drawn) and self._layout and self._layout.bundles[k].weights else None

    def paint(self, seconds: float, lazy: bool = False) -> bool:
        """Paint what has changed, at most about so long (but at least one bundle); tell whether all is painted.

        While a run goes on (`lazy`) a few links that changed by one step may wait for others.
        """
        layout = self._layout
        if layout is None:
            return True
        end = time.perf_counter() + seconds
        while self._waiting:
            zone = self._zones[self._next % len(self._zones)]
            self._next, self._waiting = self._next + 1, self._waiting - 1
            if lazy and time.perf_counter() < self._rests.get(zone[0], 0.0):
                continue
            stale = [self._is_stale(k, lazy) for k in zone]
            if any(stale):
                self._paint_zone(zone)
                if time.perf_counter() > end:
                    break
        return not self._waiting

    def _is_stale(self, k: int, lazy: bool = False) -> bool:
        assert self._layout is not None
        bundle, drawn = self._layout.bundles[k], self._drawn[k]
        matrix = self._matrices.get(bundle.weights)
        if matrix is not None:
            values, flat = strongest(matrix, bundle.sources), matrix.rows == bundle.sources
            if values is not None and values.shape == self._wanted[k].shape and matrix.columns == bundle.targets:
                self._wanted[k] = codes(values, matrix.frozen if flat else None, self._full)
        if drawn is None:
            return True
        changed = np.count_nonzero(drawn != self._wanted[k])
        if not lazy or time.perf_counter() - self._painted.get(k, 0.0) > WAIT:
            return bool(changed > 0)
        return bool(changed > 0.06 * np.count_nonzero(drawn))

    def _paint_zone(self, zone: list[int]) -> None:
        """Paint the bundles that share a part of the image, those without weights behind the others."""
        assert self._layout is not None
        bundles, begun = [self._layout.bundles[k] for k in zone], time.perf_counter()
        left, right = min(b.x0 for b in bundles), max(b.x1 for b in bundles)
        area = QRectF(left, self.top, right - left, self.image.height())
        with QPainter(self.image) as painter:
            painter.translate(0, -self.top)
            painter.setClipRect(area)
            painter.fillRect(area, theme().palette.colour("panel"))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for k, bundle in sorted(zip(zone, bundles, strict=True), key=lambda x: x[1].weights != ""):
                if bundle.weights:
                    self._draw_curves(painter, bundle, k)
                else:
                    painter.setPen(plain_pen(len(bundle.y0)))
                    painter.drawPath(plain(bundle))
        now = time.perf_counter()
        self._rests[zone[0]] = now + REST * (now - begun)
        for k in zone:
            self._drawn[k], self._painted[k] = self._wanted[k], now

    def _draw_curves(self, painter: QPainter, bundle: Bundle, k: int) -> None:
        assert self._pens is not None
        wanted, thick = self._wanted[k], thickness(bundle)
        rows, columns = np.nonzero(wanted)
        values = wanted[rows, columns]
        # Strong links lie above weak ones.
        order = np.argsort(np.abs(values) % FROZEN, kind="stable")
        for i, j, code in zip(rows[order].tolist(), columns[order].tolist(), values[order].tolist(), strict=True):
            path = self._paths.get((k, i, j))
            if path is None:
                if len(self._paths) > KEPT:
                    self._paths.clear()
                path = curve(bundle.x0, float(bundle.y0[i]), bundle.x1, float(bundle.y1[j]))
                self._paths[k, i, j] = path
            painter.setPen(self._pens(code, thick))
            painter.drawPath(path)


def thickness(bundle: Bundle) -> float:
    """How wide the strongest link of a bundle is: less where neurons stand close."""
    ends = np.concatenate([np.diff(np.unique(bundle.y0)), np.diff(np.unique(bundle.y1)), [30.0]])
    room = float(ends.min()) * 0.24 / max(1.0, len(bundle.y0) * len(bundle.y1) / 64) ** 0.5
    return float(np.clip(round(2 * room) / 2, 1.0, 4.6))


def slopes(bundle: Bundle, x: float, y: float) -> NDArray[np.float64]:
    """Distances [source, target] of the point (x, y) from every link of a bundle, about as the eye measures them."""
    t = np.linspace(0, 1, 65)
    across = bundle.x0 + (bundle.x1 - bundle.x0) * (1.5 * t * (1 - t) + t**3)
    at = float(np.interp(x, across, t))
    rise = bundle.y1[None, :] - bundle.y0[:, None]
    height = bundle.y0[:, None] + rise * (3 * at**2 - 2 * at**3)
    run = (bundle.x1 - bundle.x0) * (1.5 - 3 * at + 3 * at**2)
    slope = rise * 6 * at * (1 - at) / max(run, 1e-9)
    found: NDArray[np.float64] = np.abs(y - height) / np.sqrt(1 + slope**2)
    return found
