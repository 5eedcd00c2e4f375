"""What the computational graph of a network is drawn from: the next sample's step with the numbers of all layers."""

from __future__ import annotations

from engine.network import Node
from engine.producers.base import Look
from engine.producers.calculation import CalculationOf
from engine.records import Want
from engine.registry import register


@register("Computation graph")
class GraphOf(CalculationOf, tag="graph", frozen=True):
    """The next sample's step with all its numbers; `engine.explanations` makes the graph of it."""

    def layers(self, look: Look, want: Want) -> list[Node]:
        return list(look.nodes)
