"""The loss around the present weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.landscape import Landscape
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Loss landscape")
class LandscapeOnScreen(View, tag="landscape", frozen=True):
    """The loss along two directions through the weights, with the path that training takes; a click puts them there."""

    draws: ClassVar[type[Record]] = Landscape
    record: ClassVar[str] = "landscape"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._landscape import LandscapeView

        return LandscapeView(context, self.record)
