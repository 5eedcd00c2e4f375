"""The experiment from its start as a table."""

from __future__ import annotations

from typing import ClassVar, Final, get_args

from engine.producers.base import Look, Producer
from engine.records import Record, Want
from engine.registry import register
from engine.tracing import Trace, Tracer, Unit

EXACT: Final = "exact"
ROWS: Final = 40
BUDGET: Final = 0.03
"""Seconds of a snapshot that go to the table; it is made on in the next ones."""


@register("Trace")
class TraceOf(Producer, tag="trace", frozen=True):
    """The experiment, run from its start: `size` rows; the target is their unit, and the arithmetic (exact or not)."""

    yields: ClassVar[type[Record]] = Trace

    def make(self, look: Look, want: Want) -> Trace:
        asked, arithmetic = (*want.target, "", "")[:2]
        unit: Unit = next((u for u in get_args(Unit) if u == asked), "epoch")
        e = look.experiment
        now = (unit, arithmetic, look.plan.prepared.source, e.data.features, e.model, e.training, e.seeds)
        key, tracer = look.kept.get("trace", (None, None))
        if not isinstance(tracer, Tracer) or key[2] is not now[2] or key[:2] + key[3:] != now[:2] + now[3:]:
            tracer = Tracer(e, look.plan.prepared, look.plan.library, unit, arithmetic == EXACT)
            look.kept["trace"] = now, tracer
        return tracer.trace(want.size or ROWS, BUDGET)
