"""What is done to a step besides following the slope: noise, clipping, bounds. Each may be added once or more."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Protocol

from engine import streams
from engine.draws import key, normal
from engine.fields import number
from engine.kernels.record import Both, Floats, Ints, Kernel, Slot, kernel
from engine.kernels.table import Argument, Buffer
from engine.kernels.words import LANES, fma, higher, load, load8, lower, splat, splat8, square_root, store, total
from engine.registry import Kind, Registry, register


class StepPass(Protocol):
    """What a regulariser works with when a step is lowered.

    `x` are the inputs of the piece, as many samples as the slot `rows` says; `gradient` is that of every learned number
    in a row of `count`, frozen ones taken out. Slots: `seen` samples before this piece, the `step`.
    """

    rows: Buffer
    seen: Buffer
    step: Buffer
    x: Buffer
    count: int
    gradient: Buffer

    @property
    def weights(self) -> tuple[Buffer, ...]:
        """The weight matrices [inputs, outputs], without biases."""

    @property
    def gradients(self) -> tuple[Buffer, ...]:
        """The gradient of every array, biases included."""

    def op(self, kernel: Kernel, **arguments: Argument) -> int:
        """Add an operation."""

    def stream(self, purpose: streams.Purpose) -> int:
        """The start of a random stream of its own."""


class Regulariser(Kind, frozen=True):
    """Something done at fixed places of a step; each method adds the operations of one place."""

    registry: ClassVar[Registry[Regulariser]] = Registry("regulariser")

    def on_batch(self, p: StepPass) -> None:
        """When a piece of a batch was taken."""

    def on_gradient(self, p: StepPass) -> None:
        """When the gradient of the batch, penalty included, is complete and finite."""

    def after_update(self, p: StepPass) -> None:
        """When the numbers were updated."""


@kernel
def clip_values(f: Floats, i: Ints, count: int, bound: float, g: Both) -> None:
    """G ← max(-c, min(c, g))."""
    low, high = splat(f, -bound), splat(f, bound)
    for k in range(0, count, LANES):
        store(f, g + k, higher(lower(load(f, g + k), high), low))


@kernel
def clip_norm(f: Floats, i: Ints, count: int, bound: float, g: Both) -> None:
    """G ← g min(1, c / ‖g‖), with the Euclidean norm of all numbers together."""
    even, odd = splat(f, 0.0), splat(f, 0.0)
    for k in range(0, count - LANES, 2 * LANES):
        a, b = load(f, g + k), load(f, g + k + LANES)
        even, odd = fma(a, a, even), fma(b, b, odd)
    if count % (2 * LANES) != 0:
        a = load(f, g + count - LANES)
        even = fma(a, a, even)
    norm = total(even + odd) ** 0.5
    if norm > bound:
        share = splat(f, bound / norm)
        for k in range(0, count, LANES):
            store(f, g + k, load(f, g + k) * share)


@register("Clip values")
class ClipValues(Regulariser, tag="clip-values", frozen=True):
    """Every number of the gradient is held between -c and +c."""

    bound: Annotated[float, number("c", "largest number of a gradient", above=0, high=1000, log=True)] = 1.0

    def on_gradient(self, p: StepPass) -> None:
        p.op(clip_values, count=p.count, bound=self.bound, g=p.gradient)


@register("Clip norm")
class ClipNorm(Regulariser, tag="clip-norm", frozen=True):
    """A gradient longer than c is shortened to c; its direction stays (Pascanu, Mikolov, Bengio 2013)."""

    bound: Annotated[float, number("c", "largest length of the gradient", above=0, high=1000, log=True)] = 1.0

    def on_gradient(self, p: StepPass) -> None:
        p.op(clip_norm, count=p.count, bound=self.bound, g=p.gradient)


@kernel
def bound_columns(f: Floats, i: Ints, rows: int, stride: int, bound: float, w: Both) -> None:
    """Scale every column of W [rows, stride] that is longer than c down to c."""
    for c in range(0, stride, 8):
        sums = splat8(f, 0.0)
        for k in range(w + c, w + c + rows * stride, stride):
            v = load8(f, k)
            sums = sums + v * v
        share = lower(bound / square_root(higher(sums, 1e-30)), 1.0)
        for k in range(w + c, w + c + rows * stride, stride):
            store(f, k, load8(f, k) * share)


@register("Max norm")
class MaxNorm(Regulariser, tag="max-norm", frozen=True):
    """Weights into a neuron that are longer than c together are shortened to c (Srebro, Shraibman 2005)."""

    bound: Annotated[float, number("c", "largest length of the weights into a neuron", above=0, high=100, log=True)] = (
        3.0
    )

    def after_update(self, p: StepPass) -> None:
        for w in p.weights:
            p.op(bound_columns, rows=w.rows, stride=w.stride, bound=self.bound, w=w)


@kernel
def add_noise(
    f: Floats, i: Ints, rows: Slot, seen: Slot, columns: int, stride: int, deviation: float, stream: int, x: Both
) -> None:
    """X [rows, columns] += N(0, s²), drawn by the number of the sample."""
    for r in range(i[rows]):
        for c in range(columns):
            f[x + r * stride + c] += deviation * normal(key(stream, i[seen] + r, c))


@register("Input noise")
class InputNoise(Regulariser, tag="input-noise", frozen=True):
    """N(0, s²) is added to every input of a sample, anew each time it is learned from (Bishop 1995)."""

    deviation: Annotated[float, number("s", "standard deviation of the noise", above=0, high=10)] = 0.1

    def on_batch(self, p: StepPass) -> None:
        p.op(add_noise, rows=p.rows, seen=p.seen, columns=p.x.columns, stride=p.x.stride, deviation=self.deviation,
             stream=p.stream("noise"), x=p.x)  # fmt: skip


@kernel
def add_gradient_noise(
    f: Floats, i: Ints, rows: int, columns: int, stride: int, step: Slot, deviation: float, fade: float, stream: int,
    g: Both,
) -> None:  # fmt: skip
    """G [rows, columns] += N(0, s² / (1 + t)^γ), drawn by the number t of the step."""
    scale = deviation * (1.0 + i[step]) ** (-0.5 * fade)
    for r in range(rows):
        for c in range(columns):
            f[g + r * stride + c] += scale * normal(key(stream, i[step], r * columns + c))


@register("Gradient noise")
class GradientNoise(Regulariser, tag="gradient-noise", frozen=True):
    """N(0, s² / (1 + t)^γ) is added to every slope at step t (Neelakantan et al. 2015)."""

    deviation: Annotated[float, number("s", "standard deviation of the noise at first", above=0, high=10)] = 0.1
    fade: Annotated[float, number("γ", "how fast it fades; 0 never", low=0, high=2)] = 0.55

    def on_gradient(self, p: StepPass) -> None:
        for n, g in enumerate(p.gradients):
            # each array has a stretch of the stream for itself
            p.op(add_gradient_noise, rows=g.rows, columns=g.columns, stride=g.stride, step=p.step,
                 deviation=self.deviation, fade=self.fade, stream=p.stream("noise") + n, g=g)  # fmt: skip


if TYPE_CHECKING:
    AnyRegulariser = Regulariser
else:
    AnyRegulariser = Regulariser.registry.union()
