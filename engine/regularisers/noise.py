"""Noise on inputs, weights and gradients."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.draws import key, normal
from engine.fields import number
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, kernel
from engine.kernels.words import LANES, load, load8, store
from engine.registry import register
from engine.regularisers.base import Regulariser, StepPass


@kernel
def add_noise(
    f: Floats, i: Ints, rows: Slot, seen: Slot, columns: int, stride: int, deviation: float, stream: int, x: Both
) -> None:
    """X [rows, columns] += N(0, s²), drawn by the number of the sample."""
    for r in range(i[rows]):
        for c in range(columns):
            f[x + r * stride + c] += deviation * normal(key(stream, i[seen] + r, c))


@register("Input noise")
class InputNoise(Regulariser, tag="input-noise", frozen=True):
    """N(0, s²) is added to every input of a sample, anew each time it is learned from (Bishop 1995)."""

    changes_inputs: ClassVar[bool] = True

    deviation: Annotated[float, number("s", "standard deviation of the noise", above=0, high=10)] = 0.1

    def on_batch(self, p: StepPass) -> None:
        p.op(add_noise, rows=p.rows, seen=p.seen, columns=p.x.columns, stride=p.x.stride, deviation=self.deviation,
             stream=p.stream("noise"), x=p.x)  # fmt: skip


@kernel
def add_gradient_noise(
    f: Floats, i: Ints, rows: int, columns: int, stride: int, step: Slot, deviation: float, fade: float, stream: int,
    g: Both,
) -> None:  # fmt: skip
    """G [rows, columns] += N(0, s² / (1 + t)^γ), drawn by the number t of the step."""
    scale = deviation * (1.0 + i[step]) ** (-0.5 * fade)
    for r in range(rows):
        for c in range(columns):
            f[g + r * stride + c] += scale * normal(key(stream, i[step], r * columns + c))


@register("Gradient noise")
class GradientNoise(Regulariser, tag="gradient-noise", frozen=True):
    """N(0, s² / (1 + t)^γ) is added to every slope at step t (Neelakantan et al. 2015)."""

    deviation: Annotated[float, number("s", "standard deviation of the noise at first", above=0, high=10)] = 0.1
    fade: Annotated[float, number("γ", "how fast it fades; 0 never", low=0, high=2)] = 0.55

    def on_gradient(self, p: StepPass) -> None:
        for n, g in enumerate(p.gradients):
            # each array has a stretch of the stream for itself
            p.op(add_gradient_noise, rows=g.rows, columns=g.columns, stride=g.stride, step=p.step,
                 deviation=self.deviation, fade=self.fade, stream=p.stream("noise") + n, g=g)  # fmt: skip


@kernel
def disturb(
    f: Floats, i: Ints, rows: int, columns: int, stride: int, step: Slot, deviation: float, stream: int, w: Both,
    kept: Out,
) -> None:  # fmt: skip
    """W [rows, columns] += N(0, s²), drawn by the number of the step; what stood there is kept."""
    for r in range(rows):
        for c in range(0, stride, 8):
            store(f, kept + r * stride + c, load8(f, w + r * stride + c))
        for c in range(columns):
            f[w + r * stride + c] += deviation * normal(key(stream, i[step], r * columns + c))


@kernel
def restore_weights(f: Floats, i: Ints, count: int, w: Out, kept: In) -> None:
    """W = what was kept, bit for bit."""
    for k in range(0, count, LANES):
        store(f, w + k, load(f, kept + k))


@register("Weight noise")
class WeightNoise(Regulariser, tag="weight-noise", frozen=True):
    """N(0, s²) is added to every weight while a step looks for its slope (Murray, Edwards 1994; Graves 2011).

    The noise is the same for all samples of a batch, and taken back before the weights are updated; so it never adds
    up. Frozen weights tremble with the others and stay what they are. Biases are left alone.
    """

    deviation: Annotated[float, number("s", "standard deviation of the noise", above=0, high=10)] = 0.05

    def on_batch(self, p: StepPass) -> None:
        for n, w in enumerate(p.weights):
            kept = p.scratch(f"kept {n}", w.rows, w.columns)
            # each array has a stretch of the stream for itself
            p.op(disturb, rows=w.rows, columns=w.columns, stride=w.stride, step=p.step, deviation=self.deviation,
                 stream=p.stream("noise") + n, w=w, kept=kept)  # fmt: skip

    def after_backward(self, p: StepPass) -> None:
        for n, w in enumerate(p.weights):
            p.op(restore_weights, count=w.size, w=w, kept=p.scratch(f"kept {n}", w.rows, w.columns))
