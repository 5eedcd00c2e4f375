"""What goes on in each layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.layers import Layers
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Layers")
class LayersOnScreen(View, tag="layers", frozen=True):
    """A row for each layer: its sums and outputs, dead and saturated units, the size of its gradient and its steps."""

    draws: ClassVar[type[Record]] = Layers
    record: ClassVar[str] = "layers"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._layers import LayersView

        return LayersView(context, self.record)
