"""Dropout for pictures: neighbours on a map say nearly the same, so whole maps are dropped, or blocks of them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.activations.classic import Tanh
from engine.draws import kept8, key
from engine.errors import ExperimentError
from engine.fields import count, number
from engine.kernels.record import Both, Floats, Ints, Out, Slot, kernel
from engine.kernels.table import Buffer, padded
from engine.kernels.words import head8, higher, load8, some, splat8, store
from engine.layers._picture import form, picture
from engine.layers._placed import padded_input
from engine.layers.base import Layer, Reads
from engine.layers.chance import Dropping
from engine.layers.convolution import Convolution
from engine.layers.reforming import Flatten
from engine.passes import Pass
from engine.registry import register
from engine.shapes import Shape


@kernel
def draw_maps(
    f: Floats, i: Ints, rows: Slot, seen: Slot, places: int, channels: int, step: int, share: float, scale: float,
    stream: int, m: Out,
) -> None:  # fmt: skip
    """M [sample, place, channel] = a factor for every map of every sample; the padding is 0."""
    for r in range(i[rows]):
        for c in range(0, step, 8):
            found = head8(kept8(f, key(stream, i[seen] + r, c), share, scale), channels - c, 0.0)
            for q in range(places):
                store(f, m + (r * places + q) * step + c, found)


@kernel
def draw_blocks(
    f: Floats, i: Ints, rows: Slot, seen: Slot, high: int, wide: int, side: int, channels: int, step: int, share: float,
    stream: int, m: Both,
) -> None:  # fmt: skip
    """M = 0 in the blocks whose first place is drawn, map by map, else places / (places that are kept)."""
    places, inner = high * wide, wide - side + 1
    for r in range(i[rows]):
        for c in range(0, step, 8):
            at = m + r * places * step + c
            for q in range(places):
                store(f, at + q * step, head8(splat8(f, 1.0), channels - c, 0.0))
            for first in range((high - side + 1) * inner):
                kept = kept8(f, key(stream, i[seen] + r, first * step + c), share, 1.0)
                if some(kept < 0.5):
                    corner = at + (first // inner * wide + first % inner) * step
                    for k in range(side * side):
                        place = corner + (k // side * wide + k % side) * step
                        store(f, place, load8(f, place) * kept)
            left = splat8(f, 0.0)
            for q in range(places):
                left = left + load8(f, at + q * step)
            scale = splat8(f, 1.0) * places / higher(left, 1.0)
            for q in range(places):
                store(f, at + q * step, load8(f, at + q * step) * scale)


class DroppingMaps(Dropping, frozen=True):
    """Drops a share of what it reads from pictures."""

    reads: ClassVar[Reads] = "pictures"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return picture(self, inputs)

    def seen(self, p: Pass) -> Buffer:
        return padded_input(p)

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            Convolution(id="c1", units=11, activation=Tanh()),
            cls(id="chance"),
            cls(id="again"),
            Convolution(id="c2", units=5, activation=Tanh()),
            Flatten(id="flat"),
        )


@register("Spatial dropout")
class SpatialDropout(DroppingMaps, tag="spatial-dropout", frozen=True):
    """Each map is silent for a sample, at all places, with the probability p while it learns; else it is x / (1 - p).

    What one place of a map says can be told from those beside it, so dropping single places would hide little (Tompson
    et al. 2015).
    """

    share: Annotated[float, number("dropped", "share of the maps that is dropped, p", low=0, high=0.95)] = 0.2

    def draw(self, p: Pass, m: Buffer) -> None:
        read = form(p.shapes[0])
        p.op(draw_maps, rows=p.rows, seen=p.seen, places=read.places, channels=read.channels,
             step=padded(read.channels), share=self.share, scale=1 / (1 - self.share), stream=p.stream("dropout"),
             m=m)  # fmt: skip


@register("DropBlock")
class DropBlock(DroppingMaps, tag="drop-block", frozen=True):
    """Blocks of b × b places of each map are silent while the network learns, so that about a share p of it is.

    A block begins at each place where it fits with the probability γ = p / b² · h w / ((h - b + 1) (w - b + 1)). What
    is left of a map is scaled by its places / (places that are kept) (Ghiasi, Lin, Le 2018).
    """

    share: Annotated[float, number("dropped", "about what share of each map is dropped, p", low=0, high=0.95)] = 0.1
    side: Annotated[int, count("block", "rows and columns of a block, b", low=1, high=64)] = 3

    @property
    def setting(self) -> str:
        return f"{super().setting} in {self.side} × {self.side}"

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        read = form(picture(self, inputs))
        if self.side > min(read.rows, read.columns):
            raise ExperimentError(
                f"layer “{self.id}”: a block of {self.side} × {self.side} does not fit into {read.rows} × "
                f"{read.columns} places; make it at most {min(read.rows, read.columns)}"
            )
        return inputs[0]

    def begins(self, rows: int, columns: int) -> float:
        """The probability γ with which a block begins at a place where it fits."""
        room = (rows - self.side + 1) * (columns - self.side + 1)
        return min(1.0, self.share / self.side**2 * rows * columns / room)

    def draw(self, p: Pass, m: Buffer) -> None:
        read = form(p.shapes[0])
        p.op(draw_blocks, rows=p.rows, seen=p.seen, high=read.rows, wide=read.columns, side=self.side,
             channels=read.channels, step=padded(read.channels), share=self.begins(read.rows, read.columns),
             stream=p.stream("dropout"), m=m)  # fmt: skip
