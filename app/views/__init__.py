"""Views: one file per picture; found by themselves."""

from __future__ import annotations

from app.views.registry import View
from engine.discover import discover

discover(__name__)

__all__ = ["View"]
