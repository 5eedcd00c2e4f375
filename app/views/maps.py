"""What the neurons of one layer answer over the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.records import ImageGrid, Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Maps")
class Maps(View, tag="maps", frozen=True):
    """The output of every neuron of one layer over the plane, larger than in the diagram."""

    draws: ClassVar[type[Record]] = ImageGrid
    record: ClassVar[str] = "maps"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._maps import MapsView

        return MapsView(context, self.record)
