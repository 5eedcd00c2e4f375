"""Losses whose slopes are the classic rules of error correction; the output is a threshold unit.

A threshold has no slope, so these look at the weighted sum z below it. With w <- w - η ∂L/∂w, the slope ∂L/∂z written
below is the rule Δw = -η (∂L/∂z) x.
"""

# ruff: noqa: ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from engine.activations import Activation, Answer
from engine.fields import choice
from engine.kernels.record import inline
from engine.kernels.words import Vec, absolute, like, where
from engine.losses.base import Link, Loss, Task
from engine.passes import Settings
from engine.registry import register

THRESHOLDS: Final[tuple[Answer, ...]] = ("fires", "side")
BY_THRESHOLD: Final[dict[Task, tuple[Answer, ...]]] = {"binary": THRESHOLDS, "classes": THRESHOLDS}


class Rule(Loss, frozen=True):
    """A loss of the weighted sum below a threshold."""

    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = BY_THRESHOLD

    def is_fused(self, activation: Activation) -> bool:
        """Always: what the threshold hides is what is learned from."""
        return True


@register("Perceptron")
class Perceptron(Rule, tag="perceptron", frozen=True):
    """The perceptron criterion Σ (o - t) z, where o counts as constant (Rosenblatt 1958).

    Its slope at z is o - t: the rule Δw = η (t - o) x, which changes nothing where the answer is right. It is |z| for
    each wrong answer, twice that for targets -1/+1. Where the target alone says the way, the slope is -t wherever
    o differs from t, and the loss -t z: the rule Δw = η t x of three-level outputs and targets -1/+1.
    """

    by_errors: ClassVar[bool] = True
    formula: ClassVar[str] = "Σ (o − t) z"
    fused_expressions: ClassVar[tuple[str, ...]] = (
        "e = 0 if o == t else -t",
        "L = e*z if target > 0 else (o - t)*z",
        "L' = e if target > 0 else o - t",
    )
    symbols: ClassVar[dict[str, str]] = {"target": "way"}

    way: Annotated[
        Literal["error", "target"],
        choice("Δw is", "error: η (t − o) x; target: η t x wherever the answer is wrong, for targets −1 and +1"),
    ] = "error"

    @property
    def settings(self) -> tuple[float, ...]:
        return (1.0 if self.way == "target" else 0.0,)

    @staticmethod
    @inline
    def fused_term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return where(like(z, p[0]) > 0.0, where(absolute(o - t) > 0.0, -t * z, 0.0), (o - t) * z)

    @staticmethod
    @inline
    def fused_derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return where(like(z, p[0]) > 0.0, where(absolute(o - t) > 0.0, -t, 0.0), o - t)


@register("Least mean squares")
class LeastMeanSquares(Rule, tag="lms", frozen=True):
    """½ Σ (t - z)², the error before the threshold: ADALINE (Widrow, Hoff 1960).

    Its slope at z is z - t: the delta rule Δw = η (t - z) x, which goes on when all answers are right.
    """

    formula: ClassVar[str] = "½ Σ (t − z)²"
    fused_expressions: ClassVar[tuple[str, ...]] = ("L = (t - z)^2/2", "L' = z - t")

    def link(self, activation: Activation) -> Link:
        return "identity"

    @staticmethod
    @inline
    def fused_term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return 0.5 * (z - t) * (z - t)

    @staticmethod
    @inline
    def fused_derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return z - t


@register("Correlation")
class Correlation(Rule, tag="correlation", frozen=True):
    """-Σ t z: what is wanted and what is felt go together (Hebb 1949, with a teacher).

    Its slope at z is -t: the rule Δw = η t x, whatever the output says. Nothing bounds the weights.
    """

    formula: ClassVar[str] = "− Σ t z"
    fused_expressions: ClassVar[tuple[str, ...]] = ("L = -t*z", "L' = -t")

    @staticmethod
    @inline
    def fused_term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return -t * z

    @staticmethod
    @inline
    def fused_derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return -t
