"""One unit under the glass: its numbers, and what it says on the training samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from engine.network import Node
from engine.plan.learned import GRADIENT
from engine.producers.base import F, Look, Producer
from engine.producers.weights import frozen
from engine.records import Own, Record, Unit, Want, readonly
from engine.registry import register


@register("Unit")
class UnitOf(Producer, tag="unit", frozen=True):
    """One unit: its numbers, and what it does on (at most 512 of) the training samples."""

    yields: ClassVar[type[Record]] = Unit

    def make(self, look: Look, want: Want) -> Unit | None:
        layer, unit = (*want.target, "", "")[:2]
        node = look.node(layer)
        if node is None or unit not in node.shape[0].labels:
            return None
        k = node.shape[0].labels.index(unit)
        weight = f"{layer}.weight" if self._has_weights(node) else ""
        function = getattr(node.layer, "activation", None)
        seen = look.activations()[layer][:, k]
        active = function.active(seen) if function else seen > 0
        nothing = readonly(np.zeros(0, np.float32))
        return Unit(
            title=unit, layer=layer, unit=unit, formula=function.written if function else "",
            sources=tuple((node.sources[0], label) for label in node.inputs[0][0].labels) if weight else (),
            weights=self._column(look, weight, k) if weight else nothing,
            weight_gradients=self._column(look, f"{weight}#{GRADIENT}", k) if weight else nothing,
            frozen=readonly(frozen(look, weight)[:, k].copy() if weight else np.zeros(0, np.bool_)),
            own=tuple(self._own(look, node, unit)),
            active=float(active.mean()) if len(seen) else 0.0, activity=function.activity if function else "above 0",
            mean=float(seen.mean()) if len(seen) else 0.0,
            deviation=float(seen.std()) if len(seen) else 0.0,
        )  # fmt: skip

    @staticmethod
    def _has_weights(node: Node) -> bool:
        """Whether it has a matrix of weights with a column for each unit."""
        forms = {p.name: p.labels for p in node.parameters}
        return forms.get("weight") == (node.inputs[0][0].labels, node.shape[0].labels)

    @staticmethod
    def _own(look: Look, node: Node, unit: str) -> Iterator[Own]:
        """The numbers that a unit has for itself: those of parameters with one axis, that of the units."""
        for parameter in node.parameters:
            if parameter.is_learned and len(parameter.axes) == 1 and unit in parameter.labels[0]:
                name, k = f"{node.layer.id}.{parameter.name}", parameter.labels[0].index(unit)
                value, slope = (float(look.learner.array(n)[k]) for n in (name, f"{name}#{GRADIENT}"))
                yield Own(parameter.name, value, slope, bool(frozen(look, name)[0, k]))

    @staticmethod
    def _column(look: Look, name: str, k: int) -> F:
        return readonly(look.learner.array(name)[:, k].astype(np.float32))
