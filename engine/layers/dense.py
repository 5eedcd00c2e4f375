"""Dense layer: every neuron reads every input."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations import Activation, AnyActivation
from engine.activations.classic import Linear, Tanh
from engine.fields import choice
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, hole, inline, kernel
from engine.kernels.table import Argument, Buffer, padded
from engine.kernels.words import (
    LANES,
    Vec,
    fma,
    load,
    load8,
    product,
    splat8,
    store,
    total,
    totals,
    transpose8,
)
from engine.layers.base import Column, Parameter, hidden_only, single
from engine.passes import Pass, Settings, settings
from engine.registry import register
from engine.shapes import Shape
from engine.summing import WEIGHTED, Summing
from engine.ties import AnySharing, Own, Tie

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
    if m == 1:
        # one sample alone: nothing to share between rows, so no tiles; the same terms in the same order
        for c in range(0, stride, 8):
            sums = load8(f, b + c)
            for k in range(inputs):
                sums = fma(load8(f, w + k * stride + c), f[x + k], sums)
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
    for k in range(0, m * stride, LANES):
        store(f, d + k, load(f, d + k) * derivative(load(f, z + k), load(f, a + k), (p0, p1, p2, p3)))
    sum_rows(f, m, stride, d, from_b, db)
    product(f, inputs, stride, m, x, 1, x_stride, d, stride, from_w, step, dw, stride)


@kernel
def dense_slope(
    f: Floats, i: Ints, rows: Slot, stride: int, p0: float, p1: float, p2: float, p3: float, z: In, a: In, d: Both
) -> None:
    """D ← d f'(z): what a frozen layer passes on."""
    for k in range(0, i[rows] * stride, LANES):
        store(f, d + k, load(f, d + k) * derivative(load(f, z + k), load(f, a + k), (p0, p1, p2, p3)))


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


@inline
def delta_of_one(f: Floats, back: int, stride: int, w: int, d: int, start: int, dx: int) -> None:
    """Dx = start + W δ for the first `back` inputs of one sample, eight rows of W at a time: no transposed copy."""
    whole = back - back % 8
    for k in range(0, whole, 8):
        s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = splat8(f, 0.0)
        for c in range(0, stride, 8):
            delta, at = load8(f, d + c), w + k * stride + c
            s0, s1 = fma(load8(f, at), delta, s0), fma(load8(f, at + stride), delta, s1)
            s2, s3 = fma(load8(f, at + 2 * stride), delta, s2), fma(load8(f, at + 3 * stride), delta, s3)
            s4, s5 = fma(load8(f, at + 4 * stride), delta, s4), fma(load8(f, at + 5 * stride), delta, s5)
            s6, s7 = fma(load8(f, at + 6 * stride), delta, s6), fma(load8(f, at + 7 * stride), delta, s7)
        store(f, dx + k, load8(f, start + k) + totals(s0, s1, s2, s3, s4, s5, s6, s7))
    for k in range(whole, back):
        sums = splat8(f, 0.0)
        for c in range(0, stride, 8):
            sums = fma(load8(f, w + k * stride + c), load8(f, d + c), sums)
        f[dx + k] = f[start + k] + total(sums)


@kernel
def dense_backward_one(
    f: Floats, i: Ints, inputs: int, stride: int, back: int, p0: float, p1: float, p2: float, p3: float,
    w: In, x: In, z: In, a: In, d: Both, dw: Out, db: Out, start: In, dx: Out,
) -> None:  # fmt: skip
    """The whole backward pass of one sample alone: δ = d f'(z), dW = xᵀ δ, db = δ, and dx = start + W δ.

    The gradients begin anew. `back` is `inputs`, or 0 where nobody asks for dx. d is left as δ.
    """
    for c in range(0, stride, 8):
        delta = load8(f, d + c) * derivative(load8(f, z + c), load8(f, a + c), (p0, p1, p2, p3))
        store(f, d + c, delta)
        store(f, db + c, delta)
        for k in range(inputs):
            store(f, dw + k * stride + c, delta * f[x + k])
    delta_of_one(f, back, stride, w, d, start, dx)


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
    x, dx = p.x[0], p.dx[0]
    start, start_stride = p.start(0) if dx else (p.zeros, 0)
    of_function = {"derivative": type(function).derivative}
    given: dict[str, Argument] = {"stride": z.stride, **settings(function.settings), "z": z, "a": a, "d": d}
    if p.frozen:
        p.op(dense_slope.filled(function.key, **of_function), **given, rows=p.rows)
    else:
        given |= {"inputs": x.columns, "x": x, "dw": p.gradient("weight"), "db": p.gradient("bias")}
        if p.single:
            p.op(dense_backward_one.filled(function.key, **of_function), **given, back=x.columns if dx else 0,
                 w=p.weight("weight"), start=start, dx=dx or p.zeros)  # fmt: skip
            return
        p.op(dense_backward.filled(function.key, **of_function), **given, rows=p.rows, fresh=p.fresh,
             x_stride=x.stride, zeros=p.zeros)  # fmt: skip
    if dx:
        p.op(
            dense_delta,
            rows=p.rows, inputs=x.columns, units=z.columns, stride=z.stride, x_stride=x.stride,
            start_stride=start_stride, w=p.weight("weight"), d=d, start=start, dx=dx,
            turned=p.scratch("turned", padded(z.columns), x.columns),
        )  # fmt: skip


class Neurons(Column, frozen=True):
    """A column of neurons: a = f(x W + b), with W [inputs, units] and b [units]. Shared by dense and output layers."""

    summing: ClassVar[Summing | None] = WEIGHTED
    learns: ClassVar[bool] = True
    """Whether anything in it learns."""

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
        hidden_only(self, self.activation)
