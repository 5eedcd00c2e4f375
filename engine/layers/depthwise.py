"""Depthwise convolution: each map has a kernel of its own and nothing is summed over maps."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations import AnyActivation
from engine.activations.classic import Linear, Tanh
from engine.errors import ExperimentError
from engine.fields import choice
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, kernel
from engine.kernels.table import Buffer
from engine.kernels.words import fma, load8, store
from engine.layers._convolving import part, sum_places
from engine.layers._maps import function_backward, function_forward, taps_axes
from engine.layers._picture import Dilation, Edge, Pad, Side, Stride, Width, Window, form, picture, places, window_of
from engine.layers._placed import Placed, padded_input
from engine.layers.base import Layer, Learning, Parameter, Reads
from engine.layers.convolution import Convolution
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Shape


@kernel
def depthwise(
    f: Floats, i: Ints, rows: Slot, sizes: int, taps: int, moves: int, x_stride: int, stride: int, step: int, x: In,
    w: In, b: In, z: Out,
) -> None:  # fmt: skip
    """Z[place] = b + Σ over taps of w x, map by map; what hangs over the edge is 0."""
    wide, across = part(sizes, 1), part(sizes, 3)
    for r in range(i[rows]):
        for y in range(part(sizes, 2)):
            top = y * part(moves, 0) - part(moves, 2)
            for q in range(across):
                left, into = q * part(moves, 1) - part(moves, 3), z + r * stride + (y * across + q) * step
                for c in range(0, step, 8):
                    sums, at = load8(f, b + c), x + r * x_stride + c
                    for t in range(part(taps, 0)):
                        row = top + t * part(taps, 2)
                        if 0 <= row < part(sizes, 0):
                            for s in range(part(taps, 1)):
                                place = left + s * part(taps, 3)
                                if 0 <= place < wide:
                                    seen = load8(f, at + (row * wide + place) * step)
                                    sums = fma(seen, load8(f, w + (t * part(taps, 1) + s) * step + c), sums)
                    store(f, into + c, sums)


@kernel
def depthwise_backward(
    f: Floats, i: Ints, rows: Slot, fresh: Slot, sizes: int, taps: int, moves: int, x_stride: int, stride: int, step: int,
    dx_step: int, start_stride: int, zeros: In, x: In, w: In, d: In, start: In, dw: Both, dx: Both,
) -> None:  # fmt: skip
    """Dw += Σ δ x and dx = start + δ w, tap by tap; a `dx_step` of 0 sends nothing back."""
    wide, across, many = part(sizes, 1), part(sizes, 3), part(taps, 0) * part(taps, 1)
    if i[fresh] != 0:
        for k in range(0, many * step, 8):
            store(f, dw + k, load8(f, zeros))
    for r in range(i[rows]):
        if dx_step:
            for k in range(0, x_stride, 8):
                store(f, dx + r * x_stride + k, load8(f, start + r * start_stride + k))
        for y in range(part(sizes, 2)):
            top = y * part(moves, 0) - part(moves, 2)
            for t in range(part(taps, 0)):
                row = top + t * part(taps, 2)
                if 0 <= row < part(sizes, 0):
                    for s in range(part(taps, 1)):
                        for c in range(0, step, 8):
                            tap = (t * part(taps, 1) + s) * step + c
                            weight, slope = load8(f, w + tap), load8(f, dw + tap)
                            for q in range(across):
                                place = q * part(moves, 1) - part(moves, 3) + s * part(taps, 3)
                                if 0 <= place < wide:
                                    k = r * x_stride + (row * wide + place) * step + c
                                    delta = load8(f, d + r * stride + (y * across + q) * step + c)
                                    slope = fma(delta, load8(f, x + k), slope)
                                    if dx_step:
                                        store(f, dx + k, fma(delta, weight, load8(f, dx + k)))
                            store(f, dw + tap, slope)


@register("Depthwise convolution")
class Depthwise(Learning, tag="depthwise", frozen=True):
    """A kernel for each map: a[y, x, c] = f(Σ W[r, s, c] x[y stride + r dilation, x stride + s dilation, c] + b[c]).

    With a convolution of 1 × 1 behind it, it is a separable convolution, which needs far fewer multiplications (Chollet
    2017).
    """

    reads: ClassVar[Reads] = "pictures"
    group: ClassVar[str] = "convolution"

    window: Side = 3
    width: Width = 0
    stride: Stride = 1
    dilation: Dilation = 1
    padding: Edge = "same"
    pad: Pad = 0
    activation: Annotated[AnyActivation, choice("activation", "the function of every place of every map")] = Linear()

    def __post_init__(self) -> None:
        if not self.activation.hidden:
            raise ExperimentError(f"{self.activation.key} is for the output only; choose another for “{self.id}”")

    @property
    def setting(self) -> str:
        return f"{self.window} × {self.width or self.window}"

    def _window(self, inputs: tuple[Shape, ...]) -> Window:
        return window_of(self, form(picture(self, inputs)), self.dilation)

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        stands = self._window(inputs)
        return *places(stands.down.places, stands.across.places), inputs[0][-1]

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        stands, channels = self._window(inputs), inputs[0][-1]
        own = (Parameter(n, (channels,), "scale", start) for n, start in self.activation.learned.items())
        weight = Parameter("weight", (*taps_axes(self.id, stands), channels), "weight")
        return weight, Parameter("bias", (channels,), "bias"), *own

    def forward(self, p: Pass) -> Buffer:
        made, x = form(self.shape(p.shapes)), padded_input(p)
        z, a = p.samples("z", made.width), p.samples("a", made.width)
        p.op(depthwise, rows=p.rows, **self._forms(p, z), x=x, x_stride=x.stride, w=p.weight("weight"),
             b=p.weight("bias"), z=z)  # fmt: skip
        function_forward(Placed(p, made.places), self.activation, z, a, made)
        return a

    def backward(self, p: Pass) -> None:
        made, read, dx = form(self.shape(p.shapes)), form(p.shapes[0]), p.dx[0]
        z, a, one = p.samples("z", made.width), p.samples("a", made.width), Placed(p, made.places)
        function_backward(one, self.activation, z, a, made)
        p.op(sum_places, rows=one.rows, fresh=p.fresh, step=made.step(z), zeros=p.zeros, d=p.d, db=p.gradient("bias"))
        start, start_stride = p.start(0) if dx is not None else (p.zeros, 0)
        x = p.x[0] if dx is not None else padded_input(p)
        p.op(depthwise_backward, rows=p.rows, fresh=p.fresh, **self._forms(p, z), x_stride=read.width,
             dx_step=read.step(dx) if dx is not None else 0, start_stride=start_stride, zeros=p.zeros, x=x,
             w=p.weight("weight"), d=p.d, start=start, dw=p.gradient("weight"),
             dx=dx if dx is not None else p.zeros)  # fmt: skip

    def _forms(self, p: Pass, z: Buffer) -> dict[str, int]:
        settings = self._window(p.shapes).settings()
        del settings["room"]
        return {**settings, "stride": z.stride, "step": form(self.shape(p.shapes)).step(z)}

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            cls(id="d1", activation=Tanh()),
            Convolution(id="c1", units=9, window=1),
            cls(id="d2", stride=2, dilation=2, width=2, activation=Tanh()),
        )
