"""Where everything in the network diagram stands: pure geometry from an experiment and a size, without Qt.

Columns of neurons stand left to right. One of more than sixteen neurons is condensed to a strip of small pictures until
it is opened. What is not a column of neurons is a card.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, Literal, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from app import names
from engine import features
from engine.experiment import Experiment, nodes
from engine.layers import Layer, Neurons
from engine.network import INPUT, Node

FEW: Final = 16
"""Neurons up to which a column shows each at full size."""

Doubles = NDArray[np.float64]
Role = Literal["inputs", "neurons", "answer", "card"]


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
    """One picture: the axis label of its neuron (`h1/0`, `input/x1`), its name for people, its place."""

    unit: str
    name: str
    box: Box


class Column(NamedTuple):
    """A layer, or the inputs (`layer` is None): header, buttons where it has them, and cells from top to bottom."""

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

    @property
    def whole(self) -> Box:
        """Header and body."""
        left, right = min(self.head.x, self.body.x), max(self.head.right, self.body.right)
        return Box(left, self.head.y, right - left, self.body.bottom - self.head.y)


class Gap(NamedTuple):
    """Between two columns: where a new layer would stand among the layers, the line drawn there, the button."""

    place: int
    box: Box
    line: float
    pill: Box


class Bundle(NamedTuple):
    """All links from one column to another; `weights` names their matrix, empty where there is none.

    `y0` [source] and `y1` [target] are the heights of their ends, from `x0` to `x1`; `near` says that nothing stands
    between the columns.
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
    near: bool


class Metrics(NamedTuple):
    """What letters need: pixels per pixel at 100 %, the widest name of an input and of an output."""

    scale: float = 1.0
    names: float = 48.0
    classes: float = 0.0


class Layout(Struct, frozen=True, eq=False):
    """The geometry of the whole diagram. `width` is what it needs; more than its `view` means scrolling."""

    view: tuple[float, float]
    width: float
    compact: bool
    columns: tuple[Column, ...]
    gaps: tuple[Gap, ...]
    bundles: tuple[Bundle, ...]
    more: Box
    scale: float

    def column(self, id: str) -> Column | None:  # noqa: A002
        """The column of a layer."""
        return next((c for c in self.columns if c.id == id), None)

    def cell(self, layer: str, unit: str) -> Cell | None:
        """The picture of a neuron."""
        column = self.column(layer)
        return next((c for c in column.cells if c.unit == unit), None) if column else None

    def dot(self, cell: Cell) -> Box:
        """The dot that shows and takes the bias of a neuron, at the lower left corner of its picture."""
        side = max(6.0 * self.scale, min(9.0 * self.scale, cell.box.w / 4))
        return around(cell.box.x + side * 0.1, cell.box.bottom - side * 0.1, side)


class _Room(NamedTuple):
    """What the columns have: the scale, top and bottom of the pictures, the widest picture."""

    scale: float
    top: float
    bottom: float
    cell: float

    def px(self, pixels: float) -> float:
        return pixels * self.scale

    @property
    def height(self) -> float:
        return self.bottom - self.top


class _Grid(NamedTuple):
    """How the pictures of one column are set: size, distance, rows, columns beside each other."""

    cell: float
    step: float
    across: float
    rows: int
    beside: int


def arrange(
    experiment: Experiment,
    width: float,
    height: float,
    metrics: Metrics = Metrics(),  # noqa: B008 - a tuple never changes
    opened: frozenset[str] = frozenset(),
) -> Layout:
    """Lay the diagram of an experiment out in a view of this size."""
    s = metrics.scale
    resolved = nodes(experiment)
    count = len(resolved) + 1
    left, right = (24 * s + metrics.names), max(32 * s, 20 * s + metrics.classes)
    free = width - left - right
    cell = max(14 * s, min(42 * s, 0.55 * free / count))
    room = _Room(s, 112 * s, max(height - 42 * s, 152 * s), cell)
    labels = [_input_cells(experiment)] + [_unit_cells(node, experiment) for node in resolved]
    # Pictures of nearly one size make a calm row; a crowded column holds the others back a little.
    smallest = min(
        (_grid(len(found), room, False).cell for found in labels if found and not _is_many(len(found), room)),
        default=cell,
    )
    room = room._replace(cell=min(cell, 1.5 * smallest))
    grids = [_grid(len(found), room, id_ in opened) for found, id_ in zip(labels, _ids(resolved), strict=True)]
    widths = [max(34 * s, g.across * (g.beside - 1) + g.cell) for g in grids]
    gap = (free - sum(widths)) / max(count - 1, 1)
    gap = max(9 * s, min(gap, 230 * s))
    # A short network stands in the middle of what is free instead of at its left.
    spare = max(0.0, free - sum(widths) - gap * (count - 1)) / 2
    compact = gap + min(widths) < 74 * s
    x, columns = left + spare, []
    for k, (found, grid, w) in enumerate(zip(labels, grids, widths, strict=True)):
        node = resolved[k - 1] if k else None
        columns.append(_column(node, experiment, found, grid, x + w / 2, room, compact, gap + w))
        x += w + gap
    more = around(columns[0].body.cx, columns[0].body.bottom + 22 * s, 22 * s)
    return Layout(
        view=(width, height),
        width=max(width, x - gap + right),
        compact=compact,
        columns=tuple(columns),
        gaps=_gaps(columns, room, compact),
        bundles=tuple(_bundles(resolved, columns)),
        more=more,
        scale=s,
    )


def _ids(resolved: tuple[Node, ...]) -> list[str]:
    return [INPUT, *(node.layer.id for node in resolved)]


def _input_cells(experiment: Experiment) -> list[tuple[str, str]]:
    return [(f"{INPUT}/{key}", features.title(key)) for key in experiment.data.features]


