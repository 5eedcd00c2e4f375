"""Mouse gestures of the diagram, one class each. A gesture shows what it will do and does it once, when it ends."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.canvas.commands import Commands
from app.canvas.links import curve
from app.canvas.painting import paint_cell
from app.canvas.parts import Box, Cell, Column, Gap
from app.canvas.scene import Scene
from app.canvas.strokes import colour, rect, ring
from app.selection import Target
from app.session import Session
from app.theme import theme

SLOW = 0.1
"""With Shift held, a dragged number moves this much slower."""


class Gesture:
    """From the press of the button, once the pointer has moved, to its release."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def move(self, x: float, y: float, fine: bool) -> None:
        """The pointer is here now; `fine` asks for small changes."""

    def finish(self) -> None:
        """The button was released."""

    def cancel(self) -> None:
        """Escape was pressed: nothing happens."""

    def paint(self, painter: QPainter, scene: Scene) -> None:
        """Show what will happen."""


class MoveUnit(Gesture):
    """Drag a picture up or down to reorder the neurons of a layer."""

    def __init__(self, commands: Commands, scene: Scene, column: Column, cell: Cell, y: float) -> None:
        self._commands, self._scene, self._column, self._cell = commands, scene, column, cell
        self._grip = y - cell.box.y
        self._y = y
        self._x = cell.box.cx
        self.place = column.cells.index(cell)
        scene.lifted = cell.unit

    def move(self, x: float, y: float, fine: bool) -> None:
        self._x, self._y = x, y
        middle = y - self._grip + self._cell.box.h / 2
        others = [c for c in self._column.cells if c is not self._cell]
        # Columns may stand beside each other in an opened layer: the nearest picture decides.
        nearest = min(others, key=lambda c: abs(c.box.cy - middle) + abs(c.box.cx - x), default=None)
        if nearest is not None:
            at = others.index(nearest)
            self.place = at + (1 if middle > nearest.box.cy else 0)

    def finish(self) -> None:
        self._scene.lifted = ""
        self._commands.move_unit(self._column.id, self._cell.unit, self.place)

    def cancel(self) -> None:
        self._scene.lifted = ""

    def paint(self, painter: QPainter, scene: Scene) -> None:
        box = self._cell.box
        others = [c for c in self._column.cells if c is not self._cell]
        if others:
            last = self.place >= len(others)
            near = others[-1 if last else self.place].box
            step = (self._column.cells[1].box.y - self._column.cells[0].box.y - box.h) / 2
            y = near.bottom + step if last else near.y - step
            painter.setPen(QPen(colour("accent"), 2))
            painter.drawLine(QPointF(near.x - 4, y), QPointF(near.right + 4, y))
        lifted = Box(box.x + (self._x - box.cx) * 0.15, self._y - self._grip, box.w, box.h)
        paint_cell(painter, scene, self._cell, lifted)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour("accent"), 2))
        painter.drawRoundedRect(rect(lifted.grown(1)), theme().px(6), theme().px(6))


class MoveLayer(Gesture):
    """Drag a header to another connection: the layer goes there, and what read it reads what it read."""

    def __init__(self, commands: Commands, scene: Scene, column: Column, x: float, y: float) -> None:
        self._commands, self._column, self._layout = commands, column, scene.layout
        self._grip = x - column.head.x
        self._x, self._y = x, y
        order = [c.id for c in sorted(scene.layout.columns, key=lambda c: c.place)]
        self._place = order.index(column.id) - 1

    def move(self, x: float, y: float, fine: bool) -> None:
        self._x, self._y = x, y

    @property
    def gap(self) -> Gap | None:
        """The nearest connection, if the layer does not stand in it already."""
        middle = self._x - self._grip + self._column.head.w / 2

        def far(gap: Gap) -> float:
            return abs(gap.line - middle) + max(0.0, gap.box.y - self._y, self._y - gap.box.bottom) * (1 - self._plain)

        nearest = min(self._layout.gaps, key=far, default=None)
        mine = nearest is None or self._column.id in (nearest.source, nearest.target)
        return None if mine else nearest

    @property
    def _plain(self) -> bool:
        """Whether all layers stand in one line, so that only left and right count."""
        return len({g.line for g in self._layout.gaps}) == len(self._layout.gaps)

    def finish(self) -> None:
        gap = self.gap
        if gap is not None:
            # The place is counted without the layer that moves.
            self._commands.move_layer(self._column.id, gap.place - (self._place < gap.place), gap.source)

    def paint(self, painter: QPainter, scene: Scene) -> None:
        gap = self.gap
        if gap is not None:
            painter.setPen(QPen(colour("accent"), 2))
            painter.drawLine(QPointF(gap.line, gap.box.y), QPointF(gap.line, gap.pill.y))
        head = self._column.head
        paint_ghost(painter, Box(self._x - self._grip, head.y, head.w, head.h * 0.55), self._column.title)


