"""Units that answer by chance."""

# ruff: noqa: ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations.base import Activation
from engine.draws import key, uniform
from engine.fields import number
from engine.kernels.record import Both, Floats, Ints, Slot, inline, kernel
from engine.kernels.table import Buffer
from engine.kernels.words import Vec, exp
from engine.passes import Pass, Settings
from engine.registry import register


@kernel
def toss(f: Floats, i: Ints, rows: Slot, seen: Slot, units: int, stride: int, stream: int, a: Both) -> None:
    """A ← 1 with the probability a, else 0, drawn by the number of the sample."""
    for r in range(i[rows]):
        for c in range(units):
            k = a + r * stride + c
            f[k] = 1.0 if uniform(key(stream, i[seen] + r, c)) < f[k] else 0.0


@register("Stochastic unit")
class StochasticUnit(Activation, tag="stochastic", frozen=True):
    """1 with the probability σ(z / T), else 0, drawn for every sample; pictures and scores show the probability.

    The slope used is that of the probability (straight through; Bengio, Léonard, Courville 2013).
    """

    formula: ClassVar[str] = "1 with probability σ(z / T)"
    unwritten: ClassVar[str] = "it answers by chance: an expression gives the probability, not the answer"
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0
    activity: ClassVar[str] = "undecided"
    unchecked: ClassVar[str] = "it draws by chance, and its slope is that of the mean"
    temperature: Annotated[float, number("temperature", "T: high is all chance", low=0.01, high=100, log=True)] = 1.0

    @property
    def settings(self) -> tuple[float, ...]:
        return (1.0 / self.temperature,)

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        return 1.0 / (1.0 + exp(z * -p[0]))

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        mean = 1.0 / (1.0 + exp(z * -p[0]))
        return mean * (1.0 - mean) * p[0]

    def forward(self, p: Pass, z: Buffer, a: Buffer) -> None:
        if p.learning:
            p.op(toss, rows=p.rows, seen=p.seen, units=a.columns, stride=a.stride, stream=p.stream("noise"), a=a)
