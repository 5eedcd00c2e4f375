"""Where everything in the network diagram stands: pure geometry from an experiment and a size, without Qt.

Layers stand left to right by their rank, branches above each other in lanes. A column of more than sixteen neurons is
condensed to a strip of small pictures until it is opened. Layers that pass units on are slim columns, those that join
others are small nodes; anything else is a card.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from app import names
from app.canvas import wiring
from app.canvas.flow import Flow, flow
from app.canvas.parts import Box, Cell, Column, Layout, Metrics, Role, around
from app.canvas.rooms import Room, make_rooms
from engine import edits
from engine import layers as kinds
from engine.experiment import Experiment, classifies, input_shape, nodes
from engine.layers import Layer, Neurons
from engine.network import INPUT, Node

FEW: Final = 16
"""Neurons up to which a column shows each at full size."""

NAMED: Final = 32
"""Classes up to which an output column shows each with its name, as far as the room is high enough."""

STRIP: Final = 90
"""The widest strip of single numbers, in pixels at 100 %: the pictures beside it need the room more."""

SLIM: Final = 0.55
"""How wide the pictures of a layer that passes units on are, against those of neurons."""

WIDEST: Final = 110
"""The widest head, in pixels at 100 %."""

NEAR: Final = 0.6
"""How wide a gap without weights is, against one with."""


class _Grid(NamedTuple):
    """How the pictures of one column are set: size, distance, rows, columns beside each other."""

    cell: float
    step: float
    across: float
    rows: int
    beside: int


class _Item(NamedTuple):
    """A layer to be placed: its role, and the label and name of each picture."""

    id: str
    role: Role
    node: Node | None
    labels: list[tuple[str, str]]

    @property
    def units(self) -> tuple[str, ...]:
        if self.node is None:
            return tuple(label for label, _ in self.labels)
        return self.node.units.labels


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
    stand = flow([(n.layer.id, n.sources) for n in resolved])
    items = _items(experiment, resolved)
    left, right = (24 * s + metrics.names), max(32 * s, 20 * s + metrics.classes)
    free = width - left - right
    cell = max(14 * s, min(42 * s, 0.55 * free / stand.ranks))
    whole = Room(s, 112 * s, max(height - 42 * s, 152 * s), cell)
    rooms = make_rooms(stand, whole, {x.id: (x.role, len(x.labels)) for x in items})
    # Pictures of nearly one size make a calm row; a crowded column holds the others back a little.
    full = [x for x in items if 0 < len(x.labels) <= FEW and x.role != "slim" and not _is_many(x, rooms.of[x.id])]
    smallest = min((_grid(x, rooms.of[x.id], False).cell for x in full), default=cell)
    rooms = rooms.with_cell(min(cell, 1.5 * smallest))
    grids = {x.id: _grid(x, rooms.of[x.id], x.id in opened) for x in items}
    least = {x.id: (16 if x.role == "slim" else 26 if x.role == "join" else 34) * s for x in items}
    wide = {id_: max(least[id_], g.across * (g.beside - 1) + g.cell) for id_, g in grids.items()}
    across = _across(stand, items, wide, left, free, s)
    usual = min((wide[x.id] for x in items if x.role not in ("slim", "join")), default=0.0)
    compact = across.gap + usual < 74 * s
    read = {source for n in resolved for source in n.sources}
    columns = [
        _column(x, experiment, grids[x.id], rooms.of[x.id], across.place(stand, x.id, s), compact, x.id in read)
        for x in sorted(items, key=lambda x: stand.spots[x.id])
    ]
    columns = [_shortened(c, experiment, WIDEST * s if c.head.y < 80 * s else c.head.w, s) for c in columns]
    # Only in the uppermost line, where nothing passes between the heads, and where nothing goes on.
    roomy = {c.id for c in columns if rooms.of[c.id].head == 0 or c.role == "answer"}
    columns = [_spread(c, columns, s) if c.id in roomy else c for c in columns]
    columns = [_shortened(c, experiment, c.head.w, s) for c in columns]
    drawn = wiring.draw(resolved, columns, stand, across, rooms, compact)
    inputs = columns[0].body
    return Layout(
        view=(width, height),
        width=max(width, across.rights[-1] + right),
        compact=compact,
        columns=tuple(columns),
        gaps=drawn.gaps,
        bundles=drawn.bundles,
        wires=drawn.wires,
        edges=tuple((source, n.layer.id) for n in resolved for source in n.sources),
        # The inputs of pictures are not chosen.
        more=around(inputs.cx, inputs.bottom + 22 * s, 22 * s if experiment.data.features else 0.0),
        heads=max(c.head.bottom for c in columns) + 27 * s,
        scale=s,
    )


def _across(
    stand: Flow, items: list[_Item], wide: Mapping[str, float], left: float, free: float, s: float
) -> wiring.Across:
    """Where the ranks begin and end: the gaps are equally wide, less where no weights are drawn in them."""
    ranks = [[x for x in items if stand.spots[x.id].rank == r] for r in range(stand.ranks)]
    widths = [max((wide[x.id] for x in rank), default=0.0) for rank in ranks]
    shares = [1.0 if any(x.role in ("neurons", "answer") for x in rank) else NEAR for rank in ranks[1:]]
    gap = max(9 * s, min((free - sum(widths)) / max(sum(shares), 1), 230 * s))
    # A short network stands in the middle of what is free instead of at its left.
    x = left + max(0.0, free - sum(widths) - gap * sum(shares)) / 2
    lefts = []
    for w, share in zip(widths, [*shares, 0.0], strict=True):
        lefts.append(x)
        x += w + gap * share
    return wiring.Across(tuple(lefts), tuple(a + w for a, w in zip(lefts, widths, strict=True)), gap)


def _items(experiment: Experiment, resolved: tuple[Node, ...]) -> list[_Item]:
    found = [_Item(INPUT, "inputs", None, names.inputs(experiment))]
    for node in resolved:
        role = _role(node)
        found.append(_Item(node.layer.id, role, node, _unit_cells(node, role, experiment)))
    return found


def _role(node: Node) -> Role:
    layer = node.layer
    if isinstance(layer, kinds.Answering):
        return "answer"
    if layer.group == "form" and node.is_flat:
        return "card"
    return "neurons" if isinstance(layer, kinds.Column) else "join" if layer.sign else "slim"


def _unit_cells(node: Node, role: Role, experiment: Experiment) -> list[tuple[str, str]]:
    if role in ("join", "card"):
        return []
    labels = node.units.labels
    classes = experiment.data.source.class_names if classifies(experiment) else ()
    named = node.layer is experiment.model.output and len(labels) == len(classes)
    return [(label, classes[k] if named else str(k + 1)) for k, label in enumerate(labels)]


def _grid(item: _Item, room: Room, opened: bool) -> _Grid:
    n = len(item.labels)
    if n == 0:
        side = room.px(26) if item.role == "join" else max(room.cell, room.px(64))
        return _Grid(side, side, side, 1, 1)
    if not _is_many(item, room):
        step = min(1.5 * room.cell, room.height / n)
        cell = max(room.px(6), min(room.cell, (0.74 if step > room.px(36) else 0.82) * step))
        if item.role == "slim":
            cell = max(room.px(6), min(cell, max(room.px(14), SLIM * cell)))
        return _Grid(cell, step, cell, n, 1)
    least, most, share = (room.px(28), room.px(26), 0.84) if opened else (room.px(11), room.px(14), 0.84)
    if item.node is not None and item.node.is_flat and not opened:
        least = min(least, max(room.px(4), math.sqrt(room.px(STRIP) * room.height / n)))
    beside = -(-n // max(1, int(room.height / least)))
    rows = -(-n // beside)
    step = min(most / share, room.height / rows)
    return _Grid(share * step, step, step, rows, beside)


def _is_many(item: _Item, room: Room) -> bool:
    """Whether a column is condensed: more than a few neurons, or no room even for those."""
    n = len(item.labels)
    return n > (NAMED if item.role == "answer" else FEW) or room.height < room.px(10) * n


def _column(
    item: _Item, experiment: Experiment, grid: _Grid, room: Room, place: wiring.Slot, compact: bool, read: bool
) -> Column:
    layer = item.node.layer if item.node else None
    px, cx = room.px, place.cx
    body, cells = _cells(item, grid, cx, room)
    title, subtitle = _titles(layer, experiment, compact)
    pitch = place.pitch
    head_width = max(px(36), min(px(WIDEST), pitch - px(4)))
    if room.narrow:
        head_width = max(px(30), min(head_width, place.clear))
    free = layer is not None and item.role in ("neurons", "answer") and edits.is_free(experiment, layer)
    free = free and not room.tight
    reach = min(px(13), pitch / 4)
    many = _is_many(item, room)
    down = room.head
    letter = 3.9 if item.role in ("inputs", "neurons", "answer") else 3.4
    return Column(
        id=item.id,
        role=item.role,
        layer=layer,
        title=title,
        subtitle=subtitle,
        head=Box(cx - head_width / 2, down + px(43), head_width, px(36)),
        activation=around(cx, down + px(70), head_width, px(17)) if isinstance(layer, Neurons) else None,
        minus=around(cx - reach, down + px(92), px(19)) if free else None,
        plus=around(cx + reach, down + px(92), px(19)) if free else None,
        remove=around(cx + min(head_width / 2, letter * room.scale * len(title)) + px(13), down + px(54), px(16))
        if layer is not None and layer is not experiment.model.output
        else None,
        body=body,
        cells=cells,
        condensed=many and grid.cell < px(20),
        toggle=around(cx, body.bottom + px(14), px(17)) if many else None,
        place=experiment.model.layers.index(layer) if layer else -1,
        units=item.units,
        read=read or item.role == "answer",
        port=around(body.right + px(9), body.cy, px(16)) if item.role != "answer" else None,
    )


def _spread(column: Column, columns: list[Column], s: float) -> Column:
    """A wider head where its words need one, as far as the words beside it leave room."""
    wanted, room = letters(column, s) + 8 * s, WIDEST * s
    if wanted <= column.head.w:
        return column
    for other in columns:
        if other.id != column.id and other.head.y < column.head.bottom and column.head.y < other.head.bottom:
            room = min(room, 2 * (abs(other.head.cx - column.head.cx) - letters(other, s) / 2) - 8 * s)
    wide = max(column.head.w, min(room, wanted))
    return column._replace(head=around(column.head.cx, column.head.cy, wide, column.head.h))


def _shortened(column: Column, experiment: Experiment, room: float, s: float) -> Column:
    """A shorter title where there is one and the whole has no room."""
    crowded = _title_width(column, s) > max(column.head.w, room)
    if column.layer is None or not column.layer.short or not crowded:
        return column
    shorter = column._replace(title=names.layer(experiment, column.layer, short=True))
    fits = _title_width(shorter, s) <= max(column.head.w, room)
    return shorter if fits else column._replace(title=column.layer.short)


def letters(column: Column, s: float) -> float:
    """About how wide the words of a head are."""
    return max(_title_width(column, s), 6.0 * len(column.subtitle) * s)


def _title_width(column: Column, s: float) -> float:
    return (6.3 if column.role in ("slim", "join") else 7.6) * len(column.title) * s


def _cells(item: _Item, grid: _Grid, cx: float, room: Room) -> tuple[Box, tuple[Cell, ...]]:
    w, h = grid.across * (grid.beside - 1) + grid.cell, grid.step * (grid.rows - 1) + grid.cell
    x, y = round(cx - w / 2), round((room.top + room.bottom - h) / 2)
    cell = round(grid.cell)
    cells = tuple(
        Cell(
            item.id,
            unit,
            name,
            Box(round(x + k // grid.rows * grid.across), round(y + k % grid.rows * grid.step), cell, cell),
        )
        for k, (unit, name) in enumerate(item.labels)
    )
    return Box(x, y, w, h), cells


def _titles(layer: Layer | None, experiment: Experiment, compact: bool) -> tuple[str, str]:
    if layer is None:
        shape = input_shape(experiment.data)
        n = shape[-1].size
        told = f"{n} feature{'s' if n > 1 else ''}" if len(shape) == 1 else " × ".join(str(a.size) for a in shape[:-1])
        return ("In", str(n) if len(shape) == 1 else told) if compact else ("Inputs", told)
    if compact and layer is experiment.model.output:
        return "Out", names.manner(layer)
    if compact and isinstance(layer, kinds.Column):
        return str(layer.units), names.manner(layer)
    if compact and layer.sign:
        return "", ""  # its sign says it
    return names.layer(experiment, layer), names.manner(layer)
