"""Prototypes: neurons that stand at a place and answer by how near the input is."""

from __future__ import annotations

from typing import ClassVar

from engine.activations import Activation
from engine.activations.classic import Linear
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, hole, kernel
from engine.kernels.table import Argument, Buffer
from engine.kernels.words import Vec, fma, load8, splat8, store, total
from engine.layers.base import Layer, Parameter, hidden_only, single
from engine.layers.dense import Neurons, dense_slope
from engine.layers.output import Output
from engine.losses import Task
from engine.passes import Pass, Settings, settings
from engine.registry import register
from engine.shapes import Shape
from engine.summing import NEARNESS, Summing


@hole
def value(z: Vec, p: Settings) -> Vec:  # type: ignore[empty-body]
    """The activation."""


@kernel
def distance_forward(
    f: Floats, i: Ints, rows: Slot, inputs: int, x_stride: int, stride: int,
    p0: float, p1: float, p2: float, p3: float, x: In, w: In, z: Out, a: Out,
) -> None:  # fmt: skip
    """z_k = -½ Σ_j (x_j - w_jk)² and a = f(z), for x [rows, inputs], W [inputs, units]."""
    for r in range(i[rows]):
        for c in range(0, stride, 8):
            sums = splat8(f, 0.0)
            for k in range(inputs):
                off = f[x + r * x_stride + k] - load8(f, w + k * stride + c)
                sums = fma(off, off, sums)
            near = -0.5 * sums
            store(f, z + r * stride + c, near)
            store(f, a + r * stride + c, value(near, (p0, p1, p2, p3)))


@kernel
def distance_gradient(
    f: Floats, i: Ints, rows: Slot, fresh: Slot, inputs: int, x_stride: int, stride: int,
    x: In, w: In, d: In, dw: Both,
) -> None:  # fmt: skip
    """dW_jk += Σ_r δ_rk (x_rj - w_jk), sample by sample from what is there (or from 0 when fresh)."""
    for k in range(inputs):
        for c in range(0, stride, 8):
            at = k * stride + c
            place = load8(f, w + at)
            sums = splat8(f, 0.0) if i[fresh] != 0 else load8(f, dw + at)
            for r in range(i[rows]):
                sums = fma(load8(f, d + r * stride + c), f[x + r * x_stride + k] - place, sums)
            store(f, dw + at, sums)


@kernel
def distance_delta(
    f: Floats, i: Ints, rows: Slot, inputs: int, stride: int, x_stride: int, start_stride: int,
    x: In, w: In, d: In, start: In, dx: Out,
) -> None:  # fmt: skip
    """dx_rj = start + Σ_k δ_rk (w_jk - x_rj)."""
    for r in range(i[rows]):
        for k in range(x_stride):
            f[dx + r * x_stride + k] = 1.0 * f[start + r * start_stride + k]
        for k in range(inputs):
            sums = splat8(f, 0.0)
            for c in range(0, stride, 8):
                sums = fma(load8(f, d + r * stride + c), load8(f, w + k * stride + c) - f[x + r * x_stride + k], sums)
            f[dx + r * x_stride + k] += total(sums)


def prototype_parameters(layer: Neurons, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
    """The places, and what the activation learns."""
    (source,), (mine,) = single(layer, inputs), layer.shape(inputs)
    own = (Parameter(name, (mine,), "scale", start) for name, start in layer.activation.learned.items())
    return Parameter("weight", (source, mine), "weight"), *own


def distances(p: Pass, function: Activation, z: Buffer, a: Buffer) -> None:
    """Add the operation that writes how near the inputs are, and f of it."""
    x = p.x[0]
    p.op(
        distance_forward.filled(function.key, value=type(function).value),
        rows=p.rows, inputs=x.columns, x_stride=x.stride, stride=z.stride, **settings(function.settings),
        x=x, w=p.weight("weight"), z=z, a=a,
    )  # fmt: skip


def distances_backward(p: Pass, function: Activation, z: Buffer, a: Buffer, d: Buffer) -> None:
    """Add the operations that take the slope d at a back to the places and to what is read."""
    x, dx = p.x[0], p.dx[0]
    p.op(
        dense_slope.filled(function.key, derivative=type(function).derivative),
        rows=p.rows, stride=z.stride, **settings(function.settings), z=z, a=a, d=d,
    )  # fmt: skip
    read: dict[str, Argument] = {
        "rows": p.rows, "inputs": x.columns, "x_stride": x.stride, "stride": z.stride,
        "x": x, "w": p.weight("weight"), "d": d,
    }  # fmt: skip
    if not p.frozen:
        p.op(distance_gradient, **read, fresh=p.fresh, dw=p.gradient("weight"))
    if dx:
        start, start_stride = p.start(0)
        p.op(distance_delta, **read, start_stride=start_stride, start=start, dx=dx)


@register("Prototypes")
class Prototypes(Neurons, tag="prototypes", frozen=True):
    """Every neuron stands at a place w: z = -½ ‖x - w‖², a = f(z)."""

    summing: ClassVar[Summing | None] = NEARNESS

    def __post_init__(self) -> None:
        super().__post_init__()
        hidden_only(self, self.activation)

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return cls(id="h1", activation=Linear()), cls(id="h2", activation=Linear())

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        return prototype_parameters(self, inputs)

    def sums(self, p: Pass, function: Activation, z: Buffer, a: Buffer) -> None:
        distances(p, function, z, a)

    def sums_backward(self, p: Pass, function: Activation, z: Buffer, a: Buffer) -> None:
        distances_backward(p, function, z, a, p.d)


@register("Prototype output")
class PrototypeOutput(Output, tag="prototype-output", frozen=True):
    """The answer by the nearest place: z = -½ ‖x - w‖² for the place w of each neuron, a = f(z).

    Two classes with a teacher have a single neuron, and one place can't part them.
    """

    serves: ClassVar[tuple[Task, ...]] = ("classes", "regression", "unsupervised")
    summing: ClassVar[Summing | None] = NEARNESS

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        return prototype_parameters(self, inputs)

    def sums(self, p: Pass, function: Activation, z: Buffer, a: Buffer) -> None:
        distances(p, function, z, a)

    def sums_backward(self, p: Pass, function: Activation, z: Buffer, a: Buffer) -> None:
        distances_backward(p, function, z, a, p.d)
