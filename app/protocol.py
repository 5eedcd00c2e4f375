"""What the window and the engine thread say to each other: frozen requests, frozen events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from engine.arrays import Labelled
from engine.experiment import Experiment
from engine.machines.base import State, Stop, Until
from engine.records import Want
from engine.stepping import Unit


class Patch:
    """Learned numbers an edit destroyed, filled in by the engine; an undo gives the very same object back."""

    def __init__(self) -> None:
        self.numbers: tuple[Labelled, ...] = ()


class Request(Struct, frozen=True):
    """Base of what the window asks of the engine thread."""


class Open(Request, frozen=True):
    """Build the machine of an experiment, at its start or at a saved state."""

    experiment: Experiment
    state: State | None = None


class Change(Request, frozen=True):
    """Go on with an edited experiment; `patch` takes what is destroyed, `give_back` what an undo restores."""

    experiment: Experiment
    patch: Patch
    give_back: tuple[Patch, ...] = ()


class Assign(Request, frozen=True):
    """Set learned numbers (given, or those of a patch); `patch` takes what stood there."""

    numbers: tuple[Labelled, ...]
    patch: Patch
    give_back: tuple[Patch, ...] = ()


class Run(Request, frozen=True):
    """Go on, at `pace` samples a second; None is as fast as it goes."""

    pace: float | None = None


class Pause(Request, frozen=True):
    """Stand still; requests are still served."""


class Step(Request, frozen=True):
    """Pause, then do one phase, sample, batch or epoch."""

    unit: Unit


class Back(Request, frozen=True):
    """Pause, then go back to where the phase, sample, batch or epoch before began."""

    unit: Unit


class Reset(Request, frozen=True):
    """Go to the start of the experiment as it is now."""


class Look(Request, frozen=True):
    """These records are on screen; no others are computed."""

    wants: frozenset[Want]


class Rules(Request, frozen=True):
    """Stop by these rules."""

    rules: Until


class TakeState(Request, frozen=True):
    """Send the state of the run back as a `StateTaken` with the same token."""

    token: int


class Event(Struct, frozen=True):
    """Base of what the engine thread tells besides snapshots."""


class Opened(Event, frozen=True):
    """The engine turned to the experiment it was asked to open: snapshots of the one before are behind."""


class Warming(Event, frozen=True):
    """A kernel is being compiled or loaded: `done` of `of`; equal numbers mean ready."""

    what: str
    done: int
    of: int


class Stopped(Event, frozen=True):
    """The run stopped by itself."""

    stop: Stop


class Failed(Event, frozen=True):
    """A request was refused; the run goes on as it was. The sentence says why."""

    sentence: str


class StateTaken(Event, frozen=True):
    """The state asked for, with the experiment it belongs to."""

    token: int
    experiment: Experiment
    state: State


class StateRefused(Event, frozen=True):
    """The state asked for can't be had. The sentence says why."""

    token: int
    sentence: str


class JobDone(Event, frozen=True):
    """A job of the job thread ended: its result, or the sentence that says why not."""

    token: int
    result: Any = None
    error: str = ""


class JobProgress(Event, frozen=True):
    """A job goes on: `done` of `of`."""

    token: int
    what: str
    done: int
    of: int


def join(patches: Sequence[Patch]) -> tuple[Patch, ...]:
    """Order patches of merged edits so that the oldest number is given back last and stays."""
    return tuple(reversed(tuple(patches)))
