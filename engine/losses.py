"""Losses, from simple to complex: each the mean over the samples of a term per sample.

With `o` the output, `t` the target. Binary outputs have targets 0/1 or -1/+1 by `targets`; the fused pairs (sigmoid
with binary, softmax with categorical cross-entropy) are computed from the weighted sums, so they never overflow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from engine.fields import number
from engine.registry import Kind, Registry, register

Task = Literal["binary", "classes", "regression"]


class Loss(Kind, frozen=True):
    """What learning makes small.

    `tasks` maps each task it serves to the output activations it can be paired with, the natural one first.
    `targets` are the values (negative, positive) that stand for the two classes of a binary task; a one-hot target has
    the same two values. Losses of one `family` stand for each other when the task changes.
    """

    registry: ClassVar[Registry[Loss]] = Registry("loss")
    formula: ClassVar[str] = ""
    family: ClassVar[str] = ""
    tasks: ClassVar[dict[Task, tuple[str, ...]]] = {}

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


@register("Binary cross-entropy")
class BinaryCrossEntropy(Loss, tag="binary-cross-entropy", frozen=True):
    """-(t ln o + (1 - t) ln(1 - o)) with t in {0, 1} and o = σ(z); its slope at z is o - t."""

    family: ClassVar[str] = "cross-entropy"
    formula: ClassVar[str] = "−t ln o − (1 − t) ln(1 − o)"
    tasks: ClassVar[dict[Task, tuple[str, ...]]] = {"binary": ("sigmoid",)}


@register("Categorical cross-entropy")
class CategoricalCrossEntropy(Loss, tag="cross-entropy", frozen=True):
    """-ln o_c for the right class c, with o = softmax(z); its slope at z is o - t."""

    family: ClassVar[str] = "cross-entropy"
    formula: ClassVar[str] = "−ln o_c"
    tasks: ClassVar[dict[Task, tuple[str, ...]]] = {"classes": ("softmax",)}


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


@register("Hinge")
class Hinge(Loss, tag="hinge", frozen=True):
    """Σ max(0, 1 - t o) with t in {-1, +1}: no loss beyond the margin."""

    formula: ClassVar[str] = "max(0, 1 − t o)"
    tasks: ClassVar[dict[Task, tuple[str, ...]]] = {"binary": ("linear", "tanh"), "classes": ("linear", "tanh")}

    def targets(self, activation: str) -> tuple[float, float]:
        """Always -1 and +1: the margin is counted on both sides of 0."""
        return (-1.0, 1.0)


if TYPE_CHECKING:
    AnyLoss = Loss
else:
    AnyLoss = Loss.registry.union()
