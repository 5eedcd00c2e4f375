"""Optimisers, from simple to complex: a file of small siblings for each family; found by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.discover import discover
from engine.optimisers.base import Optimiser

ORDER = ("base", "descent", "adam", "adaptive", "line_search")
"""The order of lists; files not named here follow."""

discover(__name__)

if TYPE_CHECKING:
    AnyOptimiser = Optimiser
else:
    AnyOptimiser = Optimiser.registry.union()

__all__ = ["AnyOptimiser", "Optimiser"]
