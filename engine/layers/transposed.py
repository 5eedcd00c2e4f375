"""Transposed convolution: each place is painted over a window, so pictures grow."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations.classic import Linear, Tanh
from engine.errors import ExperimentError
from engine.fields import count
from engine.initialisers import Fan
from engine.kernels.record import Floats, In, Ints, Out, Slot, kernel
from engine.kernels.table import Argument, Buffer, padded
from engine.kernels.words import load8, store
from engine.layers._convolving import convolve, convolve_back, convolve_slopes, turn_taps
from engine.layers._maps import Maps, function_forward, taps_axes
from engine.layers._picture import Picture, Reach, Side, Stride, Width, Window, form, packed, picture, places
from engine.layers._placed import Placed, padded_input
from engine.layers._receptive import Box
from engine.layers.base import Layer, Parameter
from engine.layers.convolution import Convolution
from engine.passes import Pass, settings
from engine.registry import register
from engine.shapes import Shape


@kernel
def fill_places(f: Floats, i: Ints, rows: Slot, places: int, step: int, b: In, o: Out) -> None:
    """The same numbers at every place."""
    for k in range(0, i[rows] * places * step, step):
        for c in range(0, step, 8):
            store(f, o + k + c, load8(f, b + c))


@register("Transposed convolution")
class Transposed(Maps, tag="transposed", frozen=True):
    """Every place paints its window: z[y stride + r - cut, x stride + s - cut, k] += Σ W[r, s, c, k] x[y, x, c] + b[k].

    A = f(z), where b[k] is added once. It is the way back of a convolution of the same window and stride (Zeiler et al.
    2010): side = (side - 1) stride + window - 2 cut.
    """

    short: ClassVar[str] = "Transposed"
    window: Side = 3
    width: Width = 0
    stride: Stride = 2
    cut: Annotated[int, count("cut", "places that are cut off on each side", low=0, high=63)] = 0

    @property
    def setting(self) -> str:
        return f"{self.window} × {self.width or self.window}"

    def _window(self, inputs: tuple[Shape, ...]) -> Window:
        """Where the window of the convolution stands that this is the way back of."""
        read = form(picture(self, inputs))
        wide = self.width or self.window
        return Window(self._reach("row", read.rows, self.window), self._reach("column", read.columns, wide))

    def _reach(self, axis: str, size: int, kernel: int) -> Reach:
        made = (size - 1) * self.stride + kernel - 2 * self.cut
        if made < 1:
            raise ExperimentError(
                f"layer “{self.id}” makes ({size} - 1) × {self.stride} + {kernel} - 2 × {self.cut} = {made} {axis}s; "
                "cut less"
            )
        return Reach(made, kernel, self.stride, 1, self.cut, size)

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        stands = self._window(inputs)
        return *places(stands.down.size, stands.across.size), self.axis

    def origin(self, box: Box, read: Picture) -> Box:
        """Which places paint those of a box (`engine.layers._receptive.Placing`)."""
        sides = (self.window, self.width or self.window)
        first = (-(-(k + self.cut - side + 1) // self.stride) for k, side in zip(box[:2], sides, strict=True))
        return Box(*first, *((k - 1 + self.cut) // self.stride + 1 for k in box[2:]))

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        *_, source = picture(self, inputs)
        window = self._window(inputs)
        rows = window.taps * source.size
        # windows that overlap less reach a place with fewer of their taps: one in stride × stride, as an average
        fans = Fan(max(source.size, round(rows / self.stride**2)), window.taps * self.units, rows)
        weight = Parameter("weight", (*taps_axes(self.id, window), source, self.axis), "weight", fans=fans)
        return weight, Parameter("bias", (self.axis,), "bias"), *self.own()

    def uses(self, inputs: tuple[Shape, ...]) -> int:
        return form(picture(self, inputs)).places

    def forward(self, p: Pass) -> Buffer:
        made, read, x, w = self.made(p.shapes), form(p.shapes[0]), padded_input(p), p.weight("weight")
        z, a, window, step = p.samples("z", made.width), p.samples("a", made.width), self._window(p.shapes), w.stride
        settings, length = window.settings_back(), window.taps * read.channels
        sorted_ = p.scratch("sorted", length, self.units)
        p.op(turn_taps, taps=settings["taps"], moves=settings["moves"], channels=self.units, columns=read.channels,
             c_step=1, k_step=step, size=read.channels * step, width=step, w=w, turned=sorted_)  # fmt: skip
        p.op(fill_places, rows=p.rows, places=made.places, step=step, b=p.weight("bias"), o=z)
        p.op(convolve_back, rows=p.rows, x_stride=z.stride, x_step=step, **settings, stride=x.stride, step=read.step(x),
             filters=read.channels, start_stride=z.stride, turned=sorted_, d=x, start=z,
             table=p.integers("table back", length),
             framed=p.scratch("framed x", 1, window.room_back.places * read.step(x)), dx=z)  # fmt: skip
        function_forward(Placed(p, made.places), self.activation, z, a, made)
        return a

    def backward(self, p: Pass) -> None:
        made, read, dx = self.made(p.shapes), form(p.shapes[0]), p.dx[0]
        z, a, window = p.samples("z", made.width), p.samples("a", made.width), self._window(p.shapes)
        self.slope(p, z, a, p.gradient("bias"))
        w, dw, step = p.weight("weight"), p.gradient("weight"), padded(read.channels)
        turned = p.scratch("turned", window.taps * self.units, read.channels)
        taps = {"taps": window.settings()["taps"], "moves": packed(1, 1, 0, 0)}  # one phase: taps in their order
        there = taps | {"channels": read.channels, "columns": self.units, "c_step": w.stride, "k_step": 1,
                        "size": read.channels * w.stride, "width": step}  # fmt: skip
        back = taps | {"channels": self.units, "columns": read.channels, "c_step": step, "k_step": 1,
                       "size": self.units * step, "width": w.stride}  # fmt: skip
        seen: dict[str, Argument] = {
            "rows": p.rows, "x_stride": z.stride, "x_step": w.stride, "channels": self.units, **window.settings(),
            "stride": read.width, "step": step, "filters": step, "x": p.d,
            "framed": p.scratch("framed", 1, window.room.places * w.stride),
        }  # fmt: skip
        p.op(turn_taps, **there, w=dw, turned=turned)
        p.op(convolve_slopes, **seen, fresh=p.fresh, zeros=p.zeros, d=padded_input(p), dw=turned)
        p.op(turn_taps, **back, w=turned, turned=dw)
        if dx is not None:
            start, start_stride = p.start(0)
            p.op(turn_taps, **there, w=w, turned=turned)
            p.op(convolve.filled("linear", value=Linear.value), **seen, **settings(()), w=turned, start=start,
                 start_stride=start_stride, table=p.integers("table", window.taps * self.units), z=dx,
                 a=dx)  # fmt: skip

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            cls(id="t1", units=5, activation=Tanh()),
            Convolution(id="c1", units=3, stride=3, activation=Tanh()),
            cls(id="t2", units=9, window=4, width=2, cut=1, activation=Tanh()),
        )
