"""MADALINE: many ADALINEs whose answers a fixed logic unit joins, taught by the rule of least disturbance."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from msgspec.structs import force_setattr

from engine.activations.classic import BipolarStep, Linear
from engine.fields import choice, count
from engine.kernels.record import Floats, In, Ints, Out, Slot, kernel
from engine.kernels.table import Buffer
from engine.layers.base import Parameter, single
from engine.layers.dense import dense_sums, dense_sums_backward
from engine.layers.output import Output
from engine.losses import Loss, Task
from engine.losses.rules import Perceptron
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Axis, Shape
from engine.summing import Summing

MOST: Final = 64
"""Most ADALINEs of one output."""
LOGIC: Final = {
    "or": "one that says 1 is enough",
    "and": "all must say 1",
    "majority": "half of them are enough",
}
"""How the logic unit joins what they say."""


@kernel
def vote(
    f: Floats, i: Ints, rows: Slot, units: int, s_stride: int, stride: int, shift: float, s: In, z: Out, a: Out
) -> None:
    """Z = (Σ_k sign(s_k) + shift) / 2 and a = sign(z), for the sums s [rows, units]; sign(0) is 1."""
    for r in range(i[rows]):
        votes = shift
        for k in range(units):
            votes += 1.0 if f[s + r * s_stride + k] >= 0.0 else -1.0
        for c in range(stride):
            f[z + r * stride + c] = 0.5 * votes
            f[a + r * stride + c] = 1.0 if votes >= 0.0 else -1.0


@kernel
def least_disturbance(
    f: Floats, i: Ints, rows: Slot, units: int, s_stride: int, stride: int, shift: float, s: In, d: In, e: Out
) -> None:
    """E [rows, units] = ½ |d| (s - t) for the units that are taught, else 0; t = -1 where d > 0, 1 where d < 0.

    Taught are as few as turn the answer: of the units that do not say t those whose sums are nearest to 0, of equal
    ones the first. Where d = 0 the answer is right, and none is.
    """
    for r in range(i[rows]):
        slope, at, to = f[d + r * stride], s + r * s_stride, e + r * s_stride
        for c in range(s_stride):
            f[to + c] = 0.0 * slope
        if slope != 0.0:
            wanted = -1.0 if slope > 0.0 else 1.0
            votes = shift
            for k in range(units):
                votes += 1.0 if f[at + k] >= 0.0 else -1.0
            while (votes >= 0.0) != (wanted > 0.0):
                nearest = -1
                for k in range(units):
                    free = (f[at + k] >= 0.0) != (wanted > 0.0) and f[to + k] == 0.0
                    if free and (nearest < 0 or abs(f[at + k]) < abs(f[at + nearest])):
                        nearest = k
                if nearest < 0:
                    break
                f[to + nearest] = 0.5 * abs(slope) * (f[at + nearest] - wanted)
                votes += 2.0 * wanted


@register("MADALINE")
class Madaline(Output, tag="madaline", frozen=True):
    """ADALINEs answer -1 or 1, and a fixed unit joins what they say: OR, AND or the majority (Widrow 1962).

    Rule MRI: where the answer is right nothing moves. Where it is wrong, as few ADALINEs as turn it learn the wanted
    answer t, those with sums s nearest to 0: Δw = η (t - s) x. So one learns to say 1 for an OR that should, and all
    that say 1 learn -1 for one that should not. Hidden layers before it learn from the errors s - t of those taught.
    """

    serves: ClassVar[tuple[Task, ...]] = ("binary",)
    summing: ClassVar[Summing | None] = None
    unchecked: ClassVar[str] = "its rule chooses who is taught, so it is not the slope of the loss"

    adalines: Annotated[int, count("ADALINEs", "threshold units whose answers are joined", low=1, high=MOST)] = 2
    logic: Annotated[
        Literal["or", "and", "majority"],
        choice("logic", "; ".join(f"{name}: {rule}" for name, rule in LOGIC.items())),
    ] = "or"

    def __post_init__(self) -> None:
        super().__post_init__()
        force_setattr(self, "activation", BipolarStep())  # the logic unit is fixed

    @property
    def setting(self) -> str:
        return self.logic

    @property
    def shift(self) -> float:
        """What is added to the votes, so that the answer is their sign."""
        return {"or": self.adalines - 1.0, "and": 1.0 - self.adalines, "majority": 0.0}[self.logic]

    def judged(self, loss: Loss) -> Loss:
        return loss if loss == Perceptron() else Perceptron()

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        (source,) = single(self, inputs)
        mine = Axis("ADALINE", tuple(f"{self.id}/ADALINE {k + 1}" for k in range(self.adalines)))
        return Parameter("weight", (source, mine), "weight"), Parameter("bias", (mine,), "bias")

    def forward(self, p: Pass) -> Buffer:
        z, a, s = p.samples("z", 1), p.samples("a", 1), p.samples("sums", self.adalines)
        dense_sums(p, Linear(), s, p.samples("sums said", self.adalines))
        p.op(vote, rows=p.rows, units=s.columns, s_stride=s.stride, stride=z.stride, shift=self.shift, s=s, z=z, a=a)
        return a

    def backward(self, p: Pass) -> None:
        s, e = p.samples("sums", self.adalines), p.samples("errors", self.adalines)
        p.op(least_disturbance, rows=p.rows, units=s.columns, s_stride=s.stride, stride=p.d.stride, shift=self.shift,
             s=s, d=p.d, e=e)  # fmt: skip
        dense_sums_backward(p, Linear(), s, s, e)
