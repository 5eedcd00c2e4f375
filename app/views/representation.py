"""The plane as a layer sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.representation import Representation
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Representation")
class RepresentationOnScreen(View, tag="representation", frozen=True):
    """The plane as any layer sees it: samples and a warped grid along two units or the principal components."""

    draws: ClassVar[type[Record]] = Representation
    record: ClassVar[str] = "representation"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._representation import RepresentationView

        return RepresentationView(context, self.record)
