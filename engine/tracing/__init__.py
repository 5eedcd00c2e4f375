"""Traces: an experiment from its start as a table, one row for each sample, batch or pass, in floats or exactly."""

from __future__ import annotations

from engine.tracing.replay import Replay
from engine.tracing.table import MOST_ROWS, Column, Group, Trace, Unit, Value, places
from engine.tracing.tracer import Tracer

__all__ = ["MOST_ROWS", "Column", "Group", "Replay", "Trace", "Tracer", "Unit", "Value", "places"]
