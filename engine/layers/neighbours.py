"""Memory-based learning: the answer of the nearest samples that are remembered; nothing is trained."""

from __future__ import annotations

from math import inf
from typing import Annotated, ClassVar, Final, Literal

from msgspec.structs import force_setattr

from engine.activations.classic import Linear
from engine.errors import ExperimentError
from engine.fields import choice, count
from engine.kernels.record import Floats, In, Ints, Out, Slot, inline, kernel
from engine.kernels.table import Buffer
from engine.kernels.words import LANES, fma, load, some, splat, store
from engine.layers.base import INPUT, Parameter, single
from engine.layers.output import Output
from engine.losses import Loss, Task
from engine.losses.distance import SquaredError
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Shape
from engine.summing import Summing

MOST: Final = 100
"""Most neighbours that are asked."""
NEAR: Final = 1e-6
"""What is added to a squared distance, so that a sample that is exactly there counts much, but not infinitely."""
FARTHEST: Final = inf
"""Farther than any sample."""


@inline
def turn(f: Floats, known: int, x_stride: int, inputs: int, here: int, turned: int) -> None:
    """Samples as [input, sample], so that a vector is one input of several; what fills the vector up is far away."""
    for j in range(inputs):
        for m in range(LANES):
            f[turned + j * LANES + m] = f[known + m * x_stride + j] if m < here else FARTHEST


@inline
def meet(f: Floats, far: int, most: int, met: int, here: int, first: int) -> None:
    """Put samples among the nearest, [distances, places] in rising order, where they are nearer than the last of them.

    Their distances stand at `met`; of those equally far the first stay.
    """
    for m in range(here):
        distance, at = f[met + m], most - 1
        if distance < f[far + at]:
            while at > 0 and f[far + at - 1] > distance:
                f[far + at] = f[far + at - 1]
                f[far + most + at] = f[far + most + at - 1]
                at -= 1
            f[far + at] = distance
            f[far + most + at] = first + m


@inline
def answer(f: Floats, far: int, found: int, most: int, nearness: int, units: int, stride: int, y: int, to: int) -> None:
    """To [units] = the mean of the targets of the nearest, each alike or by its nearness."""
    whole = 0.0
    for c in range(stride):
        f[to + c] = 0.0
    for k in range(found):
        share = 1.0 / (f[far + k] + NEAR) if nearness != 0 else 1.0
        whole += share
        place = y + int(f[far + most + k]) * stride
        for c in range(units):
            f[to + c] += share * f[place + c]
    for c in range(units):
        f[to + c] = f[to + c] / whole if found > 0 else 0.0


@kernel
def nearest_answers(
    f: Floats, i: Ints, rows: Slot, count: Slot, inputs: int, x_stride: int, units: int, stride: int, most: int,
    far_stride: int, nearness: int, x: In, s: In, known_x: In, known_y: In, turned: Out, far: Out, z: Out, a: Out,
) -> None:  # fmt: skip
    """A = the mean of the targets of the nearest of all samples, with d² = Σ_j s_j² (x_j - m_j)²; z the same.

    Of those equally far the first count. `far` [rows, 2 most] holds their squared distances and places, in rising
    order. With `nearness` each counts as 1 / (d² + NEAR). All rows meet as many samples at a time as fit a vector:
    `turned` holds them, and behind them their d².
    """
    n, m, met = i[count], i[rows], turned + inputs * LANES
    for r in range(m):
        for k in range(most):
            f[far + r * far_stride + k] = FARTHEST
            f[far + r * far_stride + most + k] = k
    for first in range(0, n, LANES):
        here = min(LANES, n - first)
        turn(f, known_x + first * x_stride, x_stride, inputs, here, turned)
        for r in range(m):
            sums = splat(f, 0.0)
            for j in range(inputs):
                off = (f[x + r * x_stride + j] - load(f, turned + j * LANES)) * f[s + j]
                sums = fma(off, off, sums)
            if some(sums < f[far + r * far_stride + most - 1]):
                store(f, met, sums)
                meet(f, far + r * far_stride, most, met, here, first)
    for r in range(m):
        answer(f, far + r * far_stride, min(n, most), most, nearness, units, stride, known_y, z + r * stride)
        for c in range(stride):
            f[a + r * stride + c] = f[z + r * stride + c]


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
        far = p.samples("far", 2 * self.neighbours)
        p.op_on_samples(
            nearest_answers,
            rows=p.rows, inputs=x.columns, x_stride=x.stride, units=self.units, stride=z.stride, most=self.neighbours,
            far_stride=far.stride, nearness=int(self.vote == "nearness"), x=x, s=p.weight("scale"),
            turned=p.scratch("turned", x.columns + 1, LANES), far=far, z=z, a=a,
        )  # fmt: skip
        return a

    def backward(self, p: Pass) -> None:
        """Nothing learns, so the gradient stays 0."""
