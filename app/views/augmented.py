"""A picture as training sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.augmented import Augmented
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Augmentation")
class AugmentedOnScreen(View, tag="augmentation", frozen=True):
    """The picture under the glass, and as training would see it: moved, bent, mixed; switched on and set here."""

    draws: ClassVar[type[Record]] = Augmented
    record: ClassVar[str] = "augmented"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._augmented import AugmentedView

        return AugmentedView(context, self.record)
