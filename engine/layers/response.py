"""Local response normalisation: maps that lie side by side hold each other down."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations.classic import Tanh
from engine.fields import count, number
from engine.kernels.record import Floats, In, Ints, Out, Slot, kernel
from engine.kernels.table import Buffer
from engine.layers._placed import each_place, whole
from engine.layers.base import Layer, only
from engine.layers.dense import Dense
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Shape


@kernel
def respond(
    f: Floats, i: Ints, rows: Slot, channels: int, stride: int, reach: int, k: float, alpha: float, beta: float, x: In,
    s: Out, a: Out,
) -> None:  # fmt: skip
    """S = k + α Σ x² over neighbours up to `reach` away, and a = x s^-β."""
    for at in range(0, i[rows] * stride, stride):
        for c in range(channels):
            squares = 0.0
            for n in range(max(0, c - reach), min(channels, c + reach + 1)):
                squares += f[x + at + n] * f[x + at + n]
            f[s + at + c] = k + alpha * squares
            f[a + at + c] = f[x + at + c] * f[s + at + c] ** -beta


@kernel
def respond_backward(
    f: Floats, i: Ints, rows: Slot, channels: int, stride: int, start_stride: int, reach: int, alpha: float,
    beta: float, x: In, s: In, a: In, d: In, start: In, dx: Out,
) -> None:  # fmt: skip
    """Dx_c = start + d_c s_c^-β - 2 α β x_c Σ d_n a_n / s_n over the neighbours n."""
    for r in range(i[rows]):
        at, away = r * stride, start + r * start_stride
        for c in range(channels):
            sums = 0.0
            for n in range(max(0, c - reach), min(channels, c + reach + 1)):
                sums += f[d + at + n] * f[a + at + n] / f[s + at + n]
            slope = f[d + at + c] * f[s + at + c] ** -beta - 2.0 * alpha * beta * f[x + at + c] * sums
            f[dx + at + c] = f[away + c] + slope
        for c in range(channels, stride):
            f[dx + at + c] = 0.0


@register("Local response")
class LocalResponse(Layer, tag="local-response", frozen=True):
    """A_c = x_c / (k + α Σ x_n²)^β over the maps n up to n/2 away, place by place (Krizhevsky et al. 2012)."""

    group: ClassVar[str] = "normalisation"

    neighbours: Annotated[int, count("neighbours", "maps that take part, itself among them", low=1, high=99)] = 5
    k: Annotated[float, number("k", "what the sum begins with", above=0, high=100)] = 2.0
    alpha: Annotated[float, number("α", "what the squares count", low=0, high=10)] = 1e-4
    beta: Annotated[float, number("β", "the power of the sum", low=0, high=4)] = 0.75

    @property
    def setting(self) -> str:
        return f"{self.neighbours} maps"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return only(self, inputs)

    def forward(self, p: Pass) -> Buffer:
        one = each_place(p)
        x = one.x[0]
        s, a = one.samples("s", x.columns), one.samples("a", x.columns)
        p.op(respond, rows=one.rows, channels=x.columns, stride=x.stride, reach=self.neighbours // 2, k=self.k,
             alpha=self.alpha, beta=self.beta, x=x, s=s, a=a)  # fmt: skip
        return whole(one, a)

    def backward(self, p: Pass) -> None:
        if p.dx[0] is None:
            return
        one = each_place(p)
        x, dx, (start, step) = one.x[0], one.dx[0], one.start(0)
        s, a = one.samples("s", x.columns), one.samples("a", x.columns)
        assert dx is not None
        p.op(respond_backward, rows=one.rows, channels=x.columns, stride=x.stride, start_stride=step,
             reach=self.neighbours // 2, alpha=self.alpha, beta=self.beta, x=x, s=s, a=a, d=p.d, start=start,
             dx=dx)  # fmt: skip

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            Dense(id="h1", units=9, activation=Tanh()),
            cls(id="n1", alpha=0.5),
            cls(id="n2", neighbours=3, alpha=0.2, beta=0.5, k=1.0),
            Dense(id="h2", units=5, activation=Tanh()),
        )
