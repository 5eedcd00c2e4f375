"""Dense layer: every neuron reads every input."""

from __future__ import annotations

from typing import Annotated

from msgspec.structs import force_setattr

from engine.activations import Activation as AnyFunction
from engine.activations import AnyActivation, Linear, Tanh
from engine.errors import ExperimentError
from engine.fields import choice, count, hidden
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, hole, inline, kernel
from engine.kernels.table import Buffer, padded
from engine.kernels.words import (
    LANES,
    Vec,
    exp,
    greatest,
    head8,
    higher,
    load,
    load8,
    product,
    splat8,
    store,
    total,
    transpose8,
)
from engine.layers.base import Layer, Parameter, Pass, Shape, single, units_axis
from engine.registry import register

Activation = Annotated[AnyActivation, choice("activation", "the function of every neuron of the layer")]


@hole
def value(z: Vec, p: float) -> Vec:  # type: ignore[empty-body]
    """The activation."""


@hole
def derivative(z: Vec, a: Vec, p: float) -> Vec:  # type: ignore[empty-body]
    """Its slope."""


@kernel
def dense_forward(
    f: Floats, i: Ints, rows: Slot, inputs: int, x_stride: int, stride: int, p: float,
    x: In, w: In, b: In, z: Out, a: Out,
) -> None:  # fmt: skip
    """Z = x W + b and a = f(z), for x [rows, inputs], W [inputs, units], b [units]."""
    m = i[rows]
    product(f, m, stride, inputs, x, x_stride, 1, w, stride, b, 0, z, stride)
    for k in range(0, m * stride, LANES):
        store(f, a + k, value(load(f, z + k), p))


@kernel
def softmax_forward(f: Floats, i: Ints, rows: Slot, units: int, stride: int, z: In, a: Out) -> None:
    """a_k = e^(z_k - max z) / Σ_j e^(z_j - max z), row by row."""
    for at in range(0, i[rows] * stride, stride):
        top = head8(load8(f, z + at), units, -1e30)
        for c in range(8, stride, 8):
            top = higher(top, head8(load8(f, z + at + c), units - c, -1e30))
        peak, sums = greatest(top), splat8(f, 0.0)
        for c in range(0, stride, 8):
            e = head8(exp(load8(f, z + at + c) - peak), units - c, 0.0)
            sums = sums + e
            store(f, a + at + c, e)
        share = 1.0 / total(sums)
        for c in range(0, stride, 8):
            store(f, a + at + c, load8(f, a + at + c) * share)


@kernel
def softmax_backward(f: Floats, i: Ints, rows: Slot, stride: int, a: In, d: Both) -> None:
    """d_k ← a_k (d_k - Σ_j a_j d_j): from the slope at the shares to the slope at the weighted sums."""
    for at in range(0, i[rows] * stride, stride):
        sums = splat8(f, 0.0)
        for c in range(0, stride, 8):
            sums = sums + load8(f, a + at + c) * load8(f, d + at + c)
        mean = total(sums)
        for c in range(0, stride, 8):
            store(f, d + at + c, load8(f, a + at + c) * (load8(f, d + at + c) - mean))


@inline
def sum_rows(f: Floats, m: int, stride: int, d: int, start: int, into: int) -> None:
    """Into = start + the sum of m rows, row by row; 32 columns at a time, then 8."""
    wide = stride - stride % 32
    for c in range(0, wide, 32):
        low, high = load(f, start + c), load(f, start + c + LANES)
        for k in range(d + c, d + m * stride, stride):
            low, high = low + load(f, k), high + load(f, k + LANES)
        store(f, into + c, low)
        store(f, into + c + LANES, high)
    for c in range(wide, stride, 8):
        sums = load8(f, start + c)
        for k in range(d + c, d + m * stride, stride):
            sums = sums + load8(f, k)
        store(f, into + c, sums)


@kernel
def dense_backward(
    f: Floats, i: Ints, rows: Slot, fresh: Slot, inputs: int, x_stride: int, stride: int, p: float,
    zeros: In, x: In, z: In, a: In, d: Both, dw: Both, db: Both,
) -> None:  # fmt: skip
    """δ = d f'(z); then dW += xᵀ δ and db += Σ δ, sample by sample from what is there (or from 0 when fresh).

    Cutting the rows in pieces therefore gives the same bits. d is left as δ.
    """
    m = i[rows]
    for k in range(0, m * stride, LANES):
        store(f, d + k, load(f, d + k) * derivative(load(f, z + k), load(f, a + k), p))
    from_w, from_b, step = (dw, db, stride) if i[fresh] == 0 else (zeros, zeros, 0)
    sum_rows(f, m, stride, d, from_b, db)
    product(f, inputs, stride, m, x, 1, x_stride, d, stride, from_w, step, dw, stride)


