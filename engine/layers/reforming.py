"""Layers that give the same numbers another form: flat, another picture, larger, cut."""

from __future__ import annotations

from typing import ClassVar

from engine.activations.classic import Tanh
from engine.kernels.record import Floats, In, Ints, Out, Slot, kernel
from engine.kernels.table import Buffer
from engine.kernels.words import head8, load8, store
from engine.layers._picture import form, picture
from engine.layers.base import Layer, Reads
from engine.layers.convolution import Convolution
from engine.layers.dense import Dense
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Axis, Shape


@kernel
def pack(
    f: Floats, i: Ints, rows: Slot, places: int, channels: int, x_stride: int, step: int, stride: int, x: In, o: Out
) -> None:
    """The channels of all places in a row, without what pads them."""
    for r in range(i[rows]):
        to = o + r * stride
        for q in range(places):
            for c in range(channels):
                f[to + q * channels + c] = f[x + r * x_stride + q * step + c]


@kernel
def unpack(
    f: Floats, i: Ints, rows: Slot, places: int, channels: int, x_stride: int, step: int, stride: int, start_stride: int,
    x: In, start: In, o: Out,
) -> None:  # fmt: skip
    """O = S + x, which has the channels of all places in a row; the padding of O is 0."""
    for r in range(i[rows]):
        for q in range(places):
            for c in range(0, step, 8):
                k = q * step + c
                more = head8(load8(f, x + r * x_stride + q * channels + c), channels - c, 0.0)
                store(f, o + r * stride + k, load8(f, start + r * start_stride + k) + more)


@register("Flatten")
class Flatten(Layer, tag="flatten", frozen=True):
    """The numbers of all places in a row, as a dense layer reads them: place by place, channel by channel."""

    reads: ClassVar[Reads] = "pictures"
    group: ClassVar[str] = "form"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        rows, columns, channels = picture(self, inputs)
        labels = (f"{c} · {y} · {x}" for y in rows.labels for x in columns.labels for c in channels.labels)
        return (Axis("unit", tuple(labels)),)

    def forward(self, p: Pass) -> Buffer:
        read, x = form(p.shapes[0]), p.x[0]
        if read.step(x) == read.channels:
            return x
        a = p.samples("a", read.places * read.channels)
        p.op(pack, rows=p.rows, places=read.places, channels=read.channels, x_stride=x.stride, step=read.step(x),
             stride=a.stride, x=x, o=a)  # fmt: skip
        return a

    def backward(self, p: Pass) -> None:
        read, dx = form(p.shapes[0]), p.dx[0]
        if dx is not None:
            start, start_stride = p.start(0)
            p.op(unpack, rows=p.rows, places=read.places, channels=read.channels, x_stride=p.d.stride,
                 step=read.step(dx), stride=dx.stride, start_stride=start_stride, x=p.d, start=start, o=dx)  # fmt: skip

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return Convolution(id="c1", units=3, activation=Tanh()), cls(id="flat"), Dense(id="h1", units=5)
