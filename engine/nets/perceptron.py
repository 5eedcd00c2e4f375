"""A multi-layer perceptron, for comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.activations.rectifiers import ReLU
from engine.layers import Layer
from engine.layers._picture import Picture
from engine.layers.dense import Dense
from engine.layers.reforming import Flatten
from engine.nets.base import Net
from engine.registry import register


@register("Multi-layer perceptron")
class Perceptron(Net, tag="perceptron", frozen=True):
    """For comparison: dense layers that read all places in a row. It does not know which places are neighbours.

    What it learns of a shape at one place helps it at no other, so it needs more samples than a convolution.
    """

    source: ClassVar[str] = "Rumelhart, Hinton, Williams 1986"

    def hidden(self, form: Picture) -> Sequence[Layer]:
        return (
            Flatten(id="flat"),
            Dense(id="h1", units=128, activation=ReLU()),
            Dense(id="h2", units=64, activation=ReLU()),
        )
