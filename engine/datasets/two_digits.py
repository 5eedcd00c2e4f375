"""Sums of two handwritten digits."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from engine.datasets._bundled import bundled
from engine.datasets._pictures import Pictures, disturbed
from engine.datasets.base import Drawn, Noise, Stream
from engine.datasets.digits import Digits
from engine.fields import count
from engine.registry import register


@register("Sums of two digits")
class TwoDigits(Pictures, tag="two-digits", frozen=True):
    """Two handwritten digits side by side, 8 × 16; the class is their sum, 0 .. 18, and nobody says which they are.

    A class and no value: 17 is as far from 16 as from 3 to who has to read, and what nets say can be compared with the
    digits. All 100 pairs come equally often; each digit takes its pictures in a random order, one after the other. Up
    to 800 pictures no digit comes twice; beyond, one learned from may be seen again in the test, in another pair.
    N(0, n) is added to each place, kept within 0 and 1.
    """

    origin: ClassVar[str] = Digits.origin

    count: Annotated[int, count("pictures", "number of pictures", low=1, high=20_000, log=True)] = 3000
    noise: Noise = 0.0

    @property
    def form(self) -> tuple[int, int, int]:
        return 8, 16, 1

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(str(k) for k in range(19))

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        found = bundled("digits")
        # a round of all pairs, each in an order of its own
        rounds = [points.permutation(100) for _ in range(-(-self.count // 100))]
        pairs = np.concatenate(rounds)[: self.count]
        digits = np.stack([pairs // 10, pairs % 10], axis=1).ravel()
        chosen = np.empty(len(digits), np.int64)
        for digit in range(10):
            pictures, wanted = points.permutation(np.flatnonzero(found["y"] == digit)), digits == digit
            chosen[wanted] = np.resize(pictures, wanted.sum())
        side_by_side = found["x"][chosen].reshape(self.count, 2, 8, 8).transpose(0, 2, 1, 3)
        sums = digits.reshape(-1, 2).sum(axis=1).astype(np.float64)
        x = (side_by_side.reshape(self.count, 8, 16) / 16).astype(np.float32)
        return disturbed(x, self.noise, noise), sums
