"""Mouse gestures of the diagram, one class each. A gesture shows what it will do and does it once, when it ends."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.canvas.commands import Commands
from app.canvas.layout import Box, Cell, Column
from app.canvas.painting import Scene, paint_cell
from app.canvas.strokes import colour, rect
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
    """Drag a header left or right to reorder the layers."""

    def __init__(self, commands: Commands, column: Column, place: int, x: float) -> None:
        self._commands, self._column, self._from = commands, column, place
        self._grip = x - column.head.x
        self._x = x
        self.place = place

    def move(self, x: float, y: float, fine: bool) -> None:
        self._x = x

    def settle(self, scene: Scene) -> None:
        """Work out where the layer would go."""
        middle = self._x - self._grip + self._column.head.w / 2
        hidden = [c for c in scene.layout.columns[1:-1] if c.id != self._column.id]
        self.place = sum(c.head.cx < middle for c in hidden)

    def finish(self) -> None:
        if self.place != self._from:
            self._commands.move_layer(self._column.id, self.place)

    def paint(self, painter: QPainter, scene: Scene) -> None:
        self.settle(scene)
        columns = [c for c in scene.layout.columns if c.id != self._column.id]
        left, right = columns[self.place], columns[self.place + 1]
        x = (left.body.right + right.body.x) / 2
        if self.place != self._from:
            painter.setPen(QPen(colour("accent"), 2))
            whole = self._column.whole
            painter.drawLine(QPointF(x, whole.y + whole.h * 0.15), QPointF(x, scene.layout.view[1] - theme().px(30)))
        head = self._column.head
        ghost = QRectF(self._x - self._grip, head.y, head.w, head.h * 0.55)
        painter.setPen(QPen(colour("accent"), 1.5))
        painter.setBrush(colour("field"))
        painter.drawRoundedRect(ghost, 6, 6)
        painter.setFont(theme().font("small", 600))
        painter.setPen(colour("text"))
        painter.drawText(ghost, Qt.AlignmentFlag.AlignCenter, self._column.title)


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
