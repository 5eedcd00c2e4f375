"""Where a number comes from: formulas with the numbers of the next sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.calculation import Calculation
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Calculation")
class CalculationOnScreen(View, tag="calculation", frozen=True):
    """How the selected neuron or weight comes by its numbers: sum, output, loss, delta, gradient and update."""

    draws: ClassVar[type[Record]] = Calculation
    record: ClassVar[str] = "calculation"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._calculation import CalculationView

        return CalculationView(context, "Calculation")
