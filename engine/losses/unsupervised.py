"""Rules that need no teacher, as losses: what a neuron says decides how its weights move (Hebb 1949).

With w <- w - η ∂L/∂w, the slope ∂L/∂z written below is the rule Δw = -η (∂L/∂z) x, less what is forgotten. Where
several neurons are told apart, each is for itself.
"""

# ruff: noqa: ARG001, ARG004 - compiled functions of one form take the same arguments, needed or not

from __future__ import annotations

from typing import ClassVar, Final

from engine.activations import Activation, Answer
from engine.kernels.record import Both, Counter, Floats, In, Ints, Kernel, Out, Slot, inline, kernel
from engine.kernels.words import Vec, bits, fma, head8, load8, real, splat8, store, total
from engine.losses.base import Loss, Task
from engine.passes import Settings
from engine.registry import register
from engine.summing import NEARNESS, WEIGHTED, Summing

ALONE: Final[dict[Task, tuple[Answer, ...]]] = {"unsupervised": ("value",)}
COMPETING: Final[dict[Task, tuple[Answer, ...]]] = {"unsupervised": ("winner",)}


@kernel
def forget(
    f: Floats, i: Ints, rows: Slot, inputs: int, units: int, stride: int, share: float, o: In, w: In, dw: Both, db: Out
) -> None:
    """DW += λ W Σ_r o_r² / rows, so that Δw = η λ o (x - o w); db = 0: by this rule a neuron has no bias.

    The `share` λ is what the loss of the output counts.
    """
    for c in range(0, stride, 8):
        sums = splat8(f, 0.0)
        for r in range(i[rows]):
            said = load8(f, o + r * stride + c)
            sums = fma(said, said, sums)
        kept = head8(sums, units - c, 0.0) * (share / i[rows])
        for k in range(inputs):
            at = k * stride + c
            store(f, dw + at, fma(kept, load8(f, w + at), load8(f, dw + at)))
        store(f, db + c, splat8(f, 0.0))


@kernel
def slope_of_spread(
    f: Floats, i: Ints, rows: Slot, whole: Slot, units: int, stride: int, gain: float,
    p0: float, p1: float, p2: float, p3: float, v_step: int, v: In, z: In, o: In, t: In, d: Out,
) -> None:  # fmt: skip
    """D [rows, units] = -(o - ō) / rows, with ō the mean over the rows."""
    share = 1.0 / i[rows]
    for c in range(0, stride, 8):
        sums = splat8(f, 0.0)
        for r in range(i[rows]):
            sums = sums + load8(f, o + r * stride + c)
        mean = sums * share
        for r in range(i[rows]):
            at = r * stride + c
            store(f, d + at, head8((mean - load8(f, o + at)) * share, units - c, 0.0))


@kernel
def sum_of_spread(
    f: Floats, i: Ints, rows: Slot, units: int, stride: int, gain: float,
    p0: float, p1: float, p2: float, p3: float, v_step: int, v: In, z: In, o: In, t: In, into: Counter,
) -> None:  # fmt: skip
    """Add -½ Σ (o - ō)² to a float64 kept as bits at i[into], with ō the mean over the rows."""
    found = real(i[into])
    for c in range(0, stride, 8):
        sums = splat8(f, 0.0)
        for r in range(i[rows]):
            sums = sums + load8(f, o + r * stride + c)
        mean = sums * (1.0 / i[rows])
        for r in range(i[rows]):
            off = head8(load8(f, o + r * stride + c) - mean, units - c, 0.0)
            found -= 0.5 * total(off * off)
    i[into] = bits(found)


@kernel
def slope_by_wins(
    f: Floats, i: Ints, rows: Slot, whole: Slot, units: int, stride: int, gain: float,
    p0: float, p1: float, p2: float, p3: float, v_step: int, v: In, z: In, o: In, t: In, d: Out,
) -> None:  # fmt: skip
    """D [rows, units] = -o / n, where each of the units won n of the rows."""
    for c in range(units):
        wins = 0.0 * f[o]
        for r in range(i[rows]):
            wins += f[o + r * stride + c]
        for r in range(i[rows]):
            at = r * stride + c
            f[d + at] = -f[o + at] / max(wins, 1.0 + 0.0 * wins)
    for r in range(i[rows]):
        for c in range(units, stride):
            f[d + r * stride + c] = 0.0


