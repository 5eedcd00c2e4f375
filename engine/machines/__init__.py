"""Machines: one file per kind of experiment; found by themselves."""

from __future__ import annotations

from engine.discover import discover
from engine.machines.base import (
    Machine,
    MachineKind,
    Position,
    Progress,
    Score,
    Snapshot,
    State,
    StepUnit,
    Stop,
    Until,
    build,
)

ORDER = ("base", "supervised")

discover(__name__)

__all__ = [
    "Machine",
    "MachineKind",
    "Position",
    "Progress",
    "Score",
    "Snapshot",
    "State",
    "StepUnit",
    "Stop",
    "Until",
    "build",
]
