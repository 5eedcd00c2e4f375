"""How often what is looked at is made anew while a run goes on: dear things seldom, and in turns of their own.

So learning goes on, and no picture waits for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Final, NamedTuple, final

CHEAP: Final = 0.004
"""Seconds of the processor; what takes no longer is made for every picture."""
MOST: Final = 256
"""Of so many things it is remembered what they cost."""
REST: Final = 15.0
"""How many times as long as it took to make it something dear is shown as it is."""

Clock = Callable[[], float]


class Kept(NamedTuple):
    """What was made, and until when it will do, in seconds."""

    value: Any
    until: float


@final
class Pacing:
    """What was made of late, by key. In a hurry something dear is shown as it was, and owed until somebody pays.

    `work` is the clock of what this thread does, so that waiting for others makes nothing dear.
    """

    def __init__(self, clock: Clock = time.perf_counter, work: Clock = time.thread_time) -> None:
        self._clock, self._work = clock, work
        self._kept: dict[Hashable, Kept] = {}
        self._costs: dict[Hashable, float] = {}
        self._owed: dict[Hashable, Callable[[], Any]] = {}

    def begin(self, keys: Iterable[Hashable]) -> None:
        """Begin a picture that shows these."""
        wanted = set(keys)
        self._kept = {k: v for k, v in self._kept.items() if k in wanted}
        self._owed = {k: v for k, v in self._owed.items() if k in wanted}
        if len(self._costs) > MOST:
            self._costs = {k: v for k, v in self._costs.items() if k in wanted}

    def get(self, key: Hashable, make: Callable[[], Any], *, hurried: bool) -> Any:
        """What is wanted: made now, or in a hurry as it was made lately; None for something dear that was not."""
        if not hurried or self._costs.get(key, 0.0) <= CHEAP:
            return self._made(key, make)
        before = self._kept.get(key)
        if before is None or self._clock() >= before.until:
            self._owed[key] = make
        return before.value if before is not None else None

    def pay(self) -> bool:
        """Make the dear thing that is owed longest; tell whether there was one."""
        for key, make in self._owed.items():
            self._made(key, make)
            return True
        return False

    def _made(self, key: Hashable, make: Callable[[], Any]) -> Any:
        self._owed.pop(key, None)
        started = self._work()
        value = make()
        cost = self._work() - started
        self._costs[key] = cost
        self._kept[key] = Kept(value, self._clock() + REST * cost)
        return value

    def forget(self) -> None:
        """Nothing that was made is still true."""
        self._kept, self._costs, self._owed = {}, {}, {}
