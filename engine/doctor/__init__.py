"""The doctor: what can be wrong with a run, one file for each kind of trouble; found by themselves.

Causes stand before what they bring about.
"""

from __future__ import annotations

from engine.discover import discover
from engine.doctor.base import Diagnosis, Evidence, Fact, Finding, LayerHealth, Past, Remedy, Spread, diagnose

ORDER = (
    "base", "idle", "inputs", "symmetry", "straight", "units", "unsupervised", "gradients", "rate", "loss",
    "overfitting",
)  # fmt: skip

discover(__name__)

__all__ = ["Diagnosis", "Evidence", "Fact", "Finding", "LayerHealth", "Past", "Remedy", "Spread", "diagnose"]
