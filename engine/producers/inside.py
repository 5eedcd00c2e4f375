"""What of a picture matters for an answer: slopes at pixels, maps that speak for it, what is lost without a part."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

import numpy as np

from engine.experiment import task
from engine.layers._picture import form
from engine.producers._sight import picture_of, seen_of, unfolded
from engine.producers._within import shares_of, towards, within
from engine.producers.base import F, Look, Producer
from engine.records import Record, Want, readonly
from engine.registry import register

GREY: Final = 0.5
"""What covers a part of the picture."""
COVERED: Final = 4
"""The window that covers a part is a so-manieth of the picture's side."""
USUAL: Final = 0.1
"""The step that fools, unless another is asked for, as a share of the range of a pixel."""


class Insight(Record, frozen=True, eq=False):
    """The `picture` [row, column, channel], the shares it gets, and what was looked for.

    `values` [row, column] lie over the whole picture, whatever their number. `asked` is the class it is about; `layer`
    the layer of maps, one of `layers`. `changed` is another picture and `after` its shares, where there is one.
    `reason` says why there is nothing to show.
    """

    what: str
    picture: F
    shares: F
    asked: int
    classes: tuple[str, ...]
    values: F
    layer: str = ""
    layers: tuple[str, ...] = ()
    changed: F | None = None
    after: F | None = None
    reason: str = ""


class Question:
    """A picture under the glass, and what is asked about it."""

    def __init__(self, look: Look, picture: F, asked: str, option: str) -> None:
        self.look, self.picture, self.option = look, picture, option
        self.output = look.nodes[-1].layer.id
        seen = look.plan.sees(picture.reshape(1, -1))[self.output]
        self.shares = look.answers(seen)[0]
        number = int(asked) if asked.isdecimal() else -1
        self.asked = number if 0 <= number < len(self.shares) else int(self.shares.argmax())

    def saliency(self) -> Insight:
        """|∂ share / ∂ pixel|, the largest over the channels (Simonyan, Vedaldi, Zisserman 2013)."""
        inside = within(self.look, self.output)
        inside.see(self.picture)
        slope = np.abs(inside.at_pixels(towards(self.look, self.asked, self.shares)))
        return self.told("saliency", slope.max(axis=2).astype(np.float32))

    def cam(self) -> Insight:
        """Grad-CAM: max(0, Σ over maps of (mean slope of the map) × map) (Selvaraju et al. 2017)."""
        maps = [n for n in self.look.nodes if not n.is_flat]
        if not maps:
            return self.told("cam", reason="There is no layer of maps; add a convolution.")
        learned = [n for n in maps if n.parameters] or maps
        node = next((n for n in maps if n.layer.id == self.option), learned[-1])
        inside, sizes = within(self.look, self.output, node.layer.id), form(node.shape)
        said = unfolded(inside.see(self.picture)[node.layer.id], sizes)
        slope = unfolded(inside.slope(towards(self.look, self.asked, self.shares)), sizes)
        found = np.maximum((slope.mean(axis=(1, 2), keepdims=True) * said).sum(axis=0), 0)
        return self.told("cam", found, layer=node.layer.id, layers=tuple(n.layer.id for n in maps))

    def occlusion(self) -> Insight:
        """How much of the share is lost where a grey window covers the picture (Zeiler, Fergus 2014)."""
        rows, columns, _ = self.picture.shape
        side = max(2, max(rows, columns) // COVERED)
        step = max(1, side // 2)
        places = [(y, x) for y in range(1 - step, rows, step) for x in range(1 - step, columns, step)]
        covered = np.repeat(self.picture[None], len(places), axis=0)
        total, count = np.zeros((rows, columns)), np.zeros((rows, columns))
        for k, (y, x) in enumerate(places):
            covered[k, max(y, 0) : y + side, max(x, 0) : x + side] = GREY
        piece = self.look.plan.lowered.largest
        shares = [
            self.look.answers(self.look.plan.sees(covered[k : k + piece].reshape(-1, self.picture.size))[self.output])
            for k in range(0, len(places), piece)
        ]
        lost = self.shares[self.asked] - np.concatenate(shares)[:, self.asked]
        for (y, x), value in zip(places, lost.tolist(), strict=True):
            total[max(y, 0) : y + side, max(x, 0) : x + side] += value
            count[max(y, 0) : y + side, max(x, 0) : x + side] += 1
        return self.told("occlusion", (total / np.maximum(count, 1)).astype(np.float32))

    def fooled(self) -> Insight:
        """X + ε sign(∂L / ∂x): small for each pixel, but all go against the answer (Goodfellow et al. 2015)."""
        size = float(self.option) if self.option.replace(".", "", 1).isdecimal() else USUAL
        inside = within(self.look, self.output)
        inside.see(self.picture)
        slope = -inside.at_pixels(towards(self.look, self.asked, self.shares))
        changed = np.clip(self.picture + size * np.sign(slope), 0, 1).astype(np.float32)
        after = shares_of(self.look, inside.see(changed))
        return self.told(
            "fooled", (changed - self.picture).sum(axis=2), changed=readonly(changed), after=readonly(after)
        )

    def told(
        self, what: str, values: F | None = None, *, layer: str = "", layers: tuple[str, ...] = (),
        changed: F | None = None, after: F | None = None, reason: str = "",
    ) -> Insight:  # fmt: skip
        """What was found."""
        found = readonly(np.zeros((0, 0), np.float32) if values is None else np.ascontiguousarray(values))
        return Insight(
            "inside", what, self.picture, readonly(self.shares), self.asked,
            self.look.experiment.data.source.class_names, found, layer, layers, changed, after, reason,
        )  # fmt: skip


KINDS: Final[dict[str, Callable[[Question], Insight]]] = {
    "saliency": Question.saliency,
    "cam": Question.cam,
    "occlusion": Question.occlusion,
    "fooled": Question.fooled,
}


@register("Look inside")
class InsideOf(Producer, tag="inside", frozen=True):
    """What of the picture matters for an answer; the target is (kind, class, layer or step, then the sample)."""

    yields: ClassVar[type[Record]] = Insight
    judges: ClassVar[bool] = True
    needs: ClassVar[str] = "pictures"

    def make(self, look: Look, want: Want) -> Insight | None:
        what, asked, option = (*want.target[:3], "", "", "")[:3]
        sample = Want(want.name, target=want.target[3:], given=want.given)
        both = seen_of(look, sample)
        if both is None or task(look.experiment) == "regression":
            return None
        question = Question(look, picture_of(look, both[0]), asked, option)
        kind = what if what in KINDS else next(iter(KINDS))
        return KINDS[kind](question)
