"""Truth tables as data: XOR's four points, every gate of two inputs, every table of up to four, and m of n.

A truth table is learned whole: its rows belong to training at every share, or at 50 % half of it would be missing.
Points beyond the first of each row repeat the rows, move with the noise, and are split by the share as everywhere.
"""

from __future__ import annotations

from itertools import product
from typing import Annotated, ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.datasets.base import Count, Dataset, Drawn, Noise, Stream, split_keys
from engine.fields import choice
from engine.fields import count as number_of
from engine.records import Domain
from engine.registry import register

Gates = Literal[
    "and",
    "or",
    "xor",
    "nand",
    "nor",
    "xnor",
    "x1",
    "x2",
    "not x1",
    "not x2",
    "x1 and not x2",
    "x2 and not x1",
    "x1 or not x2",
    "x2 or not x1",
    "false",
    "true",
]

MOST_INPUTS: Final = 4
"""Inputs of a table that is written row by row: 16 rows, 65,536 tables."""
MOST_COUNTED: Final = 6
"""Inputs of which so many are asked for."""


def rows(inputs: int) -> NDArray[np.float64]:
    """The inputs (x1, x2 ...) of a truth table [row, input] in the order of counting: 00, 01, 10, 11."""
    return np.array(list(product((0, 1), repeat=inputs)), np.float64)


OUTPUTS: Final[dict[str, tuple[int, int, int, int]]] = {
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "xor": (0, 1, 1, 0),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "xnor": (1, 0, 0, 1),
    "x1": (0, 0, 1, 1),
    "x2": (0, 1, 0, 1),
    "not x1": (1, 1, 0, 0),
    "not x2": (1, 0, 1, 0),
    "x1 and not x2": (0, 0, 1, 0),
    "x2 and not x1": (0, 1, 0, 0),
    "x1 or not x2": (1, 0, 1, 1),
    "x2 or not x1": (1, 1, 0, 1),
    "false": (0, 0, 0, 0),
    "true": (1, 1, 1, 1),
}
"""The outputs of each gate for the rows 00, 01, 10, 11."""


class TruthTable(Dataset, frozen=True):
    """What the truth tables have in common."""

    family: ClassVar[str] = "logic"
    origin: ClassVar[str] = "a truth table"

    count: Count = 4
    noise: Noise = 0.0
    levels: Annotated[
        Literal["binary", "bipolar"], choice("levels", "binary: inputs are 0 and 1; bipolar: -1 and +1")
    ] = "binary"

    @property
    def outputs(self) -> tuple[int, ...]:
        """The answers to the rows in the order of counting: 00, 01, 10, 11."""
        raise NotImplementedError

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(f"x{k + 1}" for k in range(len(self.outputs).bit_length() - 1))

    @property
    def class_names(self) -> tuple[str, ...]:
        return ("0", "1")

    @property
    def domain(self) -> Domain:
        return Domain(-0.5, 1.5, -0.5, 1.5) if self.levels == "binary" else Domain(-2.0, 2.0, -2.0, 2.0)

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        table = rows(len(self.columns))
        row = np.arange(self.count) % len(table)
        x = table[row] + noise.uniform(-1, 1, (self.count, table.shape[1])) * self.noise / 100
        return x if self.levels == "binary" else 2 * x - 1, np.array(self.outputs, np.float64)[row]

    def split(self, seed: int, samples: int) -> NDArray[np.float64]:
        keys = split_keys(seed, samples)
        keys[: len(self.outputs)] = 0.0
        return keys


@register("XOR's four points")
class XorPoints(TruthTable, tag="xor-points", frozen=True):
    """Exclusive or by its four points: the smallest task that no single neuron can learn (Minsky, Papert 1969).

    Point i is row i mod 4 of the truth table, each input moved by U(-n, n) times the distance of the two levels.
    """

    @property
    def outputs(self) -> tuple[int, ...]:
        return OUTPUTS["xor"]


@register("Logic gate")
class Gate(TruthTable, tag="gate", frozen=True):
    """Any of the sixteen gates of two inputs, by its four rows; all but XOR and XNOR are for a single neuron.

    Point i is row i mod 4 of the truth table, each input moved by U(-n, n) times the distance of the two levels.
    """

    gate: Annotated[Gates, choice("gate", "which function of two inputs")] = "and"

    @property
    def outputs(self) -> tuple[int, ...]:
        return OUTPUTS[self.gate]


@register("Any truth table")
class AnyTable(TruthTable, tag="truth-table", frozen=True):
    """Any table of one to four inputs: “From a truth table” in the Network menu writes it row by row.

    It is kept as a number, its answers read from the first row to the last as binary digits: 0110 is 6. Of a number
    that is too large the last digits count. Point i is row i mod 2ⁿ, each input moved by U(-n, n) times the distance of
    the two levels.
    """

    count: Count = 16
    n: Annotated[int, number_of("inputs", "how many inputs the table has", low=1, high=MOST_INPUTS)] = 3
    number: Annotated[
        int, number_of("table", "the answers, first row to last, as binary digits", high=2**2**MOST_INPUTS - 1)
    ] = 0b01101001

    @classmethod
    def of(cls, outputs: tuple[int, ...]) -> AnyTable:
        """The table with these answers, one point for each row."""
        digits = "".join(map(str, outputs))
        return cls(count=len(outputs), n=len(outputs).bit_length() - 1, number=int(digits, 2))

    @property
    def outputs(self) -> tuple[int, ...]:
        size = 2**self.n
        return tuple(self.number >> (size - 1 - k) & 1 for k in range(size))


@register("At least m of n")
class AtLeast(TruthTable, tag="m-of-n", frozen=True):
    """Whether m or more of n inputs are 1: AND is all of them, OR is one, the majority is more than half.

    A single neuron answers it, with weights of 1 and the threshold m - ½. Point i is row i mod 2ⁿ, each input moved by
    U(-n, n) times the distance of the two levels.
    """

    count: Count = 8
    n: Annotated[int, number_of("n", "how many inputs there are", low=1, high=MOST_COUNTED)] = 3
    m: Annotated[int, number_of("m", "how many of them must be 1 at least", high=MOST_COUNTED)] = 2

    @property
    def outputs(self) -> tuple[int, ...]:
        return tuple(int(row.sum() >= self.m) for row in rows(self.n))
