"""A small inception net."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from engine.activations.rectifiers import ReLU
from engine.blocks import convolution, inception
from engine.layers import Layer
from engine.layers._picture import Picture
from engine.layers.pooling import GlobalPooling, Pooling
from engine.nets.base import Net
from engine.registry import register

LARGE: Final = 16
"""Rows and columns from which pictures are halved before the first block."""


@register("Small inception net")
class SmallInception(Net, tag="small-inception", frozen=True):
    """Windows of 1, 3 and 5 and a pooling side by side: which size is right is left to learning.

    Maps of 1 × 1 in front of the wide windows make them cheap. At the end each map is its mean over all places.
    """

    source: ClassVar[str] = "after Szegedy et al. 2014"

    def hidden(self, form: Picture) -> Sequence[Layer]:
        before: list[Layer] = [convolution("conv1", "", 16, 3, ReLU())]
        if form.side >= LARGE:
            before.append(Pooling(id="pool1"))
        return (
            *before,
            *inception("block1", before[-1].id, 32),
            Pooling(id="pool2"),
            *inception("block2", "pool2", 64),
            GlobalPooling(id="mean"),
        )
