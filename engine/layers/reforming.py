"""Layers that give the same numbers another form: flat, another picture, larger, cut."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations.classic import Tanh
from engine.errors import ExperimentError
from engine.fields import count
from engine.kernels.record import Both, Floats, In, Ints, Out, Slot, kernel
from engine.kernels.rows import add_columns
from engine.kernels.table import Buffer, padded
from engine.kernels.words import head8, load8, splat8, store
from engine.layers._convolving import part
from engine.layers._picture import Picture, form, packed, picture, places
from engine.layers._placed import padded_input
from engine.layers._receptive import Box
from engine.layers.base import Layer, Reads, only
from engine.layers.convolution import Convolution
from engine.layers.dense import Dense
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Axis, Shape, size


@kernel
def pack(
    f: Floats, i: Ints, rows: Slot, places: int, channels: int, x_stride: int, step: int, stride: int, x: In, o: Out
) -> None:
    """The channels of all places in a row, without what pads them."""
    for r in range(i[rows]):
        to = o + r * stride
        for q in range(places):
            for c in range(channels):
                f[to + q * channels + c] = f[x + r * x_stride + q * step + c]


@kernel
def unpack(
    f: Floats, i: Ints, rows: Slot, places: int, channels: int, x_stride: int, step: int, stride: int,
    start_stride: int, x: In, start: In, o: Out,
) -> None:  # fmt: skip
    """O = S + x, which has the channels of all places in a row; the padding of O is 0."""
    for r in range(i[rows]):
        for q in range(places):
            for c in range(0, step, 8):
                k = q * step + c
                more = head8(load8(f, x + r * x_stride + q * channels + c), channels - c, 0.0)
                store(f, o + r * stride + k, load8(f, start + r * start_stride + k) + more)


@register("Flatten")
class Flatten(Layer, tag="flatten", frozen=True):
    """The numbers of all places in a row, as a dense layer reads them: place by place, channel by channel."""

    reads: ClassVar[Reads] = "pictures"
    group: ClassVar[str] = "form"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        rows, columns, channels = picture(self, inputs)
        labels = (f"{c} · {y} · {x}" for y in rows.labels for x in columns.labels for c in channels.labels)
        return (Axis("unit", tuple(labels)),)

    def forward(self, p: Pass) -> Buffer:
        read, x = form(p.shapes[0]), p.x[0]
        if read.step(x) == read.channels:
            return x
        a = p.samples("a", read.places * read.channels)
        p.op(pack, rows=p.rows, places=read.places, channels=read.channels, x_stride=x.stride, step=read.step(x),
             stride=a.stride, x=x, o=a)  # fmt: skip
        return a

    def backward(self, p: Pass) -> None:
        read, dx = form(p.shapes[0]), p.dx[0]
        if dx is not None:
            start, start_stride = p.start(0)
            p.op(unpack, rows=p.rows, places=read.places, channels=read.channels, x_stride=p.d.stride,
                 step=read.step(dx), stride=dx.stride, start_stride=start_stride, x=p.d, start=start, o=dx)  # fmt: skip

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return Convolution(id="c1", units=3, activation=Tanh()), cls(id="flat"), Dense(id="h1", units=5)


@kernel
def take_places(
    f: Floats, i: Ints, rows: Slot, sizes: int, before: int, scale: int, step: int, x_stride: int, stride: int, x: In,
    o: Out,
) -> None:  # fmt: skip
    """O[y, x] = X[⌊(y - before) / scale⌋, ⌊(x - before) / scale⌋], 0 where X has no such place."""
    for r in range(i[rows]):
        for y in range(part(sizes, 2)):
            row = (y - before) // scale
            for q in range(part(sizes, 3)):
                column, into = (q - before) // scale, o + r * stride + (y * part(sizes, 3) + q) * step
                inside = 0 <= row < part(sizes, 0) and 0 <= column < part(sizes, 1)
                at = x + r * x_stride + (row * part(sizes, 1) + column) * step
                for c in range(0, step, 8):
                    store(f, into + c, load8(f, at + c) if inside else splat8(f, 0.0))


@kernel
def give_places(
    f: Floats, i: Ints, rows: Slot, sizes: int, before: int, scale: int, step: int, x_stride: int, stride: int,
    start_stride: int, d: In, start: In, dx: Both,
) -> None:  # fmt: skip
    """Dx = start + what each place of `take_places` sends back to where it came from."""
    for r in range(i[rows]):
        for k in range(0, x_stride, 8):
            store(f, dx + r * x_stride + k, load8(f, start + r * start_stride + k))
        for y in range(part(sizes, 2)):
            row = (y - before) // scale
            for q in range(part(sizes, 3)):
                column, source = (q - before) // scale, d + r * stride + (y * part(sizes, 3) + q) * step
                if 0 <= row < part(sizes, 0) and 0 <= column < part(sizes, 1):
                    at = dx + r * x_stride + (row * part(sizes, 1) + column) * step
                    for c in range(0, step, 8):
                        store(f, at + c, load8(f, at + c) + load8(f, source + c))


class Replaced(Layer, frozen=True):
    """Layers that put the places of maps elsewhere: place q of an axis comes from place ⌊(q - before) / scale⌋."""

    reads: ClassVar[Reads] = "pictures"
    group: ClassVar[str] = "form"

    @property
    def moves(self) -> tuple[int, int]:
        """Before and scale."""
        raise NotImplementedError

    def side(self, axis: str, size: int) -> int:
        """How long an axis becomes."""
        raise NotImplementedError

    def origin(self, box: Box, read: Picture) -> Box:
        """Where the places of a box come from (`engine.layers._receptive.Placing`)."""
        before, scale = self.moves
        first, last = ((k - before) // scale for k in box[:2]), ((k - 1 - before) // scale for k in box[2:])
        return Box(*first, *(k + 1 for k in last))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        rows, columns, channels = picture(self, inputs)
        return *places(self.side("row", rows.size), self.side("column", columns.size)), channels

    def forward(self, p: Pass) -> Buffer:
        x = padded_input(p)
        a = p.samples("a", form(self.shape(p.shapes)).width)
        p.op(take_places, **self._forms(p, a), x=x, o=a)
        return a

    def backward(self, p: Pass) -> None:
        dx = p.dx[0]
        if dx is not None:
            start, step = p.start(0)
            p.op(give_places, **self._forms(p, p.d), start_stride=step, d=p.d, start=start, dx=dx)

    def _forms(self, p: Pass, a: Buffer) -> dict[str, Buffer | int]:
        read, made, (before, scale) = form(p.shapes[0]), form(self.shape(p.shapes)), self.moves
        sizes = packed(read.rows, read.columns, made.rows, made.columns)
        return {"rows": p.rows, "sizes": sizes, "before": before, "scale": scale, "step": padded(read.channels),
                "x_stride": read.width, "stride": a.stride}  # fmt: skip

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return Convolution(id="c1", units=3), cls(id="m1"), Convolution(id="c2", units=9, window=2), cls(id="m2")


@register("Up-sampling")
class UpSampling(Replaced, tag="up-sampling", frozen=True):
    """Every place becomes a square of equal places (nearest neighbour)."""

    factor: Annotated[int, count("factor", "how many times as many rows and columns", low=1, high=16)] = 2

    @property
    def setting(self) -> str:
        return f"× {self.factor}"

    @property
    def moves(self) -> tuple[int, int]:
        return 0, self.factor

    def side(self, axis: str, size: int) -> int:
        return size * self.factor


@register("Padding")
class ZeroPadding(Replaced, tag="padding", frozen=True):
    """Zeros around every map."""

    width: Annotated[int, count("width", "places of zeros on each side", low=0, high=64)] = 1

    @property
    def setting(self) -> str:
        return str(self.width)

    @property
    def moves(self) -> tuple[int, int]:
        return self.width, 1

    def side(self, axis: str, size: int) -> int:
        return size + 2 * self.width


@register("Crop")
class Crop(Replaced, tag="crop", frozen=True):
    """The middle of every map."""

    width: Annotated[int, count("width", "places that are cut off on each side", low=0, high=64)] = 1

    @property
    def setting(self) -> str:
        return str(self.width)

    @property
    def moves(self) -> tuple[int, int]:
        return -self.width, 1

    def side(self, axis: str, size: int) -> int:
        left = size - 2 * self.width
        if left < 1:
            raise ExperimentError(
                f"layer “{self.id}” cuts 2 × {self.width} {axis}s off {size}, which leaves none; cut off less"
            )
        return left


@register("Reshape")
class Reshape(Layer, tag="reshape", frozen=True):
    """The same numbers as pictures of other rows and columns; what they have too many of become channels.

    Numbers keep their order: place by place, channel by channel.
    """

    group: ClassVar[str] = "form"

    rows: Annotated[int, count("rows", "rows of the pictures", low=1, high=4096)] = 1
    columns: Annotated[int, count("columns", "columns of the pictures", low=1, high=4096)] = 1

    @property
    def setting(self) -> str:
        return f"{self.rows} × {self.columns}"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        numbers = size(only(self, inputs))
        if numbers % (self.rows * self.columns):
            raise ExperimentError(
                f"layer “{self.id}” can't cut {numbers} numbers into {self.rows} × {self.columns} places; choose rows "
                f"and columns whose product divides {numbers}"
            )
        channels = numbers // (self.rows * self.columns)
        return *places(self.rows, self.columns), Axis("channel", tuple(f"{self.id}/{k}" for k in range(channels)))

    def forward(self, p: Pass) -> Buffer:
        made = form(self.shape(p.shapes))
        row, a = self._row(p), p.samples("a", made.width)
        p.op(unpack, rows=p.rows, places=made.places, channels=made.channels, x_stride=row.stride, step=made.step(a),
             stride=a.stride, start_stride=0, x=row, start=p.zeros, o=a)  # fmt: skip
        return a

    def _row(self, p: Pass) -> Buffer:
        """What is read, place by place without padding."""
        if len(p.shapes[0]) == 1:
            return p.x[0]
        read, x = form(p.shapes[0]), p.x[0]
        if read.step(x) == read.channels:
            return x
        row = p.samples("row", read.places * read.channels)
        p.op(pack, rows=p.rows, places=read.places, channels=read.channels, x_stride=x.stride, step=read.step(x),
             stride=row.stride, x=x, o=row)  # fmt: skip
        return row

    def backward(self, p: Pass) -> None:
        made, dx = form(self.shape(p.shapes)), p.dx[0]
        if dx is None:
            return
        row, (start, step) = p.samples("d row", made.places * made.channels), p.start(0)
        p.op(pack, rows=p.rows, places=made.places, channels=made.channels, x_stride=p.d.stride, step=made.step(p.d),
             stride=row.stride, x=p.d, o=row)  # fmt: skip
        if len(p.shapes[0]) == 1:
            p.op(add_columns, rows=p.rows, columns=row.columns, first=0, x_stride=row.stride, stride=dx.stride,
                 start_stride=step, x=row, start=start, o=dx)  # fmt: skip
            return
        read = form(p.shapes[0])
        p.op(unpack, rows=p.rows, places=read.places, channels=read.channels, x_stride=row.stride, step=read.step(dx),
             stride=dx.stride, start_stride=step, x=row, start=start, o=dx)  # fmt: skip

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            Convolution(id="c1", units=4, window=2),
            cls(id="r1", rows=4, columns=14),
            Flatten(id="flat"),
            Dense(id="h1", units=12, activation=Tanh()),
            cls(id="r2", rows=2, columns=2),
        )
