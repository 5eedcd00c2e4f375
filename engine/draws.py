"""Random numbers without a state: each follows from the start of a stream, a sample (or step) and a place in it.

So a run that is cut, saved and taken up again draws the same numbers, and so does one that looks in between.
"""

from __future__ import annotations

import math
from typing import Final

from engine.kernels.record import Floats, inline
from engine.kernels.words import Vec, draw, draw8, like, log, sine, square_root, where

GOLDEN: Final = -7046029254386353131
"""2^64 / golden ratio, odd: the step of splitmix64 (Steele, Lea, Flood 2014)."""
SPREAD: Final = -3372029247567499371
"""An odd constant that sets streams apart (Steele, Vigna 2021)."""

MASK: Final = 0xFFFFFFFF
UNIT: Final = 1.0 / 4294967296.0
TURN: Final = 2.0 * math.pi


@inline
def key(stream: int, sample: int, place: int) -> int:
    """The state of the draw for a place of a sample."""
    return draw(stream + sample * SPREAD) + place * GOLDEN


@inline
def uniform(state: int) -> float:
    """A number of U[0, 1), in steps of 2^-32."""
    return (draw(state) & MASK) * UNIT


@inline
def normal(state: int) -> float:
    """A number of N(0, 1), by the two halves of one draw (Box, Muller 1958)."""
    bits = draw(state)
    length = math.sqrt(-2.0 * math.log(((bits >> 32) & MASK) * UNIT + UNIT))
    return length * math.cos(TURN * UNIT * (bits & MASK))


@inline
def uniform8(f: Floats, state: int) -> Vec:
    """Eight numbers of U[0, 1) in steps of 2^-24, for the place of `state` and the seven behind it."""
    return draw8(f, state, GOLDEN, 40)


@inline
def kept8(f: Floats, state: int, share: float, scale: float) -> Vec:
    """Eight factors: 0 with the probability `share`, else the scale."""
    draws = uniform8(f, state)
    return where(draws < share, like(draws, 0.0), scale)


@inline
def normal8(f: Floats, state: int) -> Vec:
    """Eight numbers of N(0, 1), by two parts of each draw (Box, Muller 1958)."""
    length = square_root(log(draw8(f, state, GOLDEN, 40) + 2.0**-24) * -2.0)
    return length * sine((draw8(f, state, GOLDEN, 8) + 0.25) * TURN)


@inline
def symmetric_beta(state: int, a: float) -> float:
    """A number of Beta(a, a), a >= 0.1, by the two halves of one draw.

    With T of Student's t with 2a degrees of freedom, drawn by T² = 2a (U^(-1/a) - 1) cos² φ (Bailey 1994), the number
    is ½ (1 + T / √(2a + T²)).
    """
    bits = draw(state)
    turned = math.cos(TURN * UNIT * (bits & MASK))
    reach = (((bits >> 32) & MASK) * UNIT + UNIT) ** (-1.0 / a) - 1.0
    found = 0.5 + 0.5 * turned * math.sqrt(reach / (1.0 + reach * turned * turned))
    return min(max(found, 0.0), 1.0)  # rounding may lead past an end
