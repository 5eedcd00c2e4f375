"""How a number moves under the hand: its range, straight or over powers of ten, and where it stops."""

from __future__ import annotations

import math

from msgspec import Struct

from app.numbers import exact, round_nicely


class Scale(Struct, frozen=True):
    """A range; `above` is a bound that is not part of it. `zero` is a word for 0, `unit` follows a number."""

    low: float | None = None
    high: float | None = None
    above: float | None = None
    log: bool = False
    integer: bool = False
    unit: str = ""
    zero: str = ""

    @property
    def bounded(self) -> bool:
        """Whether a slider can show the whole of it."""
        lowest = self.low if self.low is not None else self.above
        if lowest is None or self.high is None:
            return False
        if self.log:
            return lowest > 0
        return not (self.integer and self.high - lowest > 2000)

    def text(self, value: float) -> str:
        """A value as people read it, with its unit."""
        if value == 0 and self.zero:
            return self.zero
        if self.bounded and not self.log and not self.integer:
            # What is nothing beside the range is noise: 4.4e-16 between -1 and 1 is 0.
            low, high = self._ends()
            value = round(value, 6 - math.floor(math.log10(max(high - low, 1e-300))))
        return f"{exact(value, 5)} {self.unit}".rstrip()

    def complaint(self, title: str, value: float | None, present: float = 1.0) -> str:
        """Say in one sentence why a typed value can't be taken, with the present one as example; empty when it can."""
        if value is None:
            return f"“{title}” needs a number, such as {self.text(self.clamp(present))}."
        if self.integer and value != int(value):
            return f"“{title}” needs a whole number."
        if value == self.clamp(value):
            return ""
        if self.above is not None and value <= self.above:
            return f"“{title}” must be more than {exact(self.above)}."
        low, high = self.low, self.high
        if low is not None and high is not None:
            return f"“{title}” must lie between {exact(low)} and {exact(high)}."
        return (
            f"“{title}” must be at least {exact(low)}."
            if low is not None
            else f"“{title}” must be at most {exact(high or 0)}."
        )

    def clamp(self, value: float) -> float:
        """The nearest value of the range."""
        if self.high is not None:
            value = min(value, self.high)
        if self.low is not None:
            value = max(value, self.low)
        if self.above is not None and value <= self.above:
            value = self.above + (1e-12 if self.log or self.high is None else (self.high - self.above) * 1e-6)
        return round(value) if self.integer else value

    def position(self, value: float) -> float:
        """Where a value stands on a slider, 0 to 1."""
        low, high = self._ends()
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(max(value, low))
        return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.0

    def at(self, position: float) -> float:
        """The value at a place on a slider, rounded to what a hand can mean."""
        low, high = self._ends()
        if position <= 0 or position >= 1:
            return self.clamp(low if position <= 0 else high)
        if self.log:
            return self.clamp(round_nicely(low * (high / low) ** position))
        step = self.step(low)
        return self.clamp(round(round((low + position * (high - low)) / step) * step, 10))

    def step(self, value: float) -> float:
        """The smallest move from a value."""
        if self.integer:
            return 1
        if self.low is not None and self.high is not None and self.high - self.low < 1e4:
            return float(10.0 ** math.floor(math.log10((self.high - self.low) / 50)))
        return float(10.0 ** (math.floor(math.log10(max(abs(value), 1e-2))) - 1))

    def nudged(self, value: float, steps: float) -> float:
        """A value moved by steps: along powers of ten where the scale is one, else straight."""
        if self.log and value > 0:
            # 20 steps are a factor of ten; a whole number moves by one at least.
            moved = round_nicely(value * 10 ** (steps / 20))
            if self.integer and round(moved) == round(value):
                moved = value + math.copysign(1, steps)
            return self.clamp(moved)
        if self.log and not self.integer:
            return self.clamp(1e-4 if steps > 0 else value)
        step = self.step(value)
        return self.clamp(round(value + steps * step, 10))

    def _ends(self) -> tuple[float, float]:
        low = self.low if self.low is not None else self.above
        return (0.0 if low is None else low), (1.0 if self.high is None else self.high)
