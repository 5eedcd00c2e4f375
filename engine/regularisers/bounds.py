"""How far gradients and weights may go."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated

from engine.fields import number
from engine.kernels.record import Both, Floats, Ints, kernel
from engine.kernels.words import LANES, fma, higher, load, load8, lower, splat, splat8, square_root, store, total
from engine.registry import register
from engine.regularisers.base import Regulariser, StepPass


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
