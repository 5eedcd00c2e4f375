"""What a unit looks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.sought import Sought
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Sought by a unit")
class SoughtOnScreen(View, tag="sought", frozen=True):
    """A picture that makes the chosen unit say most, found by gradient ascent, and the nine best training pictures."""

    draws: ClassVar[type[Record]] = Sought
    record: ClassVar[str] = "sought"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._sought import SoughtView

        return SoughtView(context, self.record)
