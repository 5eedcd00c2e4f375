"""Layers that join branches: the sum, the product, and side by side."""

from __future__ import annotations

from itertools import accumulate
from typing import ClassVar, Literal

from engine.activations.classic import Tanh
from engine.errors import ExperimentError
from engine.kernels.rows import add_columns, add_products, add_rows, multiply_rows, put_columns
from engine.kernels.table import Buffer
from engine.layers._placed import each_place, whole
from engine.layers.base import Layer, Reading, by_way, source_name
from engine.layers.dense import Dense
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Axis, Shape, spoken


class Joining(Layer, frozen=True):
    """Joins the units of equally wide layers, one by one; the units keep the names they have in the first."""

    group: ClassVar[str] = "branches"
    verb: ClassVar[str]
    joins: ClassVar[Literal["+", "·"]]

    def reading(self, inputs: tuple[Shape, ...], unit: int) -> Reading | None:
        return Reading(self.joins, tuple((k, unit) for k in range(len(inputs))))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        first = inputs[0]
        for k, other in enumerate(inputs):
            if [a.size for a in other] != [a.size for a in first]:
                raise ExperimentError(
                    f"layer “{self.id}” {self.verb} {source_name(self, 0)} with {spoken(first)} and "
                    f"{source_name(self, k)} with {spoken(other)}; give both as many, or concatenate them"
                )
        return first

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            Dense(id="h1", units=5, activation=Tanh()),
            Dense(id="h2", units=5, activation=Tanh()),
            cls(id="joined", inputs=("h1", "h2", "h1")),
            Dense(id="h3", units=4, activation=Tanh()),
        )


@register("Add")
class Add(Joining, tag="add", frozen=True):
    """The sum of what it reads: a = x + y + ...; around a few layers it makes a residual block (He et al. 2016)."""

    sign: ClassVar[str] = "+"
    verb: ClassVar[str] = "adds"
    joins: ClassVar[Literal["+", "·"]] = "+"

    def forward(self, p: Pass) -> Buffer:
        a, start, step = p.samples("a", p.x[0].columns), p.zeros, 0
        for x in p.x:
            p.op(add_rows, rows=p.rows, stride=a.stride, start_stride=step, x=x, start=start, o=a)
            start, step = a, a.stride
        return a

    def backward(self, p: Pass) -> None:
        for k, dx in enumerate(p.dx):
            if dx is not None:
                start, step = p.start(k)
                p.op(add_rows, rows=p.rows, stride=dx.stride, start_stride=step, x=p.d, start=start, o=dx)


@register("Multiply")
class Multiply(Joining, tag="multiply", frozen=True):
    """The product of what it reads, unit by unit: a = x ⊙ y ⊙ ...; one branch opens and shuts the other, as a gate."""

    sign: ClassVar[str] = "×"
    verb: ClassVar[str] = "multiplies"
    joins: ClassVar[Literal["+", "·"]] = "·"

    def forward(self, p: Pass) -> Buffer:
        return self._product(p, "a", p.x)

    def backward(self, p: Pass) -> None:
        for k, dx in enumerate(p.dx):
            others = (*p.x[:k], *p.x[k + 1 :])
            if dx is None:
                continue
            start, step = p.start(k)
            if not others:
                p.op(add_rows, rows=p.rows, stride=dx.stride, start_stride=step, x=p.d, start=start, o=dx)
                continue
            other = self._product(p, f"others {k}", others)
            p.op(add_products, rows=p.rows, columns=dx.columns, stride=dx.stride, start_stride=step, x=p.d, y=other,
                 start=start, o=dx)  # fmt: skip

    @staticmethod
    def _product(p: Pass, name: str, factors: tuple[Buffer, ...]) -> Buffer:
        if len(factors) == 1:
            return factors[0]
        o, product = p.samples(name, factors[0].columns), factors[0]
        for x in factors[1:]:
            p.op(multiply_rows, rows=p.rows, stride=o.stride, x=product, y=x, o=o)
            product = o
        return o


@register("Concatenate")
class Concatenate(Layer, tag="concatenate", frozen=True):
    """The units of all layers that it reads, side by side: a = [x, y, ...]; of pictures, their maps."""

    group: ClassVar[str] = "branches"
    sign: ClassVar[str] = "‖"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        *places, first = inputs[0]
        labels: list[str] = []
        for k, other in enumerate(inputs):
            if [a.size for a in other[:-1]] != [a.size for a in places]:
                raise ExperimentError(
                    f"layer “{self.id}” concatenates {source_name(self, 0)} with {spoken(inputs[0])} and "
                    f"{source_name(self, k)} with {spoken(other)}, which differ in more than the {first.name}s; make "
                    "them alike but for those"
                )
            # a unit that comes in twice, by another way, is told apart by the way
            labels += [label if label not in labels else by_way(self.id, k, label) for label in other[-1].labels]
        return *places, Axis(first.name if places else "unit", tuple(labels))

    def reading(self, inputs: tuple[Shape, ...], unit: int) -> Reading | None:
        ends = list(accumulate(shape[-1].size for shape in inputs))
        k = next(k for k, end in enumerate(ends) if unit < end)
        return Reading("", ((k, unit - (ends[k - 1] if k else 0)),))

    def forward(self, p: Pass) -> Buffer:
        if len(p.x) == 1:
            return p.x[0]
        one, first = each_place(p), 0
        a = one.samples("a", sum(shape[-1].size for shape in p.shapes))
        for x in one.x:
            p.op(put_columns, rows=one.rows, columns=x.columns, first=first, x_stride=x.stride, stride=a.stride, x=x,
                 o=a)  # fmt: skip
            first += x.columns
        return whole(one, a)

    def backward(self, p: Pass) -> None:
        one, first = each_place(p), 0
        for k, (shape, dx) in enumerate(zip(p.shapes, one.dx, strict=True)):
            if dx is not None:
                start, step = one.start(k)
                p.op(add_columns, rows=one.rows, columns=shape[-1].size, first=first, x_stride=one.d.stride,
                     stride=dx.stride, start_stride=step, x=p.d, start=start, o=dx)  # fmt: skip
            first += shape[-1].size

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            Dense(id="h1", units=5, activation=Tanh()),
            Dense(id="h2", units=9, activation=Tanh()),
            cls(id="joined", inputs=("h1", "input", "h2", "h1")),
            Dense(id="h3", units=4, activation=Tanh()),
        )
