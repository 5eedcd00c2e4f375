"""How often what is looked at is made anew while a run goes on: dear things seldom, so that learning goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Final, NamedTuple, final

CHEAP: Final = 0.004
"""Seconds of the processor; what takes no longer is made for every picture."""
REST: Final = 15.0
"""How many times as long as it took to make it something dear is shown as it is."""

Clock = Callable[[], float]


class Kept(NamedTuple):
    """What was made, what it cost and until when it will do, in seconds."""

    value: Any
    cost: float
    until: float


@final
class Pacing:
    """What was made of late, by key. At most one dear thing is made anew for a picture.

    `work` is the clock of what this thread does, so that waiting for others makes nothing dear.
    """

    def __init__(self, clock: Clock = time.perf_counter, work: Clock = time.thread_time) -> None:
        self._clock, self._work = clock, work
        self._kept: dict[Hashable, Kept] = {}
        self._busy = False

    def begin(self, keys: Iterable[Hashable]) -> None:
        """Begin a picture that shows these."""
        wanted = set(keys)
        self._kept = {k: v for k, v in self._kept.items() if k in wanted}
        self._busy = False

    def get(self, key: Hashable, make: Callable[[], Any], *, hurried: bool) -> Any:
        """What is wanted: made now, or in a hurry as it was made lately."""
        before = self._kept.get(key)
        if hurried and before is not None and (self._clock() < before.until or (self._busy and before.cost > CHEAP)):
            return before.value
        started = self._work()
        value = make()
        cost = self._work() - started
        self._busy = self._busy or cost > CHEAP
        self._kept[key] = Kept(value, cost, self._clock() + REST * cost if cost > CHEAP else 0.0)
        return value

    def forget(self) -> None:
        """Nothing that was made is still true."""
        self._kept = {}