def _unit_cells(node: Node, experiment: Experiment) -> list[tuple[str, str]]:
    layer = node.layer
    if not isinstance(layer, Neurons):
        return []
    labels = node.shape[0].labels
    classes = experiment.data.source.class_names
    named = layer is experiment.model.output and len(labels) == len(classes)
    return [(label, classes[k] if named else str(k + 1)) for k, label in enumerate(labels)]


def _grid(n: int, room: _Room, opened: bool) -> _Grid:
    if n == 0:
        side = max(room.cell, room.px(64))
        return _Grid(side, side, side, 1, 1)
    if not _is_many(n, room):
        step = min(1.5 * room.cell, room.height / n)
        cell = max(room.px(6), min(room.cell, (0.74 if step > room.px(36) else 0.82) * step))
        return _Grid(cell, step, cell, n, 1)
    least, most, share = (room.px(28), room.px(26), 0.84) if opened else (room.px(11), room.px(14), 0.84)
    beside = -(-n // max(1, int(room.height / least)))
    rows = -(-n // beside)
    step = min(most / share, room.height / rows)
    return _Grid(share * step, step, step, rows, beside)


def _is_many(n: int, room: _Room) -> bool:
    """Whether a column is condensed: more than a few neurons, or no room even for those."""
    return n > FEW or room.height < room.px(10) * n


def _column(
    node: Node | None,
    experiment: Experiment,
    labels: list[tuple[str, str]],
    grid: _Grid,
    cx: float,
    room: _Room,
    compact: bool,
    pitch: float,
) -> Column:
    layer = node.layer if node else None
    role: Role = "inputs" if layer is None else "card" if not isinstance(layer, Neurons) else "neurons"
    if layer is experiment.model.output:
        role = "answer"
    px = room.px
    body, cells = _cells(labels, grid, cx, room)
    title, subtitle = _titles(layer, experiment, compact)
    head_width = max(px(36), min(px(110), pitch - px(4)))
    free = role == "neurons"
    reach = min(px(13), pitch / 4)
    many = _is_many(len(labels), room)
    return Column(
        id=layer.id if layer else INPUT,
        role=role,
        layer=layer,
        title=title,
        subtitle=subtitle,
        head=Box(cx - head_width / 2, px(43), head_width, px(36)),
        activation=around(cx, px(70), head_width, px(17)) if isinstance(layer, Neurons) else None,
        minus=around(cx - reach, px(92), px(19)) if free else None,
        plus=around(cx + reach, px(92), px(19)) if free else None,
        remove=around(cx + min(head_width / 2, 3.9 * room.scale * len(title)) + px(13), px(54), px(16))
        if role in ("neurons", "card")
        else None,
        body=body,
        cells=cells,
        condensed=many and grid.cell < px(20),
        toggle=around(cx, body.bottom + px(14), px(17)) if many else None,
    )


def _cells(labels: list[tuple[str, str]], grid: _Grid, cx: float, room: _Room) -> tuple[Box, tuple[Cell, ...]]:
    w, h = grid.across * (grid.beside - 1) + grid.cell, grid.step * (grid.rows - 1) + grid.cell
    x, y = round(cx - w / 2), round((room.top + room.bottom - h) / 2)
    cell = round(grid.cell)
    cells = tuple(
        Cell(unit, name, Box(round(x + k // grid.rows * grid.across), round(y + k % grid.rows * grid.step), cell, cell))
        for k, (unit, name) in enumerate(labels)
    )
    return Box(x, y, w, h), cells


def _titles(layer: Layer | None, experiment: Experiment, compact: bool) -> tuple[str, str]:
    if layer is None:
        n = len(experiment.data.features)
        return ("In", str(n)) if compact else ("Inputs", f"{n} feature{'s' if n > 1 else ''}")
    subtitle = names.activation(layer) if isinstance(layer, Neurons) else ""
    if compact and isinstance(layer, Neurons):
        return ("Out" if layer is experiment.model.output else str(layer.units)), subtitle
    return names.layer(experiment, layer), subtitle


def _gaps(columns: list[Column], room: _Room, compact: bool) -> tuple[Gap, ...]:
    px, found = room.px, []
    for place, (a, b) in enumerate(pairwise(columns)):
        line = (a.body.right + b.body.x) / 2
        width = px(24) if compact else px(70)
        pill = around(line, room.bottom + px(16), width, px(25))
        box = Box(a.body.right + px(2), room.top - px(34), b.body.x - a.body.right - px(4), room.height + px(72))
        found.append(Gap(place, box, line, pill))
    return tuple(found)


def _bundles(resolved: tuple[Node, ...], columns: list[Column]) -> list[Bundle]:
    where = {c.id: k for k, c in enumerate(columns)}
    found = []
    for node in resolved:
        target = columns[where[node.layer.id]]
        matrix = next((p for p in node.parameters if p.is_weight and len(p.axes) == 2), None)
        for id_ in node.sources:
            source = columns[where[id_]]
            plain = source.cells and target.cells and matrix is not None
            found.append(
                Bundle(
                    source=id_,
                    target=target.id,
                    weights=f"{node.layer.id}.{matrix.name}" if plain and matrix else "",
                    sources=tuple(c.unit for c in source.cells) if plain else (),
                    targets=tuple(c.unit for c in target.cells) if plain else (),
                    x0=source.body.right,
                    x1=target.body.x,
                    y0=np.array([c.box.cy for c in source.cells] if plain else [source.body.cy]),
                    y1=np.array([c.box.cy for c in target.cells] if plain else [target.body.cy]),
                    near=where[target.id] == where[id_] + 1,
                )
            )
    return found
