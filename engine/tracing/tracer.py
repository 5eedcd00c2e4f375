"""Making a trace: a run from the start, told row by row, as many rows as there is time for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final, TypeAlias, final

from engine.errors import LearnscopeError
from engine.experiment import Experiment, classifies, nodes
from engine.kernels.library import Library
from engine.network import Node
from engine.plan import procedure as p
from engine.plan.samples import Prepared
from engine.tracing.exactly import Exactly
from engine.tracing.floats import Arithmetic, Floats, shortest
from engine.tracing.table import MOST_NUMBERS, MOST_ROWS, Column, Trace, Unit, Value, columns, places

LARGEST: Final = 1 << 22
"""Numbers of the samples and of the network that are copied for a trace."""
MOST_INPUTS: Final = 64
"""Inputs that have columns of their own."""
COUNTERS: Final = {"sample": p.SAMPLES, "batch": p.STEP, "epoch": p.EPOCH}

Row: TypeAlias = tuple[Value, ...]


@final
class Tracer:
    """The trace of one experiment. Nothing of a running machine is touched, and the same experiment makes the same one.

    Rows that were made are kept, and `trace` goes on behind them.
    """

    def __init__(
        self, experiment: Experiment, prepared: Prepared, library: Library, unit: Unit = "epoch", exact: bool = False
    ) -> None:
        self._unit, self._exact = unit, exact
        self._columns: tuple[Column, ...] = ()
        self._rows: list[Row] = []
        self._ended, self._told = False, ""
        self._work = self._made(experiment, prepared, library)

    def trace(self, rows: int, seconds: float) -> Trace:
        """So many rows, as far as they can be made in the time."""
        rows, until = min(rows, MOST_ROWS), time.perf_counter() + seconds
        try:
            while not self._ended and len(self._rows) < rows:
                row = next(self._work)
                if row is not None:
                    self._rows.append(row)
                if time.perf_counter() >= until:
                    break
        except LearnscopeError as error:
            self._ended, self._told = True, f"{self._told} {error}".strip()
        return Trace(
            "trace", self._unit, self._exact, self._columns, tuple(self._rows[:rows]), rows, self._ended, self._told
        )

    def _made(self, experiment: Experiment, prepared: Prepared, library: Library) -> Iterator[Row | None]:
        """The rows; None wherever there may be a rest."""
        resolved = nodes(experiment)
        _check_size(prepared, resolved)
        floats = Floats(experiment, prepared, library)
        run: Arithmetic = Exactly(experiment, prepared, floats) if self._exact else floats
        learned = places(resolved)
        wide = prepared.x.shape[1:] != (len(experiment.data.features),) or prepared.x.shape[1] > MOST_INPUTS
        inputs = () if wide else experiment.data.features
        self._columns = columns(self._unit, learned, inputs, prepared.y.shape[1], classifies(experiment))
        if not learned:
            self._told = f"Weights have no columns: at most {MOST_NUMBERS} numbers have."
        counter = COUNTERS[self._unit]
        after = run.numbers(learned)
        while True:
            count, before = run.done(counter), after
            judged = None if self._unit == "sample" else run.judged()
            yield None
            while run.done(counter) == count:
                if not run.learn(alone=self._unit == "sample"):
                    raise LearnscopeError(f"Here training diverges: the step after {self._unit} {count} is not finite.")
                if run.done(counter) == count:
                    yield None
            after = run.numbers(learned)
            changes = [_difference(a, b) for a, b in zip(after, before, strict=True)]
            if judged is not None:
                err = () if judged.err is None else (judged.err,)
                yield (count, *before, judged.loss, *err, *changes)
                continue
            s = run.shown()
            error = [_difference(t, o) for t, o in zip(s.t, s.o, strict=True)]
            yield (count, s.row + 1, *(s.x if inputs else ()), *before, *s.z, *s.o, *s.t, *error, s.loss, *changes)


def _check_size(prepared: Prepared, resolved: Sequence[Node]) -> None:
    if not prepared.train:
        raise LearnscopeError("There is nothing to learn from yet; draw training samples, or choose a data set.")
    numbers = prepared.x.size + sum(n.numbers for n in resolved)
    if numbers > LARGEST:
        raise LearnscopeError(
            f"The samples and the network are {numbers:,} numbers, and a table is made of at most {LARGEST:,}; "
            "choose fewer samples or a smaller network."
        )


def _difference(a: Value, b: Value) -> Value:
    """Exactly where both are exact, else to the digits that float32 has."""
    return a - b if isinstance(a, Fraction) and isinstance(b, Fraction) else shortest(float(a) - float(b))
