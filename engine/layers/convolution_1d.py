"""Convolution along the rows: each row, with all its columns and channels, is one place of a sequence."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from engine.activations.classic import Tanh
from engine.fields import choice, count, flag
from engine.layers._filters import Filters
from engine.layers._picture import Dilation, Reach, Stride, Window, form, picture, reach
from engine.layers.base import Layer
from engine.registry import register
from engine.shapes import Shape


@register("1D convolution")
class Convolution1D(Filters, tag="convolution-1d", frozen=True):
    """Reads rows as a sequence: a[t, k] = f(Σ W[r, x, c, k] input[t stride + r dilation - before, x, c] + b[k]).

    It makes one column, so that a layer like it can follow. With causal padding all zeros stand before the first row,
    before = (window - 1) dilation, and no answer depends on rows behind its own (van den Oord et al. 2016). Layers with
    dilations 1, 2, 4 ... see far back with few weights. With groups each filter sees only its share of the channels.
    """

    short: ClassVar[str] = "1D conv"

    window: Annotated[int, count("window", "rows that it sees at once", low=1, high=64)] = 3
    stride: Stride = 1
    dilation: Dilation = 1
    padding: Annotated[
        Literal["causal", "valid", "same"],
        choice("padding", "where zeros stand: before the first row, or on both sides"),
    ] = "causal"
    groups: Annotated[int, count("groups", "shares of the channels that do not see each other", low=1, high=4096)] = 1
    bias: Annotated[bool, flag("bias", "whether every filter has a bias")] = True

    @property
    def setting(self) -> str:
        return f"{self.window} row{'s' if self.window > 1 else ''}"

    def stands(self, inputs: tuple[Shape, ...]) -> Window:
        read = form(picture(self, inputs))
        down = reach(self.id, "row", read.rows, self.window, self.stride, self.dilation, self.padding, 0)
        return Window(down, Reach(read.columns, read.columns, 1, 1, 0, 1))

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            cls(id="c1", units=6, activation=Tanh()),
            cls(id="c2", units=4, window=2, dilation=2, groups=2, activation=Tanh()),
            cls(id="c3", units=9, stride=2, padding="same", activation=Tanh()),
        )
