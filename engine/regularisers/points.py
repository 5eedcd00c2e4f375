"""Samples that nobody drew: points moved a little, turned, and mixed."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from engine.draws import key, symmetric_beta, uniform
from engine.fields import number
from engine.kernels.record import Both, Floats, In, Ints, Slot, kernel
from engine.kernels.words import load8, store
from engine.registry import register
from engine.regularisers.base import Regulariser, Setting, StepPass
from engine.regularisers.noise import add_noise


@register("Jitter")
class Jitter(Regulariser, tag="point-jitter", frozen=True):
    """N(0, s²) is added to every column of a sample, anew each time; inputs computed from them move with them.

    Input noise disturbs every input by itself; after jitter x₁² is still the square of x₁. Columns are moved as the
    network sees them, those of a table in standard deviations.
    """

    deviation: Annotated[float, number("s", "standard deviation of the moves", above=0, high=10)] = 0.1

    def unfit(self, setting: Setting) -> str:
        return "points" if setting.picture else ""

    def on_points(self, p: StepPass) -> None:
        columns = p.columns
        p.op(add_noise, rows=p.rows, seen=p.seen, columns=columns.columns, stride=columns.stride,
             deviation=self.deviation, stream=p.stream("noise"), x=columns)  # fmt: skip


@kernel
def turn(
    f: Floats, i: Ints, rows: Slot, seen: Slot, stride: int, across: int, up: int, most: float, stream: int, x: Both
) -> None:
    """(a, b) ← (a cos φ - b sin φ, a sin φ + b cos φ) with φ from U[-most, most), in radians."""
    for r in range(i[rows]):
        angle = (2.0 * uniform(key(stream, i[seen] + r, 0)) - 1.0) * most
        at = x + r * stride
        a, b = f[at + across], f[at + up]
        f[at + across] = a * math.cos(angle) - b * math.sin(angle)
        f[at + up] = a * math.sin(angle) + b * math.cos(angle)


@register("Rotation")
class Rotation(Regulariser, tag="rotation", frozen=True):
    """A sample is turned in the plane about the origin by a random angle up to ±φ, anew each time."""

    angle: Annotated[float, number("φ", "largest angle", above=0, high=180, unit="°")] = 15.0

    def unfit(self, setting: Setting) -> str:
        return "" if setting.plane else "two columns in the plane"

    def on_points(self, p: StepPass) -> None:
        across, up = p.setting.plane
        p.op(turn, rows=p.rows, seen=p.seen, stride=p.columns.stride, across=across, up=up,
             most=math.radians(self.angle), stream=p.stream("noise"), x=p.columns)  # fmt: skip


@kernel
def mix_up(
    f: Floats, i: Ints, rows: Slot, seen: Slot, train: Slot, stride: int, alpha: float, stream: int, data: In, x: Both
) -> None:
    """X ← λ x + (1 - λ) x' with x' of any training sample and λ from Beta(α, α), drawn by the number of the sample."""
    for r in range(i[rows]):
        share = symmetric_beta(key(stream, i[seen] + r, 0), alpha)
        other = int(uniform(key(stream, i[seen] + r, 1)) * i[train])
        for c in range(0, stride, 8):
            k = x + r * stride + c
            store(f, k, load8(f, k) * share + load8(f, data + other * stride + c) * (1.0 - share))


@register("Mixup")
class Mixup(Regulariser, tag="mixup", frozen=True):
    """x ← λ x + (1 - λ) x', t ← λ t + (1 - λ) t' with another training sample, λ from Beta(α, α) (Zhang et al. 2018).

    The other sample is drawn from all that are learned from, as it stands in the data: the paper pairs two batches
    drawn apart. So the mixture is the same however a batch is cut. A small α mixes little, 1 anything alike.
    """

    changes_inputs: ClassVar[bool] = True

    alpha: Annotated[float, number("α", "how much is mixed", low=0.1, high=10, log=True)] = 0.2

    def on_batch(self, p: StepPass) -> None:
        for part in (p.x, *p.targets):  # by the same draws
            p.op_on_data(mix_up, part, rows=p.rows, seen=p.seen, train=p.train, stride=part.stride, alpha=self.alpha,
                         stream=p.stream("noise"), x=part)  # fmt: skip
