"""Which part of the plane is on screen, and where its places lie in a widget."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from engine.records import Domain

DEEPEST: Final = 60.0
"""How many times the plane can be enlarged."""


class Viewport:
    """A window on a rectangle of the plane; it never shows anything outside it."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.shown = domain
        self.rect = QRectF(0, 0, 1, 1)

    @property
    def key(self) -> tuple[float, ...]:
        """What a picture made for this view depends on."""
        return (*self.shown, self.rect.x(), self.rect.y(), self.rect.width(), self.rect.height())

    @property
    def fitted(self) -> bool:
        """Whether the whole plane is shown."""
        return self.shown == self.domain

    def set_domain(self, domain: Domain) -> None:
        """Show another plane, whole."""
        if domain != self.domain:
            self.domain = self.shown = domain

    def fit(self) -> None:
        """Show the whole plane."""
        self.shown = self.domain

    def to_widget(self, x: float, y: float) -> QPointF:
        """Where a place of the plane lies in the widget."""
        left, right, bottom, top = self.shown
        return QPointF(
            self.rect.left() + (x - left) / (right - left) * self.rect.width(),
            self.rect.bottom() - (y - bottom) / (top - bottom) * self.rect.height(),
        )

    def all_to_widget(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `to_widget`, for many places [n, 2]."""
        left, right, bottom, top = self.shown
        scale = np.array([self.rect.width() / (right - left), -self.rect.height() / (top - bottom)])
        moved: NDArray[np.float64] = (xy - (left, bottom)) * scale + (self.rect.left(), self.rect.bottom())
        return moved

    def to_plane(self, at: QPointF) -> tuple[float, float]:
        """The place of the plane under a pixel."""
        left, right, bottom, top = self.shown
        return (
            left + (at.x() - self.rect.left()) / self.rect.width() * (right - left),
            bottom + (self.rect.bottom() - at.y()) / self.rect.height() * (top - bottom),
        )

    def reach(self, radius: float) -> tuple[float, float]:
        """The half axes in pixels of a brush whose radius is given in twelfths of the plane's sides."""
        left, right, bottom, top = self.domain
        shown = self.shown
        return (
            radius / 12 * (right - left) / (shown.right - shown.left) * self.rect.width(),
            radius / 12 * (top - bottom) / (shown.top - shown.bottom) * self.rect.height(),
        )

    def zoom(self, at: QPointF, factor: float) -> None:
        """Enlarge by a factor; the place under the pointer stays."""
        x, y = self.to_plane(at)
        left, right, bottom, top = self.shown
        whole = self.domain.right - self.domain.left
        width = min(max((right - left) / factor, whole / DEEPEST), whole)
        share = width / (right - left)
        self._show(x - (x - left) * share, y - (y - bottom) * share, width, (top - bottom) * share)

    def pan(self, by: QPointF) -> None:
        """Move by pixels."""
        left, right, bottom, top = self.shown
        across, up = (right - left) / self.rect.width(), (top - bottom) / self.rect.height()
        self._show(left - by.x() * across, bottom + by.y() * up, right - left, top - bottom)

    def _show(self, left: float, bottom: float, width: float, height: float) -> None:
        whole = self.domain
        if math.isclose(width, whole.right - whole.left):
            self.fit()
            return
        left = min(max(left, whole.left), whole.right - width)
        bottom = min(max(bottom, whole.bottom), whole.top - height)
        self.shown = Domain(left, left + width, bottom, bottom + height)

    def source(self, columns: int, rows: int) -> QRectF:
        """The part of an image over the whole plane that is shown; its outermost pixels are centred on the edges."""
        left, right, bottom, top = self.domain
        shown = self.shown
        x = 0.5 + (shown.left - left) / (right - left) * (columns - 1)
        y = 0.5 + (top - shown.top) / (top - bottom) * (rows - 1)
        width = (shown.right - shown.left) / (right - left) * (columns - 1)
        return QRectF(x, y, width, (shown.top - shown.bottom) / (top - bottom) * (rows - 1))


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers between two bounds, about as many as asked for."""
    if not high > low:
        return []
    raw = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    # Steps of three suit the plane from -6 to 6; below one they look odd.
    step = next(power * s for s in (1, 2, 3, 5, 10) if power * s >= raw * 0.999 and (s != 3 or power == 1))
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) + 0.0 for k in range(first, math.floor(high / step + 1e-9) + 1)]
