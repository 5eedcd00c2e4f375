"""Filters as small pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.filters import Filters
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Filters")
class FiltersOnScreen(View, tag="filters", frozen=True):
    """The filters of a layer, number by number: as they are, as they started, and what has changed since."""

    draws: ClassVar[type[Record]] = Filters
    record: ClassVar[str] = "filters"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._filters import FiltersView

        return FiltersView(context, self.record)
