"""Losses of probabilities."""

# ruff: noqa: ARG001, ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations import Activation, Answer
from engine.fields import number
from engine.kernels.record import Counter, Floats, In, Ints, Kernel, Slot, inline, kernel
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
    total,
    where,
)
from engine.losses.base import Link, Loss, Task
from engine.passes import Settings
from engine.registry import register

LEAST = 1e-6
"""How near a probability may come to 0 or 1 where its logarithm is taken."""


@inline
def probable(o: Vec) -> Vec:
    """Keep a probability away from 0 and 1."""
    return higher(lower(o, 1.0 - LEAST), LEAST)


@kernel
def cross_entropy_sum(
    f: Floats, i: Ints, rows: Slot, units: int, stride: int, gain: float,
    p0: float, p1: float, p2: float, p3: float, v_step: int, v: In, z: In, o: In, t: In, into: Counter,
) -> None:  # fmt: skip
    """Add Σ_k t_k (ln Σ_j e^(c z_j) - c z_k) of each sample to i[into], with Σ t = 1, the gain c, times its weight.

    ln Σ_j e^(c z_j) = c max z - ln max o, as o = softmax(c z): nothing overflows and the greatest o is never small.
    """
    found = real(i[into])
    for r in range(i[rows]):
        at = r * stride
        top, share, right = load8(f, z + at), load8(f, o + at), splat8(f, 0.0)
        top, share = head8(top, units, -1e30), head8(share, units, 0.0)
        for c in range(0, stride, 8):
            k = at + c
            sums = load8(f, z + k)
            top = higher(top, head8(sums, units - c, -1e30))
            share = higher(share, head8(load8(f, o + k), units - c, 0.0))
            right = right + head8(sums * load8(f, t + k), units - c, 0.0)
        loss = (greatest(top) - total(right)) * gain - greatest(log(like(share, greatest(share))))
        found += f[v + r * v_step] * loss
    i[into] = bits(found)


@register("Binary cross-entropy")
class BinaryCrossEntropy(Loss, tag="binary-cross-entropy", frozen=True):
    """-(t ln o + (1 - t) ln(1 - o)) with t in {0, 1}; with o = σ(z) its slope at z is o - t.

    For several classes it asks of every output by itself “this class or not?” (one against the rest), and adds.
    """

    family: ClassVar[str] = "cross-entropy"
    formula: ClassVar[str] = "−t ln o − (1 − t) ln(1 − o)"
    expressions: ClassVar[tuple[str, ...]] = (
        "q = max(min(o, 1 - 0.000001), 0.000001)",
        "L = -t*ln(q) - (1 - t)*ln(1 - q)",
        "L' = (q - t)/(q*(1 - q))",
    )
    fused_expressions: ClassVar[tuple[str, ...]] = ("L = max(z, 0) - z*t + ln(1 + exp(-abs(z)))", "L' = o - t")
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = {"binary": ("share",), "classes": ("share",)}
    fused_with: ClassVar[str] = "sigmoid"

    def link(self, activation: Activation) -> Link:
        return "logit" if self.is_fused(activation) else ""

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        held = probable(o)
        return (t - 1.0) * log(1.0 - held) - t * log(held)

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        held = probable(o)
        return (held - t) / (held * (1.0 - held))

    @staticmethod
    @inline
    def fused_term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return higher(z, 0.0) - z * t + log1p(exp(-absolute(z)))


@register("Categorical cross-entropy")
class CategoricalCrossEntropy(Loss, tag="cross-entropy", frozen=True):
    """-ln o_c for the right class c, with o = softmax(z); its slope at z is o - t."""

    family: ClassVar[str] = "cross-entropy"
    formula: ClassVar[str] = "−ln o_c"
    expressions: ClassVar[tuple[str, ...]] = ("q = max(min(o, 1 - 0.000001), 0.000001)", "L = -t*ln(q)", "L' = -t/q")
    fused_expressions: ClassVar[tuple[str, ...]] = ("L = t*(largest(z) + ln(Σ(exp(z - largest(z)))) - z)", "L' = o - t")
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = {"classes": ("shares",)}
    fused_with: ClassVar[str] = "softmax"

    def link(self, activation: Activation) -> Link:
        return "multinomial" if self.is_fused(activation) else ""

    def sum_kernel(self, activation: Activation) -> Kernel:
        return cross_entropy_sum if self.is_fused(activation) else super().sum_kernel(activation)

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return -t * log(probable(o))

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return -t / probable(o)


