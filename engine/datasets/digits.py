"""Handwritten digits, 8 × 8."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.datasets._bundled import bundled
from engine.datasets._pictures import Pictures
from engine.datasets.base import Drawn, Stream
from engine.registry import register


@register("Digits 8 × 8")
class Digits(Pictures, tag="digits", frozen=True):
    """1,797 handwritten digits of 13 people, 8 × 8 places with 17 shades.

    Each place counts the ink of 4 × 4 points of a scan of 32 × 32 (Alpaydin, Kaynak 1998).
    """

    origin: ClassVar[str] = (
        "test half of “Optical Recognition of Handwritten Digits”, UCI Machine Learning Repository, CC BY 4.0"
    )

    @property
    def form(self) -> tuple[int, int, int]:
        return 8, 8, 1

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple("0123456789")

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        found = bundled("digits")
        return found["x"] / np.float32(16), found["y"].astype(np.float64)
