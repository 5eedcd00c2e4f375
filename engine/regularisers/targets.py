"""What happens to the targets of a batch: smoothed, replaced, disturbed."""

from __future__ import annotations

from typing import Annotated

from engine.draws import key, uniform
from engine.fields import number
from engine.kernels.record import Both, Floats, Ints, Slot, kernel
from engine.registry import register
from engine.regularisers.base import Regulariser, Setting, StepPass, needs_classes
from engine.regularisers.noise import add_noise


@kernel
def smooth_targets(f: Floats, i: Ints, rows: Slot, units: int, stride: int, share: float, mean: float, t: Both) -> None:
    """T [rows, units] ← (1 - ε) t + ε m."""
    for r in range(i[rows]):
        for k in range(t + r * stride, t + r * stride + units):
            f[k] = (1.0 - share) * f[k] + share * mean


@register("Label smoothing")
class LabelSmoothing(Regulariser, tag="label-smoothing", frozen=True):
    """t ← (1 - ε) t + ε m, m being the mean target of an output over all classes (Szegedy et al. 2016).

    With targets 0 and 1, the right one of k classes gets 1 - ε + ε/k and each other ε/k; of two classes at one output,
    0 and 1 become ε/2 and 1 - ε/2. Only learning sees them: scores are counted with the labels as they are. Where
    mixup is added too, it stands first.
    """

    share: Annotated[float, number("ε", "share of the target that goes to all classes alike", above=0, high=1)] = 0.1

    def unfit(self, setting: Setting) -> str:
        return needs_classes(setting)

    def on_batch(self, p: StepPass) -> None:
        classes = max(p.t.columns, 2)
        mean = (p.high + (classes - 1) * p.low) / classes
        p.op(smooth_targets, rows=p.rows, units=p.t.columns, stride=p.t.stride, share=self.share, mean=mean, t=p.t)


@kernel
def flip_labels(
    f: Floats, i: Ints, rows: Slot, seen: Slot, stride: int, share: float, both: float, stream: int, t: Both
) -> None:
    """T ← low + high - t for a share of the samples; `both` is low + high."""
    for r in range(i[rows]):
        if uniform(key(stream, i[seen] + r, 0)) < share:
            f[t + r * stride] = both - f[t + r * stride]


@kernel
def swap_labels(
    f: Floats, i: Ints, rows: Slot, seen: Slot, units: int, stride: int, share: float, stream: int, t: Both
) -> None:
    """The greatest target of a sample changes places with another one, for a share of the samples."""
    for r in range(i[rows]):
        if uniform(key(stream, i[seen] + r, 0)) < share:
            at, right = t + r * stride, 0
            for k in range(1, units):
                right = k if f[at + k] > f[at + right] else right
            other = int(uniform(key(stream, i[seen] + r, 1)) * (units - 1))
            other = other + 1 if other >= right else other
            held = f[at + right]
            f[at + right] = f[at + other]
            f[at + other] = held


@register("Label noise")
class LabelNoise(Regulariser, tag="label-noise", frozen=True):
    """A share of the labels is replaced by another class at random, anew each time a sample is learned from.

    With a share p of k classes, the label that is there on the average is (1 - p) t + p (1 - t) / (k - 1): label
    smoothing, but by chance (Xie et al. 2016). Scores are counted with the labels as they are.
    """

    share: Annotated[float, number("p", "share of the labels that are replaced", above=0, high=1)] = 0.1

    def unfit(self, setting: Setting) -> str:
        return needs_classes(setting)

    def on_batch(self, p: StepPass) -> None:
        stream, units, stride = p.stream("noise"), p.t.columns, p.t.stride
        if units == 1:
            p.op(flip_labels, rows=p.rows, seen=p.seen, stride=stride, share=self.share, both=p.low + p.high,
                 stream=stream, t=p.t)  # fmt: skip
        else:
            p.op(swap_labels, rows=p.rows, seen=p.seen, units=units, stride=stride, share=self.share, stream=stream,
                 t=p.t)  # fmt: skip


@register("Value noise")
class ValueNoise(Regulariser, tag="value-noise", frozen=True):
    """N(0, s²) is added to the value that is to be predicted, anew each time a sample is learned from."""

    deviation: Annotated[float, number("s", "standard deviation of the noise", above=0, high=10)] = 0.1

    def unfit(self, setting: Setting) -> str:
        return "" if setting.task == "regression" else "a value to predict"

    def on_batch(self, p: StepPass) -> None:
        p.op(add_noise, rows=p.rows, seen=p.seen, columns=p.t.columns, stride=p.t.stride, deviation=self.deviation,
             stream=p.stream("noise"), x=p.t)  # fmt: skip
