"""A plot of lines over one axis by pyqtgraph, in the dress of the window: grid without a frame, few quiet numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QPen

from app.numbers import human
from app.theme import theme
from app.widgets.base import Label
from engine.records import Curve, Role

PENS: Final[Mapping[Role, tuple[str, Qt.PenStyle]]] = {
    "train": ("accent", Qt.PenStyle.SolidLine),
    "test": ("muted", Qt.PenStyle.DashLine),
    "other": ("text", Qt.PenStyle.DotLine),
}
"""Colour and dash by role: colour is never the only sign."""


PLACES: Final = (0.0, 1.0, 0.5)
"""Where the numbers may stand, the best first."""

WIDTH: Final = 1.0
"""2000 noisy points at 600 x 600 take 8 ms at width 1 and 100 ms at 1.4: Qt strokes only thin lines quickly."""


class Ticks(pg.AxisItem):  # type: ignore[misc] # pyqtgraph has no types
    """An axis whose numbers are written for people; powers of ten on a log scale."""

    kept_free = 0
    """Pixels at its end that belong to its name."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        """The numbers; on a log scale only 1, 2 and 5 of each power."""
        if not self.logMode:
            return [human(v * scale) for v in values]
        return [human(x) if f"{x:.0e}"[0] in "125" else "" for x in (10.0**v for v in values)]

    def generateDrawSpecs(self, painter: Any) -> Any:  # noqa: N802 - pyqtgraph's name
        """Leave out the numbers where the name of the axis stands."""
        specs = super().generateDrawSpecs(painter)
        if specs is None or not self.kept_free:
            return specs
        axis, marks, texts = specs
        end = self.size().width() - self.kept_free
        return axis, marks, [text for text in texts if text[0].right() < end]


class Frame(pg.ViewBox):  # type: ignore[misc]
    """Wheel zooms, left drag pans, double click fits; its own menu stays away."""

    fitted = Signal()

    def mouseDoubleClickEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Fit."""
        event.accept()
        self.fitted.emit()


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """Lines of one curve. `pointed` tells the x under the pointer, NaN when it left."""

    pointed = Signal(float)

    def __init__(self) -> None:
        axes = {"left": Ticks("left"), "bottom": Ticks("bottom")}
        self.frame_box = Frame(enableMenu=False)
        super().__init__(viewBox=self.frame_box, axisItems=axes)
        self._lines: dict[str, Any] = {}
        self._roles: dict[str, Role] = {}
        self._x: NDArray[np.float64] = np.zeros(0)
        self._closing = False
        self.log = False
        self.follow = True
        self._marker = pg.InfiniteLine(angle=90, movable=False)
        self._marker.hide()
        self.plotItem.addItem(self._marker, ignoreBounds=True)
        self.plotItem.hideButtons()
        self.plotItem.setMenuEnabled(False)
        self.axis_name = Label("epoch", "small", 400, "muted", self)
        self.frame_box.fitted.connect(self.fit)
        self.frame_box.sigRangeChangedManually.connect(self._zoomed)
        self.scene().sigMouseMoved.connect(self._moved)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
        self.dress()

    def close(self) -> bool:
        """End it, even with the pointer over it."""
        self._closing = True
        return bool(super().close())

    def dress(self) -> None:
        """Take colours and letters from the theme."""
        look = theme()
        self.setBackground(look.palette.colour("panel"))
        for name in ("left", "bottom"):
            axis = self.plotItem.getAxis(name)
            axis.setPen(QPen(Qt.PenStyle.NoPen))
            axis.setTextPen(look.palette.colour("muted"))
            axis.setStyle(
                tickFont=look.font("small"),
                tickLength=0,
                tickTextOffset=look.px(4),
                maxTickLevel=0,
                hideOverlappingLabels=name == "left",
            )
        self.setMinimumHeight(look.px(72))
        left = self.plotItem.getAxis("left")
        self.plotItem.getAxis("bottom").setTickPen(look.palette.colour("panel"))
        left.setTickPen(look.palette.colour("line"))
        left.setGrid(255)
        left.setWidth(look.px(34))
        self.plotItem.getAxis("bottom").setHeight(look.px(20))
        self._place_name()
        self._marker.setPen(QPen(look.palette.colour("faint"), 0))
        for title, line in self._lines.items():
            line.setPen(self._pen(self._roles[title]))

    def resizeEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """The name of the axis stands at its end."""
        super().resizeEvent(event)
        if hasattr(self, "axis_name"):  # not yet while the base class is being made
            self._place_name()

    def _place_name(self) -> None:
        size = self.axis_name.sizeHint()
        self.plotItem.getAxis("bottom").kept_free = size.width() + theme().px(10)
        self.axis_name.setGeometry(
            self.width() - size.width() - 1,
            self.height() - size.height() - theme().px(2),
            size.width() + 1,
            size.height(),
        )

    def free_height(self) -> float:
        """Where at the end of the lines there is room, of 0 at the top, a half, and 1 at the bottom."""
        bottom, top = self.frame_box.viewRange()[1]
        ends = [y[-max(len(y) // 3, 1) :] for line in self._lines.values() if len(y := _finite(line))]
        if not ends or not top > bottom:
            return 0.0
        level = np.concatenate(ends)
        level = np.log10(np.maximum(level, 1e-12)) if self.log else level
        down = (top - level) / (top - bottom)
        return min(PLACES, key=lambda place: int((np.abs(down - place) < 1 / 3).sum()))

    def show_curve(self, curve: Curve) -> None:
        """Show the lines of a curve; the view follows unless somebody zoomed."""
        if {line.title for line in curve.lines} != set(self._lines):
            self._rebuild(curve)
        self._x = curve.x
        if curve.x_axis != self.axis_name.text():
            self.axis_name.setText(curve.x_axis)
            self._place_name()
        for line in curve.lines:
            y = np.maximum(line.y, 1e-12) if self.log else line.y
            self._lines[line.title].setData(curve.x, y)
        if self.follow:
            self.fit()

    def set_log(self, log: bool) -> None:
        """Show powers of ten at equal distances, or not."""
        self.log = log
        self.plotItem.setLogMode(y=log)
        self.fit()

    def fit(self) -> None:
        """Show everything and follow again."""
        self.follow = True
        ranges = [r for line in self._lines.values() if (r := _extent(line, self.log)) is not None]
        last = float(self._x[-1]) if len(self._x) else 1.0
        first = float(self._x[0]) if len(self._x) else 0.0
        low, high = min((r[0] for r in ranges), default=0.0), max((r[1] for r in ranges), default=1.0)
        if not self.log:
            low = min(low, 0.0)
        if not high > low:
            high = low + 1.0  # one value alone has no scale: a loss of 0 stands at the foot of the usual one
        space = max((high - low) * 0.06, 1e-6)
        across = max(last - first, 1.0)
        self.frame_box.setRange(
            xRange=(first - across * 0.01, first + across * 1.01), yRange=(low - space / 2, high + space), padding=0
        )

    def zoom(self, factor: float) -> None:
        """Show `factor` times as much, around the middle."""
        self.follow = False
        self.frame_box.scaleBy((factor, factor))

    def point_at(self, x: float) -> None:
        """Mark a place of the axis; NaN unmarks."""
        self._marker.setVisible(not math.isnan(x))
        if not math.isnan(x):
            self._marker.setPos(x)

    def _rebuild(self, curve: Curve) -> None:
        for line in self._lines.values():
            self.plotItem.removeItem(line)
        self._lines, self._roles = {}, {line.title: line.role for line in curve.lines}
        # The test line lies below, so that the one that learning sees stays whole.
        for line in sorted(curve.lines, key=lambda item: item.role == "train"):
            drawn = self.plotItem.plot(pen=self._pen(line.role), connect="finite", antialias=True)
            drawn.setDownsampling(auto=True, method="peak")
            drawn.setClipToView(True)  # only now: at creation it fails on a plot that is shown already
            self._lines[line.title] = drawn
        self.plotItem.setLogMode(y=self.log)

    @staticmethod
    def _pen(role: Role) -> QPen:
        token, dash = PENS[role]
        pen = QPen(theme().palette.colour(token), WIDTH)
        pen.setCosmetic(True)
        if dash != Qt.PenStyle.SolidLine:
            pen.setDashPattern([5.0, 3.0] if dash == Qt.PenStyle.DashLine else [1.5, 2.5])
        return pen

    def _zoomed(self, *_: object) -> None:
        self.follow = False

    def _moved(self, at: QPointF) -> None:
        inside = self.frame_box.sceneBoundingRect().contains(at)
        self.pointed.emit(self.frame_box.mapSceneToView(at).x() if inside else math.nan)

    def leaveEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Nothing is pointed at any more."""
        if self._closing:
            return  # pyqtgraph would tell items that are gone already
        super().leaveEvent(event)
        self.pointed.emit(math.nan)


def _finite(line: Any) -> NDArray[np.float64]:
    y = line.yData
    return np.zeros(0) if y is None else y[np.isfinite(y)]


def _extent(line: Any, log: bool) -> tuple[float, float] | None:
    y = _finite(line)
    if not len(y):
        return None
    low, high = float(y.min()), float(y.max())
    return (math.log10(max(low, 1e-12)), math.log10(max(high, 1e-12))) if log else (low, high)
