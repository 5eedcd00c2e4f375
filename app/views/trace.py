"""The experiment from its start as a table: a row for each sample, batch or pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.records import Record
from engine.registry import register
from engine.tracing import Trace

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Trace")
class TraceOnScreen(View, tag="trace", frozen=True):
    """The experiment from its start, row by row: weights, sums, outputs and errors, as the books print them."""

    draws: ClassVar[type[Record]] = Trace
    record: ClassVar[str] = "trace"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._trace import TraceView

        return TraceView(context, "Trace")
