"""Views: one file per picture; found by themselves."""

from __future__ import annotations

from app.views.registry import View
from engine.discover import discover

ORDER = ("registry", "output", "curves", "weights", "maps", "layers", "representation", "confusion", "roc", "hardest")
"""The order in which they are offered; files not named here follow."""

discover(__name__)

__all__ = ["View"]
