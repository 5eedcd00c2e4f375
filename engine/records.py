"""Records: frozen, picture-free results that views draw.

Arrays in records are read-only; a record knows its names, axes and units, so any view can label itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float32]

Role = Literal["train", "test", "other"]


class Record(Struct, frozen=True, eq=False):
    """Base of all records."""

    title: str

    @property
    def unfinished(self) -> bool:
        """Whether it was made in part, and goes on each time it is asked for."""
        return False


class Line(Struct, frozen=True, eq=False):
    """One line of a curve: `y` over the `x` of its curve; NaN where it has no value."""

    title: str
    y: NDArray[np.float64]
    role: Role = "other"


class Curve(Record, frozen=True, eq=False):
    """Lines over one axis, such as the loss over the epochs."""

    x: NDArray[np.float64]
    lines: tuple[Line, ...]
    x_axis: str = "epoch"
    y_axis: str = ""


class Domain(NamedTuple):
    """A rectangle of the plane: x in [left, right], y in [bottom, top]."""

    left: float
    right: float
    bottom: float
    top: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a place lies in it."""
        return self.left <= x <= self.right and self.bottom <= y <= self.top


class Want(Struct, frozen=True):
    """A record somebody looks at, by its name, such as `surface` or `unit` (`engine.producers` lists them).

    `size` is its resolution where it has one, `target` says of what it is where that is to be chosen (a layer, a unit),
    `area` is the part of the plane that a surface shows, the whole plane unless given. `given` are the pixels of a
    picture that is none of the samples, bytes [row, column, channel].
    """

    name: str
    size: int = 0
    target: tuple[str, ...] = ()
    area: Domain | None = None
    given: bytes = b""


class Surface(Record, frozen=True, eq=False):
    """Values over the plane: `values[row, column, output]`, row 0 at the top.

    For classification the outputs are probabilities of the classes (two of them for a two-class task); for
    regression there is one output in the units of the target. A one-dimensional task has a single row.
    """

    domain: Domain
    values: Floats
    x_axis: str = "x1"
    y_axis: str = "x2"
    classes: tuple[str, ...] = ()
    low: float = -1.0
    high: float = 1.0


class Tile(NamedTuple):
    """Whose picture an image is: a layer and one of its units (or channels)."""

    layer: str
    unit: str


class ImageGrid(Record, frozen=True, eq=False):
    """Small pictures of equal size, `images[k, row, column]`, row 0 at the top; `tiles[k]` says whose they are.

    `low`, `high` per picture are the values that map to the two ends of the colour scale. `places` tells which pictures
    have places of their own, where some show a single number; None: all.
    """

    images: Floats
    tiles: tuple[Tile, ...]
    low: Floats
    high: Floats
    places: NDArray[np.bool_] | None = None


BETWEEN: Final = " · "
"""Stands between the labels of axes that share the rows of a matrix."""


class Matrix(Record, frozen=True, eq=False):
    """A labelled matrix such as the weights of a layer: `values[row, column]`.

    A vector has one row, called by the parameter's name; of more than two axes all but the last share the rows.
    """

    values: Floats
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    frozen: NDArray[np.bool_] | None = None


class Matrices(Record, frozen=True, eq=False):
    """Several matrices by name, such as all parameters of a network (`h1.weight`, `h1.bias`)."""

    items: Mapping[str, Matrix]


class Points(Record, frozen=True, eq=False):
    """Points of the plane with a class or a value each."""

    xy: Floats
    value: Floats
    train: NDArray[np.bool_]


class Table(Record, frozen=True, eq=False):
    """Rows of named values, read by people."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Text(Record, frozen=True, eq=False):
    """A sentence or a few."""

    text: str


class Own(NamedTuple):
    """A number that a unit has for itself, such as its bias: what it is called, value, slope, whether it is held.

    It is called by the parameter, and by the labels of its other axes where it has some: `bias · h1/piece 1`.
    """

    name: str
    value: float
    gradient: float
    frozen: bool


class Unit(Record, frozen=True, eq=False):
    """One unit under the glass: its weights by what they come from, its own numbers, and what it says on the data.

    Its `formula` is in the course's notation, `tanh(z)`, empty where it has none; gradients belong to the last batch.
    `active` is the share of training samples on which it does something, `activity` the word for that. A unit of a
    layer without weights has none, and no sources.
    """

    layer: str
    unit: str
    formula: str
    sources: tuple[tuple[str, str], ...]
    weights: Floats
    weight_gradients: Floats
    frozen: NDArray[np.bool_]
    own: tuple[Own, ...]
    active: float
    activity: str
    mean: float
    deviation: float


class Sample(Record, frozen=True, eq=False):
    """The sample a step has just shown: its row, inputs, target, output and loss."""

    row: int
    inputs: Floats
    target: float
    output: Floats
    loss: float
    activations: Mapping[str, Floats]


def readonly(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array marked read-only, as every array of a record is."""
    array.flags.writeable = False
    return array