@kernel
def dense_delta(
    f: Floats, i: Ints, rows: Slot, inputs: int, units: int, stride: int, x_stride: int, start_stride: int,
    w: In, d: In, turned: Out, start: In, dx: Out,
) -> None:  # fmt: skip
    """Dx = start + δ Wᵀ, over a transposed copy of W; its padding stays 0, and with it that of dx."""
    whole = inputs - inputs % 8
    for r in range(0, whole, 8):
        for c in range(0, stride, 8):
            transpose8(f, w + r * stride + c, stride, turned + c * x_stride + r, x_stride)
    for r in range(whole, inputs):
        for c in range(units):
            f[turned + c * x_stride + r] = f[w + r * stride + c]
    product(f, i[rows], x_stride, units, d, stride, 1, turned, x_stride, start, start_stride, dx, x_stride)


class Neurons(Layer, frozen=True):
    """A column of neurons: a = f(x W + b), with W [inputs, units] and b [units]. Shared by dense and output layers."""

    units: Annotated[int, count("neurons", "number of neurons", low=1, high=4096)] = 4
    activation: Activation = Tanh()
    unit_ids: Annotated[tuple[int, ...], hidden("neuron ids", "identities of the neurons; empty: 0, 1, 2 ...")] = ()

    def __post_init__(self) -> None:
        ids = self.unit_ids
        if len(set(ids)) != len(ids):
            raise ExperimentError(f"layer “{self.id}” has a neuron id twice; every neuron needs its own")
        # The number of neurons is the truth; ids follow it, so `units = 16` alone is a complete edit.
        if ids and len(ids) != self.units:
            fresh = range(max(ids) + 1, max(ids) + 1 + max(0, self.units - len(ids)))
            force_setattr(self, "unit_ids", (*ids[: self.units], *fresh))
        if self.unit_ids == tuple(range(self.units)):
            force_setattr(self, "unit_ids", ())

    @property
    def ids(self) -> tuple[int, ...]:
        """The id of each neuron, from top to bottom."""
        return self.unit_ids or tuple(range(self.units))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        single(self, inputs)
        return (units_axis(self.id, self.ids),)

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        (source,), (mine,) = single(self, inputs), self.shape(inputs)
        return (Parameter("weight", (source, mine), is_weight=True), Parameter("bias", (mine,), is_weight=False))

    def forward(self, p: Pass) -> Buffer:
        x, w, b = p.x[0], p.weight("weight"), p.weight("bias")
        z, a = p.samples("z", self.units), p.samples("a", self.units)
        softmax = self.activation.key == "softmax"
        function = Linear() if softmax else self.activation
        p.op(
            dense_forward.filled(function.key, value=type(function).value),
            rows=p.rows, inputs=x.columns, x_stride=x.stride, stride=z.stride, p=function.argument,
            x=x, w=w, b=b, z=z, a=a,
        )  # fmt: skip
        if softmax:
            p.op(softmax_forward, rows=p.rows, units=self.units, stride=z.stride, z=z, a=a)
        return a

    def backward(self, p: Pass) -> None:
        x, z, a = p.x[0], p.samples("z", self.units), p.samples("a", self.units)
        function: AnyFunction = self.activation
        if function.key == "softmax" and not p.fused:
            p.op(softmax_backward, rows=p.rows, stride=a.stride, a=a, d=p.d)
        if function.key == "softmax" or p.fused:
            function = Linear()
        p.op(
            dense_backward.filled(function.key, derivative=type(function).derivative),
            rows=p.rows, fresh=p.fresh, inputs=x.columns, x_stride=x.stride, stride=z.stride, p=function.argument,
            zeros=p.zeros, x=x, z=z, a=a, d=p.d, dw=p.gradient("weight"), db=p.gradient("bias"),
        )  # fmt: skip
        if p.dx[0] is not None:
            start, start_stride = p.start(0)
            p.op(
                dense_delta,
                rows=p.rows, inputs=x.columns, units=self.units, stride=z.stride, x_stride=x.stride,
                start_stride=start_stride, w=p.weight("weight"), d=p.d, start=start, dx=p.dx[0],
                turned=p.scratch("turned", padded(self.units), x.columns),
            )  # fmt: skip


@register("Dense")
class Dense(Neurons, tag="dense", frozen=True):
    """Every neuron reads every input: a = f(x W + b), x [inputs], W [inputs, neurons], b [neurons]."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.activation.output_only:
            raise ExperimentError(f"{self.activation.key} is for the output only; choose another for “{self.id}”")
