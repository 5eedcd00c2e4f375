"""The computational graph of the network for one sample, or of a typed expression."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.calculation import Calculation
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Computation graph")
class GraphOnScreen(View, tag="graph", frozen=True):
    """Values forward, gradients backward and the paths between, of the network or of an expression that is typed."""

    draws: ClassVar[type[Record]] = Calculation
    record: ClassVar[str] = "graph"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._graph import GraphView

        return GraphView(context, "Computation graph")
