"""Depthwise convolution: each map has a kernel of its own and nothing is summed over maps."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations import AnyActivation
from engine.activations.classic import Linear, Tanh
from engine.errors import ExperimentError
from engine.fields import choice
from engine.kernels.record import Both, Counter, Floats, In, Ints, Out, Slot, inline, kernel
from engine.kernels.table import Buffer
from engine.kernels.words import fma, load, load8, store
from engine.layers._convolving import frame, line_of, part, sum_places, tabulate, tabulate_back, taps_of, turn_taps
from engine.layers._maps import function_backward, function_forward, taps_axes
from engine.layers._picture import Dilation, Edge, Pad, Side, Stride, Width, Window, form, picture, places, window_of
from engine.layers._placed import Placed, padded_input
from engine.layers.base import Layer, Learning, Parameter, Reads
from engine.layers.convolution import Convolution
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Shape


@inline
def sixteen_maps(
    f: Floats, i: Ints, across: int, step: int, count: int, seen: int, right: int, table: int, w: int, start: int,
    start_step: int, z: int, z_step: int,
) -> None:  # fmt: skip
    """Z = start + Σ over `count` taps of w x for `across` places of 16 maps: eight at once, the last one repeated."""
    end = across - 1
    for q in range(0, across, 8):
        a1, a2, a3, a4 = min(q + 1, end), min(q + 2, end), min(q + 3, end), min(q + 4, end)
        a5, a6, a7 = min(q + 5, end), min(q + 6, end), min(q + 7, end)
        s0, s1 = load(f, start + q * start_step), load(f, start + a1 * start_step)
        s2, s3 = load(f, start + a2 * start_step), load(f, start + a3 * start_step)
        s4, s5 = load(f, start + a4 * start_step), load(f, start + a5 * start_step)
        s6, s7 = load(f, start + a6 * start_step), load(f, start + a7 * start_step)
        for tap in range(count):
            weight, x = load(f, w + tap * step), seen + i[table + tap]
            s0, s1 = fma(load(f, x + q * right), weight, s0), fma(load(f, x + a1 * right), weight, s1)
            s2, s3 = fma(load(f, x + a2 * right), weight, s2), fma(load(f, x + a3 * right), weight, s3)
            s4, s5 = fma(load(f, x + a4 * right), weight, s4), fma(load(f, x + a5 * right), weight, s5)
            s6, s7 = fma(load(f, x + a6 * right), weight, s6), fma(load(f, x + a7 * right), weight, s7)
        store(f, z + q * z_step, s0)
        store(f, z + a1 * z_step, s1)
        store(f, z + a2 * z_step, s2)
        store(f, z + a3 * z_step, s3)
        store(f, z + a4 * z_step, s4)
        store(f, z + a5 * z_step, s5)
        store(f, z + a6 * z_step, s6)
        store(f, z + a7 * z_step, s7)


@inline
def eight_maps(
    f: Floats, i: Ints, across: int, step: int, count: int, seen: int, right: int, table: int, w: int, start: int,
    start_step: int, z: int, z_step: int,
) -> None:  # fmt: skip
    """The same for 8 maps."""
    end = across - 1
    for q in range(0, across, 8):
        a1, a2, a3, a4 = min(q + 1, end), min(q + 2, end), min(q + 3, end), min(q + 4, end)
        a5, a6, a7 = min(q + 5, end), min(q + 6, end), min(q + 7, end)
        s0, s1 = load8(f, start + q * start_step), load8(f, start + a1 * start_step)
        s2, s3 = load8(f, start + a2 * start_step), load8(f, start + a3 * start_step)
        s4, s5 = load8(f, start + a4 * start_step), load8(f, start + a5 * start_step)
        s6, s7 = load8(f, start + a6 * start_step), load8(f, start + a7 * start_step)
        for tap in range(count):
            weight, x = load8(f, w + tap * step), seen + i[table + tap]
            s0, s1 = fma(load8(f, x + q * right), weight, s0), fma(load8(f, x + a1 * right), weight, s1)
            s2, s3 = fma(load8(f, x + a2 * right), weight, s2), fma(load8(f, x + a3 * right), weight, s3)
            s4, s5 = fma(load8(f, x + a4 * right), weight, s4), fma(load8(f, x + a5 * right), weight, s5)
            s6, s7 = fma(load8(f, x + a6 * right), weight, s6), fma(load8(f, x + a7 * right), weight, s7)
        store(f, z + q * z_step, s0)
        store(f, z + a1 * z_step, s1)
        store(f, z + a2 * z_step, s2)
        store(f, z + a3 * z_step, s3)
        store(f, z + a4 * z_step, s4)
        store(f, z + a5 * z_step, s5)
        store(f, z + a6 * z_step, s6)
        store(f, z + a7 * z_step, s7)


@inline
def row_of_maps(
    f: Floats, i: Ints, across: int, step: int, count: int, seen: int, right: int, table: int, w: int, start: int,
    start_step: int, z: int, z_step: int,
) -> None:  # fmt: skip
    """Z = start + Σ over `count` taps of w x for `across` places, map by map."""
    whole = step - step % 16
    for c in range(0, whole, 16):
        sixteen_maps(f, i, across, step, count, seen + c, right, table, w + c, start + c, start_step, z + c, z_step)
    if whole < step:
        eight_maps(f, i, across, step, count, seen + whole, right, table, w + whole, start + whole, start_step,
                   z + whole, z_step)  # fmt: skip


@kernel
def depthwise(
    f: Floats, i: Ints, rows: Slot, sizes: int, taps: int, moves: int, room: int, x_stride: int, stride: int, step: int,
    x: In, w: In, b: In, table: Counter, framed: Both, z: Out,
) -> None:  # fmt: skip
    """Z[place] = b + Σ over taps of w x, map by map."""
    line, across = line_of(room, part(sizes, 1), step), part(sizes, 3)
    tabulate(i, table, 1, taps, line, step)
    for r in range(i[rows]):
        seen = frame(f, x + r * x_stride, part(sizes, 0), part(sizes, 1), room, step, framed)
        for y in range(part(sizes, 2)):
            row_of_maps(f, i, across, step, part(taps, 0) * part(taps, 1), seen + y * part(moves, 0) * line,
                        part(moves, 1) * step, table, w, b, 0, z + r * stride + y * across * step, step)  # fmt: skip


@inline
def sixteen_slopes(
    f: Floats, i: Ints, high: int, across: int, count: int, seen: int, down: int, right: int, table: int, step: int,
    d: int, start: int, start_step: int, dw: int,
) -> None:  # fmt: skip
    """Dw = start + Σ over places of δ x for 16 maps: five taps at once, the last one repeated."""
    end = count - 1
    for tap in range(0, count, 5):
        t1, t2, t3, t4 = min(tap + 1, end), min(tap + 2, end), min(tap + 3, end), min(tap + 4, end)
        x0, x1, x2, x3, x4 = i[table + tap], i[table + t1], i[table + t2], i[table + t3], i[table + t4]
        s0, s1 = load(f, start + tap * start_step), load(f, start + t1 * start_step)
        s2, s3 = load(f, start + t2 * start_step), load(f, start + t3 * start_step)
        s4 = load(f, start + t4 * start_step)
        for y in range(high):
            at, k = seen + y * down, d + y * across * step
            for q in range(across):
                slope, x = load(f, k + q * step), at + q * right
                s0, s1 = fma(slope, load(f, x + x0), s0), fma(slope, load(f, x + x1), s1)
                s2, s3 = fma(slope, load(f, x + x2), s2), fma(slope, load(f, x + x3), s3)
                s4 = fma(slope, load(f, x + x4), s4)
        store(f, dw + tap * step, s0)
        store(f, dw + t1 * step, s1)
        store(f, dw + t2 * step, s2)
        store(f, dw + t3 * step, s3)
        store(f, dw + t4 * step, s4)


@inline
def eight_slopes(
    f: Floats, i: Ints, high: int, across: int, count: int, seen: int, down: int, right: int, table: int, step: int,
    d: int, start: int, start_step: int, dw: int,
) -> None:  # fmt: skip
    """The same for 8 maps."""
    end = count - 1
    for tap in range(0, count, 5):
        t1, t2, t3, t4 = min(tap + 1, end), min(tap + 2, end), min(tap + 3, end), min(tap + 4, end)
        x0, x1, x2, x3, x4 = i[table + tap], i[table + t1], i[table + t2], i[table + t3], i[table + t4]
        s0, s1 = load8(f, start + tap * start_step), load8(f, start + t1 * start_step)
        s2, s3 = load8(f, start + t2 * start_step), load8(f, start + t3 * start_step)
        s4 = load8(f, start + t4 * start_step)
        for y in range(high):
            at, k = seen + y * down, d + y * across * step
            for q in range(across):
                slope, x = load8(f, k + q * step), at + q * right
                s0, s1 = fma(slope, load8(f, x + x0), s0), fma(slope, load8(f, x + x1), s1)
                s2, s3 = fma(slope, load8(f, x + x2), s2), fma(slope, load8(f, x + x3), s3)
                s4 = fma(slope, load8(f, x + x4), s4)
        store(f, dw + tap * step, s0)
        store(f, dw + t1 * step, s1)
        store(f, dw + t2 * step, s2)
        store(f, dw + t3 * step, s3)
        store(f, dw + t4 * step, s4)


@kernel
def depthwise_slopes(
    f: Floats, i: Ints, rows: Slot, fresh: Slot, sizes: int, taps: int, moves: int, room: int, x_stride: int,
    stride: int, step: int, zeros: In, x: In, d: In, table: Counter, framed: Both, dw: Both,
) -> None:  # fmt: skip
    """Dw += Σ over places of δ x, map by map (from 0 when fresh)."""
    line, high, across = line_of(room, part(sizes, 1), step), part(sizes, 2), part(sizes, 3)
    count, down, right = part(taps, 0) * part(taps, 1), part(moves, 0) * line, part(moves, 1) * step
    whole = step - step % 16
    tabulate(i, table, 1, taps, line, step)
    start, start_step = (dw, step) if i[fresh] == 0 else (zeros, 0)
    for r in range(i[rows]):
        seen = frame(f, x + r * x_stride, part(sizes, 0), part(sizes, 1), room, step, framed)
        slope = d + r * stride
        for c in range(0, whole, 16):
            sixteen_slopes(f, i, high, across, count, seen + c, down, right, table, step, slope + c, start + c,
                           start_step, dw + c)  # fmt: skip
        if whole < step:
            eight_slopes(f, i, high, across, count, seen + whole, down, right, table, step, slope + whole,
                         start + whole, start_step, dw + whole)  # fmt: skip
        start, start_step = dw, step


@kernel
def depthwise_back(
    f: Floats, i: Ints, rows: Slot, sizes: int, taps: int, moves: int, room: int, x_stride: int, stride: int, step: int,
    start_stride: int, turned: In, d: In, start: In, table: Counter, framed: Both, dx: Both,
) -> None:  # fmt: skip
    """Dx = start + Σ over the taps by which a place was seen of δ w, map by map; `turned` as in `convolve_back`."""
    wide, down, right = part(sizes, 1), part(moves, 0), part(moves, 1)
    line, start_step = line_of(room, part(sizes, 3), step), step if start_stride else 0
    tabulate_back(i, table, 1, taps, moves, line, step)
    for r in range(i[rows]):
        seen = frame(f, d + r * stride, part(sizes, 2), part(sizes, 3), room, step, framed)
        seen += part(room, 2) * line + part(room, 3) * step
        tap = 0
        for phase in range(down * right):
            first, left = phase // right, phase % right
            count = taps_of(first, 0, taps, moves) * taps_of(left, 1, taps, moves)
            across = -((left - wide) // right)
            for y in range(first, part(sizes, 0) if across > 0 else 0, down):
                place = y * wide + left
                row_of_maps(f, i, across, step, count, seen + y // down * line, step, table + tap, turned + tap * step,
                            start + r * start_stride + place * start_step, right * start_step,
                            dx + r * x_stride + place * step, right * step)  # fmt: skip
            tap += count


@register("Depthwise convolution")
class Depthwise(Learning, tag="depthwise", frozen=True):
    """A kernel for each map: a[y, x, c] = f(Σ W[r, s, c] x[y stride + r dilation, x stride + s dilation, c] + b[c]).

    With a convolution of 1 × 1 behind it, it is a separable convolution, which needs far fewer multiplications (Chollet
    2017).
    """

    short: ClassVar[str] = "Depthwise"
    reads: ClassVar[Reads] = "pictures"
    group: ClassVar[str] = "convolution"

    window: Side = 3
    width: Width = 0
    stride: Stride = 1
    dilation: Dilation = 1
    padding: Edge = "same"
    pad: Pad = 0
    activation: Annotated[AnyActivation, choice("activation", "the function of every place of every map")] = Linear()

    def __post_init__(self) -> None:
        if not self.activation.hidden:
            raise ExperimentError(f"{self.activation.key} is for the output only; choose another for “{self.id}”")

    @property
    def setting(self) -> str:
        return f"{self.window} × {self.width or self.window}"

    def _window(self, inputs: tuple[Shape, ...]) -> Window:
        return window_of(self, form(picture(self, inputs)), self.dilation)

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        stands = self._window(inputs)
        return *places(stands.down.places, stands.across.places), inputs[0][-1]

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        stands, channels = self._window(inputs), inputs[0][-1]
        own = (Parameter(n, (channels,), "scale", start) for n, start in self.activation.learned.items())
        weight = Parameter("weight", (*taps_axes(self.id, stands), channels), "weight", fans=(stands.taps, stands.taps))
        return weight, Parameter("bias", (channels,), "bias"), *own

    def uses(self, inputs: tuple[Shape, ...]) -> int:
        return form(self.shape(inputs)).places

    def forward(self, p: Pass) -> Buffer:
        made, read, window, x = form(self.shape(p.shapes)), form(p.shapes[0]), self._window(p.shapes), padded_input(p)
        z, a = p.samples("z", made.width), p.samples("a", made.width)
        p.op(depthwise, rows=p.rows, **window.settings(), x_stride=read.width, stride=z.stride, step=made.step(z), x=x,
             w=p.weight("weight"), b=p.weight("bias"), table=p.integers("table", window.taps),
             framed=p.scratch("framed", 1, window.room.places * made.step(z)), z=z)  # fmt: skip
        function_forward(Placed(p, made.places), self.activation, z, a, made)
        return a

    def backward(self, p: Pass) -> None:
        made, read, window = form(self.shape(p.shapes)), form(p.shapes[0]), self._window(p.shapes)
        z, a, one = p.samples("z", made.width), p.samples("a", made.width), Placed(p, made.places)
        step, w, table = made.step(z), p.weight("weight"), p.integers("table", window.taps)
        function_backward(one, self.activation, z, a, made)
        p.op(sum_places, rows=one.rows, fresh=p.fresh, step=step, zeros=p.zeros, d=p.d, db=p.gradient("bias"))
        p.op(depthwise_slopes, rows=p.rows, fresh=p.fresh, **window.settings(), x_stride=read.width, stride=z.stride,
             step=step, zeros=p.zeros, x=padded_input(p), d=p.d, table=table,
             framed=p.scratch("framed", 1, window.room.places * step), dw=p.gradient("weight"))  # fmt: skip
        dx = p.dx[0]
        if dx is None:
            return
        settings, turned = window.settings_back(), p.scratch("turned", window.taps, read.channels)
        p.op(turn_taps, taps=settings["taps"], moves=settings["moves"], channels=read.channels, columns=1, c_step=1,
             k_step=0, size=step, width=step, w=w, turned=turned)  # fmt: skip
        start, start_stride = p.start(0)
        p.op(depthwise_back, rows=p.rows, **settings, x_stride=read.width, stride=z.stride, step=step,
             start_stride=start_stride, turned=turned, d=p.d, start=start, table=table,
             framed=p.scratch("framed d", 1, window.room_back.places * step), dx=dx)  # fmt: skip

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            cls(id="d1", activation=Tanh()),
            Convolution(id="c1", units=9, window=1),
            cls(id="d2", stride=2, dilation=2, width=2, activation=Tanh()),
        )
