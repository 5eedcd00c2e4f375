"""Who waits for an answer of the engine: what is called when it comes, and what when it never will."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.experiment import Experiment
from engine.machines.base import State

UseState = Callable[[Experiment, State], None]
UseResult = Callable[[Any], None]
GiveUp = Callable[[], object]


def nothing() -> None:
    """Nobody waits for this."""
