"""All learned numbers of the network as heat maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.records import Matrices, Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Weights")
class Weights(View, tag="weights", frozen=True):
    """Every weight and bias as a coloured cell: a column for each neuron, a row for each thing it reads."""

    draws: ClassVar[type[Record]] = Matrices
    record: ClassVar[str] = "weights"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._weights import WeightsView

        return WeightsView(context, self.record)
