"""Layers that act by chance while the network learns, and not at all when it answers: dropout and its kin.

What is drawn for a sample follows from the stream of the layer and the number of the sample, so it needs no memory.
"""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from engine.activations.classic import Tanh
from engine.draws import kept8, key, normal8
from engine.fields import choice, number
from engine.kernels.record import Floats, Ints, Kernel, Out, Slot, hole, inline, kernel
from engine.kernels.rows import add_products, add_rows, multiply_rows, scale_rows
from engine.kernels.table import Buffer
from engine.kernels.words import Vec, head8, like, load8, store
from engine.layers.base import Layer, only, per_cent
from engine.layers.dense import Dense
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Shape

Share = Annotated[float, number("dropped", "share that is dropped, p", low=0, high=0.95)]


@hole
def drawn(f: Floats, state: int, amount: float, scale: float) -> Vec:  # type: ignore[empty-body]
    """Eight factors."""


@kernel
def draw_units(
    f: Floats, i: Ints, rows: Slot, seen: Slot, columns: int, stride: int, amount: float, scale: float, stream: int,
    m: Out,
) -> None:  # fmt: skip
    """M [rows, columns] = a factor for every unit of every sample; the padding is 0."""
    for r in range(i[rows]):
        for c in range(0, stride, 8):
            found = drawn(f, key(stream, i[seen] + r, c), amount, scale)
            store(f, m + r * stride + c, head8(found, columns - c, 0.0))


@kernel
def draw_samples(
    f: Floats, i: Ints, rows: Slot, seen: Slot, columns: int, stride: int, amount: float, scale: float, stream: int,
    m: Out,
) -> None:  # fmt: skip
    """M [rows, columns] = one factor for all units of a sample; the padding is 0."""
    for r in range(i[rows]):
        store(f, m + r * stride, drawn(f, key(stream, i[seen] + r, 0), amount, scale))
        found = f[m + r * stride]
        for c in range(0, stride, 8):
            store(f, m + r * stride + c, head8(like(load8(f, m + r * stride), found), columns - c, 0.0))


@inline
def around_one(f: Floats, state: int, amount: float, scale: float) -> Vec:
    """N(1, s²)."""
    return normal8(f, state) * amount + 1.0


@inline
def around_zero(f: Floats, state: int, amount: float, scale: float) -> Vec:
    """N(0, s²)."""
    return normal8(f, state) * amount


class Chance(Layer, frozen=True):
    """Multiplies what it reads by factors that are drawn; the units keep their names."""

    group: ClassVar[str] = "dropout and noise"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return only(self, inputs)

    def seen(self, p: Pass) -> Buffer:
        """What it reads."""
        return p.x[0]

    def draw(self, p: Pass, m: Buffer) -> None:
        """Add the operation that draws the factors m [sample, unit]."""
        raise NotImplementedError

    def forward(self, p: Pass) -> Buffer:
        if not p.learning:
            return p.x[0]
        x = self.seen(p)
        m, a = p.samples("m", x.columns), p.samples("a", x.columns)
        self.draw(p, m)
        p.op(multiply_rows, rows=p.rows, stride=a.stride, x=x, y=m, o=a)
        return a

    def backward(self, p: Pass) -> None:
        dx = p.dx[0]
        if dx is not None:
            start, step = p.start(0)
            p.op(add_products, rows=p.rows, columns=dx.columns, stride=dx.stride, start_stride=step, x=p.d,
                 y=p.samples("m", dx.columns), start=start, o=dx)  # fmt: skip

    def factors(self, p: Pass, m: Buffer, by: Kernel, amount: float, scale: float = 1.0) -> None:
        """Add an operation that draws."""
        p.op(by, rows=p.rows, seen=p.seen, columns=m.columns, stride=m.stride, amount=amount, scale=scale,
             stream=p.stream("dropout"), m=m)  # fmt: skip

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            Dense(id="h1", units=11, activation=Tanh()),
            cls(id="chance"),
            cls(id="again"),
            Dense(id="h2", units=5, activation=Tanh()),
        )


