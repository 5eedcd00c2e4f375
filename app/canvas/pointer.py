"""The pointer in the diagram: what it is over, when a press becomes a gesture, and what a click does."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt

from app.canvas import wires
from app.canvas.chosen import value_box
from app.canvas.commands import Commands
from app.canvas.gestures import Connect, DragNumber, Gesture, MoveLayer, MoveUnit
from app.canvas.hit import NOTHING, Hit, find
from app.canvas.numbers import Learned, link_at
from app.canvas.parts import Box
from app.canvas.scene import Scene
from app.context import Context
from app.selection import Target
from engine.network import INPUT

FAR = 5
"""Pixels a pressed pointer moves before it is a gesture, so that a click stays a click."""


class Host(Protocol):
    """What the pointer needs of the diagram."""

    def update(self) -> None:
        """Paint soon."""

    def setCursor(self, shape: Qt.CursorShape) -> None:  # noqa: N802 - Qt's name
        """Show this pointer."""

    def toggle(self, layer: str) -> None:
        """Open or condense a layer of many neurons."""

    def open_features(self) -> None:
        """Open the list of inputs."""

    def open_activations(self, layer: str) -> None:
        """Open the list of activations."""

    def open_kinds(self, place: int, source: str) -> None:
        """Open the list of kinds that can be put at a place."""


class Pointer:
    """The state of the mouse."""

    def __init__(self, host: Host, context: Context, scene: Scene, commands: Commands, learned: Learned) -> None:
        self._host, self._context, self._scene = host, context, scene
        self._commands, self._learned = commands, learned
        self.gesture: Gesture | None = None
        self._pressed: tuple[Hit, float, float, bool] | None = None

    @property
    def busy(self) -> bool:
        """Whether a gesture goes on."""
        return self.gesture is not None

    def value(self) -> tuple[Box | None, float | None]:
        """The selected number and where it stands."""
        selected = self._scene.selected
        value = self.gesture.value if isinstance(self.gesture, DragNumber) else self._learned.value(selected)
        return value_box(self._scene.layout, selected, value), value

    def find(self, x: float, y: float) -> Hit:
        """What is at a point."""
        scene = self._scene
        box, _ = self.value()
        chosen = (box, scene.selected) if box is not None else None
        layout = scene.layout
        return find(
            layout,
            x,
            y,
            lambda a, b: link_at(layout, scene.links, a, b),
            lambda a, b: wires.wire_at(layout, a, b),
            chosen,
            scene.port,
        )

    def _note_port(self, hit: Hit, x: float, y: float) -> None:
        """Show the handle of the layer under the pointer, and as long as the pointer is near; else of the selected."""
        scene = self._scene
        layout, selected = scene.layout, scene.selected
        over = layout.column(hit.layer) if hit.what not in ("link", "wire", "value") else None
        over = over or next((c for c in layout.columns if c.body.contains(x, y)), None)
        near = layout.column(scene.port)
        if over is not None:
            port = over.id
        elif near is not None and near.body.grown(26 * layout.scale).contains(x, y):
            port = near.id
        else:
            port = selected.layer if not selected.unit and not selected.source else ""
        if port != scene.port:
            scene.port = port
            self._host.update()

    def hover(self, hit: Hit) -> None:
        """Show what the pointer is over."""
        if hit == self._scene.hover:
            return
        self._scene.hover = hit
        hand = hit.presses or hit.what in ("cell", "bias", "body", "link", "wire", "port")
        shape = Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor
        self._host.setCursor(Qt.CursorShape.SizeVerCursor if hit.what == "value" else shape)
        self._host.update()

    def press(self, x: float, y: float, other: bool = False, twice: bool = False) -> None:
        """The button went down; with Alt held (`other`) a header is connected instead of moved.

        For the second time on a number (`twice`) it asks how that is calculated; elsewhere it is a click like others.
        """
        hit = self.find(x, y)
        if twice and hit.what in ("cell", "bias", "link", "value") and hit.layer != INPUT:
            self._context.selection.ask(hit.target)
        else:
            self._pressed = (hit, x, y, other)

    def move(self, x: float, y: float, fine: bool) -> None:
        """The pointer moved."""
        if self.gesture is not None:
            self.gesture.move(x, y, fine)
            self._host.update()
        elif self._pressed is not None:
            hit, x0, y0, other = self._pressed
            if abs(x - x0) + abs(y - y0) >= FAR:
                self._pressed = None
                self._begin(hit, x0, y0, other)
        else:
            hit = self.find(x, y)
            self._note_port(hit, x, y)
            self.hover(hit)

    def release(self, x: float, y: float) -> None:
        """The button went up: a gesture ends, or it was a click."""
        pressed, self._pressed = self._pressed, None
        if self.gesture is not None:
            gesture, self.gesture = self.gesture, None
            gesture.finish()
            self._host.update()
        elif pressed is not None and self.find(x, y) == pressed[0]:
            self._click(pressed[0])
        self._scene.hover = NOTHING
        self.hover(self.find(x, y))

    def cancel(self, restructured: bool = False) -> None:
        """Give a gesture up; where the network changed under it there is nothing to put back."""
        if restructured and isinstance(self.gesture, DragNumber):
            return
        gesture, self.gesture = self.gesture, None
        self._pressed = None
        if gesture is not None:
            gesture.cancel()
            self._host.update()

    def _begin(self, hit: Hit, x: float, y: float, other: bool) -> None:
        """A press that moved: a gesture, if there is one for what is under it."""
        if hit.what in ("value", "link", "bias"):
            self._context.selection.select(hit.target)
            value = self._learned.value(hit.target)
            if value is not None:
                self.gesture = DragNumber(self._commands, self._context.session, hit.target, value, y)
        else:
            self.gesture = self._of_column(hit, x, y, other)
        if self.gesture is not None:
            self._host.setCursor(self.gesture.cursor)

    def _of_column(self, hit: Hit, x: float, y: float, other: bool) -> Gesture | None:
        scene = self._scene
        column, cell = scene.layout.column(hit.layer), scene.layout.cell(hit.layer, hit.unit)
        if column is None:
            return None
        head = hit.what in ("head", "activation")
        if column.port is not None and (hit.what == "port" or (other and head)):
            return Connect(self._commands, scene, column)
        if hit.what == "cell" and cell is not None and column.role == "neurons" and len(column.cells) > 1:
            return MoveUnit(self._commands, scene, column, cell, y)
        small = column.role in ("join", "slim") and hit.what in ("body", "cell")
        if (head or small) and column.role not in ("inputs", "answer") and len(scene.layout.columns) > 3:
            return MoveLayer(self._commands, scene, column, x, y)
        return None

    def _click(self, hit: Hit) -> None:
        match hit.what:
            case "plus":
                self._commands.add_unit(hit.layer)
            case "minus":
                self._commands.remove_unit(hit.layer)
            case "remove":
                self._commands.remove_layer(hit.layer)
            case "drop":
                self._commands.set_feature(hit.unit.removeprefix(f"{INPUT}/"), False)
            case "pill":
                self._commands.add_layer(hit.place, hit.gap)
            case "kinds":
                self._host.open_kinds(hit.place, hit.gap)
            case "toggle":
                self._host.toggle(hit.layer)
            case "more":
                self._host.open_features()
            case "value":
                pass
            case _:
                self._select(hit)

    def _select(self, hit: Hit) -> None:
        self._context.selection.select(hit.target)
        if hit.what == "activation":
            self._host.open_activations(hit.layer)
        elif hit.what == "body":
            self._context.selection.select(Target(hit.layer))
            self._host.toggle(hit.layer)
