"""Dense layer: every neuron reads every input."""

from __future__ import annotations

from typing import Annotated

from engine.activations import Activation, AnyActivation
from engine.activations.classic import Linear, Tanh
from engine.errors import ExperimentError
from engine.fields import choice
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, hole, inline, kernel
from engine.kernels.table import Buffer, padded
from engine.kernels.words import (
    LANES,
    Vec,
    fma,
    load,
    load8,
    product,
    store,
    transpose8,
)
from engine.layers.base import Column, Parameter, Shape, single
from engine.passes import Pass, Settings, settings
from engine.registry import register
from engine.ties import AnySharing, Own, Tie

Function = Annotated[AnyActivation, choice("activation", "the function of every neuron of the layer")]


@hole
def value(z: Vec, p: Settings) -> Vec:  # type: ignore[empty-body]
    """The activation."""


@hole
def derivative(z: Vec, a: Vec, p: Settings) -> Vec:  # type: ignore[empty-body]
    """Its slope."""


@inline
def row_product(f: Floats, count: int, x: int, w: int, stride: int, start: Vec) -> Vec:
    """Start + x W for one row of `count` numbers and eight columns of W: the same bits as `product`."""
    sums = start
    for k in range(count):
        sums = fma(load8(f, w + k * stride), f[x + k], sums)
    return sums


@kernel
def dense_forward(
    f: Floats, i: Ints, rows: Slot, inputs: int, x_stride: int, stride: int,
    p0: float, p1: float, p2: float, p3: float, x: In, w: In, b: In, z: Out, a: Out,
) -> None:  # fmt: skip
    """Z = x W + b and a = f(z), for x [rows, inputs], W [inputs, units], b [units]."""
    m = i[rows]
    if m == 1:
        # one sample alone: nothing to share between rows, so no tiles; the same terms in the same order
        for c in range(0, stride, 8):
            sums = row_product(f, inputs, x, w + c, stride, load8(f, b + c))
            store(f, z + c, sums)
            store(f, a + c, value(sums, (p0, p1, p2, p3)))
        return
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
    from_w, from_b, step = (dw, db, stride) if i[fresh] == 0 else (zeros, zeros, 0)
    if m == 1:
        for c in range(0, stride, 8):
            delta = load8(f, d + c) * derivative(load8(f, z + c), load8(f, a + c), (p0, p1, p2, p3))
            store(f, d + c, delta)
            store(f, db + c, load8(f, from_b + c) + delta)
            for k in range(inputs):
                store(f, dw + k * stride + c, fma(delta, f[x + k], load8(f, from_w + k * step + c)))
        return
    for k in range(0, m * stride, LANES):
        store(f, d + k, load(f, d + k) * derivative(load(f, z + k), load(f, a + k), (p0, p1, p2, p3)))
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
    if i[rows] == 1:
        for c in range(0, x_stride, 8):
            store(f, dx + c, row_product(f, units, d, turned + c, x_stride, load8(f, start + c)))
        return
    product(f, i[rows], x_stride, units, d, stride, 1, turned, x_stride, start, start_stride, dx, x_stride)


def dense_sums(p: Pass, function: Activation, z: Buffer, a: Buffer) -> None:
    """Add the operation that writes z = x W + b and a = f(z)."""
    x = p.x[0]
    p.op(
        dense_forward.filled(function.key, value=type(function).value),
        rows=p.rows, inputs=x.columns, x_stride=x.stride, stride=z.stride, **settings(function.settings),
        x=x, w=p.weight("weight"), b=p.weight("bias"), z=z, a=a,
    )  # fmt: skip


def dense_sums_backward(p: Pass, function: Activation, z: Buffer, a: Buffer, d: Buffer) -> None:
    """Add the operations that take the slope d at a back to weights, biases and what is read."""
    x = p.x[0]
    p.op(
        dense_backward.filled(function.key, derivative=type(function).derivative),
        rows=p.rows, fresh=p.fresh, inputs=x.columns, x_stride=x.stride, stride=z.stride,
        **settings(function.settings), zeros=p.zeros, x=x, z=z, a=a, d=d,
        dw=p.gradient("weight"), db=p.gradient("bias"),
    )  # fmt: skip
    if p.dx[0] is not None:
        start, start_stride = p.start(0)
        p.op(
            dense_delta,
            rows=p.rows, inputs=x.columns, units=z.columns, stride=z.stride, x_stride=x.stride,
            start_stride=start_stride, w=p.weight("weight"), d=d, start=start, dx=p.dx[0],
            turned=p.scratch("turned", padded(z.columns), x.columns),
        )  # fmt: skip


class Neurons(Column, frozen=True):
    """A column of neurons: a = f(x W + b), with W [inputs, units] and b [units]. Shared by dense and output layers."""

    activation: Function = Tanh()
    weights: Annotated[AnySharing, choice("weights", "whose weights these are")] = Own()

    def ties(self) -> tuple[Tie, ...]:
        tie = self.weights.tie()
        return (tie,) if tie else ()

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        (source,), (mine,) = single(self, inputs), self.shape(inputs)
        own = (Parameter(name, (mine,), "scale", start) for name, start in self.activation.learned.items())
        return (Parameter("weight", (source, mine), "weight"), Parameter("bias", (mine,), "bias"), *own)

    def forward(self, p: Pass) -> Buffer:
        z, a = p.samples("z", self.units), p.samples("a", self.units)
        self.sums(p, Linear() if self.activation.apart else self.activation, z, a)
        self.activation.forward(p, z, a)
        return a

    def sums(self, p: Pass, function: Activation, z: Buffer, a: Buffer) -> None:
        """Add the operations that write the weighted sums z and f(z)."""
        dense_sums(p, function, z, a)

    def backward(self, p: Pass) -> None:
        z, a = p.samples("z", self.units), p.samples("a", self.units)
        function: Activation = self.activation
        if function.apart and not p.fused:
            function.backward(p, z, a)
        if function.apart or p.fused:
            function = Linear()
        self.sums_backward(p, function, z, a)

    def sums_backward(self, p: Pass, function: Activation, z: Buffer, a: Buffer) -> None:
        """Add the operations that add to the gradients, and to the slope at what it reads."""
        dense_sums_backward(p, function, z, a, p.d)


@register("Dense")
class Dense(Neurons, tag="dense", frozen=True):
    """Every neuron reads every input: a = f(x W + b), x [inputs], W [inputs, neurons], b [neurons]."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.activation.hidden:
            raise ExperimentError(f"{self.activation.key} is for the output only; choose another for “{self.id}”")
