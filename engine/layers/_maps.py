"""What all layers of filters share: their declaration, and the way of slopes through their function."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations import Activation, AnyActivation
from engine.activations.classic import Linear, Tanh
from engine.fields import choice, count
from engine.kernels.table import Buffer
from engine.layers._convolving import apply, slope_at_sums, sum_places
from engine.layers._picture import Picture, Window, form
from engine.layers._placed import Placed, placed
from engine.layers.base import Column, Parameter, Reads, hidden_only
from engine.passes import Pass, settings
from engine.shapes import Axis, Shape

Function = Annotated[AnyActivation, choice("activation", "the function of every place of every map")]


def taps_axes(layer: str, window: Window) -> tuple[Axis, Axis]:
    """The axes of a window, labelled from its middle, so that the middle stays when it grows on all sides."""
    down, across = (
        tuple(f"{layer}/{name} {k - r.kernel // 2:+d}" for k in range(r.kernel))
        for name, r in zip(("row", "column"), window, strict=True)
    )
    return Axis("tap row", down), Axis("tap column", across)


class Maps(Column, frozen=True):
    """A layer that makes a map with each of its filters: z by weights, then a = f(z) at every place."""

    reads: ClassVar[Reads] = "pictures"
    group: ClassVar[str] = "convolution"

    units: Annotated[int, count("filters", "number of filters, each of which makes a map", low=1, high=4096)] = 8
    activation: Function = Tanh()

    def __post_init__(self) -> None:
        super().__post_init__()
        hidden_only(self, self.activation)

    @property
    def axis(self) -> Axis:
        return super().axis._replace(name="channel")

    def own(self) -> tuple[Parameter, ...]:
        """What its function learns."""
        return tuple(Parameter(name, (self.axis,), "scale", start) for name, start in self.activation.learned.items())

    def made(self, shapes: tuple[Shape, ...]) -> Picture:
        """The form of its maps."""
        return form(self.shape(shapes))

    @property
    def inner(self) -> Activation:
        """The function that its kernels compute: none where that takes operations of its own."""
        function: Activation = self.activation
        return Linear() if function.apart else function

    def function_forward(self, p: Pass, z: Buffer, a: Buffer) -> None:
        """Add the operations of a function that stands apart."""
        if self.activation.apart:
            made = self.made(p.shapes)
            rows = (placed(b, made.places, made.channels) for b in (z, a))
            self.activation.forward(Placed(p, made.places), *rows)

    def delta(self, p: Pass, z: Buffer, a: Buffer) -> Placed:
        """Add the operations that turn p.d into the slope at the sums; return the pass over places."""
        made = self.made(p.shapes)
        one = Placed(p, made.places)
        function_backward(one, self.activation, z, a, made)
        return one

    def slope(self, p: Pass, z: Buffer, a: Buffer, db: Buffer) -> None:
        """Turn p.d into the slope at the sums, and add it up for the biases."""
        one, step = self.delta(p, z, a), self.made(p.shapes).step(z)
        p.op(sum_places, rows=one.rows, fresh=p.fresh, step=step, zeros=p.zeros, d=p.d, db=db)


def function_forward(one: Placed, function: Activation, z: Buffer, a: Buffer, made: Picture) -> None:
    """Add the operations a = f(z) at every place of maps."""
    if function.apart:
        p_z, p_a = (placed(b, made.places, made.channels) for b in (z, a))
        one.op(apply.filled("linear", value=Linear.value), rows=one.rows, stride=made.step(z), **settings(()), z=z, a=a)
        function.forward(one, p_z, p_a)
    else:
        one.op(apply.filled(function.key, value=type(function).value), rows=one.rows, stride=made.step(z),
               **settings(function.settings), z=z, a=a)  # fmt: skip


def function_backward(one: Placed, function: Activation, z: Buffer, a: Buffer, made: Picture) -> None:
    """Add the operations that turn the slope at a, the delta of the pass, into the slope at z."""
    if function.apart:
        function.backward(one, *(placed(b, made.places, made.channels) for b in (z, a)))
    else:
        one.op(slope_at_sums.filled(function.key, derivative=type(function).derivative), rows=one.rows,
               stride=made.step(z), **settings(function.settings), z=z, a=a, d=one.d)  # fmt: skip
