"""Producers: one file per record, or a few small siblings; found by themselves."""

from __future__ import annotations

from engine.discover import discover
from engine.producers.base import Look, Producer, fitting, offered, produce

ORDER = ("base", "plane", "weights", "unit", "sample", "curves")

discover(__name__)

__all__ = ["Look", "Producer", "fitting", "offered", "produce"]
