"""The loss of a batch, for optimisers that need it: summed a piece at a time, in one order however a run is cut."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Final

from engine.kernels.record import Counter, Floats, In, Ints, Out, Slot, kernel
from engine.kernels.words import bits, real

PARTS: Final = ("first", "second", "third")
"""Three float32 hold a float64: the sum so far is saved to its last bit."""
WORST: Final = 1e38
"""Stands for a sum that is larger, or no number: what is saved is finite."""


@kernel
def take_sum(f: Floats, i: Ints, fresh: Slot, sum: In, into: Counter) -> None:  # noqa: A002 - the word for it
    """Take up the sum of the pieces before; 0 when the batch begins anew."""
    i[into] = bits(0.0 if i[fresh] != 0 else 1.0 * f[sum] + f[sum + 1] + f[sum + 2])


@kernel
def keep_sum(f: Floats, i: Ints, loss: Slot, sum: Out) -> None:  # noqa: A002
    """Keep the sum so far."""
    found = real(i[loss])
    if not abs(found) < WORST:
        found = WORST
    f[sum] = found
    f[sum + 1] = found - f[sum]
    f[sum + 2] = found - f[sum] - f[sum + 1]


@kernel
def add_share(f: Floats, i: Ints, share: float, part: Counter, into: Counter) -> None:
    """Add a share of the loss of one output, and begin that anew."""
    i[into] = bits(real(i[into]) + share * real(i[part]))
    i[part] = bits(0.0)


@kernel
def mean_loss(f: Floats, i: Ints, whole: Slot, loss: Counter) -> None:
    """The sum over a complete batch, divided by its samples."""
    i[loss] = bits(real(i[loss]) / i[whole])
