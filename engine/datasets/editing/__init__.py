"""Drawing own points: brushes that follow the pointer, operations on a selection, classes. All pure functions."""

from __future__ import annotations

from engine.datasets.editing.brushes import (
    TOOLS,
    Brush,
    Tool,
    airbrush,
    brush,
    erase,
    jitter,
    line,
    magnet,
    put,
    relabel,
)
from engine.datasets.editing.classes import from_samples, new_class, remove_class
from engine.datasets.editing.selection import delete, inside, move, near, set_class
from engine.datasets.editing.values import MOST_POINTS

__all__ = [
    "MOST_POINTS",
    "TOOLS",
    "Brush",
    "Tool",
    "airbrush",
    "brush",
    "delete",
    "erase",
    "from_samples",
    "inside",
    "jitter",
    "line",
    "magnet",
    "move",
    "near",
    "new_class",
    "put",
    "relabel",
    "remove_class",
    "set_class",
]
