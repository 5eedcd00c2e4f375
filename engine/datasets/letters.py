"""Printed and handwritten capital letters, 28 × 28."""

from __future__ import annotations

from string import ascii_uppercase
from typing import Annotated, ClassVar, Final

import numpy as np

from engine.datasets._bundled import bundled
from engine.datasets._pictures import Pictures
from engine.datasets.base import Drawn, Stream
from engine.fields import count
from engine.registry import register

SIDE: Final = 28
SHADES: Final = 16


@register("Letters 28 × 28")
class Letters(Pictures, tag="letters", frozen=True):
    """Capital letters A to Z of 14 typefaces in 34 weights, 4 drawings of each, 28 × 28 places with 16 shades.

    A drawing is turned by up to 8°, sheared, scaled and moved by up to 1.5 places. Test letters are other drawings, but
    of the same typefaces as those that are learned from.
    """

    origin: ClassVar[str] = (
        "drawn by scripts/make_letters.py from Inter, Source Sans and Serif, Playfair Display, Courier Prime, "
        "Josefin Sans, Zilla Slab, Comic Neue, Patrick Hand, Caveat, Architects Daughter, Kalam, Space Mono "
        "and Bitter, all under the SIL Open Font Licence 1.1"
    )

    classes: Annotated[int, count("classes", "the first so many letters", low=2, high=len(ascii_uppercase))] = 26

    @property
    def form(self) -> tuple[int, int, int]:
        return SIDE, SIDE, 1

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(ascii_uppercase[: self.classes])

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        found = bundled("letters")
        wanted = found["y"] < self.classes
        # two places to a byte
        packed = found["x"][wanted]
        shades = np.stack([packed >> 4, packed & (SHADES - 1)], axis=2).reshape(-1, SIDE, SIDE)
        return shades / np.float32(SHADES - 1), found["y"][wanted].astype(np.float64)
