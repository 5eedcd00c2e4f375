"""Memory-based learning: the answer of the nearest samples that are remembered; nothing is trained."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec.structs import force_setattr

from engine.activations.classic import Linear
from engine.errors import ExperimentError
from engine.fields import choice, count
from engine.kernels.record import Floats, In, Ints, Out, Slot, kernel
from engine.kernels.table import Buffer
from engine.layers.base import INPUT, Parameter, single
from engine.layers.output import Output
from engine.losses import Loss, Task
from engine.losses.distance import SquaredError
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Shape
from engine.summing import Summing

MOST = 100
"""Most neighbours that are asked."""


@kernel
def nearest_answers(
    f: Floats, i: Ints, rows: Slot, count: Slot, inputs: int, x_stride: int, units: int, stride: int, most: int,
    nearness: int, x: In, s: In, known_x: In, known_y: In, far: Out, z: Out, a: Out,
) -> None:  # fmt: skip
    """A = the mean of the targets of the nearest of all samples, with d² = Σ_j s_j² (x_j - m_j)²; z the same.

    Of those equally far the first count. `far` holds their squared distances and places, in rising order. With
    `nearness` each counts as 1 / (d² + 1e-6), so that a sample that is exactly there counts much, but not infinitely.
    """
    n = i[count]
    for r in range(i[rows]):
        found = 0
        for m in range(n):
            distance = 0.0 * f[x]
            for j in range(inputs):
                off = (f[x + r * x_stride + j] - f[known_x + m * x_stride + j]) * f[s + j]
                distance += off * off
            if found < most or distance < f[far + found - 1]:
                at = found if found < most else most - 1
                while at > 0 and f[far + at - 1] > distance:
                    f[far + at] = f[far + at - 1]
                    f[far + most + at] = f[far + most + at - 1]
                    at -= 1
                f[far + at] = distance
                f[far + most + at] = m
                found = min(found + 1, most)
        for c in range(stride):
            f[z + r * stride + c] = 0.0
        whole = 0.0 * f[x]
        for k in range(found):
            share = 1.0 / (f[far + k] + 1e-6) if nearness != 0 else 1.0 + 0.0 * f[far + k]
            whole += share
            place = known_y + int(f[far + most + k]) * stride
            for c in range(units):
                f[z + r * stride + c] += share * f[place + c]
        for c in range(stride):
            said = f[z + r * stride + c] / whole if found > 0 else 0.0 * f[x]
            f[z + r * stride + c] = said
            f[a + r * stride + c] = said


@register("Nearest neighbours")
class Neighbours(Output, tag="neighbours", frozen=True):
    """The answer of the k training samples nearest to the input: the mean of their targets (Fix, Hodges 1951).

    The samples are the memory, so nothing learns and the answer is there before the first step. Distances are
    Euclidean, each input by its scale. Each neighbour counts alike, or by its nearness, 1 / d².
    """

    serves: ClassVar[tuple[Task, ...]] = ("binary", "classes", "regression")
    short: ClassVar[str] = "Neighbours"
    summing: ClassVar[Summing | None] = None
    learns: ClassVar[bool] = False
    unwritten: ClassVar[str] = "its answer is the mean of the targets of the nearest samples, and nothing in it learns"

    neighbours: Annotated[int, count("neighbours", "k: how many of the nearest samples answer", low=1, high=MOST)] = 1
    vote: Annotated[
        Literal["equal", "nearness"], choice("vote", "equal: each counts alike; nearness: each counts as 1 / d²")
    ] = "equal"

    def __post_init__(self) -> None:
        super().__post_init__()
        force_setattr(self, "activation", Linear())  # what neighbours say is not bent

    @property
    def setting(self) -> str:
        return f"k = {self.neighbours}"

    def judged(self, loss: Loss) -> Loss:
        return loss if isinstance(loss, SquaredError) else SquaredError()

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        (source,) = single(self, inputs)
        if not all(label.startswith(f"{INPUT}/") for label in source.labels):
            raise ExperimentError(
                f"“{self.id}” remembers the samples as they come in, so it must read the inputs themselves; take the "
                "layers before it out"
            )
        return (Parameter("scale", (source,), "scale", 1.0),)

    def forward(self, p: Pass) -> Buffer:
        z, a, x = p.samples("z", self.units), p.samples("a", self.units), p.x[0]
        p.op_on_samples(
            nearest_answers,
            rows=p.rows, inputs=x.columns, x_stride=x.stride, units=self.units, stride=z.stride, most=self.neighbours,
            nearness=int(self.vote == "nearness"), x=x, s=p.weight("scale"),
            far=p.scratch("far", 2, self.neighbours + 8), z=z, a=a,
        )  # fmt: skip
        return a

    def backward(self, p: Pass) -> None:
        """Nothing learns, so the gradient stays 0."""
