"""A function by itself: for what is normalised or added before it is bent."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations import AnyActivation
from engine.activations.classic import Tanh
from engine.activations.rectifiers import ReLU
from engine.errors import ExperimentError
from engine.fields import choice
from engine.kernels.rows import add_rows
from engine.kernels.table import Buffer
from engine.layers._convolving import apply, slope_at_sums
from engine.layers._placed import each_place, whole
from engine.layers.base import Layer, only
from engine.layers.dense import Dense
from engine.passes import Pass, settings
from engine.registry import register
from engine.shapes import Shape


@register("Function")
class Function(Layer, tag="function", frozen=True):
    """A = f(x), number by number, of units or of maps."""

    short: ClassVar[str] = "f"
    group: ClassVar[str] = "form"

    activation: Annotated[AnyActivation, choice("activation", "the function")] = ReLU()

    def __post_init__(self) -> None:
        if not self.activation.hidden or self.activation.apart:
            raise ExperimentError(
                f"{self.activation.key} can't stand by itself in “{self.id}”: it learns numbers, or is for the output "
                "only; choose another, or give it to a layer of neurons or filters"
            )

    @property
    def setting(self) -> str:
        return self.activation.key

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return only(self, inputs)

    def forward(self, p: Pass) -> Buffer:
        one = each_place(p)
        x = one.x[0]
        a = one.samples("a", x.columns)
        p.op(apply.filled(self.activation.key, value=type(self.activation).value), rows=one.rows, stride=x.stride,
             **settings(self.activation.settings), z=x, a=a)  # fmt: skip
        return whole(one, a)

    def backward(self, p: Pass) -> None:
        if p.dx[0] is None:
            return
        one = each_place(p)
        x, dx, (start, step) = one.x[0], one.dx[0], one.start(0)
        assert dx is not None, "whoever has a delta has it at every place"
        p.op(slope_at_sums.filled(self.activation.key, derivative=type(self.activation).derivative), rows=one.rows,
             stride=x.stride, **settings(self.activation.settings), z=x, a=one.samples("a", x.columns),
             d=one.d)  # fmt: skip
        p.op(add_rows, rows=one.rows, stride=dx.stride, start_stride=step, x=one.d, start=start, o=dx)

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            Dense(id="h1", units=5),
            cls(id="f1", activation=Tanh()),
            Dense(id="h2", units=3),
            cls(id="f2", activation=Tanh()),
        )
