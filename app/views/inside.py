"""What of a picture matters for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.inside import Insight
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Look inside")
class InsideOnScreen(View, tag="inside", frozen=True):
    """Which pixels an answer hangs on, which part of the picture speaks for it, and how little fools the network."""

    draws: ClassVar[type[Record]] = Insight
    record: ClassVar[str] = "inside"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._inside import InsideView

        return InsideView(context, self.record)
