"""Edits of one gesture: they merge into one undo step that does and undoes all of them, or leave none."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from app.edits import History
from app.protocol import Assign, Change, Patch, Request
from engine import paths
from engine.arrays import Array, Labelled
from engine.experiment import Experiment
from tests.test_experiment import make

RATE = "training.optimiser.rate"


class Target:
    """Stands for the session: remembers what was shown and sent."""

    def __init__(self) -> None:
        self.shown: list[Experiment] = []
        self.sent: list[Request] = []

    def show(self, experiment: Experiment) -> None:
        self.shown.append(experiment)

    def send(self, request: Request) -> None:
        self.sent.append(request)
        if isinstance(request, Change):
            request.patch.numbers = bias("h1", len(self.sent))


def bias(layer: str, *values: float) -> tuple[Labelled, ...]:
    units = tuple(f"{layer}/{k}" for k in range(len(values)))
    return (Labelled(f"{layer}.bias", (units,), Array(np.array(values, float))),)


def given(patches: tuple[Patch, ...]) -> list[float]:
    """The numbers of patches, in the order they are given back."""
    return [float(n.values.values[0]) for patch in patches for n in patch.numbers]


def last_assigned(target: Target) -> dict[str, list[float]]:
    """What the last request leaves at each place it sets."""
    request = target.sent[-1]
    assert isinstance(request, Assign)
    return {f"{n.name} {len(n.axes[0])}": n.values.values.tolist() for n in request.numbers}


@pytest.fixture
def target() -> Target:
    return Target()


@pytest.fixture
def history(qapp: object, target: Target) -> History:
    return History(target)


def test_numbers_of_one_gesture_are_all_set_again_by_redo(history: History, target: Target) -> None:
    gesture = history.gesture()
    for numbers in (bias("h1", 1.0), bias("h2", 2.0), bias("h1", 3.0)):
        history.assign("Change bias", numbers, gesture)
    assert history.stack.count() == 1
    history.stack.undo()
    history.stack.redo()
    assert last_assigned(target) == {"h2.bias 1": [2.0], "h1.bias 1": [3.0]}


def test_numbers_that_overlap_are_set_in_their_order(history: History, target: Target) -> None:
    gesture = history.gesture()
    for numbers in (bias("h1", 1.0), bias("h1", 2.0, 2.0), bias("h1", 3.0)):
        history.assign("Change bias", numbers, gesture)
    history.stack.undo()
    history.stack.redo()
    assert list(last_assigned(target).items()) == [("h1.bias 2", [2.0, 2.0]), ("h1.bias 1", [3.0])]


def test_a_drag_there_and_back_leaves_no_step(history: History, target: Target) -> None:
    before, gesture = make(), history.gesture()
    there, beyond = paths.replace(before, RATE, 0.5), paths.replace(before, RATE, 0.7)
    history.edit("Change rate", before, there, gesture)
    history.edit("Change rate", there, before, gesture)
    assert history.stack.count() == 0
    assert history.stack.isClean()
    # The drag goes on: it is one step again, from where it began.
    history.edit("Change rate", before, there, gesture)
    history.edit("Change rate", there, beyond, gesture)
    assert history.stack.count() == 1
    history.stack.undo()
    assert target.shown[-1] == before


def test_what_a_drag_there_and_back_destroyed_is_given_back(history: History, target: Target) -> None:
    before, gesture = make(), history.gesture()
    there = paths.replace(before, "model.layers.0.units", 3)
    history.edit("Change neurons", before, there, gesture)
    history.edit("Change neurons", there, before, gesture)
    request = target.sent[-1]
    assert isinstance(request, Change)
    assert request.experiment == before
    # What the first change destroyed is given back last, so that it stays.
    assert given(request.give_back) == [2.0, 1.0]


def test_steps_that_vanish_leave_the_others_alone(history: History, target: Target) -> None:
    before = make()
    kept = paths.replace(before, "training.batch", 7)
    history.edit("Change batch", before, kept, history.gesture())
    for k in range(200):
        gesture, there = history.gesture(), paths.replace(kept, RATE, 0.5 + k / 1000)
        history.edit("Change rate", kept, there, gesture)
        history.edit("Change rate", there, kept, gesture)
        gc.collect(0)
    assert [history.stack.text(k) for k in range(history.stack.count())] == ["Change batch"]
    history.stack.undo()
    assert target.shown[-1] == before
