"""What the diagram is made of: boxes, pictures, columns, links and wires, in pixels, without Qt."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.layers import Layer

Doubles = NDArray[np.float64]
Role = Literal["inputs", "neurons", "answer", "slim", "join", "card"]
"""Inputs; neurons people add and remove; the output; what passes units on; what joins layers; anything else."""


class Box(NamedTuple):
    """A rectangle, in pixels of the diagram."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.h

    @property
    def cx(self) -> float:
        """Its middle, across."""
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        """Its middle, down."""
        return self.y + self.h / 2

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.x <= x < self.right and self.y <= y < self.bottom

    def grown(self, by: float) -> Box:
        """The box with a margin around it."""
        return Box(self.x - by, self.y - by, self.w + 2 * by, self.h + 2 * by)


def around(cx: float, cy: float, w: float, h: float | None = None) -> Box:
    """A box by its middle; square unless given a height."""
    h = w if h is None else h
    return Box(cx - w / 2, cy - h / 2, w, h)


class Cell(NamedTuple):
    """One picture: the layer that says it, the axis label of its unit (`h1/0`, `input/x1`), its name, its place."""

    layer: str
    unit: str
    name: str
    box: Box


class Column(NamedTuple):
    """A layer, or the inputs (`layer` is None): header, buttons where it has them, and cells from top to bottom.

    `place` is that among the layers, -1 for the inputs; `units` are the labels of what it says, whether they have
    pictures or not; `read` tells whether a layer reads it; `port` is the handle from which it is connected.
    """

    id: str
    role: Role
    layer: Layer | None
    title: str
    subtitle: str
    head: Box
    activation: Box | None
    minus: Box | None
    plus: Box | None
    remove: Box | None
    body: Box
    cells: tuple[Cell, ...]
    condensed: bool
    toggle: Box | None
    place: int = -1
    units: tuple[str, ...] = ()
    read: bool = True
    port: Box | None = None

    @property
    def whole(self) -> Box:
        """Header and body."""
        left, right = min(self.head.x, self.body.x), max(self.head.right, self.body.right)
        return Box(left, self.head.y, right - left, self.body.bottom - self.head.y)


class Gap(NamedTuple):
    """Between two layers that are connected: where a new one would stand among the layers, and its line and button.

    `kinds` is the part of the button that offers other kinds.
    """

    place: int
    source: str
    target: str
    box: Box
    line: float
    pill: Box
    kinds: Box


class Bundle(NamedTuple):
    """Links that end at a column; `weights` names their matrix, empty where there is none.

    With weights every source is linked with every target: `y0` [source] and `y1` [target] are the heights of the ends,
    from `x0` to `x1`. Without, the lines go from y0[k] to y1[k]. Bundles of one `zone` share a part of the picture.
    """

    source: str
    target: str
    weights: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    x0: float
    x1: float
    y0: Doubles
    y1: Doubles
    zone: int


class Wire(NamedTuple):
    """A connection that runs past other columns: a line [point, (x, y)]; with a `tip` where it ends at its layer.

    One that `skips` runs around layers that lie between its ends; any other has a lane of its own.
    """

    source: str
    target: str
    points: Doubles
    tip: bool
    skips: bool


class Metrics(NamedTuple):
    """What letters need: pixels per pixel at 100 %, the widest name of an input and of an output."""

    scale: float = 1.0
    names: float = 48.0
    classes: float = 0.0


class Layout(Struct, frozen=True, eq=False):
    """The geometry of the whole diagram. `width` is what it needs; more than its `view` means scrolling.

    `edges` are all connections (source, target); `heads` is the height within which all headers stand.
    """

    view: tuple[float, float]
    width: float
    compact: bool
    columns: tuple[Column, ...]
    gaps: tuple[Gap, ...]
    bundles: tuple[Bundle, ...]
    wires: tuple[Wire, ...]
    edges: tuple[tuple[str, str], ...]
    more: Box
    heads: float
    scale: float

    def column(self, id: str) -> Column | None:  # noqa: A002
        """The column of a layer."""
        return next((c for c in self.columns if c.id == id), None)

    def cell(self, layer: str, unit: str) -> Cell | None:
        """The picture of a unit of a layer."""
        column = self.column(layer)
        return next((c for c in column.cells if c.unit == unit), None) if column else None

    def dot(self, cell: Cell) -> Box:
        """The dot that shows and takes the bias of a neuron, at the lower left corner of its picture."""
        side = max(6.0 * self.scale, min(9.0 * self.scale, cell.box.w / 4))
        return around(cell.box.x + side * 0.1, cell.box.bottom - side * 0.1, side)

    def read_by(self, id: str) -> tuple[str, ...]:  # noqa: A002
        """The layers that read a layer."""
        return tuple(target for source, target in self.edges if source == id)

    def reads(self, id: str) -> tuple[str, ...]:  # noqa: A002
        """The layers that a layer reads."""
        return tuple(source for source, target in self.edges if target == id)
