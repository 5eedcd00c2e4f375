"""An optimiser by itself, down any function: loss and gradient come from outside, a step at a time."""

from __future__ import annotations

from typing import Any, Final, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.kernels.library import Library
from engine.kernels.table import Argument, Layout, Table, float_bits
from engine.optimisers import Optimiser
from engine.plan import procedure as p
from engine.plan.lower import LIMITS, ROOM
from engine.plan.numbers import apart


@final
class Alone:
    """Numbers w [count] and the optimiser that moves them; everything else is 0 at first."""

    def __init__(self, optimiser: Optimiser, w: ArrayLike, library: Library) -> None:
        first = np.asarray(w, library.dtype)
        layout, table = Layout(), Table()
        blocks = {name: layout.block(name, "scratch", 1, first.size) for name in ("w", "g", *optimiser.slots)}
        counters = layout.whole("counters", "counter", 2)
        self._updates, self._loss = counters.at, counters.at + 1
        rate, shares = layout.block("rate", "scratch", 1), layout.block("shares", "scratch", 1, ROOM)
        memory = layout.block("memory", "scratch", 1, max(1, len(optimiser.memory)))
        known: dict[str, Argument] = {
            "count": blocks["w"].size, "rate": rate, "updates": self._updates, "loss": self._loss, "memory": memory,
            "shares": shares, "apart": apart({s: blocks[s] for s in optimiser.slots}),
            "limit": LIMITS[library.dtype.itemsize], "stop": p.DIVERGED, **optimiser.settings(), **blocks,
        }  # fmt: skip
        table.op(optimiser.update, **{name: known[name] for name in optimiser.update.arguments})
        table.op(p.halt)
        self._f, self._i = np.zeros(layout.floats, library.dtype), np.zeros(layout.ints, np.int64)
        self._run = library.runner(self._f, self._i, table.encoded({k: library.address(k) for k in table.kernels}))
        self.w: Final[NDArray[Any]] = blocks["w"].view(self._f)[0]
        self._g = blocks["g"].view(self._f)[0]
        self.w[:], rate.view(self._f)[:] = first, optimiser.rate

    def step(self, gradient: ArrayLike, loss: float = 0.0) -> bool:
        """Move w by one step from its gradient and loss; False where the optimiser can't go on."""
        self._g[:] = gradient
        self._i[self._loss] = float_bits(loss)
        code = self._run(0)
        self._i[self._updates] += 1
        return code == p.DONE
