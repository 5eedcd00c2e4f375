"""What layers of pictures share: the form of a picture, and where a window that moves over it stands.

A picture is [row, column, channel]. In the arena the channels of a place stand side by side, each place `step` numbers
behind the one before: as many as there are channels in the data, padded to 8 in what layers make.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, NamedTuple, Protocol

from engine.errors import ExperimentError
from engine.fields import choice, count
from engine.kernels.table import Buffer, padded
from engine.layers.base import Layer, only
from engine.shapes import Axis, Shape, spoken

Padding = Literal["valid", "same", "full", "number"]
Edging = Padding | Literal["causal"]

Side = Annotated[int, count("window", "rows and columns that it sees at once", low=1, high=64)]
Width = Annotated[int, count("width", "columns that it sees at once", low=0, high=64, zero="as many as rows")]
Stride = Annotated[int, count("stride", "places from one window to the next", low=1, high=64)]
Dilation = Annotated[int, count("dilation", "places from one tap of the window to the next", low=1, high=64)]
Edge = Annotated[Padding, choice("padding", "how far windows may hang over the edge, where they see 0")]
Pad = Annotated[int, count("pad", "places on each side, where padding is a number", low=0, high=64)]

LARGEST: Final = 4096
"""Most rows, or columns, of a picture: places travel in 16 bits."""


class Picture(NamedTuple):
    """The form of a picture."""

    rows: int
    columns: int
    channels: int

    @property
    def places(self) -> int:
        """Rows by columns."""
        return self.rows * self.columns

    @property
    def side(self) -> int:
        """The smaller of rows and columns."""
        return min(self.rows, self.columns)

    @property
    def width(self) -> int:
        """The numbers of one picture in the arena, padded channel by channel."""
        return self.places * padded(self.channels)

    def step(self, buffer: Buffer) -> int:
        """From a place to the next, in a buffer of such pictures."""
        return buffer.columns // self.places

    def __str__(self) -> str:
        return f"{self.rows} × {self.columns} × {self.channels}"


def form(shape: Shape) -> Picture:
    """The form of a shape with three axes."""
    rows, columns, channels = (axis.size for axis in shape)
    return Picture(rows, columns, channels)


def picture(layer: Layer, inputs: tuple[Shape, ...]) -> Shape:
    """Return the shape of the one layer of pictures that a layer reads."""
    if len(only(layer, inputs)) != 3:
        raise ExperimentError(
            f"layer “{layer.id}” expects pictures (rows × columns × channels) but is given {spoken(inputs[0])}; let it "
            "read a layer of pictures, or reshape first"
        )
    return inputs[0]


def places(rows: int, columns: int) -> tuple[Axis, Axis]:
    """The axes of rows and columns, labelled by their numbers."""
    return Axis("row", tuple(map(str, range(rows)))), Axis("column", tuple(map(str, range(columns))))


class Reach(NamedTuple):
    """A window along one axis: how long the axis is, and where the window stands first, next, and how many times.

    Tap t of place q stands at q stride - before + t dilation.
    """

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    places: int

    @property
    def room(self) -> int:
        """How long the axis is with the padding that the window sees."""
        extent = abs(self.dilation) * (self.kernel - 1) + 1
        return max(self.before + self.size, (self.places - 1) * self.stride + extent)

    @property
    def beyond(self) -> tuple[int, int]:
        """How many windows before the first and behind the last would have seen places of the axis."""
        extent = abs(self.dilation) * (self.kernel - 1) + 1
        before = (extent - 1 - self.before) // self.stride
        return max(0, before), max(0, (self.size - 1 + self.before) // self.stride - self.places + 1)


def reach(
    layer: str, axis: str, size: int, kernel: int, stride: int, dilation: int, padding: Edging, number: int
) -> Reach:
    """Where a window stands along an axis; count = ⌊(size + padding - extent) / stride⌋ + 1.

    extent = dilation (kernel - 1) + 1. Padding, both sides together: valid 0; full 2 (extent - 1); same as much as
    makes count = ⌈size / stride⌉, the odd one behind; a number on each side (Dumoulin, Visin 2016); causal extent - 1,
    all of it before.
    """
    extent = dilation * (kernel - 1) + 1
    before = {"valid": 0, "full": extent - 1, "number": number}.get(padding, 0)
    whole = 2 * before
    if padding == "causal":
        before = whole = extent - 1
    if padding == "same":
        whole = max(0, (-(-size // stride) - 1) * stride + extent - size)
        before = whole // 2
    if size + whole < extent:
        spaced = f", spread over {extent} by the dilation {dilation}," if dilation > 1 else ""
        raise ExperimentError(
            f"layer “{layer}”: a window of {kernel} {axis}s{spaced} does not fit into {size} {axis}s"
            f"{f' + {whole} of padding' if whole else ''}; make it at most {size + whole}, or pad more"
        )
    return Reach(size, kernel, stride, dilation, before, (size + whole - extent) // stride + 1)


class Room(NamedTuple):
    """Room for a picture with zeros around it: its rows and columns, and where the picture begins."""

    rows: int
    columns: int
    above: int
    left: int

    @property
    def places(self) -> int:
        """Rows by columns; at least one, so that there is something to point at."""
        return max(self.rows * self.columns, 1)


class Moving(Protocol):
    """The settings of a layer whose window moves over pictures."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def window(self) -> int:
        """Rows that it sees at once."""

    @property
    def width(self) -> int:
        """Columns; 0: as many."""

    @property
    def stride(self) -> int:
        """Places from one window to the next."""

    @property
    def padding(self) -> Padding:
        """How far it may hang over the edge."""

    @property
    def pad(self) -> int:
        """Places on each side, where padding is a number."""


