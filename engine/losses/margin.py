"""Losses of the margin by which an answer is right."""

# ruff: noqa: ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import ClassVar

from engine.activations import Activation, Answer
from engine.kernels.record import inline
from engine.kernels.words import (
    Vec,
    higher,
    where,
)
from engine.losses.base import Loss, Task
from engine.passes import Settings
from engine.registry import register


@register("Hinge")
class Hinge(Loss, tag="hinge", frozen=True):
    """Σ max(0, 1 - t o) with t in {-1, +1}: no loss beyond the margin."""

    formula: ClassVar[str] = "max(0, 1 − t o)"
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
