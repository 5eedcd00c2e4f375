"""A small VGG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from engine.activations.rectifiers import ReLU
from engine.blocks import convolution
from engine.layers import Layer
from engine.layers._picture import Picture
from engine.layers.chance import Dropout
from engine.layers.dense import Dense
from engine.layers.pooling import Pooling
from engine.layers.reforming import Flatten
from engine.nets.base import Net
from engine.registry import register

MAPS: Final = (16, 32, 64)
"""Maps of each block."""
LEAST: Final = 4
"""Rows and columns below which maps are not halved again."""


@register("Small VGG")
class SmallVGG(Net, tag="small-vgg", frozen=True):
    """Windows of 3 × 3 only, in pairs: two see 5 × 5 with fewer weights than one of 5 × 5 and a function more.

    Each block has twice as many maps as the one before, a quarter as many places, and so the same work to do. There
    are three blocks, or as many as the pictures can be halved.
    """

    source: ClassVar[str] = "after Simonyan, Zisserman 2014"

    def hidden(self, form: Picture) -> Sequence[Layer]:
        found: list[Layer] = []
        count = max(1, sum(form.side >> k >= LEAST for k in range(len(MAPS))))
        for block, maps in enumerate(MAPS[:count], 1):
            found += [convolution(f"conv{block}-{k}", "", maps, 3, ReLU()) for k in (1, 2)]
            found.append(Pooling(id=f"pool{block}"))
        return *found, Flatten(id="flat"), Dense(id="dense", units=128, activation=ReLU()), Dropout(id="drop")
