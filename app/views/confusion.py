"""How often each class is taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.confusion import Confusion
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Confusion")
class ConfusionOnScreen(View, tag="confusion", frozen=True):
    """Which class is taken for which, in numbers and shares of each class; of a value, its targets and answers."""

    draws: ClassVar[type[Record]] = Confusion
    record: ClassVar[str] = "confusion"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._confusion import ConfusionView

        return ConfusionView(context, self.record)
