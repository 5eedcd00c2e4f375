"""An experiment lowered to one compiled loop over flat arenas.

procedure   operations that belong to no layer: samples, batches, counting, stopping, views
samples     inputs and targets of an experiment
judging     what is done at the outputs: losses, their slopes, hits
lower       experiment -> layout and table
plan        layout and table -> arrays, compiled kernels, ways to run
"""

from __future__ import annotations

from engine.plan.plan import Plan
from engine.plan.samples import Prepared, prepare, same_prepared, same_samples

__all__ = ["Plan", "Prepared", "prepare", "same_prepared", "same_samples"]
