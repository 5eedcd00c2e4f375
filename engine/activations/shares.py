"""Functions of all outputs together."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.activations.base import Activation, Answer
from engine.fields import number
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, kernel
from engine.kernels.table import Buffer
from engine.kernels.words import exp, greatest, head8, higher, load8, splat8, store, total
from engine.passes import Pass
from engine.registry import register


@kernel
def softmax_forward(f: Floats, i: Ints, rows: Slot, units: int, stride: int, gain: float, z: In, a: Out) -> None:
    """a_k = e^(c z_k - c max z) / Σ_j e^(c z_j - c max z), row by row; c is the gain."""
    for at in range(0, i[rows] * stride, stride):
        top = head8(load8(f, z + at), units, -1e30)
        for c in range(8, stride, 8):
            top = higher(top, head8(load8(f, z + at + c), units - c, -1e30))
        peak, sums = greatest(top), splat8(f, 0.0)
        for c in range(0, stride, 8):
            e = head8(exp((load8(f, z + at + c) - peak) * gain), units - c, 0.0)
            sums = sums + e
            store(f, a + at + c, e)
        share = 1.0 / total(sums)
        for c in range(0, stride, 8):
            store(f, a + at + c, load8(f, a + at + c) * share)


@kernel
def softmax_backward(f: Floats, i: Ints, rows: Slot, stride: int, gain: float, a: In, d: Both) -> None:
    """d_k ← c a_k (d_k - Σ_j a_j d_j): from the slope at the shares to the slope at the weighted sums."""
    for at in range(0, i[rows] * stride, stride):
        sums = splat8(f, 0.0)
        for c in range(0, stride, 8):
            sums = sums + load8(f, a + at + c) * load8(f, d + at + c)
        mean = total(sums)
        for c in range(0, stride, 8):
            store(f, d + at + c, load8(f, a + at + c) * (load8(f, d + at + c) - mean) * gain)


@register("Softmax")
class Softmax(Activation, tag="softmax", frozen=True):
    """Shares of one: f(z)_k = e^(z_k / T) / Σ_j e^(z_j / T). Only at an output, where all classes are known together.

    A low temperature T makes the greatest share more sure, a high one makes all equal.
    """

    formula: ClassVar[str] = "softmax(z)"
    expressions: ClassVar[tuple[str, ...]] = ("e = exp((z - largest(z))/T)", "a = e/Σ(e)", "d' = a*(d - Σ(a*d))/T")
    symbols: ClassVar[dict[str, str]] = {"T": "temperature"}
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0
    answer: ClassVar[Answer | None] = "shares"
    hidden: ClassVar[bool] = False
    apart: ClassVar[bool] = True
    activity: ClassVar[str] = "undecided"

    temperature: Annotated[
        float, number("temperature", "T: low is sure, high is undecided", low=0.01, high=100, log=True)
    ] = 1.0

    @property
    def written(self) -> str:
        return self.formula if self.temperature == 1 else f"softmax(z / {self.temperature:g})"

    @property
    def gain(self) -> float:
        return 1.0 / self.temperature

    def forward(self, p: Pass, z: Buffer, a: Buffer) -> None:
        p.op(softmax_forward, rows=p.rows, units=a.columns, stride=a.stride, gain=self.gain, z=z, a=a)

    def backward(self, p: Pass, z: Buffer, a: Buffer) -> None:
        p.op(softmax_backward, rows=p.rows, stride=a.stride, gain=self.gain, a=a, d=p.d)


@kernel
def winner_forward(f: Floats, i: Ints, rows: Slot, units: int, stride: int, z: In, a: Out) -> None:
    """a_k = 1 for the greatest z_k of a row, the first of equals; the others are 0."""
    for at in range(0, i[rows] * stride, stride):
        best = 0
        for k in range(1, units):
            best = k if f[z + at + k] > f[z + at + best] else best
        for c in range(0, stride, 8):
            store(f, a + at + c, splat8(f, 0.0))
        f[a + at + best] = 1.0


@kernel
def silence(f: Floats, i: Ints, rows: Slot, stride: int, d: Out) -> None:
    """D = 0: the slope of a step."""
    for at in range(0, i[rows] * stride, 8):
        store(f, d + at, splat8(f, 0.0))


@register("Winner")
class Winner(Activation, tag="winner", frozen=True):
    """The winner takes all: f(z)_k = 1 for the greatest z_k, 0 for the others. Only at an output that competes."""

    formula: ClassVar[str] = "1 if z is the greatest, else 0"
    expressions: ClassVar[tuple[str, ...]] = ("a = 1 if z == largest(z) else 0", "d' = 0*d")
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0
    answer: ClassVar[Answer | None] = "winner"
    hidden: ClassVar[bool] = False
    apart: ClassVar[bool] = True
    unchecked: ClassVar[str] = "the winner changes in a jump, so its slope is 0 or none"

    @classmethod
    def active(cls, a: NDArray[np.float64]) -> NDArray[np.bool_]:
        return a > 0

    def forward(self, p: Pass, z: Buffer, a: Buffer) -> None:
        p.op(winner_forward, rows=p.rows, units=a.columns, stride=a.stride, z=z, a=a)

    def backward(self, p: Pass, z: Buffer, a: Buffer) -> None:
        p.op(silence, rows=p.rows, stride=a.stride, d=p.d)
