"""Studies: error against capacity, samples, epochs, a penalty, and over folds. One file each; found by themselves."""

from __future__ import annotations

from engine.discover import discover
from engine.study._lab import Trial
from engine.study._points import (
    MEASURES,
    ROLES,
    Measure,
    Parts,
    Point,
    Role,
    Spread,
    Truth,
    best,
    csv_of,
    gathered,
    pooled,
    table,
    truth_of,
)
from engine.study.base import Study, total, trials_of, with_values

ORDER = ("base", "width", "depth", "samples", "epochs", "penalty", "folds")

discover(__name__)

__all__ = [
    "MEASURES",
    "ROLES",
    "Measure",
    "Parts",
    "Point",
    "Role",
    "Spread",
    "Study",
    "Trial",
    "Truth",
    "best",
    "csv_of",
    "gathered",
    "pooled",
    "table",
    "total",
    "trials_of",
    "truth_of",
    "with_values",
]
