"""The weights of a single layer beside the best there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.closed_form import ClosedForm
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Closed form")
class ClosedFormOnScreen(View, tag="closed-form", frozen=True):
    """How far the run is from the best weights: those of least squares, or found by Newton's method."""

    draws: ClassVar[type[Record]] = ClosedForm
    record: ClassVar[str] = "closed-form"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._closed_form import ClosedFormView

        return ClosedFormView(context, "Closed form")
