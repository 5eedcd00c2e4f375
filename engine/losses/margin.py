"""Losses of the margin by which an answer is right."""

# ruff: noqa: ARG001, ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import ClassVar

from engine.activations import Activation, Answer
from engine.kernels.record import Counter, Floats, In, Ints, Kernel, Out, Slot, inline, kernel
from engine.kernels.words import Vec, bits, higher, real, splat8, store, where
from engine.losses.base import Loss, Task
from engine.passes import Settings
from engine.registry import register


@register("Hinge")
class Hinge(Loss, tag="hinge", frozen=True):
    """Σ max(0, 1 - t o) with t in {-1, +1}: no loss beyond the margin."""

    formula: ClassVar[str] = "max(0, 1 − t o)"
    expressions: ClassVar[tuple[str, ...]] = ("L = max(0, 1 - t*o)", "L' = -t if t*o < 1 else 0")
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = {"binary": ("value", "sign"), "classes": ("value", "sign")}

    def targets(self, activation: Activation) -> tuple[float, float]:
        """Always -1 and +1: the margin is counted on both sides of 0."""
        return (-1.0, 1.0)

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return higher(1.0 - t * o, 0.0)

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return where(t * o < 1.0, -t, 0.0)


@kernel
def class_margins_slope(
    f: Floats, i: Ints, rows: Slot, whole: Slot, units: int, stride: int, gain: float,
    p0: float, p1: float, p2: float, p3: float, v_step: int, v: In, z: In, o: In, t: In, d: Out,
) -> None:  # fmt: skip
    """D [rows, units] = the slope of the mean of Σ_c s_c Σ_{k≠c} max(0, 1 + o_k - o_c), with shares s = ½ (1 + t)."""
    for r in range(i[rows]):
        at = r * stride
        for c in range(0, stride, 8):
            store(f, d + at + c, splat8(f, 0.0))
        for c in range(units):
            share = 0.5 * (1.0 + f[t + at + c]) * f[v + r * v_step] / i[whole]
            for k in range(units):
                if k != c and share > 0.0 and 1.0 + f[o + at + k] - f[o + at + c] > 0.0:
                    f[d + at + k] += share
                    f[d + at + c] -= share


@kernel
def class_margins_sum(
    f: Floats, i: Ints, rows: Slot, units: int, stride: int, gain: float,
    p0: float, p1: float, p2: float, p3: float, v_step: int, v: In, z: In, o: In, t: In, into: Counter,
) -> None:  # fmt: skip
    """Add Σ_c s_c Σ_{k≠c} max(0, 1 + o_k - o_c) of each sample, times its weight, to i[into]."""
    found = real(i[into])
    for r in range(i[rows]):
        at = r * stride
        for c in range(units):
            share = 0.5 * (1.0 + f[t + at + c]) * f[v + r * v_step]
            for k in range(units):
                if k != c:
                    found += share * max(0.0, 1.0 + f[o + at + k] - f[o + at + c])
    i[into] = bits(found)


@register("Multi-class hinge")
class ClassHinge(Loss, tag="class-hinge", frozen=True):
    """Σ_{k≠c} max(0, 1 + o_k - o_c): the right class c is to lead every other by 1 (Weston, Watkins 1999).

    Its slope at o_k is 1 for each other class that is nearer than 1, and minus their number at o_c. Hinge asks of every
    output by itself whether it is on its side; this one compares outputs with each other.
    """

    formula: ClassVar[str] = "Σ max(0, 1 + o_k − o_c)"
    unwritten: ClassVar[str] = "it compares every output with every other, and an expression is of one output at a time"
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = {"classes": ("value", "sign")}

    def targets(self, activation: Activation) -> tuple[float, float]:
        """Always -1 and +1, as for hinge."""
        return (-1.0, 1.0)

    def slope_kernel(self, activation: Activation) -> Kernel:
        return class_margins_slope

    def sum_kernel(self, activation: Activation) -> Kernel:
        return class_margins_sum


@register("0-1")
class ZeroOne(Loss, tag="zero-one", frozen=True):
    """1 where the class is wrong, 0 where it is right: shown as “error”, the share of wrong answers.

    It is what a classification is about, but it is flat wherever it is not broken: its slope is 0 and tells nobody
    where to go. So nothing is trained on it; the other losses stand for it.
    """

    formula: ClassVar[str] = "1 where wrong, else 0"
    unwritten: ClassVar[str] = "it counts wrong answers of a whole network, and nothing is trained on it"
