"""The keyboard in the diagram: where the arrows lead, and what the other keys do."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.canvas.commands import Commands
from app.canvas.parts import Column, Layout
from app.selection import BIAS, Target
from engine.network import INPUT

Way = Literal["left", "right", "up", "down"]

ARROWS: Final[dict[int, Way]] = {
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
}
PLUS: Final = (Qt.Key.Key_Plus, Qt.Key.Key_Equal)
OTHERS: Final = (
    Qt.Key.Key_Minus,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Backspace,
    Qt.Key.Key_Insert,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    *PLUS,
)


def is_ours(event: QKeyEvent) -> bool:
    """Whether the diagram uses a key itself, so that no shortcut of the window takes it."""
    control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
    key = event.key()
    if control:
        return key in (Qt.Key.Key_Up, Qt.Key.Key_Down)
    return key in ARROWS or key in OTHERS


def moves(event: QKeyEvent) -> bool:
    """Whether a key moves the selection; the others leave that to what they do."""
    return event.key() in ARROWS and not event.modifiers() & Qt.KeyboardModifier.AltModifier


def neighbour(layout: Layout, target: Target, way: Way) -> Target:
    """Where an arrow leads: along a column (its header stands above its neurons), or along a connection."""
    column = layout.column(target.layer)
    if column is None:
        return Target(layout.columns[min(1, len(layout.columns) - 1)].id)
    if way in ("up", "down"):
        return _along(layout, column, target, 1 if way == "down" else -1)
    ids = layout.read_by(column.id) if way == "right" else layout.reads(column.id)
    cell = next((c for c in column.cells if c.unit == target.unit), None)
    here = cell.box if cell else column.head
    # A connection to the next column goes before one that runs around it, and the one at this height before others.
    reached = [c for c in layout.columns if c.id in ids]
    beside = min(
        reached, key=lambda c: (round(abs(c.body.cx - column.body.cx)), abs(c.head.cy - column.head.cy)), default=None
    )
    if beside is None:
        return Target(target.layer, target.unit)
    if cell is None or not beside.cells:
        return Target(beside.id)
    nearest = min(beside.cells, key=lambda c: abs(c.box.cy - here.cy))
    return Target(beside.id, nearest.unit)


def next_link(layout: Layout, target: Target, step: int) -> Target:
    """The next number of the selected neuron, its bias and weights; of a layer the next connection to what it reads."""
    bundle = next((b for b in layout.bundles if b.target == target.layer and b.sources), None)
    if not target.unit:
        ring: tuple[str, ...] = ("", *layout.reads(target.layer))
    elif bundle is not None:
        ring = ("", BIAS, *bundle.sources)
    else:
        return target
    at = ring.index(target.source) if target.source in ring else 0
    return Target(target.layer, target.unit, ring[(at + step) % len(ring)])


def _along(layout: Layout, column: Column, target: Target, step: int) -> Target:
    units = ["", *(c.unit for c in column.cells)]
    at = (units.index(target.unit) if target.unit in units else 0) + step
    if 0 <= at < len(units):
        return Target(column.id, units[at])
    # Past its end there may be another branch above or below.
    same = [c for c in layout.columns if abs(c.body.cx - column.body.cx) < 1]
    beside = same.index(column) + step
    if not 0 <= beside < len(same):
        return Target(column.id, target.unit)
    there = same[beside]
    return Target(there.id, there.cells[-1].unit if step < 0 and there.cells else "")


def act(event: QKeyEvent, layout: Layout, target: Target, commands: Commands) -> Target | None:
    """Do what a key asks for; return what is selected then, or None when the key means nothing here."""
    way = ARROWS.get(event.key())
    modifiers = event.modifiers()
    if way is not None and modifiers & Qt.KeyboardModifier.AltModifier:
        _reorder(layout, target, way, commands)
        return target
    if way in ("up", "down") and modifiers & Qt.KeyboardModifier.ControlModifier:
        return next_link(layout, target, 1 if way == "down" else -1)
    if way is not None:
        return neighbour(layout, target, way)
    return target if _edit(event.key(), target, commands) else None


def _reorder(layout: Layout, target: Target, way: Way, commands: Commands) -> None:
    column = layout.column(target.layer)
    if column is None or column.role == "inputs":
        return
    if way in ("left", "right"):
        commands.shift_layer(column.id, 1 if way == "right" else -1)
    elif target.unit:
        at = [c.unit for c in column.cells].index(target.unit)
        commands.move_unit(column.id, target.unit, max(0, at + (1 if way == "down" else -1)))


def _edit(key: int, target: Target, commands: Commands) -> bool:
    if key == Qt.Key.Key_Insert:
        commands.add_layer(*commands.spot())
    elif not target.layer:
        return False
    elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
        commands.remove(target if not target.unit else Target(target.layer, target.unit))
    elif key in PLUS and target.layer != INPUT:
        commands.add_unit(target.layer)
    elif key == Qt.Key.Key_Minus and target.layer != INPUT:
        commands.remove_unit(target.layer)
    else:
        return False
    return True
