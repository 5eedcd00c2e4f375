"""Curves of all thresholds, and calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.roc import Roc
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("ROC")
class ROCOnScreen(View, tag="roc", frozen=True):
    """How well the classes are told apart at every threshold, and how true the probabilities are."""

    draws: ClassVar[type[Record]] = Roc
    record: ClassVar[str] = "roc"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._roc import RocView

        return RocView(context, self.record)
