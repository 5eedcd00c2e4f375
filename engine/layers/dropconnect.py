"""DropConnect: weights that are silent by chance while the network learns."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations import Activation
from engine.draws import kept8, key
from engine.fields import number
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, kernel
from engine.kernels.table import Buffer
from engine.kernels.words import LANES, fma, load, load8, splat8, store, total
from engine.layers.base import per_cent
from engine.layers.dense import Dense, derivative, sum_rows, value
from engine.passes import Pass, settings
from engine.registry import register
from engine.summing import SILENCED, Summing


@kernel
def masked_forward(
    f: Floats, i: Ints, rows: Slot, seen: Slot, inputs: int, x_stride: int, stride: int, share: float, scale: float,
    stream: int, p0: float, p1: float, p2: float, p3: float, x: In, w: In, b: In, z: Out, a: Out,
) -> None:  # fmt: skip
    """Z = x (M ∘ W) + b and a = f(z), with a mask M [inputs, units] of its own for every sample."""
    m = i[rows]
    for r in range(m):
        for c in range(0, stride, 8):
            sums = load8(f, b + c)
            for k in range(inputs):
                mask = kept8(f, key(stream, i[seen] + r, k * stride + c), share, scale)
                sums = fma(mask * load8(f, w + k * stride + c), f[x + r * x_stride + k], sums)
            store(f, z + r * stride + c, sums)
    for k in range(0, m * stride, LANES):
        store(f, a + k, value(load(f, z + k), (p0, p1, p2, p3)))


@kernel
def masked_backward(
    f: Floats, i: Ints, rows: Slot, seen: Slot, fresh: Slot, inputs: int, x_stride: int, stride: int, share: float,
    scale: float, stream: int, p0: float, p1: float, p2: float, p3: float, zeros: In, x: In, z: In, a: In, d: Both,
    dw: Both, db: Both,
) -> None:  # fmt: skip
    """δ = d f'(z); then dW += Σ M ∘ xᵀ δ and db += Σ δ, sample by sample. d is left as δ."""
    m = i[rows]
    for k in range(0, m * stride, LANES):
        store(f, d + k, load(f, d + k) * derivative(load(f, z + k), load(f, a + k), (p0, p1, p2, p3)))
    sum_rows(f, m, stride, d, db if i[fresh] == 0 else zeros, db)
    for k in range(inputs):
        for c in range(0, stride, 8):
            sums = load8(f, dw + k * stride + c) if i[fresh] == 0 else splat8(f, 0.0)
            for r in range(m):
                mask = kept8(f, key(stream, i[seen] + r, k * stride + c), share, scale)
                sums = fma(mask * load8(f, d + r * stride + c), f[x + r * x_stride + k], sums)
            store(f, dw + k * stride + c, sums)


@kernel
def masked_delta(
    f: Floats, i: Ints, rows: Slot, seen: Slot, inputs: int, stride: int, x_stride: int, start_stride: int,
    share: float, scale: float, stream: int, w: In, d: In, start: In, dx: Both,
) -> None:  # fmt: skip
    """Dx = start + δ (M ∘ W)ᵀ, with the mask of each sample."""
    for r in range(i[rows]):
        for k in range(inputs):
            sums = splat8(f, 0.0)
            for c in range(0, stride, 8):
                mask = kept8(f, key(stream, i[seen] + r, k * stride + c), share, scale)
                sums = fma(mask * load8(f, w + k * stride + c), load8(f, d + r * stride + c), sums)
            f[dx + r * x_stride + k] = f[start + r * start_stride + k] + total(sums)


@register("DropConnect")
class DropConnect(Dense, tag="dropconnect", frozen=True):
    """A dense layer whose weights are silent by chance while the network learns (Wan et al. 2013).

    Each weight is left out for a sample with the probability p; the others count 1 / (1 - p) times, so that the answer,
    with all weights, needs no change.
    """

    summing: ClassVar[Summing | None] = SILENCED

    share: Annotated[float, number("dropped", "share of the weights that is dropped, p", low=0, high=0.95)] = 0.5

    @property
    def setting(self) -> str:
        return per_cent(self.share)

    def _mask(self, p: Pass) -> dict[str, float]:
        return {"share": self.share, "scale": 1 / (1 - self.share), "stream": p.stream("dropout")}

    def sums(self, p: Pass, function: Activation, z: Buffer, a: Buffer) -> None:
        if not p.learning:
            super().sums(p, function, z, a)
            return
        x = p.x[0]
        p.op(
            masked_forward.filled(function.key, value=type(function).value),
            rows=p.rows, seen=p.seen, inputs=x.columns, x_stride=x.stride, stride=z.stride, **self._mask(p),
            **settings(function.settings), x=x, w=p.weight("weight"), b=p.weight("bias"), z=z, a=a,
        )  # fmt: skip

    def sums_backward(self, p: Pass, function: Activation, z: Buffer, a: Buffer) -> None:
        if not p.learning:
            super().sums_backward(p, function, z, a)
            return
        x = p.x[0]
        p.op(
            masked_backward.filled(function.key, derivative=type(function).derivative),
            rows=p.rows, seen=p.seen, fresh=p.fresh, inputs=x.columns, x_stride=x.stride, stride=z.stride,
            **self._mask(p), **settings(function.settings), zeros=p.zeros, x=x, z=z, a=a, d=p.d,
            dw=p.gradient("weight"), db=p.gradient("bias"),
        )  # fmt: skip
        if p.dx[0] is not None:
            start, start_stride = p.start(0)
            p.op(
                masked_delta, rows=p.rows, seen=p.seen, inputs=x.columns, stride=z.stride, x_stride=x.stride,
                start_stride=start_stride, **self._mask(p), w=p.weight("weight"), d=p.d, start=start, dx=p.dx[0],
            )  # fmt: skip
