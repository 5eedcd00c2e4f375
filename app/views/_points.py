"""The points over a surface: a layer of its own, painted again only when the points, the zoom or the theme change."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app import painting
from app.theme import theme
from app.views._viewport import Viewport
from engine.datasets import Samples

STAMPED: Final = 5000
"""Up to here each point is a shape; more become dots through one array."""

SMALLEST: Final = 3.6
LARGEST: Final = 11.0
"""Pixels: below, the forms can't be told apart; above, points hide the surface."""

STEPS: Final = 24
"""Colours by which the values of a regression are told apart on points."""


class PointLayer:
    """A transparent picture of the points, and where they stand."""

    def __init__(self) -> None:
        self._key: object = None
        self._image = QImage()
        self._stamps: dict[tuple[int, bool, str, float, float], QImage] = {}
        self.shown: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self.scale = (-1.0, 1.0)
        """The values at the two ends of the colours, as on the surface below."""
        self.told = True
        """Whether the network is told the classes; where it is not, points have their shapes but no colours."""

    def forget(self) -> None:
        """The theme changed."""
        self._key = None
        self._stamps.clear()

    def image(
        self, view: Viewport, samples: Samples, xy: NDArray[np.float64], share: float, tests: bool, ratio: float
    ) -> QImage:
        """The picture for a view; `tests` tells whether test points are shown."""
        key = (view.key, samples, self.scale, self.told, share, tests, ratio, theme().mode, theme().percent)
        if key != self._key:
            self._key = key
            self._image = self._render(view, samples, xy, share, tests, ratio)
        return self._image

    def _render(
        self, view: Viewport, samples: Samples, xy: NDArray[np.float64], share: float, tests: bool, ratio: float
    ) -> QImage:
        size = QSizeF(view.rect.width() * ratio, view.rect.height() * ratio).toSize()
        places = view.all_to_widget(xy) - (view.rect.left(), view.rect.top())
        train = samples.train(share / 100)
        inside = ((places >= -8) & (places <= (view.rect.width() + 8, view.rect.height() + 8))).all(axis=1)
        self.shown = inside & (train | tests)
        if self.shown.sum() > STAMPED:
            image = _dots(size.width(), size.height(), places * ratio, self._colours(samples), train, self.shown)
        else:
            image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(Qt.GlobalColor.transparent)
            self._stamp(image, samples, places, train, size_for(int(self.shown.sum()), view), ratio)
        image.setDevicePixelRatio(ratio)
        return image

    def _stamp(
        self,
        image: QImage,
        samples: Samples,
        places: NDArray[np.float64],
        train: NDArray[np.bool_],
        diameter: float,
        ratio: float,
    ) -> None:
        order = np.flatnonzero(self.shown)
        kinds, colours = self._kinds(samples)
        valued = not samples.classes and len(samples.columns) > 1
        image.setDevicePixelRatio(ratio)
        with QPainter(image) as painter:
            for k, (x, y) in zip(order.tolist(), places[order].tolist(), strict=True):
                stamp = self._stamp_for(int(kinds[k]), bool(train[k]), colours[k], diameter, ratio, valued)
                half = stamp.width() / ratio / 2
                painter.drawImage(QPointF(round((x - half) * ratio) / ratio, round((y - half) * ratio) / ratio), stamp)

    def _kinds(self, samples: Samples) -> tuple[NDArray[np.intp], list[str]]:
        """The shape and the colour of each point."""
        palette = theme().palette
        if samples.classes:
            kinds = samples.y.astype(np.intp)
            return kinds, [palette.class_colour(k) if self.told else palette.muted for k in kinds.tolist()]
        ones = np.ones(len(samples), np.intp)
        if len(samples.columns) == 1:
            return ones, [palette.muted] * len(samples)
        level = painting.levels_of(samples.y, *self.scale, STEPS)
        lut = painting.signed_lut(palette)[np.linspace(0, painting.LEVELS - 1, STEPS).astype(np.intp)]
        names = [f"#{int(c) & 0xFFFFFF:06x}" for c in lut]
        return ones, [names[k] for k in level.tolist()]

    def _colours(self, samples: Samples) -> NDArray[np.uint32]:
        palette = theme().palette
        if samples.classes and self.told:
            packed = np.array([painting.pack(point_colour(c)) for c in palette.class_colours], np.uint32)
            return packed[samples.y.astype(np.intp) % len(packed)]
        if len(samples.columns) == 1 or samples.classes:
            return np.full(len(samples), painting.pack(palette.muted), np.uint32)
        lut = painting.signed_lut(palette)
        found: NDArray[np.uint32] = lut[painting.levels_of(samples.y, *self.scale)]
        return found

    def _stamp_for(self, kind: int, filled: bool, colour: str, diameter: float, ratio: float, valued: bool) -> QImage:
        key = (kind, filled, colour, diameter, ratio)
        # A value has the colour of the ground it is predicted well on: only its edge stands out.
        edge = theme().palette.muted if valued else edge_colour()
        if key not in self._stamps:
            side = round(diameter * 1.5) + 5
            image = QImage(round(side * ratio), round(side * ratio), QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(Qt.GlobalColor.transparent)
            image.setDevicePixelRatio(ratio)
            with QPainter(image) as painter:
                # Pixels are stamped at whole places, so the middle of the stamp must be one as well.
                draw_point(painter, kind, filled, colour, QPointF(side / 2, side / 2), diameter, edge)
            self._stamps[key] = image
        return self._stamps[key]


def draw_point(
    painter: QPainter, kind: int, filled: bool, colour: str, at: QPointF, diameter: float, edge: str = ""
) -> None:
    """Paint one point as everywhere in the window: filled for training, hollow for test."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ground, ink = QColor(edge_colour()), QColor(point_colour(colour))
    path = painting.shape(kind, diameter, at)
    width = 2 * min(max(diameter * 0.13, 0.55), 1.4)
    painter.setPen(QPen(QColor(edge) if edge else ground, width, j=Qt.PenJoinStyle.MiterJoin))
    painter.setBrush(ground)
    painter.drawPath(path)
    if filled:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawPath(path)
    else:
        line = max(1.0, diameter * 0.18)
        painter.setPen(QPen(ink, line, j=Qt.PenJoinStyle.MiterJoin))
        painter.drawPath(painting.shape(kind, diameter - line, at))


def point_colour(colour: str) -> str:
    """The ink of a point: deeper than the ground of its class by day, brighter by night."""
    return painting.mix(colour, "#ffffff", 0.18) if theme().dark else painting.mix(colour, "#000000", 0.16)


def edge_colour() -> str:
    """What stands around points and inside hollow ones."""
    return "#14171c" if theme().dark else "#ffffff"


def size_for(points: int, view: Viewport) -> float:
    """The diameter of points: it grows with the picture and shrinks with their number, so that many stay apart."""
    apart = math.sqrt(view.rect.width() * view.rect.height() / max(points, 1))
    return min(max(0.34 * apart, SMALLEST), LARGEST)


def _dots(
    width: int,
    height: int,
    places: NDArray[np.float64],
    colours: NDArray[np.uint32],
    train: NDArray[np.bool_],
    shown: NDArray[np.bool_],
) -> QImage:
    """Dots through one array: training points of 2 by 2 pixels, test points of 1."""
    pixels = np.zeros((height, width), np.uint32)
    column, row = np.floor(places).astype(np.intp).T
    for mask, reach in ((shown & ~train, 1), (shown & train, 2)):
        for across in range(reach):
            for up in range(reach):
                c, r = column[mask] + across, row[mask] + up
                fits = (c >= 0) & (c < width) & (r >= 0) & (r < height)
                pixels[r[fits], c[fits]] = colours[mask][fits]
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied).copy()
