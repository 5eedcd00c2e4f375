"""Sub-sampling: pooling that learns a coefficient and a bias for each map."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations import AnyActivation
from engine.activations.classic import Tanh
from engine.fields import choice
from engine.kernels.table import Buffer
from engine.layers._maps import function_backward, function_forward
from engine.layers._picture import Edge, Pad, Side, Width, Window, form, picture
from engine.layers._placed import Placed, padded_input
from engine.layers.base import Layer, Learning, Parameter, Reads, hidden_only
from engine.layers.convolution import Convolution
from engine.layers.normalising import scale_shift, scale_shift_backward
from engine.layers.pooling import Apart, fewer_places, pooled, pooled_back, pooling_stands
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Shape


@register("Sub-sampling")
class SubSampling(Learning, tag="sub-sampling", frozen=True):
    """A = f(w Σ + b) with the sum over a window of each map, and a coefficient w and a bias b for each map.

    The S-layers of LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998). w starts at 1 / (places of the window): the average.
    """

    reads: ClassVar[Reads] = "pictures"
    group: ClassVar[str] = "pooling"
    short: ClassVar[str] = "Sub"

    window: Side = 2
    width: Width = 0
    stride: Apart = 0
    padding: Edge = "valid"
    pad: Pad = 0
    activation: Annotated[AnyActivation, choice("activation", "the function of every place of every map")] = Tanh()

    def __post_init__(self) -> None:
        hidden_only(self, self.activation)

    @property
    def setting(self) -> str:
        return f"{self.window} × {self.width or self.window}"

    def stands(self, inputs: tuple[Shape, ...]) -> Window:
        """Where its windows stand."""
        return pooling_stands(self, form(picture(self, inputs)))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return fewer_places(self.stands(inputs), inputs[0])

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        channels, window = inputs[0][-1], self.stands(inputs)
        own = (Parameter(n, (channels,), "scale", start) for n, start in self.activation.learned.items())
        return Parameter("scale", (channels,), "scale", 1 / window.taps), Parameter("bias", (channels,), "bias"), *own

    def forward(self, p: Pass) -> Buffer:
        made, x = form(self.shape(p.shapes)), padded_input(p)
        s, z, a = (p.samples(name, made.width) for name in "sza")
        pooled(p, "sum", self.stands(p.shapes), x, made.step(s), s)
        one = Placed(p, made.places)
        p.op(scale_shift, rows=one.rows, stride=made.step(z), n=s, scale=p.weight("scale"), shift=p.weight("bias"), a=z)
        function_forward(one, self.activation, z, a, made)
        return a

    def backward(self, p: Pass) -> None:
        made = form(self.shape(p.shapes))
        s, z, a = (p.samples(name, made.width) for name in "sza")
        one = Placed(p, made.places)
        function_backward(one, self.activation, z, a, made)
        p.op(scale_shift_backward, rows=one.rows, fresh=p.fresh, stride=made.step(z), zeros=p.zeros, n=s,
             scale=p.weight("scale"), d=p.d, dn=p.samples("dn", made.width), dscale=p.gradient("scale"),
             dshift=p.gradient("bias"))  # fmt: skip
        pooled_back(p, "sum", self.stands(p.shapes), p.x[0], made.step(s), s, p.d)

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return Convolution(id="c1", units=3), cls(id="s1"), cls(id="s2", window=2, stride=1)
