"""Mistakes of ours that nothing caught: they are told and logged, and the work goes on.

An error in a paint event does no worse, because every painter is used by `with`: one that its traceback kept alive
beyond the widget's turn would end the process.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from types import TracebackType

log = logging.getLogger(__name__)

SENTENCE = "Something in the window went wrong ({}: {}); your work is kept. Save it, and go on."


class Mishaps:
    """Takes the place of the interpreter's report of an uncaught error; each is told once."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: set[str] = set()
        self._before = sys.excepthook
        sys.excepthook = self.take

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log and tell; what only ends the program goes on to do so."""
        if not issubclass(kind, Exception):
            self._before(kind, error, trace)
            return
        sentence = SENTENCE.format(kind.__name__, error)
        if sentence not in self._told:
            self._told.add(sentence)
            log.error("an error that nothing caught", exc_info=(kind, error, trace))
            self._tell(sentence)

    def rest(self) -> None:
        """Give the interpreter's own report back."""
        sys.excepthook = self._before
