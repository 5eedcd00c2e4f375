"""The filters of a layer: what its window multiplies with, now and at the start."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from engine.experiment import Experiment
from engine.layers import Parameter
from engine.network import Node
from engine.plan.learned import initial
from engine.producers.base import F, Look, Producer
from engine.records import Record, Want, readonly
from engine.registry import register

TAPS: Final = "tap row"
"""The first axis of weights that move over pictures."""
ITSELF: Final = "its own map"
"""What a filter of a single map reads."""


class Filters(Record, frozen=True, eq=False):
    """The weights of one layer, `now` and at the `start`, [tap row, tap column, source, filter].

    `layers` are all that have filters. A layer whose filters see one map each has one source.
    """

    layer: str
    layers: tuple[str, ...]
    units: tuple[str, ...]
    sources: tuple[str, ...]
    now: F
    start: F


@register("Filters")
class FiltersOf(Producer, tag="filters", frozen=True):
    """The filters of a layer that is named, else of the first that has any, and those it started with."""

    yields: ClassVar[type[Record]] = Filters
    needs: ClassVar[str] = "pictures"

    def make(self, look: Look, want: Want) -> Filters | None:
        having = {node.layer.id: (node, found) for node in look.nodes if (found := taps_of(node)) is not None}
        if not having:
            return None
        asked = want.target[0] if want.target else ""
        node, weight = having.get(asked) or next(iter(having.values()))
        name = f"{node.layer.id}.{weight.name}"
        sources = weight.labels[2] if len(weight.axes) == 4 else (ITSELF,)
        rows, columns, *_, filters = weight.shape
        now, start = (
            readonly(values.astype(np.float32).reshape(rows, columns, len(sources), filters))
            for values in (look.learner.array(name), self._start(look, node, name))
        )
        return Filters("filters", node.layer.id, tuple(having), weight.labels[-1], sources, now, start)

    @staticmethod
    def _start(look: Look, node: Node, name: str) -> F:
        """What the weights were drawn as; drawn anew only where that follows from something else."""
        origin = _origin(look.experiment, node)
        if look.kept.get("filters", (None,))[0] != origin:
            look.kept["filters"] = origin, {n: v for n, _, v in initial(look.experiment, (node,))}
        values: F = look.kept["filters"][1][name]
        return values


def taps_of(node: Node) -> Parameter | None:
    """The weights of a layer that move over pictures, if it has such; those that each place has for itself do not."""
    return next((q for q in node.parameters if q.is_weight and q.axes[0].name == TAPS and len(q.axes) < 5), None)


def _origin(experiment: Experiment, node: Node) -> tuple[object, ...]:
    """All that starting weights follow from."""
    return node, experiment.model.initialiser, experiment.model.start, experiment.seeds.weights
