"""Neurons of several weighted sums each: maxout, and its smooth form."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations.classic import Linear
from engine.fields import count
from engine.initialisers import Fan
from engine.kernels.record import Floats, In, Ints, Kernel, Out, Slot, kernel
from engine.kernels.table import Buffer
from engine.kernels.words import exp, higher, like, load8, log, splat8, store, where
from engine.layers.base import Column, Layer, Parameter, single
from engine.layers.dense import dense_sums, dense_sums_backward
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Axis, Shape


@kernel
def maxout(f: Floats, i: Ints, rows: Slot, pieces: int, stride: int, z: In, a: Out) -> None:
    """A = max over the pieces of z [rows, piece, unit]."""
    for r in range(i[rows]):
        first = z + r * pieces * stride
        for c in range(0, stride, 8):
            top = load8(f, first + c)
            for k in range(first + c + stride, first + pieces * stride, stride):
                top = higher(top, load8(f, k))
            store(f, a + r * stride + c, top)


@kernel
def maxout_backward(f: Floats, i: Ints, rows: Slot, pieces: int, stride: int, z: In, a: In, d: In, dz: Out) -> None:
    """Dz = d at the first piece that is the greatest, else 0."""
    for r in range(i[rows]):
        first = r * pieces * stride
        for c in range(0, stride, 8):
            top, left = load8(f, a + r * stride + c), load8(f, d + r * stride + c)
            for k in range(first + c, first + pieces * stride, stride):
                chosen = load8(f, z + k) >= top
                store(f, dz + k, where(chosen, left, 0.0))
                left = where(chosen, like(left, 0.0), left)


@kernel
def soft_maximum(f: Floats, i: Ints, rows: Slot, pieces: int, stride: int, z: In, a: Out) -> None:
    """A = ln Σ e^z over the pieces of z [rows, piece, unit], from the greatest on so that nothing overflows."""
    for r in range(i[rows]):
        first = z + r * pieces * stride
        for c in range(0, stride, 8):
            top, sums = load8(f, first + c), splat8(f, 0.0)
            for k in range(first + c + stride, first + pieces * stride, stride):
                top = higher(top, load8(f, k))
            for k in range(first + c, first + pieces * stride, stride):
                sums = sums + exp(load8(f, k) - top)
            store(f, a + r * stride + c, top + log(sums))


@kernel
def soft_maximum_backward(
    f: Floats, i: Ints, rows: Slot, pieces: int, stride: int, z: In, a: In, d: In, dz: Out
) -> None:
    """Dz = d e^(z - a): the slope is the softmax over the pieces."""
    for r in range(i[rows]):
        for c in range(0, stride, 8):
            k, first = r * stride + c, r * pieces * stride + c
            for n in range(first, first + pieces * stride, stride):
                store(f, dz + n, load8(f, d + k) * exp(load8(f, z + n) - load8(f, a + k)))


class Pieces(Column, frozen=True):
    """Each unit has several sums z_k = x W_k + b_k; W [inputs, piece, unit], b [piece, unit]."""

    combine: ClassVar[Kernel]
    separate: ClassVar[Kernel]

    pieces: Annotated[int, count("pieces", "sums of each neuron", low=2, high=64)] = 2

    @property
    def setting(self) -> str:
        return f"{self.pieces} pieces"

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        (source,), (mine,) = single(self, inputs), self.shape(inputs)
        piece = Axis("piece", tuple(f"{self.id}/piece {k + 1}" for k in range(self.pieces)))
        fans = Fan(source.size, mine.size)  # each piece is a sum of its own; of a unit's pieces one passes the slope on
        weight = Parameter("weight", (source, piece, mine), "weight", fans=fans)
        return weight, Parameter("bias", (piece, mine), "bias")

    def forward(self, p: Pass) -> Buffer:
        a, z = p.samples("a", self.units), self._sums(p)
        dense_sums(p, Linear(), z, z)
        p.op(self.combine, rows=p.rows, pieces=self.pieces, stride=a.stride, z=z, a=a)
        return a

    def backward(self, p: Pass) -> None:
        a, z, dz = p.samples("a", self.units), self._sums(p), self._sums(p, "dz")
        p.op(self.separate, rows=p.rows, pieces=self.pieces, stride=a.stride, z=z, a=a, d=p.d, dz=dz)
        dense_sums_backward(p, Linear(), z, z, dz)

    def _sums(self, p: Pass, name: str = "z") -> Buffer:
        """A buffer [sample, piece, unit]; each piece is as wide as a row of the biases."""
        return p.samples(name, self.pieces * p.weight("bias").stride)

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return cls(id="h1", units=5, pieces=3), cls(id="h2", units=9)


@register("Maxout")
class Maxout(Pieces, tag="maxout", frozen=True):
    """A = max(z_1, z_2, ...): each neuron says the largest of its sums (Goodfellow et al. 2013)."""

    combine: ClassVar[Kernel] = maxout
    separate: ClassVar[Kernel] = maxout_backward


@register("LogSumExp")
class LogSumExp(Pieces, tag="log-sum-exp", frozen=True):
    """A = ln(e^z_1 + e^z_2 + ...): a maximum without kinks; its slope is the softmax of the sums."""

    combine: ClassVar[Kernel] = soft_maximum
    separate: ClassVar[Kernel] = soft_maximum_backward