def paint_ghost(painter: QPainter, box: Box, text: str) -> None:
    """What is carried."""
    painter.setPen(QPen(colour("accent"), 1.5))
    painter.setBrush(colour("field"))
    painter.drawRoundedRect(rect(box), 6, 6)
    painter.setFont(theme().font("small", 600))
    painter.setPen(colour("text"))
    painter.drawText(rect(box), Qt.AlignmentFlag.AlignCenter, text)


class Connect(Gesture):
    """Drag from the handle of a layer to another one, which then reads it; a wrong one says why it can't."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, commands: Commands, scene: Scene, column: Column) -> None:
        self._commands, self._scene, self._column = commands, scene, column
        self._x, self._y = column.body.right, column.body.cy
        self.target: Column | None = None
        self.refusal = ""
        scene.naming = True

    def move(self, x: float, y: float, fine: bool) -> None:
        self._x, self._y = x, y
        over = [c for c in self._scene.layout.columns if c.id != self._column.id and c.whole.grown(4).contains(x, y)]
        target = over[0] if over else None
        if target is not self.target:
            self.target = target
            self.refusal = self._commands.refusal(self._column.id, target.id) if target else ""

    def finish(self) -> None:
        self.cancel()
        if self.target is not None and not self.refusal:
            self._commands.connect(self._column.id, self.target.id)

    def cancel(self) -> None:
        self._scene.naming = False

    def paint(self, painter: QPainter, scene: Scene) -> None:
        token = "danger" if self.refusal else "accent"
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour(token), 2 * scene.layout.scale))
        start = self._column.port or self._column.body
        painter.drawPath(curve(start.cx, start.cy, self._x, self._y))
        if self.target is not None:
            ring(painter, self.target.body.grown(5 * scene.layout.scale), token, 2)
        if self.refusal:
            paint_sentence(painter, scene, self.refusal, self._x, self._y)


def paint_sentence(painter: QPainter, scene: Scene, text: str, x: float, y: float) -> None:
    """A sentence beside the pointer, inside the diagram."""
    px, flags = theme().px, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
    painter.setFont(theme().font("small", 500))
    wanted = painter.boundingRect(QRectF(0, 0, px(280), px(400)), int(flags), text)
    w, h = wanted.width() + px(20), wanted.height() + px(14)
    left = max(px(8), min(x + px(14), scene.layout.width - w - px(8)))
    top = max(px(40), min(y + px(16), scene.layout.view[1] - h - px(8)))
    painter.setPen(QPen(colour("danger"), 1))
    painter.setBrush(colour("panel"))
    painter.drawRoundedRect(QRectF(left, top, w, h), 6, 6)
    painter.setPen(colour("text"))
    painter.drawText(QRectF(left + px(10), top + px(7), wanted.width() + 1, wanted.height() + 1), int(flags), text)


class DragNumber(Gesture):
    """Drag the value of a weight or bias up or down; the network changes while it moves."""

    cursor = Qt.CursorShape.SizeVerCursor

    def __init__(self, commands: Commands, session: Session, target: Target, value: float, y: float) -> None:
        self._commands, self._target, self.value = commands, target, value
        self._before, self._y = value, y
        self._undo = session.gesture()
        self._history = session.history
        self._changed = False

    def move(self, x: float, y: float, fine: bool) -> None:
        step = max(abs(self._before), 0.5) / 60 * (SLOW if fine else 1.0)
        value = round(self.value + (self._y - y) * step, 4)
        self._y = y
        if value != self.value:
            self.value, self._changed = value, True
            self._commands.set_number(self._target, value, self._undo)

    def cancel(self) -> None:
        if self._changed:
            self._commands.set_number(self._target, self._before, self._undo)
