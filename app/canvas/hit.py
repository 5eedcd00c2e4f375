"""What lies under the pointer: found from the layout alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from app.canvas.parts import Box, Cell, Column, Layout, around
from app.selection import Target
from engine.network import INPUT

What = Literal[
    "nothing",
    "cell",
    "bias",
    "drop",
    "minus",
    "plus",
    "remove",
    "activation",
    "head",
    "body",
    "toggle",
    "more",
    "pill",
    "kinds",
    "gap",
    "link",
    "wire",
    "port",
    "value",
]


class Hit(NamedTuple):
    """A thing under the pointer; `place` and `gap` are the layers a gap lies between: the place and what is read."""

    what: What = "nothing"
    layer: str = ""
    unit: str = ""
    source: str = ""
    place: int = -1
    gap: str = ""

    @property
    def target(self) -> Target:
        """What a click on it selects."""
        return Target(self.layer, self.unit, self.source)

    @property
    def presses(self) -> bool:
        """Whether it acts like a button."""
        return self.what in ("drop", "minus", "plus", "remove", "activation", "toggle", "more", "pill", "kinds")


NOTHING = Hit()
LinkAt = Callable[[float, float], tuple[str, str, str] | None]
"""Finds the link at a point, as (layer, unit, source)."""
WireAt = Callable[[float, float], tuple[str, str] | None]
"""Finds the connection without weights at a point, as (source, target)."""


def drop_box(layout: Layout, cell: Cell) -> Box:
    """The button that switches an input off, at the upper right corner of its picture."""
    return around(cell.box.right, cell.box.y, 15 * layout.scale)


def find(
    layout: Layout,
    x: float,
    y: float,
    link_at: LinkAt,
    wire_at: WireAt,
    value: tuple[Box, Target] | None = None,
    port: str = "",
) -> Hit:
    """Return the topmost thing at a point.

    `value` is the box that shows the selected weight, `port` the layer whose handle is shown.
    """
    if value is not None and value[0].contains(x, y):
        target = value[1]
        return Hit("value", target.layer, target.unit, target.source)
    handle = layout.column(port)
    if handle is not None and handle.port is not None and handle.port.contains(x, y):
        return Hit("port", port)
    for column in layout.columns:
        hit = _in_column(layout, column, x, y)
        if hit is not None:
            return hit
    if layout.more.contains(x, y):
        return Hit("more", INPUT)
    return _between(layout, x, y, link_at, wire_at)


def _in_column(layout: Layout, column: Column, x: float, y: float) -> Hit | None:
    for what, box in (
        ("remove", column.remove),
        ("minus", column.minus),
        ("plus", column.plus),
        ("activation", column.activation),
        ("toggle", column.toggle),
        ("head", column.head),
    ):
        if box is not None and box.contains(x, y):
            return Hit(what, column.id)  # type: ignore[arg-type] # the words above
    if not column.body.grown(9 * layout.scale).contains(x, y):
        return None
    return _in_body(layout, column, x, y)


def _in_body(layout: Layout, column: Column, x: float, y: float) -> Hit | None:
    if column.condensed:
        return Hit("body", column.id) if column.body.contains(x, y) else None
    for cell in column.cells:
        if column.role == "inputs":
            if len(column.cells) > 1 and drop_box(layout, cell).contains(x, y):
                return Hit("drop", column.id, cell.unit)
        elif column.activation is not None and layout.dot(cell).grown(3).contains(x, y):
            return Hit("bias", column.id, cell.unit, "bias")
        if cell.box.contains(x, y):
            return Hit("cell", column.id, cell.unit)
    return Hit("body", column.id) if not column.cells and column.body.contains(x, y) else None


def _between(layout: Layout, x: float, y: float, link_at: LinkAt, wire_at: WireAt) -> Hit:
    for gap in layout.gaps:
        if gap.kinds.contains(x, y):
            return Hit("kinds", place=gap.place, gap=gap.source)
        if gap.pill.contains(x, y):
            return Hit("pill", place=gap.place, gap=gap.source)
    here = next((g for g in layout.gaps if g.box.contains(x, y)), None)
    place, source = (here.place, here.source) if here else (-1, "")
    link = link_at(x, y)
    if link is not None:
        return Hit("link", *link, place, source)
    wire = wire_at(x, y)
    if wire is not None:
        return Hit("wire", wire[1], "", wire[0], place, source)
    return Hit("gap", place=place, gap=source) if here else NOTHING
