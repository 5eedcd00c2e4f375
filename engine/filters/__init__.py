"""Filters of pictures without training, from simple to complex: a file of small siblings each; found by themselves."""

from __future__ import annotations

from engine.discover import discover
from engine.filters.base import Filter, Sweep, brightness, corner, histogram

ORDER = ("base", "linear", "edges", "points", "own")
"""The order of lists; files not named here follow."""

discover(__name__)

__all__ = ["Filter", "Sweep", "brightness", "corner", "histogram"]
