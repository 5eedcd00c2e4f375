"""One cell of a map: what the window sees there, what it multiplies with, and what comes of it."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.layers._picture import Window
from engine.layers._receptive import Box, seen
from engine.network import INPUT, Node
from engine.producers._sight import maps_of, unfolded
from engine.producers._windows import field, window
from engine.producers.base import F, Look, Producer
from engine.records import Record, Want, readonly
from engine.registry import register

SUM: Final = "sum"


class Patch(Struct, frozen=True, eq=False):
    """What the window sees of one map [tap row, tap column], 0 where it hangs over the edge, which is not `inside`.

    `weights` are what that is multiplied with, place by place; None where nothing is.
    """

    source: str
    seen: F
    inside: NDArray[np.bool_]
    weights: F | None


class Cell(Record, frozen=True, eq=False):
    """A cell of the map of a unit, at `row` and `column` of `map`, for the picture [row, column, channel].

    `z` is the weighted sum and `a` = f(z), as the network says them; `how` the window becomes a number: sum, max ...
    The sum is Σ seen weights, times `scale`, plus `bias`. `box` is what the window sees of the maps `read`, `field`
    the part of the picture that the cell follows from. A layer without a window has no patches.
    """

    layer: str
    unit: str
    row: int
    column: int
    picture: F
    map: F
    read: F
    patches: tuple[Patch, ...]
    how: str
    turned: bool
    scale: float
    bias: float
    z: float
    a: float
    formula: str
    box: Box
    field: Box


@register("Cell")
class CellOf(Producer, tag="cell", frozen=True):
    """One cell of the picture that is looked at; the target is (layer, unit, row, column), then the sample."""

    yields: ClassVar[type[Record]] = Cell
    needs: ClassVar[str] = "pictures"

    def make(self, look: Look, want: Want) -> Cell | None:
        layer, unit, *place = (*want.target[:4], "", "", "", "")[:4]
        node = look.node(layer) or next((n for n in look.nodes if window(n) is not None), None)
        maps = maps_of(look, Want(want.name, target=want.target[4:], given=want.given))
        axes = look.experiment.data.source.axes
        if node is None or node.is_flat or not maps or axes is None:
            return None
        k = node.units.labels.index(unit) if unit in node.units.labels else 0
        made = maps[node.layer.id][k]
        row, column = (
            min(int(at), n - 1) if at.isdecimal() else n // 2 for at, n in zip(place, made.shape, strict=True)
        )
        stands = window(node)
        source = maps[node.sources[0]]
        box = Box.of(row, column)
        patches: tuple[Patch, ...] = ()
        if stands is not None:
            box = seen(stands, box)
            patches = tuple(self._patches(look, node, stands, source, k, (row, column)))
        function = getattr(node.layer, "activation", None)
        a = float(made[row, column])
        sums = look.plan.lowered.layout.buffers.get(f"view.{node.layer.id}.z")
        z = (
            a
            if sums is None
            else float(unfolded(look.plan.view(sums)[0], tuple(x.size for x in node.shape))[k, row, column])
        )
        return Cell(
            "cell", node.layer.id, node.units.labels[k], row, column,
            readonly(np.ascontiguousarray(maps[INPUT].transpose(1, 2, 0))), readonly(made), readonly(source), patches,
            getattr(node.layer, "means", SUM), getattr(node.layer, "operation", "") == "convolution",
            self._own(look, node, "scale", (row, column), k, 1.0), self._own(look, node, "bias", (row, column), k, 0.0),
            z, a, function.written if function is not None else "", box,
            field(look.nodes, node.layer.id, row, column, axes),
        )  # fmt: skip

    @staticmethod
    def _patches(look: Look, node: Node, stands: Window, read: F, k: int, at: tuple[int, int]) -> list[Patch]:
        """What the window sees of each map that the unit reads."""
        ys, xs = (
            place * r.stride - r.before + np.arange(r.kernel) * r.dilation for place, r in zip(at, stands, strict=True)
        )
        inside = np.outer((ys >= 0) & (ys < read.shape[1]), (xs >= 0) & (xs < read.shape[2]))
        rows, columns = np.clip(ys, 0, read.shape[1] - 1), np.clip(xs, 0, read.shape[2] - 1)
        seen = np.where(inside, read[:, rows[:, None], columns[None, :]], 0).astype(np.float32)
        weights, first = _weights(look, node, stands, k, at), 0
        labels = node.inputs[0][-1].labels
        if weights is None or weights.shape[2] == 1:
            first = k if len(labels) == node.units.size and not _sums_maps(node) else 0
        elif weights.shape[2] < len(labels):  # a group
            first = k // (node.units.size // (len(labels) // weights.shape[2])) * weights.shape[2]
        count = 1 if weights is None else weights.shape[2]
        return [
            Patch(labels[first + c], readonly(seen[first + c]), readonly(inside),
                  None if weights is None else readonly(np.ascontiguousarray(weights[:, :, c])))
            for c in range(count)
        ]  # fmt: skip

    @staticmethod
    def _own(look: Look, node: Node, name: str, at: tuple[int, int], k: int, usual: float) -> float:
        """A number that the unit has for itself, at this place where each place has one."""
        if name not in {q.name for q in node.parameters}:
            return usual
        values = look.learner.array(f"{node.layer.id}.{name}")
        return float(values[(*at, k)] if values.ndim == 3 else values[k])


def _sums_maps(node: Node) -> bool:
    """Whether a filter sums over the maps that it reads."""
    return any(q.is_weight and len(q.axes) > 3 for q in node.parameters)


def _weights(look: Look, node: Node, stands: Window, k: int, at: tuple[int, int]) -> F | None:
    """What the unit multiplies with, [tap row, tap column, source], turned as it meets the picture."""
    if not any(q.name == "weight" for q in node.parameters):
        return None
    values = look.learner.array(f"{node.layer.id}.weight")
    if values.ndim > 4:  # each place has its own: [tap row, tap column, source, row, column, unit]
        values = values[:, :, :, *at]
    mine = values[..., k].reshape(*(r.kernel for r in stands), -1).astype(np.float32)
    turned: F = mine[::-1, ::-1] if getattr(node.layer, "operation", "") == "convolution" else mine
    return turned
