"""Pictures as the network answers them: one under the glass, and some of each part."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from msgspec import Struct

from engine.producers._judging import judged, part_of
from engine.producers._sight import picture_of, row_of, seen_of
from engine.producers.base import F, Look, Producer
from engine.records import Record, Want, readonly
from engine.registry import register

SHOWN: Final = 48


class Answered(Struct, frozen=True, eq=False):
    """A picture [row, column, channel], 0 to 1: its number in the data, what it is, and the share given to each class.

    A picture that is none of the samples has the number -1, and nobody knows what it is: -1.
    """

    row: int
    pixels: F
    target: int
    shares: F
    learned: bool

    @property
    def answer(self) -> int:
        """The class it is taken for."""
        return int(self.shares.argmax())


class Pictures(Record, frozen=True, eq=False):
    """The picture under the glass, and some pictures of a part, those that are answered wrongly first."""

    part: str
    glass: Answered | None
    items: tuple[Answered, ...]
    classes: tuple[str, ...]
    wrong: int
    samples: int
    total: int


@register("Pictures")
class PicturesOf(Producer, tag="pictures", frozen=True):
    """Pictures with the network's answers: the one that is looked at, and those of a part, the wrong ones first."""

    yields: ClassVar[type[Record]] = Pictures
    judges: ClassVar[bool] = True
    needs: ClassVar[str] = "pictures"

    def make(self, look: Look, want: Want) -> Pictures:
        part = part_of(want.target)
        found = judged(look, part)
        wrong = found.answer != found.target
        order = np.argsort(~wrong, kind="stable")[: want.size or SHOWN]
        items = tuple(self._one(look, int(found.rows[k]), found.share[k].astype(np.float32)) for k in order)
        names = look.experiment.data.source.class_names
        return Pictures(
            "pictures", part, self._glass(look, want), items, names, int(wrong.sum()), len(found.rows), found.total
        )

    def _glass(self, look: Look, want: Want) -> Answered | None:
        asked = Want("pictures", target=want.target[1:], given=want.given)
        both = seen_of(look, asked)
        if both is None:
            return None
        x, seen = both
        share = look.answers(seen[look.nodes[-1].layer.id][None])[0]
        row = row_of(look, asked)
        if row >= 0:
            return self._one(look, row, share)
        return Answered(-1, picture_of(look, x), -1, readonly(share), learned=False)

    @staticmethod
    def _one(look: Look, row: int, shares: F) -> Answered:
        prepared = look.plan.prepared
        source = int(prepared.source[row])
        target = int(prepared.samples.y[source])
        return Answered(source, picture_of(look, prepared.x[row]), target, readonly(shares), row < prepared.train)