class Unsupervised(Loss, frozen=True):
    """A rule of neurons that are told nothing."""

    def is_fused(self, activation: Activation) -> bool:
        """Always: the rule is of the weighted sum."""
        return True

    @staticmethod
    @inline
    def fused_derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return -o


class Hebbian(Unsupervised, frozen=True):
    """A rule by which what a neuron says moves its weights, each neuron for itself."""

    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = ALONE
    of: ClassVar[Summing | None] = WEIGHTED

    def outputs(self, task: Task) -> tuple[str, ...]:
        """Weighted sums as they are."""
        return tuple(key for key in super().outputs(task) if Activation.registry[key].kind.identity)

    @staticmethod
    @inline
    def fused_term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return -0.5 * o * o


class Competing(Unsupervised, frozen=True):
    """½ Σ ‖x - w‖² of the nearest prototype w, the winner."""

    formula: ClassVar[str] = "½ min ‖x − w‖²"
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = COMPETING
    of: ClassVar[Summing | None] = NEARNESS
    least_units: ClassVar[int] = 2

    @staticmethod
    @inline
    def fused_term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        return -o * z


@register("Competitive")
class Competitive(Competing, tag="competitive", frozen=True):
    """½ Σ ‖x - w‖² of the nearest prototype w: Δw = η (x - w) for it, the others stay (Rumelhart, Zipser 1985).

    In a batch each of its samples moves its winner, by a share of the batch.
    """

    fused_expressions: ClassVar[tuple[str, ...]] = ("L = -o*z", "L' = -o")


@register("k-means")
class KMeans(Competing, tag="k-means", frozen=True):
    """½ Σ ‖x - w‖² of the nearest prototype w, which goes to the mean of all that it won: Δw = η (mean - w).

    A batch of all samples with rate 1 and plain descent is a pass of k-means (Lloyd 1957).
    """

    unwritten: ClassVar[str] = "how far one sample moves its winner depends on how many others it won in the batch"
    unchecked: ClassVar[str] = "each winner has a rate of its own, so the rule is not the slope of the mean loss"

    @property
    def whole_batch(self) -> bool:
        return True

    def slope_kernel(self, activation: Activation) -> Kernel:
        return slope_by_wins


@register("Hebb")
class Hebb(Hebbian, tag="hebb", frozen=True):
    """-½ Σ o²: what fires together wires together, Δw = η o x (Hebb 1949).

    The weights turn to the direction in which the inputs are largest, and grow without bound.
    """

    formula: ClassVar[str] = "− ½ Σ o²"
    fused_expressions: ClassVar[tuple[str, ...]] = ("L = -o^2/2", "L' = -o")
    unbounded: ClassVar[bool] = True


@register("Oja")
class Oja(Hebbian, tag="oja", frozen=True):
    """Hebb's rule that forgets as it learns: Δw = η o (x - o w), which keeps ‖w‖ at 1 (Oja 1982).

    The loss shown is -½ Σ o², least on the sphere ‖w‖ = 1 where w is the first principal direction of the inputs. So
    that this is the direction in which they vary most, their mean must be 0.
    """

    formula: ClassVar[str] = "− ½ Σ o²"
    fused_expressions: ClassVar[tuple[str, ...]] = ("L = -o^2/2", "L' = -o")

    forgotten: ClassVar[str] = "o^2*w"
    unchecked: ClassVar[str] = "what it forgets makes it a rule that is not the slope of a function"

    @property
    def whole_batch(self) -> bool:
        return True

    @property
    def forgetting(self) -> Kernel | None:
        return forget


@register("Covariance")
class Covariance(Hebbian, tag="covariance", frozen=True):
    """-½ Σ (o - ō)², less than nothing by the spread of the output: Δw = η (o - ō) (x - x̄) (Sejnowski 1977).

    Means are those of the batch, so it must have two samples or more. A connection can become weaker, which it never
    does by Hebb's rule with positive inputs.
    """

    formula: ClassVar[str] = "− ½ Σ (o − ō)²"
    least_batch: ClassVar[int] = 2
    unbounded: ClassVar[bool] = True
    unwritten: ClassVar[str] = "it takes the mean over the batch, which one sample does not show"

    @property
    def whole_batch(self) -> bool:
        return True

    def slope_kernel(self, activation: Activation) -> Kernel:
        return slope_of_spread

    def sum_kernel(self, activation: Activation) -> Kernel:
        return sum_of_spread
