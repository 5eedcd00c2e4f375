"""Tables: numbers somebody brought along, with named columns. `importing` makes them from files and pasted text."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Array
from engine.datasets.base import Dataset, Samples, Scale
from engine.errors import DataError
from engine.fields import MOST_CLASSES, choice, hidden, listing, number, text
from engine.records import Domain
from engine.registry import register

MOST_COLUMNS: Final = 1000
LARGEST: Final = 1e30
"""Numbers beyond it are refused: the engine computes in float32, and squares must stay finite."""

Scaling = Literal["none", "standardise", "range"]
Values = NDArray[np.float64]


@register("Table")
class Table(Dataset, tag="table", frozen=True):
    """An imported table: `x` [row, column], `y` [row] (class indices or values), `keys` [row] for the split.

    Scaling is measured over all rows, so that moving the train share moves no point: none; standardise, to mean 0 and
    standard deviation 1; range, to -1 .. +1. A column of one value becomes 0. The file's own numbers are kept, so a
    change of scaling loses nothing.
    """

    family: ClassVar[str] = "own"
    origin: ClassVar[str] = "imported by the user"

    x: Annotated[Array, hidden("numbers", "the feature columns")] = Array(np.zeros((0, 1)))
    y: Annotated[Array, hidden("target", "class indices, or the values to predict")] = Array(np.zeros(0))
    keys: Annotated[Array, hidden("keys", "the rows' places in the split, in [0, 1)")] = Array(np.zeros(0))
    header: Annotated[tuple[str, ...], hidden("columns", "names of the feature columns")] = ("x1",)
    target: Annotated[str, text("target", "name of the column that is learned", longest=1000)] = "y"
    names: Annotated[
        tuple[str, ...], listing("classes", "names of the classes; none for a value", longest=MOST_CLASSES)
    ] = ()
    scaling: Annotated[
        Scaling, choice("scaling", "how the feature columns are scaled, measured over all rows, train and test")
    ] = "standardise"
    target_scaling: Annotated[
        Scaling, choice("target scaling", "how a value to predict is scaled, measured over all rows, train and test")
    ] = "range"
    marked: Annotated[
        float, number("marked", "train share that the file itself marks; 0: none", low=0, high=100, unit="%")
    ] = 0.0
    file: Annotated[str, text("file", "where the table came from", longest=1000)] = ""

    def __post_init__(self) -> None:
        n = len(self.y)
        shapes = (self.x.values.shape, self.y.values.shape, self.keys.values.shape)
        if shapes != ((n, len(self.header)), (n,), (n,)):
            raise DataError(
                "a table needs x [row, column], y [row], keys [row] and a name for each column; they differ"
            )
        if not 1 <= len(set(self.header)) == len(self.header) <= MOST_COLUMNS:
            raise DataError(f"a table needs 1 to {MOST_COLUMNS} columns, each with its own name; rename or remove some")
        if n and self.names and (self.y.values.min() < 0 or self.y.values.max() >= len(self.names)):
            raise DataError(f"the table has a class outside 0 .. {len(self.names) - 1}; give every class a name")
        for array in (self.x, self.y, self.keys):
            # `not all` also catches NaN, which no comparison holds for.
            if not (np.abs(array.values) <= LARGEST).all():
                raise DataError(f"the table holds a number that is not within ±{LARGEST:g}; change or remove that row")

    @property
    def columns(self) -> tuple[str, ...]:
        return self.header

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.names

    @property
    def scales(self) -> tuple[Scale, ...]:
        return tuple(_scale(one, self.scaling) for one in _spread(self.x))

    @property
    def target_scale(self) -> Scale:
        """The scale of the target; classes have none."""
        return Scale(0.0, 1.0) if self.names else _scale(_spread(self.y)[0], self.target_scaling)

    @property
    def domain(self) -> Domain:
        return self.domain_of(self.header[0], self.header[min(1, len(self.header) - 1)])

    def domain_of(self, across: str, up: str) -> Domain:
        """The range of the two columns as scaled, with a twentieth to spare; one column stands over the target."""
        left, right = self._range(self.header.index(across))
        bottom, top = self._range(self.header.index(up) if up != across or self.names else -1)
        return Domain(left, right, bottom, top)

    def _range(self, column: int) -> tuple[float, float]:
        spread, scale = (
            (_spread(self.y)[0], self.target_scale) if column < 0 else (_spread(self.x)[column], self.scales[column])
        )
        low, high = (spread.low - scale.shift) / scale.factor, (spread.high - scale.shift) / scale.factor
        spare = 0.05 * (high - low) or 1.0
        return low - spare, high + spare

    def samples(self, seed: int) -> Samples:
        """Return the rows, scaled; no seed moves them."""
        x = (self.x.values - [s.shift for s in self.scales]) / [s.factor for s in self.scales]
        y = (self.y.values - self.target_scale.shift) / self.target_scale.factor
        for array in (x, y):
            array.flags.writeable = False
        keys = self.keys.values.astype(np.float64, copy=False)
        return Samples(self.header, x, y, keys, self.names, self.target, self.domain)


class Spread(NamedTuple):
    """What scaling needs to know of a column."""

    low: float
    high: float
    mean: float
    deviation: float


# A million rows take tens of milliseconds, and the window asks for the domain again and again.
_spreads: WeakKeyDictionary[Array, tuple[Spread, ...]] = WeakKeyDictionary()


def _spread(array: Array) -> tuple[Spread, ...]:
    """The spread of each column, computed once for each array."""
    known: tuple[Spread, ...] | None = _spreads.get(array)
    if known is None:
        values = (array.values if array.values.ndim == 2 else array.values[:, None]).astype(np.float64, copy=False)
        if not len(values):
            return (Spread(-1.0, 1.0, 0.0, 1.0),) * int(values.shape[1])
        # By column: the deviation of all at once would make a second table.
        known = tuple(Spread(float(c.min()), float(c.max()), float(c.mean()), float(c.std())) for c in values.T)
        _spreads[array] = known
    return known


def _scale(spread: Spread, scaling: Scaling) -> Scale:
    if scaling == "standardise":
        return Scale(spread.mean, spread.deviation or 1.0)
    if scaling == "range":
        return Scale((spread.low + spread.high) / 2, (spread.high - spread.low) / 2 or 1.0)
    return Scale(0.0, 1.0)
