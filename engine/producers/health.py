"""Which units do nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from engine.layers.output import Answering
from engine.producers._health import State, states
from engine.producers.base import Look, Producer
from engine.records import Record, Want
from engine.registry import register


class Health(Record, frozen=True, eq=False):
    """The units of hidden layers that are dead or saturated, by their labels within their layer."""

    ill: Mapping[tuple[str, str], State]


@register("Health")
class HealthOf(Producer, tag="health", frozen=True):
    """The units that are never active, or never on their slope, on the training samples."""

    yields: ClassVar[type[Record]] = Health

    def make(self, look: Look, want: Want) -> Health:
        seen, ill = look.activations(), {}
        for node in look.nodes:
            if isinstance(node.layer, Answering):
                continue  # one that is sure of itself has learned what it should
            for unit, state in zip(node.units.labels, states(node, seen[node.layer.id]), strict=True):
                if state:
                    ill[node.layer.id, unit] = state
        return Health("health", ill)