def window_of(layer: Moving, shape: Picture, dilation: int = 1) -> Window:
    """Where the window of a layer stands on such pictures, or a sentence that gives the arithmetic."""
    rest = (layer.stride, dilation, layer.padding, layer.pad)
    return Window(
        reach(layer.id, "row", shape.rows, layer.window, *rest),
        reach(layer.id, "column", shape.columns, layer.width or layer.window, *rest),
    )


class Window(NamedTuple):
    """A window that moves over pictures."""

    down: Reach
    across: Reach

    @property
    def taps(self) -> int:
        """The places within it."""
        return self.down.kernel * self.across.kernel

    @property
    def places(self) -> int:
        """How many times it stands."""
        return self.down.places * self.across.places

    @property
    def turned(self) -> Window:
        """The same places, with the taps counted from the other end, as in a true convolution."""
        return Window(*(r._replace(dilation=-r.dilation) for r in self))

    @property
    def room(self) -> Room:
        """Room for a picture with the padding that the window sees; all 0 where it sees none."""
        down, across = self.down.room, self.across.room
        if (down, across) == (self.down.size, self.across.size):
            return Room(0, 0, 0, 0)
        return Room(down, across, self.down.before, self.across.before)

    @property
    def room_back(self) -> Room:
        """Room for slopes, with zeros where places have no window that saw them; all 0 where each has one."""
        (up, down), (left, right) = self.down.beyond, self.across.beyond
        if not (up or down or left or right):
            return Room(0, 0, 0, 0)
        return Room(up + self.down.places + down, left + self.across.places + right, up, left)

    def settings(self) -> dict[str, int]:
        """Itself as arguments of a kernel that looks through it: four numbers of 16 bits to a word."""
        d, a = self
        return {
            "sizes": packed(d.size, a.size, d.places, a.places),
            "taps": packed(d.kernel, a.kernel, d.dilation, a.dilation),
            "moves": packed(d.stride, a.stride, d.before, a.before),
            "room": packed(*self.room),
        }

    def settings_back(self) -> dict[str, int]:
        """Itself as arguments of a kernel that sends slopes back through it."""
        return self.settings() | {"room": packed(*self.room_back)}


def packed(*numbers: int) -> int:
    """Four signed numbers of 16 bits in one word of 64; `engine.layers._convolving.part` takes them out."""
    word = sum((n & 0xFFFF) << 16 * k for k, n in enumerate(numbers))
    return word - (1 << 64) if word >= 1 << 63 else word
