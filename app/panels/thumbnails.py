"""Small pictures of data sets, drawn from their own samples."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import icons, painting, pixels
from app.style import mix
from app.theme import theme
from app.widgets.base import box, focus_ring, smooth
from app.widgets.buttons import PlainButton
from engine.datasets import Dataset, Samples
from engine.shapes import Shape

MOST: Final = 64
"""Points in a picture: enough to show the form, few enough to stay apart."""

COLLAGE: Final = 44
"""The side from which nine small pictures can be told apart, in pixels at 100 %."""


def picture(source: Dataset, seed: int, side: int, ratio: float = 1.0) -> QImage:
    """The samples of a set as dots in their colours, `side` pixels wide and high; the ground is left clear."""
    return _picture(source, seed, side, ratio, theme().mode)


@lru_cache(maxsize=256)
def _picture(source: Dataset, seed: int, side: int, ratio: float, _mode: str) -> QImage:
    image = QImage(round(side * ratio), round(side * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        samples = _few(source, seed)
        if source.axes is not None:
            _collage(painter, source.axes, samples, side, source.inked)
            return image
        # Four points of a gate stay visible, many points stay apart.
        places, radius = _places(samples, side), max(1.1, side / (30 if len(samples) > 16 else 16))
        colours = _colours(samples)
        for (x, y), colour in zip(places.tolist(), colours, strict=True):
            painter.setBrush(QColor(colour))
            painter.drawEllipse(QPointF(x, y), radius, radius)
    return image


def _collage(painter: QPainter, axes: Shape, samples: Samples, side: int, inked: bool) -> None:
    """Nine pictures, of as many classes as there are; one where there is no room for nine."""
    rows, columns, channels = (a.size for a in axes)
    beside = 3 if side >= theme().px(COLLAGE) else 1
    kept = [int(np.flatnonzero(samples.y == y)[0]) for y in np.unique(samples.y)][: beside**2]
    kept += [k for k in range(len(samples)) if k not in kept][: beside**2 - len(kept)]
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    edge = side * (0.1 if beside > 1 else 0.2)
    cell = (side - 2 * edge) / beside
    for n, k in enumerate(kept):
        image = pixels.image_of(samples.x[k].reshape(rows, columns, channels), inked)
        scale = (cell - 1.5) / max(rows, columns)
        place = QRectF(edge + n % beside * cell, edge + n // beside * cell, columns * scale, rows * scale)
        painter.drawImage(place, image)


def _few(source: Dataset, seed: int) -> Samples:
    """The samples, or fewer of the same form."""
    wanted = MOST * max(2, len(source.class_names)) // 2
    if getattr(source, "count", 0) > wanted:
        source = replace(source, count=wanted)
    samples = source.samples(seed)
    if len(samples) <= 2 * MOST:
        return samples
    kept = np.linspace(0, len(samples) - 1, MOST).astype(int)
    return Samples(
        samples.columns, samples.x[kept], samples.y[kept], samples.keys[kept], samples.classes, domain=samples.domain
    )


def _places(samples: Samples, side: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    # A task of one dimension is shown as a curve: its value goes up, by a scale of its own.
    flat = samples.x.shape[1] == 1
    xy = np.stack([samples.x[:, 0], samples.y if flat else samples.x[:, 1]], axis=1)
    if not len(xy):
        return xy
    low, high = xy.min(axis=0), xy.max(axis=0)
    span = np.maximum(high - low, 1e-9) if flat else np.full(2, max(float((high - low).max()), 1e-9))
    edge = side * 0.14
    unit = (xy - (low + high) / 2) / span * [1, -1]
    placed: np.ndarray[tuple[int, int], np.dtype[np.float64]] = side / 2 + unit * (side - 2 * edge)
    return placed


def _colours(samples: Samples) -> list[str]:
    palette = theme().palette
    if samples.classes:
        return [palette.class_colour(int(k)) for k in samples.y]
    if samples.x.shape[1] == 1:
        return [palette.positive] * len(samples)
    lut = painting.signed_lut(palette)
    reach = float(np.abs(samples.y).max()) if len(samples) else 1.0
    levels = painting.levels_of(samples.y, -reach or -1.0, reach or 1.0, len(lut))
    return [f"#{int(lut[k]) & 0xFFFFFF:06x}" for k in levels]


class Thumbnail(PlainButton):
    """A button that shows a data set; the chosen one is framed in the accent colour."""

    def __init__(
        self, source: Dataset, name: str, hint: str = "", side: int = 52, parent: QWidget | None = None
    ) -> None:
        super().__init__(name, f"{name}\n{hint}" if hint else name, parent)
        self.source, self._side = source, side
        self.setCheckable(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(self._side), theme().px(self._side))

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Square, but never large."""
        return min(width, theme().px(64))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(22), theme().px(22))

    def nextCheckState(self) -> None:  # noqa: N802 - Qt's name
        """Whether it is chosen follows the experiment, not the click."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look, colours = theme(), theme().palette
        with smooth(self) as painter:
            fill = mix(colours.field, colours.text, 0.06) if self._over else colours.colour("field")
            chosen = self.isChecked()
            line = colours.colour("accent") if chosen else None
            box(painter, self.rect(), look.px(8), colours.colour("panel") if chosen else fill, line, look.px(1.6))
            side = min(self.width(), self.height())
            if not len(self.source.columns) and self.source.axes is None:
                icons.paint(painter, "table", QRectF(self.rect()), "muted")
                return
            image = picture(self.source, 0, side, self.devicePixelRatioF())
            painter.drawImage(QPointF((self.width() - side) / 2, (self.height() - side) / 2), image)
            if self.ring:
                focus_ring(painter, self.rect().adjusted(2, 2, -2, -2), look.px(6))
