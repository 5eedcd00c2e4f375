"""The table of a trace in words: for people on the screen, and in plain signs for spreadsheets and programs."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from app.numbers import MINUS, human
from engine.tracing import Column, Value

DIGITS: Final = 4
"""Significant digits of the largest float of a column on the screen; a trace in float32 has seven."""
LARGE: Final = 1e6
"""From here on a float is written with a power of ten."""
PLACES: Final = 9
"""Decimals of a fraction on the screen; one that has more is written as a/b."""
LONGEST: Final = 15
"""Signs of a fraction a/b on the screen; a longer one is told by a decimal near it."""
MOST_PLACES: Final = 30
"""Decimals of a fraction that are written out for programs."""


def decimal(value: Fraction, most: int) -> str:
    """The decimal that a fraction is, or nothing where it has no end or more than so many places."""
    rest, powers = value.denominator, {2: 0, 5: 0}
    for prime in powers:
        while rest % prime == 0 and powers[prime] <= most:
            rest //= prime
            powers[prime] += 1
    places = max(powers.values())
    if rest != 1 or places > most:
        return ""
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


class Figures(NamedTuple):
    """What a column needs: decimals that its values have, and the size of the largest."""

    decimals: int = 0
    largest: float = 0.0

    def with_value(self, value: Value) -> Figures:
        """What it needs with one more."""
        if isinstance(value, Fraction):
            written = decimal(value, PLACES)
            return self._replace(decimals=max(self.decimals, len(written.partition(".")[2])))
        written = f"{value:.9g}"
        found = 9 if "e-" in written else len(written.partition(".")[2])
        return Figures(max(self.decimals, found), max(self.largest, abs(value)))

    @property
    def places(self) -> int:
        """The decimals that are written, so that the points stand under each other: those of the largest float."""
        if not self.largest:
            return self.decimals
        return max(min(self.decimals, DIGITS - 1 - math.floor(math.log10(self.largest))), 0)


def shown(value: Value, places: int) -> str:
    """A value for people with so many decimals: −0.14, 1/3; ≈ stands before a fraction that is too long.

    A float that would vanish keeps its power of ten: 9.7e-8 is not 0.
    """
    if isinstance(value, Fraction):
        found = decimal(value, PLACES)
        whole, _, rest = found.partition(".")
        padded = f"{whole}.{rest.ljust(places, '0')}" if places else whole
        found = padded if found else f"{value.numerator}/{value.denominator}"
        return found.replace("-", MINUS) if len(found) <= LONGEST else f"≈ {human(float(value), DIGITS)}"
    if isinstance(value, int) or abs(value) >= LARGE or 0 < abs(value) < 10**-places / 2:
        return human(value, DIGITS)
    return f"{value + 0.0:.{places}f}".replace("-", MINUS)


def plain(value: Value) -> str:
    """A value for programs: a decimal with a point; a fraction that has no end is rounded to 17 digits."""
    if isinstance(value, Fraction):
        return decimal(value, MOST_PLACES) or repr(float(value))
    return f"{value:.9g}"


def heading(column: Column) -> str:
    """The name of a column in signs that every keyboard has, as far as they go: w₁ is w1."""
    return unicodedata.normalize("NFKC", column.title).replace(MINUS, "-")


def lines(columns: Sequence[Column], rows: Iterable[Sequence[Value]], between: str) -> str:
    """A line with the names, then the rows."""
    words = [[_quoted(heading(c), between) for c in columns], *([plain(v) for v in row] for row in rows)]
    return "".join(between.join(line) + "\n" for line in words)


def _quoted(word: str, between: str) -> str:
    return '"' + word.replace('"', '""') + '"' if any(c in word for c in f'{between}"\n') else word
