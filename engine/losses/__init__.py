"""Losses, from simple to complex: a file of small siblings for each family; found by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.discover import discover
from engine.losses.base import Loss, Task

ORDER = ("base", "distance", "entropy", "margin", "rules", "unsupervised")
"""The order of lists; files not named here follow."""

discover(__name__)

if TYPE_CHECKING:
    AnyLoss = Loss
else:
    AnyLoss = Loss.registry.union()

__all__ = ["AnyLoss", "Loss", "Task"]
