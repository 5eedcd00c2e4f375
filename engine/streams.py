"""Named random streams: one for each purpose, all from three visible seeds.

No global generator exists. A stream is (seed, purpose, *place): two purposes never share numbers, and drawing more in
one does not move another. `generator` serves NumPy code that draws once (data, initial weights); `state` gives the
words with which a compiled kernel starts a stream of its own (splitmix64 by Steele, Lea and Flood, 2014).
"""

from __future__ import annotations

import zlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Purpose = Literal["points", "noise", "split", "weights", "shuffle", "dropout"]


def generator(seed: int, purpose: Purpose, *place: str) -> np.random.Generator:
    """Return a PCG64 generator for a purpose at a place (for instance a layer and a parameter)."""
    return np.random.Generator(np.random.PCG64(_sequence(seed, purpose, place)))


def state(seed: int, purpose: Purpose, *place: str) -> NDArray[np.int64]:
    """Return four 64-bit words, not all zero, that start a compiled stream."""
    words = _sequence(seed, purpose, place).generate_state(4, np.uint64)
    return words.view(np.int64)


def _sequence(seed: int, purpose: str, place: tuple[str, ...]) -> np.random.SeedSequence:
    # crc32 is fixed for ever and equal on all machines; hash() is neither.
    return np.random.SeedSequence([seed, *(zlib.crc32(word.encode()) for word in (purpose, *place))])
