"""The samples that are hardest to get right."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.hardest import Hardest
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Hardest")
class HardestOnScreen(View, tag="hardest", frozen=True):
    """The samples with the largest loss; which ones are in the next batch, and how hard each one pulls."""

    draws: ClassVar[type[Record]] = Hardest
    record: ClassVar[str] = "hardest"
    place: ClassVar[str] = "tab"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._hardest import HardestView

        return HardestView(context, self.record)
