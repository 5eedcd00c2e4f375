"""Functions with something of their own to learn."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations.base import Activation
from engine.fields import number
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, kernel
from engine.kernels.table import Buffer
from engine.kernels.words import load8, store, where
from engine.passes import Pass
from engine.registry import register


@kernel
def prelu_forward(f: Floats, i: Ints, rows: Slot, stride: int, z: In, s: In, a: Out) -> None:
    """A = z for z > 0, else s z, with a slope s for each unit."""
    for at in range(0, i[rows] * stride, stride):
        for c in range(0, stride, 8):
            v = load8(f, z + at + c)
            store(f, a + at + c, where(v > 0.0, v, v * load8(f, s + c)))


@kernel
def prelu_backward(
    f: Floats, i: Ints, rows: Slot, fresh: Slot, stride: int, zeros: In, z: In, s: In, d: Both, ds: Both
) -> None:
    """Ds += Σ d z over z <= 0, sample by sample from what is there (or from 0 when fresh); d becomes the slope at z."""
    start = zeros if i[fresh] != 0 else ds
    for c in range(0, stride, 8):
        slope, sums = load8(f, s + c), load8(f, start + c)
        for k in range(c, i[rows] * stride, stride):
            v, g = load8(f, z + k), load8(f, d + k)
            sums = sums + where(v > 0.0, g * 0.0, g * v)
            store(f, d + k, where(v > 0.0, g, g * slope))
        store(f, ds + c, sums)


@register("Parametric ReLU")
class ParametricReLU(Activation, tag="prelu", frozen=True):
    """f(z) = z for z > 0, else s z, where each neuron learns its own slope s (He, Zhang, Ren, Sun 2015)."""

    formula: ClassVar[str] = "max(0, z) + s min(0, z)"
    unwritten: ClassVar[str] = "its slope s is learned by each neuron, no hyper-parameter of the function"
    apart: ClassVar[bool] = True
    slope: Annotated[float, number("slope", "where every s starts", low=0, high=1)] = 0.25

    @property
    def learned(self) -> dict[str, float]:
        return {"slope": self.slope}

    def forward(self, p: Pass, z: Buffer, a: Buffer) -> None:
        p.op(prelu_forward, rows=p.rows, stride=z.stride, z=z, s=p.weight("slope"), a=a)

    def backward(self, p: Pass, z: Buffer, a: Buffer) -> None:
        p.op(prelu_backward, rows=p.rows, fresh=p.fresh, stride=z.stride, zeros=p.zeros, z=z, s=p.weight("slope"),
             d=p.d, ds=p.gradient("slope"))  # fmt: skip
