"""The loss as a landscape: the path a run takes through its weights, planes through them, and the loss over a plane."""

from engine.landscape.path import Path
from engine.landscape.planes import Plane
from engine.landscape.vectors import Form

__all__ = ["Form", "Path", "Plane"]
