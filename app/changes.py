"""What of the open document is not on disk: edits by the undo stack, learning by the run.

A moment is remembered when a save begins and compared when it is over: what happened meanwhile is not on disk.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from app.edits import History


class Moment(Struct, frozen=True):
    """A moment of a session: equal ones mean that between them nothing was opened, edited or learned."""

    document: int = 0
    edits: int = 0
    learned: int = 0


class Changes:
    """Counts what happens to the document, and knows which of it is saved."""

    def __init__(self, history: History) -> None:
        self.now = Moment()
        self._stack = history.stack
        self._learned = 0

    @property
    def unsaved(self) -> bool:
        """Whether something is edited or learned that is not on disk."""
        return not self._stack.isClean() or self.now.learned != self._learned

    def open(self, changed: bool) -> None:
        """Begin with another document, without a history; a changed one counts as edited until it is saved."""
        self.now = Moment(self.now.document + 1)
        self._learned = 0
        self._stack.clear()
        # An empty stack is not made clean by clearing it.
        self._stack.resetClean() if changed else self._stack.setClean()

    def edit(self) -> None:
        """Take note of an edit, be it merged into the last one, undone or done again."""
        self.now = replace(self.now, edits=self.now.edits + 1)

    def learn(self) -> bool:
        """Take note that the run learns; tell whether that is the first since the document was saved."""
        first = self.now.learned == self._learned
        self.now = replace(self.now, learned=self.now.learned + 1)
        return first

    def save(self, then: Moment) -> bool:
        """Take what stood at a moment as saved; False when another document was opened since."""
        if then.document != self.now.document:
            return False
        self._learned = then.learned
        if then.edits == self.now.edits:
            self._stack.setClean()
        return True
