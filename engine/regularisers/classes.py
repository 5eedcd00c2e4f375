"""What a sample weighs in the loss, by its class."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from engine.fields import MOST_CLASSES, count, number
from engine.registry import register
from engine.regularisers.base import Regulariser, Setting, needs_classes


@register("Balanced classes")
class BalancedClasses(Regulariser, tag="balanced-classes", frozen=True):
    """A sample of class c weighs n / (k n_c) in the loss: all classes count alike, however rare (King, Zeng 2001).

    n are all samples learned from, n_c those of the class, k the number of classes. The mean weight of a sample is 1,
    so the rate need not change. Slope and shown loss are weighted, accuracy is not.
    """

    def unfit(self, setting: Setting) -> str:
        return needs_classes(setting)

    def class_weights(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        present = np.maximum(counts, 1)
        return np.where(counts > 0, counts.sum() / (len(counts) * present), 1.0)


@register("Class weight")
class ClassWeight(Regulariser, tag="class-weight", frozen=True):
    """A sample of one class weighs so much in the loss, its slope and its shown value; the others weigh 1.

    Add it once for each class; weights of the same class multiply, and so they do with balanced classes. Accuracy is
    not weighted. A class that the data does not have changes nothing.
    """

    place: Annotated[int, count("class", "number of the class in the order of the data", low=1, high=MOST_CLASSES)] = 1
    weight: Annotated[float, number("weight", "what one of its samples weighs", low=0, high=100)] = 2.0

    def unfit(self, setting: Setting) -> str:
        return needs_classes(setting)

    def class_weights(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.where(np.arange(len(counts)) == self.place - 1, self.weight, 1.0)
