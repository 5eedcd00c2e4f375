"""Which part of a picture a cell of a map sees: through one layer, and back to the input."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.layers import Layer
from engine.layers._picture import Reach, Window, form, window_of
from engine.layers.convolution import Convolution
from engine.layers.convolution_1d import Convolution1D
from engine.layers.depthwise import Depthwise
from engine.layers.local import Local
from engine.layers.pooling import Pooling
from engine.layers.reforming import Replaced
from engine.layers.shuffle import Shuffle, order_of
from engine.layers.sub_sampling import SubSampling
from engine.layers.transposed import Transposed
from engine.network import INPUT, Node
from engine.shapes import Shape


class Box(NamedTuple):
    """Rows top <= y < bottom and columns left <= x < right."""

    top: int
    left: int
    bottom: int
    right: int

    def joined(self, other: Box) -> Box:
        """The least box around both."""
        return Box(min(self.top, other.top), min(self.left, other.left), max(self.bottom, other.bottom),
                   max(self.right, other.right))  # fmt: skip

    def within(self, shape: Shape) -> Box:
        """What of it lies in maps of this shape."""
        rows, columns = (axis.size for axis in shape[:2])
        return Box(max(self.top, 0), max(self.left, 0), min(self.bottom, rows), min(self.right, columns))


def window(node: Node) -> Window | None:
    """Where the window of a layer stands over what it reads; None where it has none."""
    layer = node.layer
    if isinstance(layer, (Convolution, Depthwise, Local)):
        return window_of(layer, form(node.inputs[0]), getattr(layer, "dilation", 1))
    return layer.stands(node.inputs) if isinstance(layer, (Convolution1D, Pooling, SubSampling)) else None


def field(nodes: tuple[Node, ...], layer: str, row: int, column: int, source: Shape) -> Box:
    """The receptive field: which places of the input, of shape `source`, can change a cell of a layer."""
    seen = {layer: Box(row, column, row + 1, column + 1)}
    for node in reversed(nodes):
        box = seen.get(node.layer.id)
        if box is None:
            continue
        for id_, shape in zip(node.sources, node.inputs, strict=True):
            read = _read(node, box, shape) if len(shape) == 3 else Box(0, 0, 1, 1)
            seen[id_] = seen[id_].joined(read) if id_ in seen else read
    whole = Box(0, 0, *(axis.size for axis in source[:2]))
    return seen.get(INPUT, whole).within(source)


def _read(node: Node, box: Box, shape: Shape) -> Box:
    """What places of its input a layer looks at for some of its own."""
    whole = Box(0, 0, *(axis.size for axis in shape[:2]))
    stands = window(node)
    if stands is not None:
        (top, bottom), (left, right) = (
            _span(reach, first, end)
            for reach, first, end in zip(stands, (box.top, box.left), (box.bottom, box.right), strict=True)
        )
        return Box(top, left, bottom, right).within(shape)
    layer: Layer = node.layer
    if isinstance(layer, Replaced):
        before, scale = layer.moves
        return Box(*((k - before) // scale for k in box[:2]), *((k - 1 - before) // scale + 1 for k in box[2:])).within(
            shape
        )
    if isinstance(layer, Transposed):
        sides = (layer.window, layer.width or layer.window)
        first = (-(-(k + layer.cut - side + 1) // layer.stride) for k, side in zip(box[:2], sides, strict=True))
        return Box(*first, *((k - 1 + layer.cut) // layer.stride + 1 for k in box[2:])).within(shape)
    if isinstance(layer, Shuffle):
        return _around(order_of(layer.seed, form(shape).places), box, form(shape).columns)
    # one that keeps the places looks at the same of them; of any other nothing is known
    return box if [a.size for a in node.shape[:-1]] == [a.size for a in shape[:-1]] else whole


def _around(order: NDArray[np.intp], box: Box, columns: int) -> Box:
    """The least box around the places from which those of a box come."""
    places = order.reshape(-1, columns)[box.top : box.bottom, box.left : box.right].ravel()
    down, across = places // columns, places % columns
    return Box(int(down.min()), int(across.min()), int(down.max()) + 1, int(across.max()) + 1)


def _span(reach: Reach, first: int, end: int) -> tuple[int, int]:
    """From the first place that the window sees at place `first` to behind the last at `end` - 1."""
    start, stop = (place * reach.stride - reach.before for place in (first, end - 1))
    return start, stop + (reach.kernel - 1) * reach.dilation + 1
