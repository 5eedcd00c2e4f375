"""The places of every picture in another order, drawn once: what a network makes of pictures without neighbours."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.activations.classic import Tanh
from engine.fields import count
from engine.kernels.record import Both, Counter, Floats, In, Ints, Out, Slot, kernel
from engine.kernels.table import Buffer
from engine.kernels.words import load8, store
from engine.layers._picture import Picture, form, picture
from engine.layers._placed import padded_input
from engine.layers._receptive import Box
from engine.layers.base import Layer, Reads
from engine.layers.convolution import Convolution
from engine.layers.dense import Dense
from engine.layers.reforming import Flatten
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Shape

FACTOR: Final = 48271
MODULUS: Final = 2147483647
"""The minimal standard generator s ← 48271 s mod (2³¹ - 1) (Park, Miller 1988; Park, Miller, Stockmeyer 1993)."""


def order_of(seed: int, places: int) -> NDArray[np.intp]:
    """Where each place takes its numbers from: a permutation by Fisher and Yates, the same as `order_places` makes."""
    found, state = np.arange(places), seed + 1
    for q in range(places - 1, 0, -1):
        state = state * FACTOR % MODULUS
        k = state * (q + 1) // MODULUS
        found[[q, k]] = found[[k, q]]
    return found


@kernel
def order_places(f: Floats, i: Ints, seed: int, places: int, order: Counter) -> None:
    """Order = a permutation of 0 .. places - 1; the same seed gives the same one."""
    for q in range(places):
        i[order + q] = q
    state = seed + 1
    for q in range(places - 1, 0, -1):
        state = state * FACTOR % MODULUS
        k = state * (q + 1) // MODULUS
        i[order + q], i[order + k] = i[order + k], i[order + q]


@kernel
def take_order(
    f: Floats, i: Ints, rows: Slot, places: int, step: int, x_stride: int, stride: int, order: Slot, x: In, o: Out
) -> None:
    """O[q] = X[order[q]], all channels of a place together."""
    for r in range(i[rows]):
        for q in range(places):
            at, into = x + r * x_stride + i[order + q] * step, o + r * stride + q * step
            for c in range(0, step, 8):
                store(f, into + c, load8(f, at + c))


@kernel
def give_order(
    f: Floats, i: Ints, rows: Slot, places: int, step: int, x_stride: int, stride: int, start_stride: int, order: Slot,
    d: In, start: In, dx: Both,
) -> None:  # fmt: skip
    """Dx[order[q]] = start[order[q]] + d[q]."""
    for r in range(i[rows]):
        for q in range(places):
            place, source = i[order + q] * step, d + r * stride + q * step
            for c in range(0, step, 8):
                before = load8(f, start + r * start_stride + place + c)
                store(f, dx + r * x_stride + place + c, before + load8(f, source + c))


@register("Shuffle pixels")
class Shuffle(Layer, tag="shuffle", frozen=True):
    """The pixels of every picture in another order, the same for all pictures.

    A picture keeps its histogram and loses its neighbourhoods. A dense layer learns as well as before, for it never
    knew which numbers are neighbours; a convolution sees nothing but noise in its windows.
    """

    reads: ClassVar[Reads] = "pictures"
    group: ClassVar[str] = "form"

    seed: Annotated[int, count("order", "which order; another number gives another one", low=0, high=9999)] = 0

    @property
    def setting(self) -> str:
        return f"order {self.seed}"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return picture(self, inputs)

    def origin(self, box: Box, read: Picture) -> Box:
        """The least box around the places from which those of a box come (`engine.layers._receptive.Placing`)."""
        order = order_of(self.seed, read.places).reshape(read.rows, read.columns)
        down, across = np.divmod(order[box.top : box.bottom, box.left : box.right], read.columns)
        return Box(int(down.min()), int(across.min()), int(down.max()) + 1, int(across.max()) + 1)

    def forward(self, p: Pass) -> Buffer:
        seen, x = form(p.shapes[0]), padded_input(p)
        a, order = p.samples("a", seen.width), p.integers("order", seen.places)
        p.op(order_places, seed=self.seed, places=seen.places, order=order)
        p.op(take_order, rows=p.rows, places=seen.places, step=seen.step(a), x_stride=x.stride, stride=a.stride,
             order=order, x=x, o=a)  # fmt: skip
        return a

    def backward(self, p: Pass) -> None:
        seen, dx = form(p.shapes[0]), p.dx[0]
        if dx is not None:
            start, start_stride = p.start(0)
            p.op(give_order, rows=p.rows, places=seen.places, step=seen.step(dx), x_stride=dx.stride,
                 stride=p.d.stride, start_stride=start_stride, order=p.integers("order", seen.places), d=p.d,
                 start=start, dx=dx)  # fmt: skip

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        convolution = Convolution(id="c1", units=3, activation=Tanh())
        return convolution, cls(id="s1", seed=3), Flatten(id="flat"), Dense(id="h1", units=5)
