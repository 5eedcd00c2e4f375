"""The big surface: the outputs over the plane, the points on it, the brush. One widget, painted lean."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import painting
from app.context import Context
from app.numbers import human
from app.theme import theme
from app.views import _modes, _overlays, _readout
from app.views._base import explain
from app.views._cuts import cuts
from app.views._points import PointLayer, edge_colour, size_for
from app.views._viewport import Viewport, ticks
from app.widgets.base import Themed, focus_ring
from engine.experiment import classifies, plane, task
from engine.producers.batch import Batch
from engine.producers.landmarks import Landmarks
from engine.records import Domain, Surface

NEAR: Final = 10
"""How many pixels around the pointer a point is said to lie under it."""

LEFT: Final = 16
BELOW: Final = 18
"""The least room for the numbers along the sides, in pixels at 100 %."""

EMPTY: Final = "The output appears as soon as the network has been computed once."


class SurfacePicture(Themed):
    """Paints a surface with its points; what pointer and keys do is decided by `_pointer.Pointer`."""

    moved = Signal()
    """Another part of the plane, or another size, is on screen."""
    painted = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.view = Viewport(context.session.samples.domain)
        self.surface: Surface | None = None
        self.mode = "probability"
        self.show_tests = True
        self.mark_mistakes = False
        self.batch: Batch | None = None
        self.landmarks: Landmarks | None = None
        self.pointer: QPointF | None = None
        self.points = PointLayer()
        self._detail: Surface | None = None
        self._image, self._fine = QImage(), QImage()
        self.places: NDArray[np.float64] = np.zeros((0, 2))
        self._nearest: tuple[object, int] = (None, -1)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("output over the plane")
        self.take_samples()

    # -- what is shown ------------------------------------------------------------------------------------------

    def take_samples(self) -> None:
        """The data changed."""
        session = self.context.session
        samples = session.samples
        across, up = plane(session.experiment.data)
        columns = samples.columns
        x = samples.x[:, columns.index(across)]
        values_up = across == up and not samples.classes
        y = samples.y if values_up else samples.x[:, columns.index(up)]
        self.places = np.stack([x, y], axis=1)
        if self.surface is None:
            self.view.set_domain(_filled(session.experiment.data.source.domain_of(across, up)))
        self.update()

    def show_surface(self, surface: Surface | None, detail: Surface | None = None) -> None:
        """Show another surface; `detail` is the part of it that is enlarged, computed for itself."""
        self.surface, self._detail = surface, detail
        if surface is not None:
            self.view.set_domain(_filled(surface.domain))
            if not surface.classes:
                self.points.scale = (surface.low, surface.high)
            offered = [m.key for m in _modes.modes_of(surface)]
            if self.mode not in offered:
                self.mode = offered[0]
            self._fill()
        self.update()

    def set_mode(self, mode: str) -> None:
        """See it another way."""
        self.mode = mode
        self._fill()
        self.update()

    def zoom(self, at: QPointF, factor: float) -> None:
        """Enlarge by a factor; the place at a pixel stays."""
        self.view.zoom(at, factor)
        self._moved()

    def pan(self, by: QPointF) -> None:
        """Move by pixels."""
        self.view.pan(by)
        self._moved()

    def fit(self) -> None:
        """Show the whole plane."""
        self.view.fit()
        self._moved()

    @property
    def detail(self) -> Surface | None:
        """The enlarged part, while there is one; just after a move it may still be the one before."""
        return None if self.view.fitted else self._detail

    def _moved(self) -> None:
        self.moved.emit()
        self.update()

    def restyle(self) -> None:
        if hasattr(self, "points"):  # not yet while the base class is being made
            self.points.forget()
            self._fill()

    @property
    def line(self) -> bool:
        """Whether the task has one input."""
        return self.surface is not None and _modes.is_line(self.surface) and not self.surface.classes

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(390), theme().px(320))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(140), theme().px(120))

    def nearest(self, at: QPointF, reach: float) -> int:
        """The shown point within a reach in pixels; -1 where there is none."""
        key = (at.toTuple(), self.view.key, self.context.session.samples, self.show_tests, reach)
        if key != self._nearest[0]:
            self._nearest = (key, self._search(at, reach))
        return self._nearest[1]

    def _search(self, at: QPointF, reach: float) -> int:
        shown = self.points.shown
        if not len(self.places) or len(shown) != len(self.places) or not shown.any():
            return -1
        away = np.hypot(*(self.view.all_to_widget(self.places) - (at.x(), at.y())).T)
        away[~shown] = np.inf
        k = int(away.argmin())
        return k if away[k] <= reach else -1

    def readout(self) -> list[_readout.Line]:
        """The numbers under the pointer."""
        if self.pointer is None or self.surface is None or not self.view.rect.contains(self.pointer):
            return []
        session = self.context.session
        k = self.nearest(self.pointer, theme().px(NEAR))
        train = k >= 0 and bool(session.samples.keys[k] < session.experiment.data.share / 100)
        x, y = self.view.to_plane(self.pointer)
        detail = self.detail
        shown = detail if detail is not None and detail.domain.holds(x, y) else self.surface
        told = task(session.experiment) != "unsupervised"
        return _readout.lines(shown, session.samples, (x, y), k, train, told)

    def _fill(self) -> None:
        if self.surface is not None and not self.line:
            self._image = painting.image_of(_modes.pixels(self.surface, self.mode, theme().palette))
        if self.detail is not None:
            self._fine = painting.image_of(_modes.pixels(self.detail, self.mode, theme().palette))

    # -- painting -----------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The plane fills what the axes leave."""
        super().resizeEvent(event)
        self.moved.emit()

    def square(self, width: int) -> int:
        """The height with which the plane is a square as wide as it can be; 0 where it need not be one."""
        return 0 if self._flat else width - self._left() + theme().px(BELOW)

    @property
    def _flat(self) -> bool:
        """Whether there is one input: its curve makes use of any form."""
        return len(self.context.session.samples.columns) == 1 and not self.context.session.samples.classes

    def _left(self) -> int:
        """The room for the numbers at the left."""
        metrics = QFontMetrics(theme().font("small"))
        numbers = [human(y) for y in ticks(self.view.shown.bottom, self.view.shown.top)]
        return theme().px(6) + max([theme().px(LEFT), *map(metrics.horizontalAdvance, numbers)])

    def _place(self) -> None:
        left, below = self._left(), theme().px(BELOW)
        width, height = max(self.width() - left, 1), max(self.height() - below, 1)
        if not self._flat:
            left += max(width - height, 0) // 2
            width = height = min(width, height)
        self.view.rect = QRectF(left, 0, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Ground, points, marks, brush, numbers."""
        self._place()
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), theme().palette.colour("panel"))
            rect = self.view.rect
            painter.setClipRect(rect)
            self._ground(painter)
            self._points(painter)
            if self.line:
                self._curve(painter)
            if self.mark_mistakes:
                self._mistakes(painter)
            if self.batch is not None:
                _overlays.pulls(painter, self.batch, self.view, self.places)
            if self.landmarks is not None:
                _overlays.landmarks(painter, self.landmarks, self.view)
            if self.surface is not None and not len(self.context.session.samples):
                _overlays.invitation(painter, rect)
            cuts(painter, self.context, self.view)
            _overlays.selection(painter, self.context, self.view, self.places)
            _overlays.brush(painter, self.context, self.view, self.pointer)
            painter.setClipping(False)
            _overlays.corners(painter, rect)
            _overlays.axes(painter, self.context, self.view)
            content = self.readout()
            if content and self.pointer is not None:
                _readout.paint(painter, rect, self.pointer, content)
            if self.ring:
                focus_ring(painter, rect, theme().px(8))
        self.painted.emit()

    def _ground(self, painter: QPainter) -> None:
        rect, palette = self.view.rect, theme().palette
        if self.surface is None:
            painter.fillRect(rect, palette.colour("field"))
            if not len(self.places):
                explain(painter, rect.toRect(), EMPTY)
        elif self.line:
            self._paper(painter)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            image = self._image
            painter.drawImage(rect, image, self.view.source(image.width(), image.height()))
            if self.detail is not None:
                # Its outermost pixels are centred on its edges.
                left, right, bottom, top = self.detail.domain
                inner = QRectF(self._fine.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
                place = QRectF(self.view.to_widget(left, top), self.view.to_widget(right, bottom))
                painter.drawImage(place, self._fine, inner)

    def _paper(self, painter: QPainter) -> None:
        """What lies below the points of a curve."""
        rect, palette, view = self.view.rect, theme().palette, self.view
        painter.fillRect(rect, palette.colour("field"))
        painter.setPen(QPen(palette.colour("line"), 1))
        for y in ticks(view.shown.bottom, view.shown.top):
            level = round(view.to_widget(0, y).y()) + 0.5
            painter.drawLine(QPointF(rect.left(), level), QPointF(rect.right(), level))
        if self.mode == "residuals":
            self._residuals(painter, *self._answers())

    def _answers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        assert self.surface is not None
        values = self.surface.values[0, :, 0].astype(np.float64)
        return np.linspace(*self.surface.domain[:2], len(values)), values

    def _curve(self, painter: QPainter) -> None:
        """The curve over its points: what is learned is never hidden by what it is learned from."""
        places = self.view.all_to_widget(np.stack(self._answers(), axis=1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = QPolygonF([QPointF(a, b) for a, b in places.tolist()])
        for width, colour in ((4.5, edge_colour()), (2.2, theme().palette.accent)):
            painter.setPen(QPen(QColor(colour), theme().px(10 * width) / 10, j=Qt.PenJoinStyle.RoundJoin))
            painter.drawPolyline(line)

    def _residuals(self, painter: QPainter, x: NDArray[np.float64], values: NDArray[np.float64]) -> None:
        points = self.places[:2000]
        train = self.context.session.samples.train(self.context.session.experiment.data.share / 100)[:2000]
        points = points[train | self.show_tests]
        onto = np.stack([points[:, 0], np.interp(points[:, 0], x, values)], axis=1)
        ends = np.concatenate([self.view.all_to_widget(points), self.view.all_to_widget(onto)], axis=1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().palette.colour("faint"), 1))
        for a, b, c, d in ends.tolist():
            painter.drawLine(QPointF(a, b), QPointF(c, d))

    def _points(self, painter: QPainter) -> None:
        session = self.context.session
        if len(session.samples) != len(self.places):
            return
        self.points.told = classifies(session.experiment)
        layer = self.points.image(
            self.view,
            session.samples,
            self.places,
            session.experiment.data.share,
            self.show_tests,
            self.devicePixelRatioF(),
        )
        painter.drawImage(self.view.rect.topLeft(), layer)

    def _mistakes(self, painter: QPainter) -> None:
        """A ring around each shown point whose class the surface does not choose where it lies."""
        for at in self.view.all_to_widget(self.places[self.mistakes()]).tolist():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().palette.colour("danger"), theme().px(1.6)))
            reach = size_for(int(self.points.shown.sum()), self.view) * 0.95
            painter.drawEllipse(QPointF(*at), reach, reach)

    def mistakes(self) -> NDArray[np.intp]:
        """The shown points on the wrong side of the surface, at most 3000; none where the plane is not all there is."""
        surface, session = self.surface, self.context.session
        samples = session.samples
        if (
            surface is None
            or surface.classes != session.experiment.data.source.class_names
            or not surface.classes
            or len(samples.columns) != 2
            or len(self.points.shown) != len(samples)
        ):
            return np.zeros(0, np.intp)
        left, right, bottom, top = surface.domain
        rows, columns = surface.values.shape[:2]
        column = np.rint((self.places[:, 0] - left) / (right - left) * (columns - 1)).astype(np.intp)
        row = np.rint((top - self.places[:, 1]) / (top - bottom) * (rows - 1)).astype(np.intp)
        chosen, _ = painting.likeliest(surface.values[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)])
        wrong: NDArray[np.intp] = np.flatnonzero((chosen != samples.y) & self.points.shown)[:3000]
        return wrong


def _filled(domain: Domain) -> Domain:
    """A domain that has a size, whatever the data."""
    left, right, bottom, top = domain
    across, up = float(not right > left), float(not top > bottom)
    return Domain(left - across, right + across, bottom - up, top + up)
