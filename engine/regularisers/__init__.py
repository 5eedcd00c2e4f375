"""What is done to a step besides following the slope: a file of small siblings for each place; found by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.discover import discover
from engine.regularisers.base import Regulariser, Setting, StepPass

ORDER = ("base", "bounds", "noise", "targets", "answers", "points", "pictures", "classes", "averaging")
"""The order of lists; files not named here follow."""

discover(__name__)

if TYPE_CHECKING:
    AnyRegulariser = Regulariser
else:
    AnyRegulariser = Regulariser.registry.union()

__all__ = ["AnyRegulariser", "Regulariser", "Setting", "StepPass"]
