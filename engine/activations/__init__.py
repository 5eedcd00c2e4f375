"""Activations, from simple to complex: a file of small siblings for each family; found by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.activations.base import Activation, Answer
from engine.discover import discover

ORDER = ("base", "classic", "rectifiers", "learned", "waves", "random", "shares")
"""The order of lists; files not named here follow."""

discover(__name__)

if TYPE_CHECKING:
    AnyActivation = Activation
else:
    AnyActivation = Activation.registry.union()

__all__ = ["Activation", "Answer", "AnyActivation"]
