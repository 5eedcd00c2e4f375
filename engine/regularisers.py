"""What is done to a step besides following the slope: noise, clipping, bounds. Each may be added once or more."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple, Protocol

from engine import streams
from engine.fields import number
from engine.kernels.record import Both, Floats, Ints, Kernel, kernel
from engine.kernels.table import Argument, Buffer
from engine.kernels.words import LANES, fma, higher, load, load8, lower, splat, splat8, square_root, store, total
from engine.registry import Kind, Registry, register


class Weights(NamedTuple):
    """One weight matrix [inputs, outputs] and its gradient."""

    value: Buffer
    gradient: Buffer


class StepPass(Protocol):
    """What a regulariser works with when a step is lowered.

    `x` and `y` are the inputs and targets of the piece, with as many samples as the slot `rows` says; `all` is every
    learned number in a row of `count`, `gradient` its gradient. Slots: `seen` samples before this piece, the `step`.
    """

    rows: Buffer
    seen: Buffer
    step: Buffer
    x: Buffer
    y: Buffer
    count: int
    all: Buffer
    gradient: Buffer

    @property
    def weights(self) -> tuple[Weights, ...]:
        """The weight matrices, without biases."""

    def op(self, kernel: Kernel, **arguments: Argument) -> int:
        """Add an operation."""

    def scratch(self, name: str, rows: int, columns: int) -> Buffer:
        """A buffer of its own; zero at first."""

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
            p.op(bound_columns, rows=w.value.rows, stride=w.value.stride, bound=self.bound, w=w.value)


if TYPE_CHECKING:
    AnyRegulariser = Regulariser
else:
    AnyRegulariser = Regulariser.registry.union()
