"""Dense layer: every neuron reads every input."""

from __future__ import annotations

from typing import Annotated

from msgspec.structs import force_setattr

from engine.activations import Activation, AnyActivation
from engine.activations.classic import Linear, Tanh
from engine.errors import ExperimentError
from engine.fields import choice, count, hidden
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, hole, inline, kernel
from engine.kernels.table import Buffer, padded
from engine.kernels.words import (
    LANES,
    Vec,
    load,
    load8,
    product,
    store,
    transpose8,
)
from engine.layers.base import Layer, Parameter, Shape, single, units_axis
from engine.passes import Pass, Settings, settings
from engine.registry import register

Function = Annotated[AnyActivation, choice("activation", "the function of every neuron of the layer")]


@hole
def value(z: Vec, p: Settings) -> Vec:  # type: ignore[empty-body]
    """The activation."""


@hole
def derivative(z: Vec, a: Vec, p: Settings) -> Vec:  # type: ignore[empty-body]
    """Its slope."""


@kernel
def dense_forward(
    f: Floats, i: Ints, rows: Slot, inputs: int, x_stride: int, stride: int,
    p0: float, p1: float, p2: float, p3: float, x: In, w: In, b: In, z: Out, a: Out,
) -> None:  # fmt: skip
    """Z = x W + b and a = f(z), for x [rows, inputs], W [inputs, units], b [units]."""
    m = i[rows]
    product(f, m, stride, inputs, x, x_stride, 1, w, stride, b, 0, z, stride)
    for k in range(0, m * stride, LANES):
        store(f, a + k, value(load(f, z + k), (p0, p1, p2, p3)))


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
    f: Floats, i: Ints, rows: Slot, fresh: Slot, inputs: int, x_stride: int, stride: int,
    p0: float, p1: float, p2: float, p3: float, zeros: In, x: In, z: In, a: In, d: Both, dw: Both, db: Both,
) -> None:  # fmt: skip
    """δ = d f'(z); then dW += xᵀ δ and db += Σ δ, sample by sample from what is there (or from 0 when fresh).

    Cutting the rows in pieces therefore gives the same bits. d is left as δ.
    """
    m = i[rows]
    for k in range(0, m * stride, LANES):
        store(f, d + k, load(f, d + k) * derivative(load(f, z + k), load(f, a + k), (p0, p1, p2, p3)))
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
    activation: Function = Tanh()
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
        own = (Parameter(name, (mine,), "scale", start) for name, start in self.activation.learned.items())
        return (Parameter("weight", (source, mine), "weight"), Parameter("bias", (mine,), "bias"), *own)

    def forward(self, p: Pass) -> Buffer:
        x, w, b = p.x[0], p.weight("weight"), p.weight("bias")
        z, a = p.samples("z", self.units), p.samples("a", self.units)
        function = Linear() if self.activation.apart else self.activation
        p.op(
            dense_forward.filled(function.key, value=type(function).value),
            rows=p.rows, inputs=x.columns, x_stride=x.stride, stride=z.stride, **settings(function.settings),
            x=x, w=w, b=b, z=z, a=a,
        )  # fmt: skip
        self.activation.forward(p, z, a)
        return a

    def backward(self, p: Pass) -> None:
        x, z, a = p.x[0], p.samples("z", self.units), p.samples("a", self.units)
        function: Activation = self.activation
        if function.apart and not p.fused:
            function.backward(p, z, a)
        if function.apart or p.fused:
            function = Linear()
        p.op(
            dense_backward.filled(function.key, derivative=type(function).derivative),
            rows=p.rows, fresh=p.fresh, inputs=x.columns, x_stride=x.stride, stride=z.stride,
            **settings(function.settings), zeros=p.zeros, x=x, z=z, a=a, d=p.d,
            dw=p.gradient("weight"), db=p.gradient("bias"),
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
        if not self.activation.hidden:
            raise ExperimentError(f"{self.activation.key} is for the output only; choose another for “{self.id}”")
