"""Pictures of the filter bench: before and after with their histograms, and the sum of one pixel."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from app import painting
from app.numbers import human
from app.pixels import image_of
from app.theme import theme
from app.views._base import Picture, explain
from app.views._cells import Cells
from app.views._kernel import outline
from app.views._patch import LEFT, fitted, mark, paint_patch, part_of, signed
from app.widgets.base import focus_ring, smooth
from engine.filters import histogram
from engine.layers._receptive import Box
from engine.producers.cell import Patch

F = NDArray[np.float64]

WAITING: Final = "The picture under the glass appears here."
BINS: Final = 32
TERMS: Final = 9
"""Terms of a sum that are written out."""


class Shown(Cells):
    """A picture with its range and its histogram."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.values: F | None = None
        self.signed = False
        self.box: Box | None = None
        self.setAccessibleName(f"the picture {name}")

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(120), theme().px(150))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(60), theme().px(60))

    def show_values(self, values: F | None, box: Box | None, *, signed: bool = False) -> None:
        """Show numbers [row, column] and mark a part; `signed` ones by their sign, others as ink from 0 to 1."""
        self.values, self.box, self.signed = values, box, signed
        self.setAccessibleDescription(self.told)
        self.update()

    @property
    def form(self) -> tuple[int, int]:
        return self.values.shape if self.values is not None else (0, 0)

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest value."""
        return (float(self.values.min()), float(self.values.max())) if self.values is not None else (0.0, 0.0)

    @property
    def told(self) -> str:
        """What is shown, with its range."""
        low, high = self.ends
        return f"{self.name}: {human(low)} … {human(high)}"

    @property
    def hint(self) -> str:
        """How values became colours."""
        if self.signed:
            return "orange < 0 < blue"
        low, high = self.ends
        return "cut off at 0 and 1" if low < -1e-9 or high > 1 + 1e-9 else ""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with smooth(self) as painter:
            if self.values is None:
                return
            line, strip = look.px(18), look.px(44)
            room = QRectF(0, line, self.width(), max(self.height() - line - strip, look.px(20)))
            self.place = fitted(room.adjusted(1, 0, -1, 0), *self.values.shape)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(self.place, self._image())
            outline(painter, self.place, chosen=False)
            painter.setFont(look.font("small"))
            fits = painter.fontMetrics().horizontalAdvance(self.told) <= self.width()
            self._text(painter, QRectF(0, 0, self.width(), line), self.told if fits else self.told.partition(": ")[2])
            if self.box is not None:
                mark(painter, self.place, self.box, *self.values.shape)
            below = QRectF(self.place.left(), self.place.bottom() + look.px(4), self.place.width(), strip - look.px(18))
            self._histogram(painter, below)
            self._text(painter, QRectF(0, below.bottom(), self.width(), look.px(14)), self.hint)
            if self.ring:
                focus_ring(painter, self.rect(), look.px(6))

    @staticmethod
    def _text(painter: QPainter, room: QRectF, text: str) -> None:
        look = theme()
        painter.setFont(look.font("small"))
        painter.setPen(look.palette.colour("muted"))
        painter.drawText(
            room, LEFT, painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        )

    def _image(self) -> Any:
        assert self.values is not None
        if not self.signed:
            return image_of(self.values[:, :, None], self.inked)
        limit = float(np.abs(self.values).max()) or 1.0
        return painting.lut_image(self.values, painting.signed_lut(theme().palette), -limit, limit)

    def _histogram(self, painter: QPainter, room: QRectF) -> None:
        """Bars from the least to the greatest value, 0 and 1 at least; their heights are roots, for few are many."""
        assert self.values is not None
        low, high = min(self.ends[0], 0.0), max(self.ends[1], 1.0)
        counts = np.sqrt(histogram(self.values, BINS, low, high))
        wide, most = room.width() / BINS, float(counts.max()) or 1.0
        painter.setPen(Qt.PenStyle.NoPen)
        colour = QColor(theme().palette.colour("muted"))
        for k, count in enumerate(counts.tolist()):
            tall = room.height() * count / most
            painter.fillRect(QRectF(room.left() + k * wide, room.bottom() - tall, max(wide - 1, 1), tall), colour)
        painter.fillRect(QRectF(room.left(), room.bottom(), room.width(), 1), theme().palette.colour("line"))


class Written(Picture):
    """One pixel of the result: what the kernel saw there × the kernel, and the sum in a line."""

    def __init__(self) -> None:
        super().__init__()
        self.patches: tuple[Patch, ...] = ()
        self.at, self.value, self.divisor, self.told = (0, 0), 0.0, 1.0, WAITING
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("the sum of a pixel")

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(120), theme().px(40))

    def show_sum(
        self, patches: tuple[Patch, ...], at: tuple[int, int], value: float, formula: str, divisor: float
    ) -> None:
        """Show the sum of the pixel at a row and column of the result; the line writes the divisor behind the sum."""
        self.patches, self.at, self.value, self.divisor = patches, at, value, divisor
        self.told = self._told(formula)
        self.setAccessibleDescription(self.told)
        self.update()

    def say(self, sentence: str) -> None:
        """Show a sentence instead."""
        self.patches, self.told = (), sentence
        self.update()

    def _told(self, formula: str) -> str:
        place = f"row {self.at[0] + 1}, column {self.at[1] + 1}"
        if not self.patches:
            return f"{place}: {human(self.value)}; {formula}"
        if len(self.patches) > 1:
            parts = ", ".join(f"{q.source} = {human(part_of(q))}" for q in self.patches)
            return f"{place}: {parts}; {formula} = {human(self.value)}"
        (patch,) = self.patches
        if patch.weights is None:
            seen = ", ".join(human(float(v)) for v in patch.seen[patch.inside][:TERMS])
            return f"{place}: of {seen}{' …' if patch.seen.size > TERMS else ''}: {human(self.value)}"
        pairs = [(float(a), float(b)) for a, b in zip(patch.seen.ravel(), patch.weights.ravel(), strict=True) if b]
        terms = " + ".join(f"{human(a)} × {signed(b * self.divisor)}" for a, b in pairs[:TERMS]) or "0"
        more = f" + {len(pairs) - TERMS} more" if len(pairs) > TERMS else ""
        whole = terms + more if self.divisor == 1 else f"({terms}{more}) ÷ {human(self.divisor)}"
        return f"{place}: {whole} = {human(self.value)}"

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with smooth(self) as painter:
            if not self.patches and self.told == WAITING:
                explain(painter, self.rect(), WAITING)
                return
            text = look.px(50)
            tall = self.height() - text
            shown = self.patches if tall >= look.px(56) else ()
            wide = min(self.width() / max(len(shown), 1), look.px(420))
            limit = max((float(np.abs(q.seen).max(initial=0)) for q in shown), default=0) or 1.0
            most = max((float(np.abs(q.weights).max()) for q in shown if q.weights is not None), default=0) or 1.0
            for k, q in enumerate(shown):
                paint_patch(painter, q, q.source, QRectF(k * wide, 0, wide, tall), limit, most)
            painter.setFont(look.font("small", 500))
            painter.setPen(look.palette.colour("text"))
            beside = (wide - look.px(108)) / 2  # as `paint_patch` shares the width
            top = min(tall, beside + look.px(26)) if shown else 0
            room = QRectF(0, top + look.px(4), self.width(), self.height() - top)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap), self.told)
