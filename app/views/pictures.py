"""Pictures and what the network takes them for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.pictures import Pictures
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Pictures")
class PicturesOnScreen(View, tag="pictures", frozen=True):
    """The picture under the glass with the share of each class, and more of them, those answered wrongly first."""

    draws: ClassVar[type[Record]] = Pictures
    record: ClassVar[str] = "pictures"
    place: ClassVar[str] = "top"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._pictures import PicturesView

        return PicturesView(context, self.record)
