"""The undo commands: replace the experiment, or set learned numbers. A drag is merged into one."""

from __future__ import annotations

import weakref
from typing import Protocol

from PySide6.QtGui import QUndoCommand, QUndoStack

from app.protocol import Assign, Change, Patch, Request, join
from engine.arrays import Labelled
from engine.experiment import Experiment
from engine.machines.base import Stop


class Target(Protocol):
    """What edits act on: the session."""

    def show(self, experiment: Experiment) -> None:
        """Make this the experiment on screen."""

    def send(self, request: Request) -> None:
        """Pass a request to the engine."""


class Edit(QUndoCommand):
    """Replace the experiment; keeps the old one and exactly the learned numbers the edit destroyed."""

    def __init__(self, target: Target, text: str, old: Experiment, new: Experiment, gesture: int) -> None:
        super().__init__(text)
        self._target, self._old, self._new, self._gesture = target, old, new, gesture
        self._destroyed: list[Patch] = []
        self._undestroyed: list[Patch] = []

    def id(self) -> int:
        """Edits of one gesture (a drag, a stroke) have one id and merge; -1 never merges."""
        return self._gesture

    def redo(self) -> None:
        """Go to the new experiment."""
        patch = Patch()
        self._destroyed = [patch]
        self._target.show(self._new)
        self._target.send(Change(self._new, patch, join(self._undestroyed)))

    def undo(self) -> None:
        """Go back to the old experiment and give back what the edit destroyed."""
        patch = Patch()
        self._undestroyed = [patch]
        self._target.show(self._old)
        self._target.send(Change(self._old, patch, join(self._destroyed)))

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802 - Qt's name
        """Take in a later edit of the same gesture; one that leads back to where the gesture began leaves no step."""
        if not isinstance(other, Edit):
            return False
        self._new = other._new
        self._destroyed += other._destroyed
        self.setText(other.text())
        if self._new == self._old:
            # No undo will give back what was destroyed on the way, so it is given back now.
            self._target.send(Change(self._old, Patch(), join(self._destroyed)))
            self.setObsolete(True)
        return True


class Numbers(QUndoCommand):
    """Set learned numbers; keeps what stood there, with its optimiser state."""

    def __init__(self, target: Target, text: str, numbers: tuple[Labelled, ...], gesture: int) -> None:
        super().__init__(text)
        self._target, self._numbers, self._gesture = target, numbers, gesture
        self._before: list[Patch] = []

    def id(self) -> int:
        """Numbers of one drag have one id and merge; with edits of the experiment they never do."""
        return self._gesture

    def redo(self) -> None:
        """Set the numbers."""
        patch = Patch()
        self._before = [patch]
        self._target.send(Assign(self._numbers, patch))

    def undo(self) -> None:
        """Put back what stood there."""
        self._target.send(Assign((), Patch(), join(self._before)))

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802 - Qt's name
        """Take in what the same drag set later: it stands for what the drag set at the same place before."""
        if not isinstance(other, Numbers):
            return False
        later = {(n.name, n.axes) for n in other._numbers}
        self._numbers = (*(n for n in self._numbers if (n.name, n.axes) not in later), *other._numbers)
        self._before += other._before
        return True


class PutBack(Numbers):
    """The best numbers of a run, which the engine put back when it stopped: done already when it is pushed."""

    def __init__(self, target: Target, stop: Stop) -> None:
        super().__init__(target, "Best weights", stop.numbers, -1)
        patch = Patch()
        patch.numbers = stop.before
        self._before, self._done = [patch], True

    def redo(self) -> None:
        """Set the numbers, but for the first time."""
        if not self._done:
            super().redo()
        self._done = False


def _drop(stack: QUndoStack) -> None:
    """Drop all commands, and tell nobody: a stack that goes would call slots of what is half gone."""
    stack.blockSignals(True)
    stack.clear()


class History:
    """The undo stack and the numbering of gestures.

    The collector of garbage must never meet the commands: it frees them behind the back of the stack, which then frees
    them again. So they do not hold their target, and are dropped when it goes, if nobody closed it before.
    """

    def __init__(self, target: Target) -> None:
        self.stack = QUndoStack()
        self.stack.setUndoLimit(500)
        self._target: Target = weakref.proxy(target)
        self._gesture = 0
        self._end = weakref.finalize(target, _drop, self.stack)
        self._end.atexit = False

    def close(self) -> None:
        """Drop all commands."""
        self._end()

    def gesture(self) -> int:
        """Begin a gesture: edits made with the number returned merge into one undo step."""
        self._gesture += 1
        return self._gesture

    def edit(self, text: str, old: Experiment, new: Experiment, gesture: int = -1) -> None:
        """Do an edit of the experiment."""
        self.stack.push(Edit(self._target, text, old, new, gesture))

    def assign(self, text: str, numbers: tuple[Labelled, ...], gesture: int = -1) -> None:
        """Do an edit of learned numbers."""
        self.stack.push(Numbers(self._target, text, numbers, gesture))

    def put_back(self, stop: Stop) -> None:
        """Note what the engine put back when a run stopped, if anything, as an undo step."""
        if stop.numbers:
            self.stack.push(PutBack(self._target, stop))

    def give_up(self, gesture: int) -> None:
        """Take back what a gesture did, as if it had never been: nothing of it can be undone or done again."""
        last = self.stack.command(self.stack.index() - 1)
        if last is not None and last.id() == gesture:
            last.undo()
            last.setObsolete(True)
            self.stack.undo()  # an obsolete command is not undone again, only dropped
