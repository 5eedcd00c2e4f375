"""Depthwise convolution: each map has a kernel of its own and nothing is summed over maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar

from engine.activations import AnyActivation
from engine.activations.classic import Linear, Tanh
from engine.fields import choice
from engine.initialisers import Fan
from engine.kernels.record import Both, Counter, Floats, In, Ints, Out, Slot, inline, kernel
from engine.kernels.table import Buffer
from engine.kernels.words import Vec, fma, load, load8, store
from engine.layers._convolving import (
    copy_places,
    frame,
    line_of,
    part,
    row_at,
    sum_places,
    tabulate,
    tabulate_back,
    taps_of,
    turn_taps,
)
from engine.layers._maps import function_backward, function_forward, taps_axes
from engine.layers._picture import Dilation, Edge, Pad, Side, Stride, Width, Window, form, picture, places, window_of
from engine.layers._placed import Placed, padded_input
from engine.layers.base import Layer, Learning, Parameter, Reads, hidden_only
from engine.layers.convolution import Convolution
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Shape


@inline
def frame_until(
    f: Floats, x: int, ready: int, needed: int, rows: int, columns: int, room: int, step: int, framed: int
) -> int:
    """Copy what is not there yet of the first rows of a picture into room with zeros around; return how many are there.

    Where a row is copied just before it is seen, it is still near.
    """
    line, numbers = part(room, 1) * step, columns * step
    while ready < min(needed, rows):
        source, target = x + ready * numbers, framed + (ready + part(room, 2)) * line + part(room, 3) * step
        for c in range(0, numbers, 8):
            store(f, target + c, load8(f, source + c))
        ready += 1
    return ready


Wide = Callable[[Floats, int], Vec]
"""The word that loads as many maps as are taken at once: 16, or the 8 that are left."""


@inline
def nine_taps(
    f: Floats, i: Ints, wide: Wide, across: int, step: int, seen: int, right: int, table: int, w: int, start: int,
    start_step: int, z: int, z_step: int,
) -> None:  # fmt: skip
    """Z = start + Σ over nine taps of w x for `across` places, with the taps held in registers."""
    x0, x1, x2 = seen + i[table], seen + i[table + 1], seen + i[table + 2]
    x3, x4, x5 = seen + i[table + 3], seen + i[table + 4], seen + i[table + 5]
    x6, x7, x8 = seen + i[table + 6], seen + i[table + 7], seen + i[table + 8]
    w0, w1, w2 = wide(f, w), wide(f, w + step), wide(f, w + 2 * step)
    w3, w4, w5 = wide(f, w + 3 * step), wide(f, w + 4 * step), wide(f, w + 5 * step)
    w6, w7, w8 = wide(f, w + 6 * step), wide(f, w + 7 * step), wide(f, w + 8 * step)
    for q in range(across):
        at = q * right
        s = fma(wide(f, x0 + at), w0, wide(f, start + q * start_step))
        s = fma(wide(f, x2 + at), w2, fma(wide(f, x1 + at), w1, s))
        s = fma(wide(f, x4 + at), w4, fma(wide(f, x3 + at), w3, s))
        s = fma(wide(f, x6 + at), w6, fma(wide(f, x5 + at), w5, s))
        s = fma(wide(f, x8 + at), w8, fma(wide(f, x7 + at), w7, s))
        store(f, z + q * z_step, s)


@inline
def three_taps(
    f: Floats, i: Ints, wide: Wide, across: int, step: int, seen: int, right: int, table: int, w: int, start: int,
    start_step: int, z: int, z_step: int,
) -> None:  # fmt: skip
    """The same for three taps."""
    x0, x1, x2 = seen + i[table], seen + i[table + 1], seen + i[table + 2]
    w0, w1, w2 = wide(f, w), wide(f, w + step), wide(f, w + 2 * step)
    for q in range(across):
        at = q * right
        s = fma(wide(f, x0 + at), w0, wide(f, start + q * start_step))
        store(f, z + q * z_step, fma(wide(f, x2 + at), w2, fma(wide(f, x1 + at), w1, s)))


@inline
def one_tap(
    f: Floats, wide: Wide, across: int, x: int, right: int, w: int, start: int, start_step: int, z: int, z_step: int
) -> None:
    """The same for one tap."""
    weight = wide(f, w)
    for q in range(across):
        store(f, z + q * z_step, fma(wide(f, x + q * right), weight, wide(f, start + q * start_step)))


@inline
def some_maps(
    f: Floats, i: Ints, wide: Wide, across: int, step: int, count: int, seen: int, right: int, table: int, w: int,
    start: int, start_step: int, z: int, z_step: int,
) -> None:  # fmt: skip
    """The same for all taps, in as few runs over the places as can be: where places are few, each run costs."""
    if count == 9:  # the usual window: a fifth faster with no loop around it
        nine_taps(f, i, wide, across, step, seen, right, table, w, start, start_step, z, z_step)
        return
    nines, threes = count - count % 9, count - count % 3
    for tap in range(0, nines, 9):
        nine_taps(f, i, wide, across, step, seen, right, table + tap, w + tap * step, start, start_step, z, z_step)
        start, start_step = z, z_step
    for tap in range(nines, threes, 3):
        three_taps(f, i, wide, across, step, seen, right, table + tap, w + tap * step, start, start_step, z, z_step)
        start, start_step = z, z_step
    for tap in range(threes, count):
        one_tap(f, wide, across, seen + i[table + tap], right, w + tap * step, start, start_step, z, z_step)
        start, start_step = z, z_step


@inline
def row_of_maps(
    f: Floats, i: Ints, across: int, step: int, count: int, seen: int, right: int, table: int, w: int, start: int,
    start_step: int, z: int, z_step: int,
) -> None:  # fmt: skip
    """Z = start + Σ over `count` taps of w x for `across` places, map by map."""
    whole = step - step % 16
    for c in range(0, whole, 16):
        some_maps(f, i, load, across, step, count, seen + c, right, table, w + c, start + c, start_step, z + c, z_step)
    if whole < step:
        some_maps(f, i, load8, across, step, count, seen + whole, right, table, w + whole, start + whole, start_step,
                  z + whole, z_step)  # fmt: skip
    if count == 0:
        copy_places(f, across, step, start, start_step, z, z_step)


@kernel
def depthwise(
    f: Floats, i: Ints, rows: Slot, sizes: int, taps: int, moves: int, room: int, x_stride: int, stride: int, step: int,
    x: In, w: In, b: In, table: Counter, framed: Both, z: Out,
) -> None:  # fmt: skip
    """Z[place] = b + Σ over taps of w x, map by map."""
    line, across, down = line_of(room, part(sizes, 1), step), part(sizes, 3), part(moves, 0)
    deepest = row_at(part(taps, 0) - 1, taps) - part(moves, 2)
    tabulate(i, table, 1, taps, line, step)
    for r in range(i[rows]):
        source, ready = x + r * x_stride, 0
        seen = framed if room else source
        for y in range(part(sizes, 2)):
            if room:
                ready = frame_until(f, source, ready, y * down + deepest + 1, part(sizes, 0), part(sizes, 1), room,
                                    step, framed)  # fmt: skip
            row_of_maps(f, i, across, step, part(taps, 0) * part(taps, 1), seen + y * down * line,
                        part(moves, 1) * step, table, w, b, 0, z + r * stride + y * across * step, step)  # fmt: skip


@inline
def nine_slopes(
    f: Floats, i: Ints, wide: Wide, high: int, across: int, seen: int, down: int, right: int, table: int, step: int,
    d: int, start: int, start_step: int, dw: int,
) -> None:  # fmt: skip
    """Dw = start + Σ over places of δ x for nine taps: enough sums side by side to keep the multipliers busy."""
    x0, x1, x2 = seen + i[table], seen + i[table + 1], seen + i[table + 2]
    x3, x4, x5 = seen + i[table + 3], seen + i[table + 4], seen + i[table + 5]
    x6, x7, x8 = seen + i[table + 6], seen + i[table + 7], seen + i[table + 8]
    s0, s1, s2 = wide(f, start), wide(f, start + start_step), wide(f, start + 2 * start_step)
    s3, s4 = wide(f, start + 3 * start_step), wide(f, start + 4 * start_step)
    s5, s6 = wide(f, start + 5 * start_step), wide(f, start + 6 * start_step)
    s7, s8 = wide(f, start + 7 * start_step), wide(f, start + 8 * start_step)
    for y in range(high):
        line, k = y * down, d + y * across * step
        for q in range(across):
            slope, at = wide(f, k + q * step), line + q * right
            s0, s1 = fma(slope, wide(f, x0 + at), s0), fma(slope, wide(f, x1 + at), s1)
            s2, s3 = fma(slope, wide(f, x2 + at), s2), fma(slope, wide(f, x3 + at), s3)
            s4, s5 = fma(slope, wide(f, x4 + at), s4), fma(slope, wide(f, x5 + at), s5)
            s6, s7 = fma(slope, wide(f, x6 + at), s6), fma(slope, wide(f, x7 + at), s7)
            s8 = fma(slope, wide(f, x8 + at), s8)
    store(f, dw, s0)
    store(f, dw + step, s1)
    store(f, dw + 2 * step, s2)
    store(f, dw + 3 * step, s3)
    store(f, dw + 4 * step, s4)
    store(f, dw + 5 * step, s5)
    store(f, dw + 6 * step, s6)
    store(f, dw + 7 * step, s7)
    store(f, dw + 8 * step, s8)


@inline
def three_slopes(
    f: Floats, i: Ints, wide: Wide, high: int, across: int, seen: int, down: int, right: int, table: int, step: int,
    d: int, start: int, start_step: int, dw: int, last: int,
) -> None:  # fmt: skip
    """The same for three taps, or fewer: then the last one, the `last` of the three, is repeated."""
    t1, t2 = min(1, last), last
    x0, x1, x2 = seen + i[table], seen + i[table + t1], seen + i[table + t2]
    s0, s1, s2 = wide(f, start), wide(f, start + t1 * start_step), wide(f, start + t2 * start_step)
    for y in range(high):
        line, k = y * down, d + y * across * step
        for q in range(across):
            slope, at = wide(f, k + q * step), line + q * right
            s0, s1 = fma(slope, wide(f, x0 + at), s0), fma(slope, wide(f, x1 + at), s1)
            s2 = fma(slope, wide(f, x2 + at), s2)
    store(f, dw, s0)
    store(f, dw + t1 * step, s1)
    store(f, dw + t2 * step, s2)


@inline
def some_slopes(
    f: Floats, i: Ints, wide: Wide, high: int, across: int, count: int, seen: int, down: int, right: int, table: int,
    step: int, d: int, start: int, start_step: int, dw: int,
) -> None:  # fmt: skip
    """The same for all taps."""
    if count == 9:
        nine_slopes(f, i, wide, high, across, seen, down, right, table, step, d, start, start_step, dw)
        return
    nines = count - count % 9
    for tap in range(0, nines, 9):
        nine_slopes(f, i, wide, high, across, seen, down, right, table + tap, step, d, start + tap * start_step,
                    start_step, dw + tap * step)  # fmt: skip
    for tap in range(nines, count, 3):
        three_slopes(f, i, wide, high, across, seen, down, right, table + tap, step, d, start + tap * start_step,
                     start_step, dw + tap * step, min(2, count - tap - 1))  # fmt: skip


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
            some_slopes(f, i, load, high, across, count, seen + c, down, right, table, step, slope + c, start + c,
                        start_step, dw + c)  # fmt: skip
        if whole < step:
            some_slopes(f, i, load8, high, across, count, seen + whole, down, right, table, step, slope + whole,
                        start + whole, start_step, dw + whole)  # fmt: skip
        start, start_step = dw, step


@kernel
def depthwise_back(
    f: Floats, i: Ints, rows: Slot, sizes: int, taps: int, moves: int, room: int, x_stride: int, stride: int, step: int,
    start_stride: int, turned: In, d: In, start: In, table: Counter, framed: Both, dx: Both,
) -> None:  # fmt: skip
    """Dx = start + Σ over the taps by which a place was seen of δ w, map by map; `turned` as in `convolve_back`."""
    wide, down, right = part(sizes, 1), part(moves, 0), part(moves, 1)
    line = line_of(room, part(sizes, 3), step)
    deepest = (down - 1 + part(moves, 2)) // down
    tabulate_back(i, table, 1, taps, moves, line, step)
    for r in range(i[rows]):
        source, ready = d + r * stride, 0
        seen = (framed if room else source) + part(room, 2) * line + part(room, 3) * step
        tap = 0
        for phase in range(down * right):
            first, left = phase // right, phase % right
            count = taps_of(first, 0, taps, moves) * taps_of(left, 1, taps, moves)
            across = -((left - wide) // right)
            high = -((first - part(sizes, 0)) // down)
            for y in range(high if across > 0 else 0):
                place = (first + y * down) * wide + left
                if room:
                    ready = frame_until(f, source, ready, y + deepest + 1, part(sizes, 2), part(sizes, 3), room,
                                        step, framed)  # fmt: skip
                w, z, z_step = turned + tap * step, dx + r * x_stride + place * step, right * step
                if start_stride:
                    row_of_maps(f, i, across, step, count, seen + y * line, step, table + tap, w,
                                start + r * start_stride + place * step, z_step, z, z_step)  # fmt: skip
                else:  # the usual one, which need not look where it starts at every place
                    row_of_maps(f, i, across, step, count, seen + y * line, step, table + tap, w, start, 0, z, z_step)
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
        hidden_only(self, self.activation)

    @property
    def setting(self) -> str:
        return f"{self.window} × {self.width or self.window}"

    def stands(self, inputs: tuple[Shape, ...]) -> Window:
        """Where its window stands."""
        return window_of(self, form(picture(self, inputs)), self.dilation)

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        stands = self.stands(inputs)
        return *places(stands.down.places, stands.across.places), inputs[0][-1]

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        stands, channels = self.stands(inputs), inputs[0][-1]
        own = (Parameter(n, (channels,), "scale", start) for n, start in self.activation.learned.items())
        fans = Fan(stands.taps, stands.taps)
        weight = Parameter("weight", (*taps_axes(self.id, stands), channels), "weight", fans=fans)
        return weight, Parameter("bias", (channels,), "bias"), *own

    def uses(self, inputs: tuple[Shape, ...]) -> int:
        return form(self.shape(inputs)).places

    def forward(self, p: Pass) -> Buffer:
        made, read, window, x = form(self.shape(p.shapes)), form(p.shapes[0]), self.stands(p.shapes), padded_input(p)
        z, a = p.samples("z", made.width), p.samples("a", made.width)
        p.op(depthwise, rows=p.rows, **window.settings(), x_stride=read.width, stride=z.stride, step=made.step(z), x=x,
             w=p.weight("weight"), b=p.weight("bias"), table=p.integers("table", window.taps),
             framed=p.scratch("framed", 1, window.room.places * made.step(z)), z=z)  # fmt: skip
        function_forward(Placed(p, made.places), self.activation, z, a, made)
        return a

    def backward(self, p: Pass) -> None:
        made, read, window = form(self.shape(p.shapes)), form(p.shapes[0]), self.stands(p.shapes)
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