@inline
def focal_loss(o: Vec, focus: float) -> Vec:
    """-(1 - o)^γ ln o, the loss of a probability o of what is right."""
    held = probable(o)
    return -exp(log(1.0 - held) * focus) * log(held)


@inline
def focal_slope(o: Vec, focus: float) -> Vec:
    """Its slope: (1 - o)^γ (γ ln o / (1 - o) - 1 / o)."""
    held = probable(o)
    rest = 1.0 - held
    return exp(log(rest) * focus) * (focus * log(held) / rest - 1.0 / held)


@register("Focal")
class Focal(Loss, tag="focal", frozen=True):
    """-(1 - q)^γ ln q, q being the probability of the right class: sure answers count little (Lin et al. 2017)."""

    family: ClassVar[str] = "cross-entropy"
    formula: ClassVar[str] = "−(1 − q)^γ ln q"
    expressions: ClassVar[tuple[str, ...]] = (
        "q = max(min(o, 1 - 0.000001), 0.000001)",
        "r = max(min(1 - o, 1 - 0.000001), 0.000001)",
        "L = -t*(1 - q)^γ*ln(q) - (1 - t)*(1 - r)^γ*ln(r)",
        "q' = (1 - q)^γ*(γ*ln(q)/(1 - q) - 1/q)",
        "r' = (1 - r)^γ*(γ*ln(r)/(1 - r) - 1/r)",
        "L' = t*q' - (1 - t)*r'",
    )
    symbols: ClassVar[dict[str, str]] = {"γ": "focus"}
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = {"binary": ("share",), "classes": ("share",)}
    focus: Annotated[float, number("γ", "how little sure answers count; 0 is cross-entropy", low=0, high=10)] = 2.0

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.focus,)

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return t * focal_loss(o, p[0]) + (1.0 - t) * focal_loss(1.0 - o, p[0])

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return t * focal_slope(o, p[0]) - (1.0 - t) * focal_slope(1.0 - o, p[0])


@register("Categorical focal")
class CategoricalFocal(Loss, tag="categorical-focal", frozen=True):
    """-(1 - o_c)^γ ln o_c for the right class c, with shares of one among all outputs (Lin et al. 2017)."""

    family: ClassVar[str] = "cross-entropy"
    formula: ClassVar[str] = "−(1 − o_c)^γ ln o_c"
    expressions: ClassVar[tuple[str, ...]] = (
        "q = max(min(o, 1 - 0.000001), 0.000001)",
        "L = -t*(1 - q)^γ*ln(q)",
        "L' = t*(1 - q)^γ*(γ*ln(q)/(1 - q) - 1/q)",
    )
    symbols: ClassVar[dict[str, str]] = {"γ": "focus"}
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = {"classes": ("shares",)}
    focus: Annotated[float, number("γ", "how little sure answers count; 0 is cross-entropy", low=0, high=10)] = 2.0

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.focus,)

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return t * focal_loss(o, p[0])

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return t * focal_slope(o, p[0])


@register("KL divergence")
class Divergence(Loss, tag="kl-divergence", frozen=True):
    """Σ t ln(t / o), how far the shares o are from the targets t; for sure targets the same as cross-entropy."""

    family: ClassVar[str] = "cross-entropy"
    formula: ClassVar[str] = "Σ t ln(t / o)"
    expressions: ClassVar[tuple[str, ...]] = (
        "q = max(o, 0.000001)",
        "L = t*(ln(max(t, 0.000001)) - ln(q)) if t > 0 else 0",
        "L' = -t/q",
    )
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = {"classes": ("shares",)}

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        sure = higher(t, LEAST)
        return where(t > 0.0, t * (log(sure) - log(higher(o, LEAST))), 0.0)

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return -t / higher(o, LEAST)
