"""Layers that bring what they read to mean 0 and spread 1, and then scale and shift it as they learn to."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from engine.activations.classic import Tanh
from engine.errors import ExperimentError
from engine.fields import count, number
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, kernel
from engine.kernels.rows import total8
from engine.kernels.table import Buffer
from engine.kernels.words import fma, head8, load8, splat8, square_root, store, total
from engine.layers._placed import Placed, each_place, whole
from engine.layers.base import Layer, Learning, Parameter, only
from engine.layers.dense import Dense, sum_rows
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Shape

# In float32 much smaller ones are 0, and a unit that never changes would be divided by it.
Epsilon = Annotated[
    float,
    number("ε", "added to the variance, against division by 0", low=1e-12, high=1, log=True, choices=(1e-5, 1e-3)),
]


@kernel
def scale_shift(f: Floats, i: Ints, rows: Slot, stride: int, n: In, scale: In, shift: In, a: Out) -> None:
    """A = γ n + β for each column."""
    for r in range(i[rows]):
        for c in range(0, stride, 8):
            k = r * stride + c
            store(f, a + k, fma(load8(f, n + k), load8(f, scale + c), load8(f, shift + c)))


@kernel
def scale_shift_backward(
    f: Floats, i: Ints, rows: Slot, fresh: Slot, stride: int, zeros: In, n: In, scale: In, d: Both, dn: Out,
    dscale: Both, dshift: Both,
) -> None:  # fmt: skip
    """Dγ += Σ d n and dβ += Σ d, from 0 when fresh; then d ← d γ. `dn` is room for d n."""
    m = i[rows]
    for k in range(0, m * stride, 8):
        store(f, dn + k, load8(f, d + k) * load8(f, n + k))
    from_scale, from_shift = (dscale, dshift) if i[fresh] == 0 else (zeros, zeros)
    sum_rows(f, m, stride, dn, from_scale, dscale)
    sum_rows(f, m, stride, d, from_shift, dshift)
    for r in range(m):
        for c in range(0, stride, 8):
            k = d + r * stride + c
            store(f, k, load8(f, k) * load8(f, scale + c))


@kernel
def standardise_columns(
    f: Floats, i: Ints, rows: Slot, columns: int, stride: int, epsilon: float, x: In, mean: In, variance: In,
    found: Out, n: Out,
) -> None:  # fmt: skip
    """N = (x - μ) / √(σ² + ε) with the mean and variance of each column: those of these rows, or the given ones.

    A single row has no spread: it is taken by the given ones. `found` [3, columns]: μ, σ², 1 / √(σ² + ε).
    """
    m = i[rows]
    for c in range(0, stride, 8):
        middle, spread = load8(f, mean + c), load8(f, variance + c)
        if m > 1:
            middle, spread = splat8(f, 0.0), splat8(f, 0.0)
            for k in range(x + c, x + c + m * stride, stride):
                middle = middle + load8(f, k)
            middle = middle / m
            for k in range(x + c, x + c + m * stride, stride):
                away = load8(f, k) - middle
                spread = fma(away, away, spread)
            spread = spread / m
        inverse = 1.0 / square_root(spread + epsilon)
        store(f, found + c, middle)
        store(f, found + stride + c, spread)
        store(f, found + 2 * stride + c, inverse)
        for r in range(m):
            k = r * stride + c
            store(f, n + k, head8((load8(f, x + k) - middle) * inverse, columns - c, 0.0))


@kernel
def standardise_columns_backward(
    f: Floats, i: Ints, rows: Slot, stride: int, start_stride: int, found: In, n: In, d: In, start: In, dx: Out
) -> None:
    """Dx = start + (d - mean d - n mean(d n)) / √(σ² + ε) for each column, as μ and σ² move with x.

    A single row: dx = start + d / √(σ² + ε).
    """
    m = i[rows]
    for c in range(0, stride, 8):
        first, second = splat8(f, 0.0), splat8(f, 0.0)
        if m > 1:
            for k in range(c, c + m * stride, stride):
                first = first + load8(f, d + k)
                second = fma(load8(f, d + k), load8(f, n + k), second)
        first, second, inverse = first / m, second / m, load8(f, found + 2 * stride + c)
        for r in range(m):
            k = r * stride + c
            slope = (load8(f, d + k) - first - load8(f, n + k) * second) * inverse
            store(f, dx + k, load8(f, start + r * start_stride + c) + slope)


@kernel
def take_columns(
    f: Floats, i: Ints, rows: Slot, columns: int, stride: int, epsilon: float, x: In, mean: In, variance: In, n: Out
) -> None:
    """N = (x - μ) / √(σ² + ε) with given μ and σ²."""
    for c in range(0, stride, 8):
        middle, inverse = load8(f, mean + c), 1.0 / square_root(load8(f, variance + c) + epsilon)
        for r in range(i[rows]):
            k = r * stride + c
            store(f, n + k, head8((load8(f, x + k) - middle) * inverse, columns - c, 0.0))


@kernel
def take_columns_backward(
    f: Floats, i: Ints, rows: Slot, stride: int, start_stride: int, epsilon: float, variance: In, d: In, start: In,
    dx: Out,
) -> None:  # fmt: skip
    """Dx = start + d / √(σ² + ε) with given μ and σ², which do not move with x."""
    for c in range(0, stride, 8):
        inverse = 1.0 / square_root(load8(f, variance + c) + epsilon)
        for r in range(i[rows]):
            slope = load8(f, d + r * stride + c) * inverse
            store(f, dx + r * stride + c, load8(f, start + r * start_stride + c) + slope)


@kernel
def remember(f: Floats, i: Ints, rows: Slot, stride: int, memory: float, found: In, mean: Both, variance: Both) -> None:
    """Running mean ← ρ mean + (1 - ρ) μ, and the variance likewise with σ² m / (m - 1); one row tells nothing."""
    m = i[rows]
    if m > 1:
        for c in range(0, stride, 8):
            store(f, mean + c, load8(f, mean + c) * memory + load8(f, found + c) * (1.0 - memory))
            spread = load8(f, found + stride + c) * ((1.0 - memory) * m / (m - 1))
            store(f, variance + c, load8(f, variance + c) * memory + spread)


@kernel
def standardise_groups(
    f: Floats, i: Ints, rows: Slot, groups: int, width: int, places: int, step: int, stride: int, epsilon: float, x: In,
    inverse: Out, n: Out,
) -> None:  # fmt: skip
    """N = (x - μ) / √(σ² + ε) with the mean and variance of each group of `width` channels of a sample; keeps 1 / √."""
    whole, count = width - width % 8, width * places
    for r in range(i[rows]):
        for g in range(groups):
            first, middle, spread = r * stride + g * width, 0.0, splat8(f, 0.0)
            for k in range(first, first + places * step, step):
                middle += total8(f, x + k, width)
            middle /= count
            for k in range(first, first + places * step, step):
                for c in range(0, width, 8):
                    away = head8(load8(f, x + k + c) - middle, width - c, 0.0)
                    spread = fma(away, away, spread)
            scale = 1.0 / (total(spread) / count + epsilon) ** 0.5
            f[inverse + r * groups + g] = scale
            for k in range(first, first + places * step, step):
                for c in range(0, whole, 8):
                    store(f, n + k + c, (load8(f, x + k + c) - middle) * scale)
                for c in range(whole, width):
                    f[n + k + c] = (f[x + k + c] - middle) * scale


@kernel
def standardise_groups_backward(
    f: Floats, i: Ints, rows: Slot, groups: int, width: int, places: int, step: int, stride: int, start_stride: int,
    inverse: In, n: In, d: In, start: In, dx: Both,
) -> None:  # fmt: skip
    """Dx = start + (d - mean d - n mean(d n)) / √(σ² + ε) within each group of channels of a sample."""
    whole, count = width - width % 8, width * places
    for r in range(i[rows]):
        for g in range(groups):
            here, away = r * stride + g * width, start + r * start_stride + g * width
            first, sums = 0.0, splat8(f, 0.0)
            for k in range(here, here + places * step, step):
                first += total8(f, d + k, width)
                for c in range(0, width, 8):
                    sums = sums + head8(load8(f, d + k + c) * load8(f, n + k + c), width - c, 0.0)
            first, second, scale = first / count, total(sums) / count, f[inverse + r * groups + g]
            for k in range(0, places * step, step):
                for c in range(0, whole, 8):
                    slope = (load8(f, d + here + k + c) - load8(f, n + here + k + c) * second - first) * scale
                    store(f, dx + here + k + c, load8(f, away + k + c) + slope)
                for c in range(whole, width):
                    slope_of_one = (f[d + here + k + c] - f[n + here + k + c] * second - first) * scale
                    f[dx + here + k + c] = f[away + k + c] + slope_of_one


class Normalising(Learning, frozen=True):
    """A = γ n + β, with n what it reads brought to mean 0 and spread 1; γ starts at 1 and β at 0, for each unit.

    Frozen, γ and β stay; running means go on following the batches.
    """

    group: ClassVar[str] = "normalisation"

    epsilon: Epsilon = 1e-5

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return only(self, inputs)

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        axes = only(self, inputs)[-1:]
        return Parameter("scale", axes, "scale", 1.0), Parameter("shift", axes, "scale", 0.0)

    def standardise(self, p: Pass, n: Buffer) -> None:
        """Add the operation that writes n [sample, unit]."""
        raise NotImplementedError

    def standardise_backward(self, p: Pass, n: Buffer, dx: Buffer, start: Buffer, step: int) -> None:
        """Add the operation that adds the slope at what it reads, from `p.d`, the slope at n."""
        raise NotImplementedError

    def forward(self, p: Pass) -> Buffer:
        one = each_place(p)
        n, a = one.samples("n", one.x[0].columns), one.samples("a", one.x[0].columns)
        self.standardise(one, n)
        p.op(scale_shift, rows=one.rows, stride=a.stride, n=n, scale=p.weight("scale"), shift=p.weight("shift"), a=a)
        return whole(one, a)

    def backward(self, p: Pass) -> None:
        one = each_place(p)
        n, dx = one.samples("n", one.x[0].columns), one.dx[0]
        p.op(scale_shift_backward, rows=one.rows, fresh=p.fresh, stride=n.stride, zeros=p.zeros, n=n,
             scale=p.weight("scale"), d=p.d, dn=one.samples("dn", n.columns), dscale=p.gradient("scale"),
             dshift=p.gradient("shift"))  # fmt: skip
        if dx is not None:
            self.standardise_backward(one, n, dx, *one.start(0))

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            Dense(id="h1", units=6, activation=Tanh()),
            cls(id="n1"),
            Dense(id="h2", units=6, activation=Tanh()),
            cls(id="n2"),
        )


@register("Batch norm")
class BatchNorm(Normalising, tag="batch-norm", frozen=True):
    """N = (x - μ) / √(σ² + ε) with μ and σ² of each unit over the batch (Ioffe, Szegedy 2015).

    When the network answers, μ and σ² are running means, so that an answer does not depend on its neighbours. Running
    mean ← ρ mean + (1 - ρ) μ; the variance likewise, with the unbiased σ² m / (m - 1). A batch that the end of an epoch
    left with one sample is taken by the running means.
    """

    whole_batch: ClassVar[bool] = True
    short: ClassVar[str] = "Norm"

    memory: Annotated[float, number("ρ", "how much the running means keep at each step", low=0, high=0.9999)] = 0.9

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        axes = only(self, inputs)[-1:]
        kept = Parameter("mean", axes, "kept", 0.0), Parameter("variance", axes, "kept", 1.0)
        return *super().parameters(inputs), *kept

    def standardise(self, p: Pass, n: Buffer) -> None:
        mean, variance = p.kept("mean"), p.kept("variance")
        if not p.learning:
            p.op(take_columns, rows=p.rows, columns=n.columns, stride=n.stride, epsilon=self.epsilon, x=p.x[0],
                 mean=mean, variance=variance, n=n)  # fmt: skip
            return
        p.op(standardise_columns, rows=p.rows, columns=n.columns, stride=n.stride, epsilon=self.epsilon, x=p.x[0],
             mean=mean, variance=variance, found=p.scratch("found", 3, n.columns), n=n)  # fmt: skip

    def standardise_backward(self, p: Pass, n: Buffer, dx: Buffer, start: Buffer, step: int) -> None:
        if not p.learning:
            p.op(take_columns_backward, rows=p.rows, stride=n.stride, start_stride=step, epsilon=self.epsilon,
                 variance=p.kept("variance"), d=p.d, start=start, dx=dx)  # fmt: skip
            return
        p.op(standardise_columns_backward, rows=p.rows, stride=n.stride, start_stride=step,
             found=p.scratch("found", 3, n.columns), n=n, d=p.d, start=start, dx=dx)  # fmt: skip

    def after_update(self, p: Pass) -> None:
        one = each_place(p)
        found = p.scratch("found", 3, p.shapes[0][-1].size)
        p.op(remember, rows=one.rows, stride=found.stride, memory=self.memory, found=found, mean=p.kept("mean"),
             variance=p.kept("variance"))  # fmt: skip


class Grouped(Normalising, frozen=True):
    """Takes mean and spread over groups of units of one sample; so it does the same learning and answering."""

    @property
    def parts(self) -> int:
        """The number of groups."""
        return 1

    def standardise(self, p: Pass, n: Buffer) -> None:
        p.op(standardise_groups, **self._cut(p, n), epsilon=self.epsilon, x=p.x[0],
             inverse=p.samples("inverse", self.parts), n=n)  # fmt: skip

    def standardise_backward(self, p: Pass, n: Buffer, dx: Buffer, start: Buffer, step: int) -> None:
        cut = self._cut(p, n)
        p.op(standardise_groups_backward, **cut, start_stride=step * cut["places"],
             inverse=p.samples("inverse", self.parts), n=n, d=p.d, start=start, dx=dx)  # fmt: skip

    def _cut(self, p: Pass, n: Buffer) -> dict[str, Any]:
        rows, places = (p.samples_of, p.places) if isinstance(p, Placed) else (p.rows, 1)
        return {"rows": rows, "groups": self.parts, "width": n.columns // self.parts, "places": places,
                "step": n.stride, "stride": n.stride * places}  # fmt: skip


@register("Layer norm")
class LayerNorm(Grouped, tag="layer-norm", frozen=True):
    """N = (x - μ) / √(σ² + ε) with μ and σ² over all units, or maps, of one sample (Ba, Kiros, Hinton 2016)."""


@register("Group norm")
class GroupNorm(Grouped, tag="group-norm", frozen=True):
    """N = (x - μ) / √(σ² + ε) with μ and σ² over each group of units, or maps, of one sample (Wu, He 2018)."""

    groups: Annotated[int, count("groups", "groups of neighbouring units, equally large", low=1, high=4096)] = 2

    @property
    def parts(self) -> int:
        return self.groups

    @property
    def setting(self) -> str:
        return f"{self.groups} groups"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        units = only(self, inputs)[-1].size
        if units % self.groups:
            raise ExperimentError(
                f"layer “{self.id}” can't cut {units} units into {self.groups} equal groups; choose a number of groups "
                f"that divides {units}, or another number of units"
            )
        return inputs[0]
