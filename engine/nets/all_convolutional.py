"""A net of convolutions only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.activations.rectifiers import ReLU
from engine.blocks import convolution
from engine.layers import Layer
from engine.layers._picture import Picture
from engine.layers.pooling import GlobalPooling
from engine.nets.base import Net
from engine.registry import register


@register("All-convolutional net")
class AllConvolutional(Net, tag="all-convolutional", frozen=True):
    """No pooling and no wide dense layer: convolutions with a stride of 2 halve the maps, so halving is learned too.

    At the end each map is its mean over all places; the output reads these means, which is the same as the mean of
    maps of 1 × 1, one for each class.
    """

    source: ClassVar[str] = "after Springenberg, Dosovitskiy, Brox, Riedmiller 2014"

    def hidden(self, form: Picture) -> Sequence[Layer]:
        return (
            convolution("conv1", "", 16, 3, ReLU()),
            convolution("half1", "", 16, 3, ReLU(), stride=2),
            convolution("conv2", "", 32, 3, ReLU()),
            convolution("half2", "", 32, 3, ReLU(), stride=2),
            convolution("conv3", "", 64, 3, ReLU()),
            convolution("conv4", "", 64, 1, ReLU()),
            GlobalPooling(id="mean"),
        )
