"""Which truth tables a single neuron can answer: those whose ones and zeros a plane separates.

Every such table of up to four inputs is answered by some neuron with whole weights from -3 to 3 (Muroga 1971), so
trying all of them decides. There are 4, 14, 104 and 1,882 such tables of one to four inputs (OEIS A000609).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from typing import Final

import numpy as np

from engine.datasets.logic import MOST_INPUTS, rows
from engine.design.units import Unit

LARGEST: Final = 3
"""The largest weight that a table of four inputs needs."""


def neuron(outputs: Sequence[int]) -> Unit | None:
    """The neuron with the smallest whole weights that answers a table of up to four inputs; None where none does."""
    return neurons(len(outputs).bit_length() - 1).get(tuple(outputs))


@cache
def neurons(inputs: int) -> Mapping[tuple[int, ...], Unit]:
    """Every table that a single neuron answers, with its neuron: Σ |w| is as small as can be."""
    if inputs > MOST_INPUTS:
        raise ValueError(f"weights up to {LARGEST} are enough for {MOST_INPUTS} inputs, not for {inputs}")
    values = sorted(range(-LARGEST, LARGEST + 1), reverse=True)
    found: dict[tuple[int, ...], Unit] = {}
    for weights in sorted(product(values, repeat=inputs), key=lambda w: sum(map(abs, w))):
        sums = rows(inputs) @ np.array(weights, np.float64)
        for least in (*np.unique(sums).tolist(), sums.max() + 1):
            outputs = tuple((sums >= least).astype(int).tolist())
            found.setdefault(outputs, Unit(tuple(map(float, weights)), float(least) - 0.5))
    return found
