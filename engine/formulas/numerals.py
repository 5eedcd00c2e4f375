"""Numbers written for people: 0.1311, 12346, −3.4 times ten to the −5."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final, NamedTuple

SMALLEST: Final = 1e-3
LARGEST: Final = 1e7
"""Outside of these a number is written with a power of ten."""


class Numeral(NamedTuple):
    """The figures of a number, apart from its sign and its power of ten."""

    negative: bool
    figures: str
    power: int | None = None


def numeral(value: float | Fraction, digits: int) -> Numeral:
    """Write a value with so many significant digits; whole numbers below ten million in full, no zeros at the end.

    A whole number that is no float is written in full where it has no more digits than are asked for.
    """
    if isinstance(value, int) and len(str(abs(value))) <= digits:
        return Numeral(value < 0, str(abs(value)))
    value = float(value)
    if math.isnan(value):
        return Numeral(False, "NaN")
    amount = abs(value)
    if math.isinf(amount):
        return Numeral(value < 0, "∞")
    if amount == 0:
        return Numeral(False, "0")
    if amount < LARGEST and amount == int(amount):
        return Numeral(value < 0, str(int(amount)))
    # Rounded first: 9999.96 with five digits is 10000.
    mantissa, power = f"{amount:.{digits - 1}e}".split("e")
    exponent = int(power)
    if SMALLEST <= float(f"{mantissa}e{power}") < LARGEST:
        return Numeral(value < 0, _bare(f"{amount:.{max(0, digits - 1 - exponent)}f}"))
    return Numeral(value < 0, _bare(mantissa), exponent)


def _bare(figures: str) -> str:
    return figures.rstrip("0").rstrip(".") if "." in figures else figures
