"""Losses, from simple to complex: each the mean over the samples of a term per sample.

With `o` the output, `t` the target. Binary outputs have targets 0/1 or -1/+1 by `targets`; the fused pairs (sigmoid
with binary, softmax with categorical cross-entropy) are computed from the weighted sums, so they never overflow.
"""

# ruff: noqa: ARG001, ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from engine.fields import number
from engine.kernels.record import Counter, Floats, In, Ints, Kernel, Out, Slot, hole, inline, kernel
from engine.kernels.words import (
    Vec,
    absolute,
    bits,
    exp,
    greatest,
    head8,
    higher,
    like,
    load8,
    log,
    log1p,
    lower,
    real,
    splat8,
    store,
    total,
    where,
)
from engine.registry import Kind, Registry, register

Task = Literal["binary", "classes", "regression"]


@hole
def term(z: Vec, o: Vec, t: Vec, p: float) -> Vec:  # type: ignore[empty-body]
    """The loss of each output."""


@hole
def derivative(z: Vec, o: Vec, t: Vec, p: float) -> Vec:  # type: ignore[empty-body]
    """The slope of `term` at the output, or at the weighted sum where loss and activation are fused."""


@kernel
def loss_slope(
    f: Floats, i: Ints, rows: Slot, whole: Slot, units: int, stride: int, z: In, o: In, t: In, d: Out, p: float
) -> None:
    """D [rows, units] = the slope of the mean loss; `whole` is the number of samples that the mean is over."""
    scale = 1.0 / i[whole]
    for at in range(0, i[rows] * stride, stride):
        for c in range(0, stride, 8):
            k = at + c
            found = derivative(load8(f, z + k), load8(f, o + k), load8(f, t + k), p) * scale
            store(f, d + k, head8(found, units - c, 0.0))


@kernel
def loss_sum(
    f: Floats, i: Ints, rows: Slot, units: int, stride: int, z: In, o: In, t: In, into: Counter, p: float
) -> None:
    """Add the loss of each sample to a float64 kept as bits at i[into]."""
    found = real(i[into])
    for at in range(0, i[rows] * stride, stride):
        for c in range(0, stride, 8):
            k = at + c
            terms = term(load8(f, z + k), load8(f, o + k), load8(f, t + k), p)
            found += total(head8(terms, units - c, 0.0))
    i[into] = bits(found)


@kernel
def cross_entropy_sum(
    f: Floats, i: Ints, rows: Slot, units: int, stride: int, z: In, o: In, t: In, into: Counter, p: float
) -> None:
    """Add Σ_k t_k (ln Σ_j e^(z_j) - z_k) of each sample to i[into].

    ln Σ_j e^(z_j) = max z - ln max o, because o = softmax(z): nothing overflows and the greatest o is never small.
    """
    found = real(i[into])
    for at in range(0, i[rows] * stride, stride):
        top, share, right = load8(f, z + at), load8(f, o + at), splat8(f, 0.0)
        top, share = head8(top, units, -1e30), head8(share, units, 0.0)
        for c in range(0, stride, 8):
            k = at + c
            sums = load8(f, z + k)
            top = higher(top, head8(sums, units - c, -1e30))
            share = higher(share, head8(load8(f, o + k), units - c, 0.0))
            right = right + head8(sums * load8(f, t + k), units - c, 0.0)
        found += greatest(top) - total(right) - greatest(log(like(share, greatest(share))))
    i[into] = bits(found)


class Loss(Kind, frozen=True):
    """What learning makes small.

    `tasks` maps each task it serves to the output activations it can be paired with, the natural one first.
    `targets` are the values (negative, positive) that stand for the two classes of a binary task; a one-hot target has
    the same two values. Losses of one `family` stand for each other when the task changes.

    `term` and `derivative` are compiled, vectors in and out, with weighted sum z, output o, target t and the one
    hyper-parameter p (`argument`). A `fused` loss gives its slope at z, any other its slope at o.
    """

    registry: ClassVar[Registry[Loss]] = Registry("loss")
    formula: ClassVar[str] = ""
    family: ClassVar[str] = ""
    tasks: ClassVar[dict[Task, tuple[str, ...]]] = {}
    fused: ClassVar[bool] = False

    @property
    def argument(self) -> float:
        """The hyper-parameter p of `term` and `derivative`; 0 where there is none."""
        return 0.0

    @property
    def slope_kernel(self) -> Kernel:
        """The operation that writes the slope of the mean loss."""
        return loss_slope.filled(self.key, derivative=type(self).derivative)

    @property
    def sum_kernel(self) -> Kernel:
        """The operation that sums the loss over samples."""
        return loss_sum.filled(self.key, term=type(self).term)

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: float) -> Vec:
        """Return the loss of each output."""
        return like(o, 0.0)

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: float) -> Vec:
        """Return the slope of `term` at o, or at z where loss and activation are fused."""
        return o - t

    def targets(self, activation: str) -> tuple[float, float]:
        """The values that stand for “not this class” and “this class”, given the output activation's key."""
        return (-1.0, 1.0) if activation in ("tanh", "linear") else (0.0, 1.0)


