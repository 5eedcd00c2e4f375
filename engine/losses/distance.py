"""Losses of the distance between output and target."""

# ruff: noqa: ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations import Activation, Answer
from engine.fields import number
from engine.kernels.record import inline
from engine.kernels.words import Vec, absolute, exp, higher, log1p, lower, signed, tanh, where
from engine.losses.base import BY_CLASS, BY_SIDE, BY_VALUE, Link, Loss, Task
from engine.passes import Settings
from engine.registry import register

LN2 = 0.6931471805599453
EVERY_TASK: dict[Task, tuple[Answer, ...]] = {"regression": BY_VALUE, "binary": BY_SIDE, "classes": BY_CLASS}


@register("Squared error")
class SquaredError(Loss, tag="squared-error", frozen=True):
    """½ Σ (o - t)², the loss of TensorFlow Playground (labels -1/+1 with a tanh output)."""

    formula: ClassVar[str] = "½ Σ (o − t)²"
    expressions: ClassVar[tuple[str, ...]] = ("L = (o - t)^2/2", "L' = o - t")
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = EVERY_TASK

    def link(self, activation: Activation) -> Link:
        return "identity" if activation.identity else ""

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return 0.5 * (o - t) * (o - t)


@register("Huber")
class Huber(Loss, tag="huber", frozen=True):
    """Σ ½ e² for |e| <= δ, else δ (|e| - ½ δ), with e = o - t: squared near, absolute far (Huber 1964)."""

    formula: ClassVar[str] = "½ e² or δ (|e| − ½ δ)"
    expressions: ClassVar[tuple[str, ...]] = (
        "e = o - t",
        "L = e^2/2 if abs(e) <= δ else δ*(abs(e) - δ/2)",
        "L' = max(min(e, δ), -δ)",
    )
    symbols: ClassVar[dict[str, str]] = {"δ": "delta"}
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = EVERY_TASK
    delta: Annotated[float, number("δ", "error at which squared turns to absolute", above=0, high=100)] = 1.0

    @property
    def settings(self) -> tuple[float, ...]:
        return (self.delta,)

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        e = absolute(o - t)
        return where(e <= p[0], 0.5 * e * e, p[0] * (e - 0.5 * p[0]))

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return higher(lower(o - t, p[0]), -p[0])


@register("Mean absolute error")
class AbsoluteError(Loss, tag="absolute-error", frozen=True):
    """Σ |o - t|: an outlier pulls no harder than any other sample. Slope sign(o - t)."""

    formula: ClassVar[str] = "Σ |o − t|"
    expressions: ClassVar[tuple[str, ...]] = ("L = abs(o - t)", "L' = sign(o - t)")
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = EVERY_TASK

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return absolute(o - t)

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return signed(o - t, 1.0)


@register("Log-cosh")
class LogCosh(Loss, tag="log-cosh", frozen=True):
    """Σ ln cosh(o - t): ½ e² for small errors e, |e| - ln 2 for large ones. Slope tanh(o - t)."""

    formula: ClassVar[str] = "Σ ln cosh(o − t)"
    expressions: ClassVar[tuple[str, ...]] = ("e = abs(o - t)", "L = e + ln(1 + exp(-2*e)) - ln(2)", "L' = tanh(o - t)")
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = EVERY_TASK

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        e = absolute(o - t)
        return e + log1p(exp(-2.0 * e)) - LN2

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return tanh(o - t)
