"""ResNet-8, the smallest of the residual nets for small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.blocks import residual, stem
from engine.layers import Layer
from engine.layers._picture import Picture
from engine.layers.pooling import GlobalPooling
from engine.nets.base import Net
from engine.registry import register


@register("ResNet-8")
class ResNet8(Net, tag="resnet-8", frozen=True):
    """Every two layers have a way around them, so they learn what has to be added to what they read.

    A convolution, three blocks of two with 16, 32 and 64 maps, and the output: 6 n + 2 layers with n = 1, as for the
    small pictures of CIFAR. Behind each convolution stand a norm and the function. Where a block halves the maps, what
    goes around it is 1 × 1 maps with the same stride (form B of the paper).
    """

    source: ClassVar[str] = "He, Zhang, Ren, Sun 2015"

    def hidden(self, form: Picture) -> Sequence[Layer]:
        return (
            *stem("conv1", 16),
            *residual("block1", "conv1", ((16, 3), (16, 3))),
            *residual("block2", "block1", ((32, 3), (32, 3)), stride=2, wider=True),
            *residual("block3", "block2", ((64, 3), (64, 3)), stride=2, wider=True),
            GlobalPooling(id="mean"),
        )
