"""The output over the plane, with the points on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.records import Record, Surface, Want
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Output")
class Output(View, tag="output", frozen=True):
    """The output over the plane: probability, class, margin, entropy or value; draw points on it."""

    draws: ClassVar[type[Record]] = Surface
    record: ClassVar[str] = "surface"
    place: ClassVar[str] = "top"

    def wants(self) -> frozenset[Want]:
        return frozenset({Want(self.record, 128)})

    def widget(self, context: Context) -> ViewWidget:
        from app.views._output import OutputView

        return OutputView(context, self.record)
