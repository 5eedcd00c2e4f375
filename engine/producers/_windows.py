"""Which part of a picture a cell of a map sees: through one layer, and back to the input."""

from __future__ import annotations

from engine.layers._picture import Window, form
from engine.layers._receptive import Box, Placing, Windowed, seen
from engine.network import INPUT, Node
from engine.shapes import Shape


def window(node: Node) -> Window | None:
    """Where the window of a layer stands over what it reads, its taps counted from the upper left; None without one."""
    if not isinstance(node.layer, Windowed):
        return None
    return Window(*(r._replace(dilation=abs(r.dilation)) for r in node.layer.stands(node.inputs)))


def field(nodes: tuple[Node, ...], layer: str, row: int, column: int, source: Shape) -> Box:
    """The receptive field: which places of the input, of shape `source`, can change a cell of a layer."""
    found = {layer: Box.of(row, column)}
    for node in reversed(nodes):
        box = found.get(node.layer.id)
        if box is None:
            continue
        for id_, shape in zip(node.sources, node.inputs, strict=True):
            read = _read(node, box, shape) if len(shape) == 3 else Box.of(0, 0)
            found[id_] = found[id_].joined(read) if id_ in found else read
    rows, columns, _ = form(source)
    return found.get(INPUT, Box(0, 0, rows, columns)).within(rows, columns)


def _read(node: Node, box: Box, shape: Shape) -> Box:
    """What places of its input, of this shape, a layer looks at for some of its own."""
    read, stands = form(shape), window(node)
    if stands is not None:
        return seen(stands, box).within(read.rows, read.columns)
    if isinstance(node.layer, Placing):
        return node.layer.origin(box, read).within(read.rows, read.columns)
    # one that keeps the places looks at the same of them; of any other nothing is known
    same = [a.size for a in node.shape[:-1]] == [read.rows, read.columns]
    return box if same else Box(0, 0, read.rows, read.columns)
