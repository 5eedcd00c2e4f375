"""One unit under the glass: its numbers, and what it says on the training samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np

from engine.layers import Parameter
from engine.network import Node
from engine.plan.learned import GRADIENT
from engine.producers.base import F, Look, Producer
from engine.producers.weights import frozen, rows
from engine.records import BETWEEN, Own, Record, Unit, Want, readonly
from engine.registry import register

WEIGHT: Final = "weight"


@register("Unit")
class UnitOf(Producer, tag="unit", frozen=True):
    """One unit: its numbers, and what it does on (at most 512 of) the training samples."""

    yields: ClassVar[type[Record]] = Unit

    def make(self, look: Look, want: Want) -> Unit | None:
        layer, unit = (*want.target, "", "")[:2]
        node = look.node(layer)
        if node is None or unit not in node.units.labels:
            return None
        k = node.units.labels.index(unit)
        weight = next((p for p in node.parameters if p.name == WEIGHT and p.labels[-1] == node.units.labels), None)
        function = getattr(node.layer, "activation", None)
        seen = look.activations()[layer][:, k].astype(np.float64)
        active = function.active(seen) if function else seen > 0
        nothing = readonly(np.zeros(0, np.float32))
        return Unit(
            title=unit, layer=layer, unit=unit, formula=function.written if function else "",
            sources=tuple((node.sources[0], label) for label in rows(weight)) if weight else (),
            weights=self._column(look, weight, f"{layer}.{WEIGHT}", k) if weight else nothing,
            weight_gradients=self._column(look, weight, f"{layer}.{WEIGHT}#{GRADIENT}", k) if weight else nothing,
            frozen=readonly(frozen(look, f"{layer}.{WEIGHT}")[:, k].copy() if weight else np.zeros(0, np.bool_)),
            own=tuple(self._own(look, node, unit)),
            active=float(active.mean()) if len(seen) else 0.0, activity=function.activity if function else "above 0",
            mean=float(seen.mean()) if len(seen) else 0.0,
            deviation=float(seen.std()) if len(seen) else 0.0,
        )  # fmt: skip

    @staticmethod
    def _own(look: Look, node: Node, unit: str) -> Iterator[Own]:
        """The numbers that a unit has for itself: its column of every other parameter with an axis of the units."""
        for parameter in node.parameters:
            if not parameter.is_learned or parameter.name == WEIGHT or unit not in parameter.labels[-1]:
                continue
            name, k = f"{node.layer.id}.{parameter.name}", parameter.labels[-1].index(unit)
            values, slopes = (look.learner.array(n).reshape(parameter.matrix) for n in (name, f"{name}#{GRADIENT}"))
            held = frozen(look, name)
            for row, label in enumerate(rows(parameter)):
                called = label if len(parameter.axes) == 1 else f"{parameter.name}{BETWEEN}{label}"
                yield Own(called, float(values[row, k]), float(slopes[row, k]), bool(held[row, k]))

    @staticmethod
    def _column(look: Look, parameter: Parameter, name: str, k: int) -> F:
        return readonly(look.learner.array(name).reshape(parameter.matrix)[:, k].astype(np.float32))
