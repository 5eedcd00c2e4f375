"""What answers cost besides being wrong."""

from __future__ import annotations

from typing import Annotated

from engine.fields import number
from engine.kernels.record import Both, Floats, In, Ints, Slot, inline, kernel
from engine.kernels.words import Vec, head8, higher, load8, log, lower, splat8, store, total
from engine.losses.entropy import LEAST
from engine.registry import register
from engine.regularisers.base import Regulariser, Setting, StepPass


@inline
def held(p: Vec) -> Vec:
    """A probability, held away from 0 and 1 where its logarithm is taken."""
    return higher(lower(p, 1.0 - LEAST), LEAST)


@kernel
def add_entropy_slope(
    f: Floats, i: Ints, rows: Slot, whole: Slot, units: int, stride: int, fused: int, factor: float, o: In, d: Both
) -> None:
    """D [rows, units] += β/n times the slope of Σ p ln p, the p of a sample being shares of one.

    At an output it is ln p + 1; at the sums of a softmax, p (ln p - Σ p ln p).
    """
    scale = factor / i[whole]
    for at in range(0, i[rows] * stride, stride):
        sums = splat8(f, 0.0)
        for c in range(0, stride, 8):
            p = load8(f, o + at + c)
            sums = sums + head8(p * log(held(p)), units - c, 0.0)
        order = total(sums)
        for c in range(0, stride, 8):
            p = load8(f, o + at + c)
            slope = p * (log(held(p)) - order) if fused != 0 else log(held(p)) + 1.0
            store(f, d + at + c, load8(f, d + at + c) + head8(slope * scale, units - c, 0.0))


@kernel
def add_entropy_slopes(
    f: Floats, i: Ints, rows: Slot, whole: Slot, units: int, stride: int, fused: int, factor: float, o: In, d: Both
) -> None:
    """D [rows, units] += β/n times the slope of p ln p + (1 - p) ln(1 - p) of each output p by itself.

    At an output it is ln p - ln(1 - p); at the sum of a sigmoid, p (1 - p) times as much.
    """
    scale = factor / i[whole]
    for at in range(0, i[rows] * stride, stride):
        for c in range(0, stride, 8):
            p = held(load8(f, o + at + c))
            slope = log(p) - log(1.0 - p)
            slope = slope * p * (1.0 - p) if fused != 0 else slope
            store(f, d + at + c, load8(f, d + at + c) + head8(slope * scale, units - c, 0.0))


@register("Entropy penalty")
class EntropyPenalty(Regulariser, tag="entropy-penalty", frozen=True):
    """β Σ p ln p is added to the loss: answers that are too sure cost something (Pereyra et al. 2017).

    The p are the shares of a softmax; an output that is a share by itself counts as p and 1 - p. Its cost depends on
    the samples, not on the weights; it is not part of the loss that is shown, nor of the penalty on the weights.
    """

    rate: Annotated[float, number("β", "weight of the penalty", above=0, high=10, log=True)] = 0.1

    def unfit(self, setting: Setting) -> str:
        if setting.searching:
            return "an optimiser without a line search, which would not see its cost"
        probable = setting.task in ("binary", "classes") and setting.answer in ("share", "shares")
        return "" if probable else "an output of probabilities"

    def on_slope(self, p: StepPass) -> None:
        add = add_entropy_slope if p.setting.answer == "shares" else add_entropy_slopes
        p.op(add, rows=p.rows, whole=p.whole, units=p.o.columns, stride=p.o.stride, fused=int(p.fused),
             factor=self.rate * (p.gain if p.fused else 1.0), o=p.o, d=p.d)  # fmt: skip
