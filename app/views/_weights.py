"""The view of weights: heat maps side by side, painted by one widget."""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QWidget

from app import names, painting
from app.context import Context
from app.numbers import human
from app.selection import Target
from app.theme import theme
from app.views import _names
from app.views._base import Picture, ViewWidget, explain, neighbour
from app.views._legend import ScaleBar
from app.widgets.base import Label, focus_ring
from engine.experiment import Experiment
from engine.machines.base import Snapshot
from engine.records import BETWEEN, Matrices, Matrix, Want

EMPTY: Final = "The weights appear as soon as the network has been built."


class Cell(Struct, frozen=True, eq=False):
    """A number under the pointer: the parameter, its matrix, row and column."""

    name: str
    matrix: Matrix
    row: int
    column: int


class HeatMaps(Picture):
    """Each weight matrix with its bias row below, all on one scale; larger layers get narrower cells."""

    pointed = Signal(object)
    clicked = Signal(object)
    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: dict[str, Matrix] = {}
        self._captions: dict[str, str] = {}
        self._places: list[tuple[str, Matrix, QRectF]] = []
        self.limit = 1.0
        self._over: Cell | None = None
        self.setMouseTracking(True)
        self.setAccessibleName("weights as heat maps")

    def show_matrices(self, items: dict[str, Matrix], captions: dict[str, str]) -> None:
        """Show other numbers."""
        self._items, self._captions = items, captions
        self.limit = max((float(np.abs(m.values).max()) for m in items.values() if m.values.size), default=0.0) or 1.0
        self.update()

    def _arrange(self) -> None:
        """Layers from left to right; the bias is one more row, set off by a gap."""
        self._places = []
        look, layers = theme(), list(dict.fromkeys(name.partition(".")[0] for name in self._items))
        if not layers:
            return
        groups = [[(n, m) for n, m in self._items.items() if n.partition(".")[0] == layer] for layer in layers]
        widths = [max(m.values.shape[1] for _, m in group) for group in groups]
        heights = [sum(m.values.shape[0] for _, m in group) for group in groups]
        gap, top, space = look.px(16), look.px(20), look.px(4)
        caption = look.px(44)
        usable = self.width() - gap * (len(groups) - 1)
        side = max(min((self.height() - top - 2 * space) / max(heights), look.px(28)), 1.0)
        columns = [max(w * side, caption) for w in widths]
        while sum(columns) > usable and side > 1.0:
            side = max(side * min(0.98, usable / sum(columns)), 1.0)
            columns = [max(w * side, caption) for w in widths]
        x = 0.0
        for group, wide, room in zip(groups, widths, columns, strict=True):
            y = float(top)
            for name, matrix in group:
                tall = matrix.values.shape[0] * side
                self._places.append((name, matrix, QRectF(x, y, wide * side, tall)))
                y += tall + space
            x += room + gap

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with QPainter(self) as painter:
            if not self._items:
                explain(painter, self.rect(), EMPTY)
                return
            self._arrange()
            painter.setFont(look.font("small", 500))
            said: set[str] = set()
            for name, matrix, rect in self._places:
                layer = name.partition(".")[0]
                if layer not in said:
                    said.add(layer)
                    painter.setPen(look.palette.colour("muted"))
                    where = QRectF(rect.left(), 0, max(rect.width(), look.px(44)), look.px(16))
                    text = painter.fontMetrics().elidedText(
                        self._captions.get(layer, layer), Qt.TextElideMode.ElideRight, int(where.width())
                    )
                    painter.drawText(where, Qt.AlignmentFlag.AlignLeft, text)
                image = painting.lut_image(matrix.values, painting.signed_lut(look.palette), -self.limit, self.limit)
                painter.drawImage(rect, image)
                self._marks(painter, matrix, rect)
            if self.ring:
                focus_ring(painter, self.rect(), look.px(6))

    def _marks(self, painter: QPainter, matrix: Matrix, rect: QRectF) -> None:
        """Fine lines between cells that are large enough, a dot on those held fast, a frame on the one pointed at."""
        look = theme()
        rows, columns = matrix.values.shape
        wide, tall = rect.width() / columns, rect.height() / rows
        if min(wide, tall) >= look.px(8):
            painter.setPen(QPen(look.palette.colour("panel"), 1))
            for k in range(1, columns):
                painter.drawLine(
                    QPointF(rect.left() + k * wide, rect.top()), QPointF(rect.left() + k * wide, rect.bottom())
                )
            for k in range(1, rows):
                painter.drawLine(
                    QPointF(rect.left(), rect.top() + k * tall), QPointF(rect.right(), rect.top() + k * tall)
                )
        if matrix.frozen is not None and matrix.frozen.any():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.palette.colour("text"))
            for r, c in np.argwhere(matrix.frozen)[:2000].tolist():
                at = QPointF(rect.left() + (c + 0.5) * wide, rect.top() + (r + 0.5) * tall)
                painter.drawEllipse(at, min(wide, tall) / 6, min(wide, tall) / 6)
        over = self._over
        if over is not None and self._items.get(over.name) is matrix:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.palette.colour("text"), look.px(1.5)))
            painter.drawRect(QRectF(rect.left() + over.column * wide, rect.top() + over.row * tall, wide, tall))

    def cell_at(self, at: QPointF) -> Cell | None:
        """The number under a pixel."""
        for name, matrix, rect in self._places:
            if rect.contains(at):
                rows, columns = matrix.values.shape
                row = min(int((at.y() - rect.top()) / rect.height() * rows), rows - 1)
                column = min(int((at.x() - rect.left()) / rect.width() * columns), columns - 1)
                return Cell(name, matrix, row, column)
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Tell which number lies under the pointer."""
        self._over = self.cell_at(event.position())
        self.pointed.emit(self._over)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows go to the neighbour, Page Up and Down to another matrix, Enter selects."""
        self.show_ring()
        names, over = list(self._items), self._over
        if not names:
            super().keyPressEvent(event)
            return
        name = over.name if over is not None and over.name in names else names[0]
        here = (over.row, over.column) if over is not None else (0, 0)
        page = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}.get(Qt.Key(event.key()))
        if page is not None:
            name, here = names[min(max(names.index(name) + page, 0), len(names) - 1)], (0, 0)
        there = here if page is not None else neighbour(event, here, *self._items[name].values.shape)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and over is not None:
            self.clicked.emit(over)
        elif there is None:
            super().keyPressEvent(event)
        else:
            self._over = Cell(name, self._items[name], *there)
            self.pointed.emit(self._over)
            self.update()

    def leaveEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Nothing is pointed at."""
        self._over = None
        self.pointed.emit(None)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click selects the weight, here as in the diagram."""
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(cell)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Two clicks ask how the number is calculated."""
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(cell)


class WeightsView(ViewWidget):
    """Heat maps of all parameters, and the number under the pointer."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Weights")
        self._record = record
        self._experiment = context.session.experiment
        self._cell: Cell | None = None
        self.maps = HeatMaps()
        self.maps.pointed.connect(self._point)
        self.maps.clicked.connect(lambda cell: context.selection.select(target_of(cell)))
        self.maps.opened.connect(lambda cell: context.selection.ask(target_of(cell)))
        self.number = Label("", "small", 400, "muted")
        self.scale = ScaleBar()
        self.head.addWidget(self.number)
        self.head.addWidget(self.scale)
        self.body.addWidget(self.maps, 1)

    def wants(self) -> frozenset[Want]:
        return frozenset({Want(self._record)})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        if isinstance(record, Matrices):
            self._experiment = snapshot.experiment
            layers = {name.partition(".")[0] for name in record.items}
            self.maps.show_matrices(dict(record.items), {x: _names.layer(snapshot.experiment, x) for x in layers})
            limit = self.maps.limit
            self.scale.show_scale((painting.signed_lut(theme().palette), -limit, limit))
            self._say()

    def restyle(self) -> None:
        self.refresh()

    def _point(self, cell: Cell | None) -> None:
        self._cell = cell
        self._say()

    def _say(self) -> None:
        cell = self._cell
        matrix = self.maps._items.get(cell.name) if cell is not None else None
        if cell is None or matrix is None or matrix.values.shape != cell.matrix.values.shape:
            self.number.setText("")
            return
        text = f"{where(self._experiment, cell)}  {human(float(matrix.values[cell.row, cell.column]))}"
        self.number.setText(text)
        self.maps.setAccessibleDescription(text)

    def extra_actions(self, menu: QMenu) -> None:
        cell = self._cell
        if cell is not None:
            menu.addAction("How is this calculated?", lambda: self.context.selection.ask(target_of(cell)))


def target_of(cell: Cell) -> Target:
    """The number as people select it."""
    layer, _, parameter = cell.name.partition(".")
    row = cell.matrix.rows[cell.row]
    source = row if parameter == "weight" or row == parameter else f"{parameter}{BETWEEN}{row}"
    return Target(layer, cell.matrix.columns[cell.column], source)


def where(experiment: Experiment, cell: Cell) -> str:
    """From where to where a weight leads, or whose bias it is."""
    layer, _, parameter = cell.name.partition(".")
    unit = f"{_names.layer(experiment, layer)}, {names.unit(experiment, cell.matrix.columns[cell.column])}"
    if cell.matrix.rows == (parameter,):
        return f"{parameter} of {unit}"
    row = BETWEEN.join(names.unit(experiment, label) for label in cell.matrix.rows[cell.row].split(BETWEEN))
    return f"{row} → {unit}" if parameter == "weight" else f"{parameter} of {unit}, {row}"
