"""One cell of a map, worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.cell import Cell
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Cell")
class CellOnScreen(View, tag="cell", frozen=True):
    """What the window of a layer sees at one place, what it multiplies with, and the sum, with all numbers."""

    draws: ClassVar[type[Record]] = Cell
    record: ClassVar[str] = "cell"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._cell import CellView

        return CellView(context, self.record)
