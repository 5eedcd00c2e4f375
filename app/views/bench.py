"""Filters without training."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.glass import Glassed
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Filter bench")
class FilterBench(View, tag="bench", frozen=True):
    """The picture under the glass through a filter whose kernel can be typed, with histograms and every sum."""

    draws: ClassVar[type[Record]] = Glassed
    record: ClassVar[str] = "glass"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._bench import BenchView

        return BenchView(context, self.record)
