"""A function by itself: for what is normalised or added before it is bent."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations import AnyActivation
from engine.activations.classic import Tanh
from engine.activations.learned import ParametricReLU
from engine.activations.rectifiers import ReLU
from engine.fields import choice
from engine.kernels.rows import add_rows
from engine.kernels.table import Buffer
from engine.layers._convolving import apply, slope_at_sums
from engine.layers._placed import each_place, whole
from engine.layers.base import Layer, Learning, Parameter, Reading, hidden_only, only
from engine.layers.dense import Dense
from engine.passes import Pass, settings
from engine.registry import register
from engine.shapes import Shape


@register("Function")
class Function(Learning, tag="function", frozen=True):
    """A = f(x), number by number, of units or of maps; what f learns it has for each unit, or map."""

    short: ClassVar[str] = "f"
    group: ClassVar[str] = "form"

    activation: Annotated[AnyActivation, choice("activation", "the function")] = ReLU()

    def __post_init__(self) -> None:
        hidden_only(self, self.activation)

    @property
    def setting(self) -> str:
        return self.activation.key

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return only(self, inputs)

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        axes = only(self, inputs)[-1:]
        return tuple(Parameter(name, axes, "scale", start) for name, start in self.activation.learned.items())

    def reading(self, inputs: tuple[Shape, ...], unit: int) -> Reading | None:
        return Reading("", ((0, unit),))

    def forward(self, p: Pass) -> Buffer:
        one, function = each_place(p), self.activation
        x = one.x[0]
        a = one.samples("a", x.columns)
        if function.apart:
            function.forward(one, x, a)
        else:
            p.op(apply.filled(function.key, value=type(function).value), rows=one.rows, stride=x.stride,
                 **settings(function.settings), z=x, a=a)  # fmt: skip
        return whole(one, a)

    def backward(self, p: Pass) -> None:
        one, function = each_place(p), self.activation
        x = one.x[0]
        a = one.samples("a", x.columns)
        if function.apart:
            function.backward(one, x, a)
        else:
            p.op(slope_at_sums.filled(function.key, derivative=type(function).derivative), rows=one.rows,
                 stride=x.stride, **settings(function.settings), z=x, a=a, d=one.d)  # fmt: skip
        if (dx := one.dx[0]) is not None:
            start, step = one.start(0)
            p.op(add_rows, rows=one.rows, stride=dx.stride, start_stride=step, x=one.d, start=start, o=dx)

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            Dense(id="h1", units=5),
            cls(id="f1", activation=Tanh()),
            Dense(id="h2", units=3),
            cls(id="f2", activation=ParametricReLU()),
        )
