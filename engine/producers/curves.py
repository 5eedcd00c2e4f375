"""The curves of a run."""

from __future__ import annotations

from typing import ClassVar

from engine.producers.base import Look, Producer
from engine.records import Curve, Record, Want
from engine.registry import register


@register("Loss")
class LossOf(Producer, tag="loss", frozen=True):
    """The mean loss of the data over the epochs, training and test."""

    yields: ClassVar[type[Record]] = Curve

    def make(self, look: Look, want: Want) -> Curve:
        return look.past.curve("loss")


@register("Accuracy")
class AccuracyOf(Producer, tag="accuracy", frozen=True):
    """The share of right answers over the epochs, training and test."""

    yields: ClassVar[type[Record]] = Curve

    def make(self, look: Look, want: Want) -> Curve:
        return look.past.curve("accuracy")


@register("Error")
class ErrorOf(Producer, tag="error", frozen=True):
    """The share of wrong answers over the epochs, 1 minus the accuracy: the mean of the 0-1 loss."""

    yields: ClassVar[type[Record]] = Curve

    def make(self, look: Look, want: Want) -> Curve:
        return look.past.curve("error")