@register("Squared error")
class SquaredError(Loss, tag="squared-error", frozen=True):
    """½ Σ (o - t)², the loss of TensorFlow Playground (labels -1/+1 with a tanh output)."""

    formula: ClassVar[str] = "½ Σ (o − t)²"
    tasks: ClassVar[dict[Task, tuple[str, ...]]] = {
        "binary": ("tanh", "sigmoid", "linear"),
        "classes": ("softmax", "sigmoid", "tanh", "linear"),
        "regression": ("linear", "tanh", "sigmoid"),
    }

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: float) -> Vec:
        return 0.5 * (o - t) * (o - t)


@register("Binary cross-entropy")
class BinaryCrossEntropy(Loss, tag="binary-cross-entropy", frozen=True):
    """-(t ln o + (1 - t) ln(1 - o)) with t in {0, 1} and o = σ(z); its slope at z is o - t."""

    family: ClassVar[str] = "cross-entropy"
    formula: ClassVar[str] = "−t ln o − (1 − t) ln(1 − o)"
    tasks: ClassVar[dict[Task, tuple[str, ...]]] = {"binary": ("sigmoid",)}
    fused: ClassVar[bool] = True

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: float) -> Vec:
        return higher(z, 0.0) - z * t + log1p(exp(-absolute(z)))


@register("Categorical cross-entropy")
class CategoricalCrossEntropy(Loss, tag="cross-entropy", frozen=True):
    """-ln o_c for the right class c, with o = softmax(z); its slope at z is o - t."""

    family: ClassVar[str] = "cross-entropy"
    formula: ClassVar[str] = "−ln o_c"
    tasks: ClassVar[dict[Task, tuple[str, ...]]] = {"classes": ("softmax",)}
    fused: ClassVar[bool] = True

    @property
    def sum_kernel(self) -> Kernel:
        return cross_entropy_sum


@register("Huber")
class Huber(Loss, tag="huber", frozen=True):
    """Σ ½ e² for |e| <= δ, else δ (|e| - ½ δ), with e = o - t: squared near, absolute far (Huber 1964)."""

    formula: ClassVar[str] = "½ e² or δ (|e| − ½ δ)"
    tasks: ClassVar[dict[Task, tuple[str, ...]]] = {
        "regression": ("linear", "tanh", "sigmoid"),
        "binary": ("tanh", "sigmoid", "linear"),
        "classes": ("softmax", "sigmoid", "tanh", "linear"),
    }
    delta: Annotated[float, number("δ", "error at which squared turns to absolute", above=0, high=100)] = 1.0

    @property
    def argument(self) -> float:
        return self.delta

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: float) -> Vec:
        e = absolute(o - t)
        return where(e <= p, 0.5 * e * e, p * (e - 0.5 * p))

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: float) -> Vec:
        return higher(lower(o - t, p), -p)


@register("Hinge")
class Hinge(Loss, tag="hinge", frozen=True):
    """Σ max(0, 1 - t o) with t in {-1, +1}: no loss beyond the margin."""

    formula: ClassVar[str] = "max(0, 1 − t o)"
    tasks: ClassVar[dict[Task, tuple[str, ...]]] = {"binary": ("linear", "tanh"), "classes": ("linear", "tanh")}

    def targets(self, activation: str) -> tuple[float, float]:
        """Always -1 and +1: the margin is counted on both sides of 0."""
        return (-1.0, 1.0)

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: float) -> Vec:
        return higher(1.0 - t * o, 0.0)

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: float) -> Vec:
        return where(t * o < 1.0, -t, 0.0)


if TYPE_CHECKING:
    AnyLoss = Loss
else:
    AnyLoss = Loss.registry.union()