class Dropping(Chance, frozen=True):
    """Drops a share of what it reads."""

    share: Share = 0.5

    @property
    def setting(self) -> str:
        return per_cent(self.share)


@register("Dropout")
class Dropout(Dropping, tag="dropout", frozen=True):
    """Each unit is silent for a sample with the probability p while the network learns (Srivastava et al. 2014).

    Inverted: a = x m / (1 - p), and the answer needs no change. Plain: a = x m, and the answer is scaled by 1 - p, so
    that its mean is that of learning. m is 0 with the probability p, else 1.
    """

    form: Annotated[
        Literal["inverted", "plain"], choice("form", "where the mean is kept: while learning, or when answering")
    ] = "inverted"

    def draw(self, p: Pass, m: Buffer) -> None:
        scale = 1 / (1 - self.share) if self.form == "inverted" else 1.0
        self.factors(p, m, draw_units.filled("kept", drawn=kept8), self.share, scale)

    def forward(self, p: Pass) -> Buffer:
        if p.learning or self.form == "inverted":
            return super().forward(p)
        a = p.samples("a", p.x[0].columns)
        p.op(scale_rows, rows=p.rows, stride=a.stride, scale=1 - self.share, x=p.x[0], o=a)
        return a

    def backward(self, p: Pass) -> None:
        dx = p.dx[0]
        if p.learning:
            super().backward(p)
        elif dx is not None:  # the plain form: what hands on its input as it is has no way back of its own
            start, step = p.start(0)
            p.op(scale_rows, rows=p.rows, stride=dx.stride, scale=1 - self.share, x=p.d, o=p.d)
            p.op(add_rows, rows=p.rows, stride=dx.stride, start_stride=step, x=p.d, start=start, o=dx)


@register("Gaussian dropout")
class GaussianDropout(Dropping, tag="gaussian-dropout", frozen=True):
    """A = x m with m drawn from N(1, p / (1 - p)): the noise of dropout without its zeros (Srivastava et al. 2014)."""

    short: ClassVar[str] = "Gaussian"

    def draw(self, p: Pass, m: Buffer) -> None:
        self.factors(p, m, draw_units.filled("around one", drawn=around_one), (self.share / (1 - self.share)) ** 0.5)


@register("Stochastic depth")
class StochasticDepth(Dropping, tag="stochastic-depth", frozen=True):
    """Drops all that it reads, for a whole sample, with the probability p while the network learns; else x / (1 - p).

    At the end of a branch that is added to another, the sample passes by the branch (Huang et al. 2016).
    """

    short: ClassVar[str] = "Stochastic"

    share: Share = 0.2

    def draw(self, p: Pass, m: Buffer) -> None:
        self.factors(p, m, draw_samples.filled("kept", drawn=kept8), self.share, 1 / (1 - self.share))


@register("Noise")
class Noise(Chance, tag="noise", frozen=True):
    """A = x + N(0, s²) for every unit while the network learns: noise on activations."""

    deviation: Annotated[float, number("s", "standard deviation of the noise", low=0, high=10)] = 0.1

    @property
    def setting(self) -> str:
        return f"s = {self.deviation:.3g}"

    def forward(self, p: Pass) -> Buffer:
        if not p.learning:
            return p.x[0]
        m, a = p.samples("m", p.x[0].columns), p.samples("a", p.x[0].columns)
        self.factors(p, m, draw_units.filled("around zero", drawn=around_zero), self.deviation)
        p.op(add_rows, rows=p.rows, stride=a.stride, start_stride=m.stride, x=p.x[0], start=m, o=a)
        return a

    def backward(self, p: Pass) -> None:
        dx = p.dx[0]
        if dx is not None:
            start, step = p.start(0)
            p.op(add_rows, rows=p.rows, stride=dx.stride, start_stride=step, x=p.d, start=start, o=dx)
