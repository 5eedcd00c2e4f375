"""Convolution: filters that see a window of a picture, the same at every place."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from engine.fields import choice, count, flag
from engine.layers._filters import Filters
from engine.layers._picture import Dilation, Edge, Pad, Side, Stride, Width, Window, form, picture, window_of
from engine.layers.base import Layer
from engine.registry import register
from engine.shapes import Shape


@register("Convolution")
class Convolution(Filters, tag="convolution", frozen=True):
    """A map for each filter: a[y, x, k] = f(Σ W[r, s, c, k] x[y stride + r dilation, x stride + s dilation, c] + b[k]).

    As written it is a correlation, which nearly all programs call convolution. A true convolution counts the taps from
    the other end (the kernel turned by half a turn), which makes no difference to what can be learned. With groups each
    filter sees only its share of the channels (Krizhevsky, Sutskever, Hinton 2012).
    """

    short: ClassVar[str] = "Conv"
    window: Side = 3
    width: Width = 0
    stride: Stride = 1
    dilation: Dilation = 1
    padding: Edge = "valid"
    pad: Pad = 0
    groups: Annotated[int, count("groups", "shares of the channels that do not see each other", low=1, high=4096)] = 1
    bias: Annotated[bool, flag("bias", "whether every filter has a bias")] = True
    operation: Annotated[
        Literal["correlation", "convolution"], choice("operation", "from which end of the window taps are counted")
    ] = "correlation"

    @property
    def setting(self) -> str:
        return f"{self.window} × {self.width or self.window}"

    def stands(self, inputs: tuple[Shape, ...]) -> Window:
        found = window_of(self, form(picture(self, inputs)), self.dilation)
        return found.turned if self.operation == "convolution" else found

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            cls(id="c1", units=5, window=3, padding="same"),
            cls(id="c2", units=4, window=3, width=2, stride=2, dilation=2, padding="number", pad=2),
        )
