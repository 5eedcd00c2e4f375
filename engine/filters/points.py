"""What is done to pixels without a kernel: by their rank in a window, by how common they are, by chance."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from engine.fields import count, flag
from engine.filters.base import F, Filter, Sweep, patch
from engine.filters.linear import COURSE
from engine.layers import Layer
from engine.layers.shuffle import Shuffle, order_of
from engine.producers.cell import Patch
from engine.registry import register


@register("Largest")
class Largest(Filter, tag="largest-filter", frozen=True):
    """The largest of a square of pixels; with the stride n and no padding it is max pooling."""

    formula: ClassVar[str] = "S = max of n × n pixels"
    source: ClassVar[str] = "the course's slides on pooling"

    side: Annotated[int, count("n", "pixels along a side of the square", low=1, high=8)] = 2

    def of(self, picture: F, sweep: Sweep) -> F:
        found: F = sweep.windows(picture, (self.side, self.side), -np.inf).max(axis=(2, 3))
        return found

    def patches(self, picture: F, sweep: Sweep, row: int, column: int) -> tuple[Patch, ...]:
        return (patch("picture", picture, sweep, np.ones((self.side, self.side)), (row, column), weighed=False),)


@register("Equalise the histogram")
class Equalise(Filter, tag="equalise-filter", frozen=True):
    """Every value becomes the share of pixels that are not above it, so all values become about equally common.

    The picture's own distribution function F is the map. Where the lowest value is to stay 0, F is stretched so that
    it begins there: (F(v) - F(lowest)) / (1 - F(lowest)).
    """

    formula: ClassVar[str] = "S = F(I), F(v) = pixels ≤ v / all pixels"
    source: ClassVar[str] = "the course's slides on histograms; Gonzalez, Woods, “Digital Image Processing”"
    sweeps: ClassVar[bool] = False

    ground: Annotated[bool, flag("keep the ground at 0", "the lowest value becomes 0 instead of its share")] = False

    def of(self, picture: F, sweep: Sweep) -> F:
        levels, at, counts = np.unique(picture, return_inverse=True, return_counts=True)
        share = np.cumsum(counts) / picture.size
        if self.ground and len(levels) > 1:
            share = (share - share[0]) / (1 - share[0])
        found: F = share[at].reshape(picture.shape)
        return found


@register("Shuffle the pixels")
class ShufflePixels(Filter, tag="shuffle-filter", frozen=True):
    """The same pixels in another order: the histogram stays, all that a small window could see is gone."""

    formula: ClassVar[str] = "S[q] = I[π(q)], π a permutation"
    source: ClassVar[str] = COURSE
    sweeps: ClassVar[bool] = False

    seed: Annotated[int, count("order", "which order; another number gives another one", low=0, high=9999)] = 0

    @property
    def layer(self) -> Layer:
        return Shuffle(id="shuffle", seed=self.seed)

    def of(self, picture: F, sweep: Sweep) -> F:
        return picture.ravel()[order_of(self.seed, picture.size)].reshape(picture.shape)
