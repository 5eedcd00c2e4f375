"""Pooling: each map on its own, a window of it becomes one number."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from engine.errors import ExperimentError
from engine.fields import choice, count
from engine.kernels.record import Both, Floats, In, Ints, Kernel, Out, Slot, hole, inline, kernel
from engine.kernels.table import Buffer
from engine.kernels.words import Vec, higher, like, load8, square_root, store, where
from engine.layers._convolving import part
from engine.layers._picture import Edge, Moving, Pad, Picture, Reach, Side, Width, Window, form, picture, places, reach
from engine.layers._placed import padded_input
from engine.layers.base import Layer, Reads
from engine.layers.convolution import Convolution
from engine.layers.dense import Dense
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Axis, Shape


@hole
def term(v: Vec) -> Vec:  # type: ignore[empty-body]
    """What a number adds to the sum of its window."""


@hole
def whole(s: Vec, n: int) -> Vec:  # type: ignore[empty-body]
    """What the window says, from the sum over the n places that it sees."""


@hole
def back(v: Vec, a: Vec, n: int) -> Vec:  # type: ignore[empty-body]
    """The slope of what the window says by one of the numbers in it."""


@inline
def span(q: int, axis: int, sizes: int, taps: int, moves: int) -> tuple[int, int]:
    """From where to where window q sees places of an axis (0 down, 1 across)."""
    first = q * part(moves, axis) - part(moves, 2 + axis)
    return max(first, 0), min(first + part(taps, axis), part(sizes, axis))


@kernel
def pool_sums(
    f: Floats, i: Ints, rows: Slot, sizes: int, taps: int, moves: int, x_stride: int, stride: int, step: int, x: In,
    a: Out,
) -> None:  # fmt: skip
    """A = what each window says, from a sum over what it sees; what hangs over the edge counts for nothing."""
    wide, across = part(sizes, 1), part(sizes, 3)
    for r in range(i[rows]):
        for y in range(part(sizes, 2)):
            y0, y1 = span(y, 0, sizes, taps, moves)
            for q in range(across):
                x0, x1 = span(q, 1, sizes, taps, moves)
                for c in range(0, step, 8):
                    at = x + r * x_stride + c
                    sums = like(load8(f, at), 0.0)
                    for row in range(y0, y1):
                        for column in range(x0, x1):
                            sums = sums + term(load8(f, at + (row * wide + column) * step))
                    store(f, a + r * stride + (y * across + q) * step + c, whole(sums, max((y1 - y0) * (x1 - x0), 1)))


@kernel
def pool_sums_backward(
    f: Floats, i: Ints, rows: Slot, sizes: int, taps: int, moves: int, x_stride: int, stride: int, step: int,
    start_stride: int, x: In, a: In, d: In, start: In, dx: Both,
) -> None:  # fmt: skip
    """Dx = start + d times the slope of what each window says."""
    wide, across = part(sizes, 1), part(sizes, 3)
    for r in range(i[rows]):
        for k in range(0, x_stride, 8):
            store(f, dx + r * x_stride + k, load8(f, start + r * start_stride + k))
        for y in range(part(sizes, 2)):
            y0, y1 = span(y, 0, sizes, taps, moves)
            for q in range(across):
                x0, x1 = span(q, 1, sizes, taps, moves)
                for c in range(0, step, 8):
                    here = r * stride + (y * across + q) * step + c
                    slope, said = load8(f, d + here), load8(f, a + here)
                    for row in range(y0, y1):
                        for column in range(x0, x1):
                            k = r * x_stride + (row * wide + column) * step + c
                            more = slope * back(load8(f, x + k), said, max((y1 - y0) * (x1 - x0), 1))
                            store(f, dx + k, load8(f, dx + k) + more)


@kernel
def pool_greatest(
    f: Floats, i: Ints, rows: Slot, sizes: int, taps: int, moves: int, x_stride: int, stride: int, step: int,
    sign: float, x: In, a: Out,
) -> None:  # fmt: skip
    """A = sign max(sign x) over what each window sees; the edge never wins."""
    wide, across = part(sizes, 1), part(sizes, 3)
    for r in range(i[rows]):
        for y in range(part(sizes, 2)):
            y0, y1 = span(y, 0, sizes, taps, moves)
            for q in range(across):
                x0, x1 = span(q, 1, sizes, taps, moves)
                for c in range(0, step, 8):
                    at = x + r * x_stride + c
                    best = load8(f, at + (y0 * wide + x0) * step) * sign
                    for row in range(y0, y1):
                        for column in range(x0, x1):
                            best = higher(load8(f, at + (row * wide + column) * step) * sign, best)
                    store(f, a + r * stride + (y * across + q) * step + c, best * sign)


@kernel
def pool_greatest_backward(
    f: Floats, i: Ints, rows: Slot, sizes: int, taps: int, moves: int, x_stride: int, stride: int, step: int,
    start_stride: int, sign: float, x: In, a: In, d: In, start: In, dx: Both,
) -> None:  # fmt: skip
    """Dx = start + d where the greatest number of a window stands; of equals it is the first."""
    wide, across = part(sizes, 1), part(sizes, 3)
    for r in range(i[rows]):
        for k in range(0, x_stride, 8):
            store(f, dx + r * x_stride + k, load8(f, start + r * start_stride + k))
        for y in range(part(sizes, 2)):
            y0, y1 = span(y, 0, sizes, taps, moves)
            for q in range(across):
                x0, x1 = span(q, 1, sizes, taps, moves)
                for c in range(0, step, 8):
                    here = r * stride + (y * across + q) * step + c
                    left_over, said = load8(f, d + here), load8(f, a + here) * sign
                    for row in range(y0, y1):
                        for column in range(x0, x1):
                            k = r * x_stride + (row * wide + column) * step + c
                            share = where(load8(f, x + k) * sign >= said, left_over, 0.0)
                            left_over = left_over - share
                            store(f, dx + k, load8(f, dx + k) + share)


@inline
def itself(v: Vec) -> Vec:
    """The number."""
    return v


@inline
def squared(v: Vec) -> Vec:
    """Its square."""
    return v * v


@inline
def mean(s: Vec, n: int) -> Vec:
    """The mean."""
    return s / n


@inline
def sum_itself(s: Vec, n: int) -> Vec:  # noqa: ARG001 - the fillings of a hole take the same arguments
    """The sum."""
    return s


@inline
def root(s: Vec, n: int) -> Vec:  # noqa: ARG001
    """The root of a sum of squares."""
    return square_root(s)


@inline
def share_of_mean(v: Vec, a: Vec, n: int) -> Vec:  # noqa: ARG001
    """1 / n."""
    return like(v, 1.0) / n


@inline
def all_of_it(v: Vec, a: Vec, n: int) -> Vec:  # noqa: ARG001
    """1."""
    return like(v, 1.0)


@inline
def share_of_root(v: Vec, a: Vec, n: int) -> Vec:  # noqa: ARG001
    """V / a, and 0 where all is 0."""
    return where(a > 0.0, v / where(a > 0.0, a, 1.0), 0.0)


Means = Literal["max", "average", "min", "sum", "L2"]
Means_ = Annotated[Means, choice("of the window", "the one number that is told of a window")]

SUMS: dict[str, tuple[Kernel, Kernel]] = {
    name: (
        pool_sums.filled(name, term=add, whole=tell),
        pool_sums_backward.filled(name, back=slope),
    )
    for name, add, tell, slope in (
        ("average", itself, mean, share_of_mean),
        ("sum", itself, sum_itself, all_of_it),
        ("L2", squared, root, share_of_root),
    )
}
SIGNS = {"max": 1.0, "min": -1.0}


def pooled(p: Pass, means: Means, window: Window, x: Buffer, step: int, a: Buffer) -> None:
    """Add the operation that writes what each window says."""
    forms = _forms(p, window, x.stride, a, step)
    if means in SUMS:
        p.op(SUMS[means][0], **forms, x=x, a=a)
    else:
        p.op(pool_greatest, **forms, sign=SIGNS[means], x=x, a=a)


def pooled_back(p: Pass, means: Means, window: Window, x: Buffer, step: int, a: Buffer, d: Buffer) -> None:
    """Add the operation that sends the slope d of what windows say back to what is read."""
    dx = p.dx[0]
    if dx is None:
        return
    start, start_stride = p.start(0)
    forms = _forms(p, window, x.stride, a, step) | {"start_stride": start_stride}
    if means in SUMS:
        p.op(SUMS[means][1], **forms, x=x, a=a, d=d, start=start, dx=dx)
    else:
        p.op(pool_greatest_backward, **forms, sign=SIGNS[means], x=x, a=a, d=d, start=start, dx=dx)


def _forms(p: Pass, window: Window, x_stride: int, a: Buffer, step: int) -> dict[str, Buffer | int]:
    settings = window.settings()
    del settings["room"]
    return {"rows": p.rows, **settings, "x_stride": x_stride, "stride": a.stride, "step": step}


Apart = Annotated[int, count("stride", "places from one window to the next", low=0, high=64, zero="the window")]


def pooling_stands(layer: Moving, read: Picture) -> Window:
    """Where the windows of a layer stand, side by side unless it has a stride; none may see nothing but padding."""
    wide = layer.width or layer.window
    rest = (1, layer.padding, layer.pad)
    found = Window(
        reach(layer.id, "row", read.rows, layer.window, layer.stride or layer.window, *rest),
        reach(layer.id, "column", read.columns, wide, layer.stride or wide, *rest),
    )
    if any(r.before >= r.kernel for r in found):
        raise ExperimentError(
            f"layer “{layer.id}” pads {layer.pad} places, so that windows of {layer.window} see nothing but padding; "
            f"pad less than {min(layer.window, wide)}"
        )
    return found


def fewer_places(stands: Window, read: Shape) -> Shape:
    """The shape of what keeps the channels that it reads, at the places where windows stand."""
    return *places(stands.down.places, stands.across.places), read[-1]


@register("Pooling")
class Pooling(Layer, tag="pooling", frozen=True):
    """What a window of each map says: its maximum, average, minimum, sum, or root of the sum of squares (L2).

    Windows stand side by side unless a stride is given. What hangs over the edge counts for nothing, in averages too.
    """

    reads: ClassVar[Reads] = "pictures"
    group: ClassVar[str] = "pooling"

    window: Side = 2
    width: Width = 0
    stride: Apart = 0
    padding: Edge = "valid"
    pad: Pad = 0
    means: Means_ = "max"

    @property
    def setting(self) -> str:
        return f"{self.means} {self.window} × {self.width or self.window}"

    def stands(self, inputs: tuple[Shape, ...]) -> Window:
        """Where its windows stand."""
        return pooling_stands(self, form(picture(self, inputs)))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return fewer_places(self.stands(inputs), inputs[0])

    def forward(self, p: Pass) -> Buffer:
        made, x = form(self.shape(p.shapes)), padded_input(p)
        a = p.samples("a", made.width)
        pooled(p, self.means, self.stands(p.shapes), x, made.step(a), a)
        return a

    def backward(self, p: Pass) -> None:
        made = form(self.shape(p.shapes))
        a = p.samples("a", made.width)
        pooled_back(p, self.means, self.stands(p.shapes), p.x[0], made.step(a), a, p.d)

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            Convolution(id="c1", units=3),
            *(
                cls(id=f"p{k}", means=means, window=2, stride=1, padding="same")
                for k, means in enumerate(get_args(Means))
            ),
            cls(id="last", means="max", window=3, width=2),
        )


@register("Global pooling")
class GlobalPooling(Layer, tag="global-pooling", frozen=True):
    """One number for each map, of all its places; after it there are units, for dense layers (Lin et al. 2013)."""

    reads: ClassVar[Reads] = "pictures"
    group: ClassVar[str] = "pooling"

    means: Means_ = "average"

    @property
    def setting(self) -> str:
        return self.means

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        *_, channels = picture(self, inputs)
        return (Axis("unit", channels.labels),)

    def forward(self, p: Pass) -> Buffer:
        x, read = padded_input(p), form(p.shapes[0])
        a = p.samples("a", read.channels)
        pooled(p, self.means, self._all(read), x, a.stride, a)
        return a

    def backward(self, p: Pass) -> None:
        read = form(p.shapes[0])
        a = p.samples("a", read.channels)
        pooled_back(p, self.means, self._all(read), p.x[0], a.stride, a, p.d)

    @staticmethod
    def _all(read: Picture) -> Window:
        return Window(*(Reach(n, n, 1, 1, 0, 1) for n in (read.rows, read.columns)))

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return Convolution(id="c1", units=5), cls(id="whole"), Dense(id="h1", units=3)
