"""Loss, accuracy and error over the epochs, training beside test."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.records import Curve, Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Curves")
class Curves(View, tag="curves", frozen=True):
    """Loss, accuracy and error over the epochs, training and test: zoom, pan, log scale, values under the pointer."""

    draws: ClassVar[type[Record]] = Curve
    record: ClassVar[str] = "loss"
    place: ClassVar[str] = "bottom"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._curves import CurvesView

        return CurvesView(context)
