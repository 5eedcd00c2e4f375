"""The picture that is looked at, by itself: what needs no network."""

from __future__ import annotations

from typing import ClassVar

from engine.producers._sight import picture_of, pixels_of, row_of
from engine.producers.base import F, Look, Producer
from engine.records import Record, Want
from engine.registry import register


class Glassed(Record, frozen=True, eq=False):
    """A picture [row, column, channel], 0 to 1, and its number in the data; -1 for one that is none of the samples."""

    pixels: F
    row: int


@register("Picture looked at")
class GlassedOf(Producer, tag="glass", frozen=True):
    """The picture that is looked at, as it stands in the data; the target is the sample."""

    yields: ClassVar[type[Record]] = Glassed
    needs: ClassVar[str] = "pictures"

    def make(self, look: Look, want: Want) -> Glassed | None:
        pixels, row = pixels_of(look, want), row_of(look, want)
        if pixels is None:
            return None
        return Glassed("glass", picture_of(look, pixels), int(look.plan.prepared.source[row]) if row >= 0 else -1)
