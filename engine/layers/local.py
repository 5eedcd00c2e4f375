"""Locally connected: windows as in a convolution, but each place has filters of its own."""

from __future__ import annotations

from typing import ClassVar

from engine.activations.classic import Tanh
from engine.initialisers import Fan
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, inline, kernel
from engine.kernels.table import Buffer, padded
from engine.kernels.words import fma, load8, splat8, store, total
from engine.layers._convolving import part
from engine.layers._maps import Maps, function_forward, taps_axes
from engine.layers._picture import Edge, Pad, Side, Stride, Width, Window, form, picture, places, window_of
from engine.layers._placed import Placed
from engine.layers.base import Layer, Parameter
from engine.layers.convolution import Convolution
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Shape


@inline
def tap_place(place: int, tap: int, sizes: int, taps: int, moves: int, step: int) -> int:
    """How far a tap of a window stands from the first place of the picture; -1 where it hangs over the edge."""
    y = place // part(sizes, 3) * part(moves, 0) - part(moves, 2) + tap // part(taps, 1)
    x = place % part(sizes, 3) * part(moves, 1) - part(moves, 3) + tap % part(taps, 1)
    return (y * part(sizes, 1) + x) * step if 0 <= y < part(sizes, 0) and 0 <= x < part(sizes, 1) else -1


@kernel
def local_forward(
    f: Floats, i: Ints, rows: Slot, x_stride: int, x_step: int, channels: int, sizes: int, taps: int, moves: int,
    stride: int, step: int, x: In, w: In, b: In, z: Out,
) -> None:  # fmt: skip
    """Z[place] = b[place] + what the window sees there times W[place]; the weights of a place serve all samples.

    W is [tap, channel, place, filter].
    """
    many, places = part(taps, 0) * part(taps, 1), part(sizes, 2) * part(sizes, 3)
    for place in range(places):
        for r in range(i[rows]):
            for c in range(0, step, 8):
                sums = load8(f, b + place * step + c)
                for tap in range(many):
                    at = tap_place(place, tap, sizes, taps, moves, x_step)
                    if at >= 0:
                        row = w + (tap * channels * places + place) * step + c
                        for k in range(channels):
                            sums = fma(load8(f, row + k * places * step), f[x + r * x_stride + at + k], sums)
                store(f, z + r * stride + place * step + c, sums)


@kernel
def local_slopes(
    f: Floats, i: Ints, rows: Slot, fresh: Slot, x_stride: int, x_step: int, channels: int, sizes: int, taps: int,
    moves: int, stride: int, step: int, x: In, d: In, dw: Both, db: Both,
) -> None:  # fmt: skip
    """DW[place] += Σ over samples of what the window sees there times δ, and db[place] += Σ δ (from 0 when fresh)."""
    many, places = part(taps, 0) * part(taps, 1), part(sizes, 2) * part(sizes, 3)
    for place in range(places):
        for c in range(0, step, 8):
            sums = load8(f, db + place * step + c) if i[fresh] == 0 else splat8(f, 0.0)
            for k in range(d + place * step + c, d + i[rows] * stride, stride):
                sums = sums + load8(f, k)
            store(f, db + place * step + c, sums)
            for tap in range(many):
                at = tap_place(place, tap, sizes, taps, moves, x_step)
                row = dw + (tap * channels * places + place) * step + c
                for k in range(channels):
                    slope = load8(f, row + k * places * step) if i[fresh] == 0 else splat8(f, 0.0)
                    if at >= 0:
                        for r in range(i[rows]):
                            delta = load8(f, d + r * stride + place * step + c)
                            slope = fma(delta, f[x + r * x_stride + at + k], slope)
                    store(f, row + k * places * step, slope)


@kernel
def local_back(
    f: Floats, i: Ints, rows: Slot, x_stride: int, x_step: int, channels: int, sizes: int, taps: int, moves: int,
    stride: int, step: int, start_stride: int, w: In, d: In, start: In, dx: Both,
) -> None:  # fmt: skip
    """Dx = start + what each place sends back to what its window saw."""
    many, places = part(taps, 0) * part(taps, 1), part(sizes, 2) * part(sizes, 3)
    for r in range(i[rows]):
        for k in range(0, x_stride, 8):
            store(f, dx + r * x_stride + k, load8(f, start + r * start_stride + k))
        for place in range(places):
            for tap in range(many):
                at = tap_place(place, tap, sizes, taps, moves, x_step)
                if at >= 0:
                    row = w + (tap * channels * places + place) * step
                    for k in range(channels):
                        sums = splat8(f, 0.0)
                        for c in range(0, step, 8):
                            sums = fma(
                                load8(f, d + r * stride + place * step + c), load8(f, row + k * places * step + c), sums
                            )
                        f[dx + r * x_stride + at + k] += total(sums)


@register("Locally connected")
class Local(Maps, tag="local", frozen=True):
    """As a convolution, but nothing is shared: each place has weights and biases of its own (LeCun 1989).

    A layer of h × w places of k filters has h w times the weights of the convolution.
    """

    short: ClassVar[str] = "Local"
    window: Side = 3
    width: Width = 0
    stride: Stride = 1
    padding: Edge = "valid"
    pad: Pad = 0

    @property
    def setting(self) -> str:
        return f"{self.window} × {self.width or self.window}"

    def stands(self, inputs: tuple[Shape, ...]) -> Window:
        """Where its window stands."""
        return window_of(self, form(picture(self, inputs)))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        stands = self.stands(inputs)
        return *places(stands.down.places, stands.across.places), self.axis

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        rows, columns, mine = self.shape(inputs)
        window, source = self.stands(inputs), inputs[0][-1]
        fans = Fan(window.taps * source.size, window.taps * mine.size)
        weight = Parameter("weight", (*taps_axes(self.id, window), source, rows, columns, mine), "weight", fans=fans)
        return weight, Parameter("bias", (rows, columns, mine), "bias"), *self.own()

    def forward(self, p: Pass) -> Buffer:
        made = self.made(p.shapes)
        z, a = p.samples("z", made.width), p.samples("a", made.width)
        p.op(local_forward, **self._forms(p, p.x[0]), x=p.x[0], w=p.weight("weight"), b=p.weight("bias"), z=z)
        function_forward(Placed(p, made.places), self.activation, z, a, made)
        return a

    def backward(self, p: Pass) -> None:
        made, dx = self.made(p.shapes), p.dx[0]
        z, a = p.samples("z", made.width), p.samples("a", made.width)
        self.delta(p, z, a)
        p.op(local_slopes, **self._forms(p, p.x[0]), fresh=p.fresh, x=p.x[0], d=p.d, dw=p.gradient("weight"),
             db=p.gradient("bias"))  # fmt: skip
        if dx is not None:
            start, step = p.start(0)
            p.op(local_back, **self._forms(p, dx), start_stride=step, w=p.weight("weight"), d=p.d, start=start, dx=dx)

    def _forms(self, p: Pass, x: Buffer) -> dict[str, Buffer | int]:
        settings, made, read = self.stands(p.shapes).settings(), self.made(p.shapes), form(p.shapes[0])
        del settings["room"]
        return {"rows": p.rows, "x_stride": x.stride, "x_step": read.step(x), "channels": read.channels, **settings,
                "stride": made.width, "step": padded(self.units)}  # fmt: skip

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            cls(id="l1", units=3, padding="same", stride=2, activation=Tanh()),
            Convolution(id="c1", units=9, window=1),
            cls(id="l2", units=2, window=2, width=3, activation=Tanh()),
        )
