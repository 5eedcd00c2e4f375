"""Truth tables as data: XOR's four points and every gate of two inputs.

A truth table is learned whole: its four rows belong to training at every share, or at 50 % half of it would be missing.
Points beyond the first four repeat the rows, move with the noise, and are split by the share as everywhere.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.datasets.base import Count, Dataset, Drawn, Noise, Stream, split_keys
from engine.fields import choice
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

ROWS: Final = np.array([(0, 0), (0, 1), (1, 0), (1, 1)], np.float64)
"""The inputs (x1, x2) of a truth table in the order of counting."""

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
    def outputs(self) -> tuple[int, int, int, int]:
        """The answers to the rows 00, 01, 10, 11."""
        raise NotImplementedError

    @property
    def class_names(self) -> tuple[str, ...]:
        return ("0", "1")

    @property
    def domain(self) -> Domain:
        return Domain(-0.5, 1.5, -0.5, 1.5) if self.levels == "binary" else Domain(-2.0, 2.0, -2.0, 2.0)

    def draw(self, points: Stream, noise: Stream) -> Drawn:
        row = np.arange(self.count) % 4
        xy = ROWS[row] + noise.uniform(-1, 1, (self.count, 2)) * self.noise / 100
        return xy if self.levels == "binary" else 2 * xy - 1, np.array(self.outputs, np.float64)[row]

    def split(self, seed: int, samples: int) -> NDArray[np.float64]:
        keys = split_keys(seed, samples)
        keys[:4] = 0.0
        return keys


@register("XOR's four points")
class XorPoints(TruthTable, tag="xor-points", frozen=True):
    """Exclusive or by its four points: the smallest task that no single neuron can learn (Minsky, Papert 1969).

    Point i is row i mod 4 of the truth table, each input moved by U(-n, n) times the distance of the two levels.
    """

    @property
    def outputs(self) -> tuple[int, int, int, int]:
        return OUTPUTS["xor"]


@register("Logic gate")
class Gate(TruthTable, tag="gate", frozen=True):
    """Any of the sixteen gates of two inputs, by its four rows; all but XOR and XNOR are for a single neuron.

    Point i is row i mod 4 of the truth table, each input moved by U(-n, n) times the distance of the two levels.
    """

    gate: Annotated[Gates, choice("gate", "which function of two inputs")] = "and"

    @property
    def outputs(self) -> tuple[int, int, int, int]:
        return OUTPUTS[self.gate]
