"""Pictures that nobody took: moved, turned, bent, mirrored, partly hidden, lighter and darker.

Each is anew for every sample of every batch, drawn by the number of the sample. What lies outside a picture is 0, the
ground. Amounts of 0 leave every number as it is. Only what is learned from is changed, never what is judged.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from engine.draws import key, normal, uniform
from engine.fields import count, number
from engine.kernels.record import Both, Floats, Ints, Out, Slot, inline, kernel
from engine.kernels.words import load8, store
from engine.registry import register
from engine.regularisers.base import Regulariser, Setting, StepPass


class Augmentation(Regulariser, frozen=True):
    """What changes of pictures have in common."""

    changes_inputs: ClassVar[bool] = True

    def unfit(self, setting: Setting) -> str:
        return "" if setting.picture else "pictures"


@inline
def either_way(stream: int, sample: int, place: int, most: float) -> float:
    """A number of U[-most, most)."""
    return (2.0 * uniform(key(stream, sample, place)) - 1.0) * most


@inline
def keep(f: Floats, picture: int, stride: int, kept: int) -> None:
    """Put a picture aside."""
    for k in range(0, stride, 8):
        store(f, kept + k, load8(f, picture + k))


@inline
def between(f: Floats, picture: int, height: int, width: int, channels: int, y: float, x: float) -> float:
    """The value of a channel at a place between four others, by their nearness; 0 outside."""
    top, left = math.floor(y), math.floor(x)
    down, right = y - top, x - left
    total = 0.0
    for corner in range(4):
        row, column = int(top) + corner // 2, int(left) + corner % 2
        if 0 <= row < height and 0 <= column < width:
            share = (down if corner // 2 else 1.0 - down) * (right if corner % 2 else 1.0 - right)
            total += share * f[picture + (row * width + column) * channels]
    return total


# -- moved, turned, scaled, sheared --------------------------------------------------------------------------------


@kernel
def move_pictures(
    f: Floats, i: Ints, rows: Slot, seen: Slot, height: int, width: int, channels: int, stride: int, shift: float,
    turn: float, scale: float, shear: float, stream: int, x: Both, kept: Out,
) -> None:  # fmt: skip
    """Each place q takes what was at p, with q - t = R(φ) s H(h) p from the middle; bilinear between places."""
    middle_y, middle_x = 0.5 * (height - 1), 0.5 * (width - 1)
    for r in range(i[rows]):
        sample, picture = i[seen] + r, x + r * stride
        keep(f, picture, stride, kept)
        down = either_way(stream, sample, 0, shift * height)
        right = either_way(stream, sample, 1, shift * width)
        angle = either_way(stream, sample, 2, turn)
        size = (1.0 + scale) ** either_way(stream, sample, 3, 1.0)
        slant = either_way(stream, sample, 4, shear)
        cosine, sine = math.cos(angle) / size, math.sin(angle) / size
        for y in range(height):
            for z in range(width):
                from_y, from_x = y - middle_y - down, z - middle_x - right
                back_y = cosine * from_y - sine * from_x
                back_x = cosine * from_x + sine * from_y - slant * back_y
                for c in range(channels):
                    f[picture + (y * width + z) * channels + c] = between(
                        f, kept + c, height, width, channels, back_y + middle_y, back_x + middle_x
                    )


@register("Move, turn, scale, shear")
class Affine(Augmentation, tag="affine", frozen=True):
    """The picture is sheared by U(-h, h), scaled by (1 + s)^U(-1, 1), turned by U(-φ, φ) and moved by U(-t, t).

    All about its middle, and in one step, so places are interpolated (bilinear) only once. Scaled so, a picture grows
    as often as it shrinks. The shear says how far a row moves aside for each row up.
    """

    shift: Annotated[float, number("t", "largest move along each axis, of the side", low=0, high=50, unit="%")] = 6.0
    angle: Annotated[float, number("φ", "largest angle", low=0, high=180, unit="°")] = 10.0
    scale: Annotated[float, number("s", "most it grows, or shrinks as much", low=0, high=100, unit="%")] = 10.0
    shear: Annotated[float, number("h", "largest shear", low=0, high=1)] = 0.0

    def on_batch(self, p: StepPass) -> None:
        height, width, channels = p.setting.picture
        p.op(move_pictures, rows=p.rows, seen=p.seen, height=height, width=width, channels=channels,
             stride=p.x.stride, shift=self.shift / 100, turn=math.radians(self.angle), scale=self.scale / 100,
             shear=self.shear, stream=p.stream("noise"), x=p.x, kept=p.scratch("kept", 1, p.x.columns))  # fmt: skip


# -- mirrored ------------------------------------------------------------------------------------------------------


@kernel
def mirror_pictures(
    f: Floats, i: Ints, rows: Slot, seen: Slot, height: int, width: int, channels: int, stride: int, across: float,
    down: float, stream: int, x: Both, kept: Out,
) -> None:  # fmt: skip
    """Swap left and right with the probability `across`, up and down with `down`."""
    for r in range(i[rows]):
        sample, picture = i[seen] + r, x + r * stride
        swap_across = uniform(key(stream, sample, 0)) < across
        swap_down = uniform(key(stream, sample, 1)) < down
        if swap_across or swap_down:
            keep(f, picture, stride, kept)
            for y in range(height):
                row = height - 1 - y if swap_down else y
                for z in range(width):
                    column = width - 1 - z if swap_across else z
                    for c in range(channels):
                        there = kept + (row * width + column) * channels + c
                        f[picture + (y * width + z) * channels + c] = f[there]


@register("Flip")
class Flip(Augmentation, tag="flip", frozen=True):
    """The picture is mirrored, left and right or up and down, each by chance.

    Only where a mirrored picture is of the same class: a mirrored “b” is a “d”.
    """

    across: Annotated[float, number("p↔", "how often left and right are swapped", low=0, high=1)] = 0.5
    down: Annotated[float, number("p↕", "how often up and down are swapped", low=0, high=1)] = 0.0

    def on_batch(self, p: StepPass) -> None:
        height, width, channels = p.setting.picture
        p.op(mirror_pictures, rows=p.rows, seen=p.seen, height=height, width=width, channels=channels,
             stride=p.x.stride, across=self.across, down=self.down, stream=p.stream("noise"), x=p.x,
             kept=p.scratch("kept", 1, p.x.columns))  # fmt: skip


# -- bent ----------------------------------------------------------------------------------------------------------


@inline
def spline(t: float, knot: int) -> float:
    """The weight of the cubic B-spline of the knot 0 .. 3 at 0 <= t < 1 between knots 1 and 2."""
    if knot == 0:
        return (1.0 - t) ** 3 / 6.0
    if knot == 1:
        return (3.0 * t**3 - 6.0 * t**2 + 4.0) / 6.0
    if knot == 2:
        return (-3.0 * t**3 + 3.0 * t**2 + 3.0 * t + 1.0) / 6.0
    return t**3 / 6.0


@kernel
def bend_pictures(
    f: Floats, i: Ints, rows: Slot, seen: Slot, height: int, width: int, channels: int, stride: int, spacing: int,
    move: float, stream: int, x: Both, kept: Out, moves: Out,
) -> None:  # fmt: skip
    """Each place takes what was aside by a smooth random move: cubic B-splines over knots that move by N(0, move²)."""
    across, down = (width - 1) // spacing + 4, (height - 1) // spacing + 4
    for r in range(i[rows]):
        sample, picture = i[seen] + r, x + r * stride
        keep(f, picture, stride, kept)
        for k in range(2 * down * across):
            f[moves + k] = move * normal(key(stream, sample, k))
        for y in range(height):
            for z in range(width):
                row, column = y // spacing, z // spacing
                part_y, part_x = y / spacing - row, z / spacing - column
                aside_y = aside_x = 0.0
                for a in range(4):
                    for b in range(4):
                        knot = moves + 2 * ((row + a) * across + column + b)
                        weight = spline(part_y, a) * spline(part_x, b)
                        aside_y += weight * f[knot]
                        aside_x += weight * f[knot + 1]
                for c in range(channels):
                    f[picture + (y * width + z) * channels + c] = between(
                        f, kept + c, height, width, channels, y + aside_y, z + aside_x
                    )


@register("Elastic")
class Elastic(Augmentation, tag="elastic", frozen=True):
    """The picture is bent like rubber: knots on a grid move by N(0, α²) places, all else follows smoothly.

    Between knots the moves are cubic B-splines. Simard et al. (2003) smooth a move of every place with a Gaussian,
    which costs far more and bends alike; Ronneberger et al. (2015) took a coarse grid.
    """

    move: Annotated[float, number("α", "standard deviation of a knot's move, in places", low=0, high=20)] = 1.5
    spacing: Annotated[int, count("grid", "places from knot to knot", low=2, high=32)] = 6

    def on_batch(self, p: StepPass) -> None:
        height, width, channels = p.setting.picture
        knots = ((height - 1) // self.spacing + 4) * ((width - 1) // self.spacing + 4)
        p.op(bend_pictures, rows=p.rows, seen=p.seen, height=height, width=width, channels=channels,
             stride=p.x.stride, spacing=self.spacing, move=self.move, stream=p.stream("noise"), x=p.x,
             kept=p.scratch("kept", 1, p.x.columns), moves=p.scratch("moves", 1, 2 * knots))  # fmt: skip


# -- hidden --------------------------------------------------------------------------------------------------------


@kernel
def cut_out(
    f: Floats, i: Ints, rows: Slot, seen: Slot, height: int, width: int, channels: int, stride: int, side: int,
    stream: int, x: Both,
) -> None:  # fmt: skip
    """Write 0 into a square of `side` places around any place; what hangs over an edge is lost."""
    for r in range(i[rows]):
        sample, picture = i[seen] + r, x + r * stride
        top = int(uniform(key(stream, sample, 0)) * height) - side // 2
        left = int(uniform(key(stream, sample, 1)) * width) - side // 2
        for y in range(max(top, 0), min(top + side, height)):
            for k in range(max(left, 0) * channels, min(left + side, width) * channels):
                f[picture + y * width * channels + k] = 0.0


@register("Cut-out")
class CutOut(Augmentation, tag="cut-out", frozen=True):
    """A square somewhere in the picture becomes ground, 0 (DeVries, Taylor 2017).

    Its middle is any place of the picture, so at an edge less than the whole square is lost.
    """

    side: Annotated[int, count("side", "places along a side of the square", low=0, high=64)] = 6

    def on_batch(self, p: StepPass) -> None:
        height, width, channels = p.setting.picture
        p.op(cut_out, rows=p.rows, seen=p.seen, height=height, width=width, channels=channels, stride=p.x.stride,
             side=self.side, stream=p.stream("noise"), x=p.x)  # fmt: skip


# -- lighter and darker --------------------------------------------------------------------------------------------


@kernel
def light_pictures(
    f: Floats, i: Ints, rows: Slot, seen: Slot, columns: int, stride: int, brightness: float, contrast: float,
    stream: int, x: Both,
) -> None:  # fmt: skip
    """X ← c X + (1 - c) m + b with the mean m of the picture, kept within 0 and 1."""
    for r in range(i[rows]):
        sample, picture = i[seen] + r, x + r * stride
        factor = 1.0 + either_way(stream, sample, 0, contrast)
        mean = 0.0
        for k in range(columns):
            mean += f[picture + k]
        more = (1.0 - factor) * mean / columns + either_way(stream, sample, 1, brightness)
        for k in range(columns):
            f[picture + k] = min(max(factor * f[picture + k] + more, 0.0), 1.0)


@register("Brightness and contrast")
class Light(Augmentation, tag="brightness", frozen=True):
    """x ← c (x - m) + m + b, kept within 0 and 1: m is the picture's mean, c from 1 + U(-k, k), b from U(-h, h)."""

    brightness: Annotated[float, number("h", "largest change of brightness", low=0, high=1)] = 0.15
    contrast: Annotated[float, number("k", "largest change of contrast", low=0, high=1)] = 0.3

    def on_batch(self, p: StepPass) -> None:
        p.op(light_pictures, rows=p.rows, seen=p.seen, columns=p.x.columns, stride=p.x.stride,
             brightness=self.brightness, contrast=self.contrast, stream=p.stream("noise"), x=p.x)  # fmt: skip
