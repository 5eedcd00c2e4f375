"""Numbers for people: 1.2 M, 2 500, 3.4e-5, −0.214; and back from what people type."""

from __future__ import annotations

import math
import re
import time
from typing import Final

SPACE: Final = "\u202f"  # narrow, and never broken at the end of a line
MINUS: Final = "\u2212"

HUGE: Final = 1e15
"""From here on a power of ten says more than letters or rows of digits."""
_LARGE: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"))
_FACTORS: Final = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "%": 1.0, "": 1.0}
_NUMBER: Final = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([kKMGT%]?)")


BEAT: Final = 0.2
"""Seconds for which a number that changes all the time stays readable."""


def beat() -> int:
    """The present beat: numbers on screen change together, at the first snapshot of each."""
    return int(time.monotonic() / BEAT)


def human(value: float | None, digits: int = 3) -> str:
    """Write a number with about `digits` digits, for reading: 1.2 M, 2 500, 0.019, 3.4e-5; a dash for none."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    return _signed(value, _amount(abs(value), digits))


def exact(value: float, digits: int = 7) -> str:
    """Write a number so that typing it back gives it again: 0.03, 1e-5, 300, 1 000 000."""
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e7):
        return _signed(value, _grouped(abs(int(value))))
    return _signed(value, _short(abs(value), digits))


def parse(text: str) -> float | None:
    """Read what people type: `0.03`, `0,03`, `1.2 M`, `−4`, `15 %`, `1e-5`; None when it is no finite number."""
    plain = re.sub(r"\s+", " ", text.strip().replace(MINUS, "-").replace(SPACE, "").replace("\u00a0", ""))
    plain = re.sub(r"(?<=\d) (?=\d)", "", plain)
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    found = _NUMBER.fullmatch(plain)
    if not found:
        return None
    value = float(found[1]) * _FACTORS[found[2]]
    return value if math.isfinite(value) else None


def count(amount: int, one: str, many: str = "") -> str:
    """An amount of things: 1 point, 2 500 points."""
    return f"{human(amount)} {one if amount == 1 else many or one + 's'}"


def round_nicely(value: float, digits: int = 2) -> float:
    """Round to a number of significant digits: what a slider over powers of ten should stop at."""
    if value == 0 or not math.isfinite(value):
        return value
    return float(f"{value:.{digits - 1}e}")


def _amount(value: float, digits: int) -> str:
    if value >= HUGE:
        return _short(value, digits)
    for size, sign in _LARGE:
        if value >= size:
            amount = value / size
            return (
                f"{amount:.{digits - 2}f}".removesuffix(".0") + SPACE + sign
                if amount < 10
                else f"{amount:.0f}{SPACE}{sign}"
            )
    if value == int(value):
        return _grouped(int(value))
    return _grouped(round(value)) if round(value) >= 10**digits else _short(value, digits)


def _short(value: float, digits: int) -> str:
    if 1e-3 <= value < 10 ** max(digits, 4):
        return f"{value:.{digits}g}"
    mantissa, _, power = f"{value:.{max(digits - 2, 0) if digits <= 3 else digits - 1}e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(power)}"


def _grouped(value: int) -> str:
    return f"{value:,}".replace(",", SPACE)


def _signed(value: float, amount: str) -> str:
    return f"{MINUS}{amount}" if value < 0 and amount != "0" else amount
