"""Datasets: one file for each generator family, bundled set or importer; found by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.datasets.base import PLANE, Dataset, Samples
from engine.discover import discover

ORDER = (
    "playground",
    "shapes",
    "logic",
    "regression",
    "digits",
    "letters",
    "figures",
    "stripes",
    "two_digits",
    "points",
    "table",
)
"""The order of the gallery; files not named here follow."""

discover(__name__)

if TYPE_CHECKING:
    AnyDataset = Dataset
else:
    AnyDataset = Dataset.registry.union()

__all__ = ["PLANE", "AnyDataset", "Dataset", "Samples"]
