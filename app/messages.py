"""What the user is told: sentences with a remedy, and how far something long is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from engine.errors import LearnscopeError
from engine.experiment import Experiment

_INSIDE: Final = str.maketrans("", "", "-'’")
"""Signs inside a word that is no name of a file."""


class Message(Struct, frozen=True):
    """A sentence for the user, with an optional remedy: the text of a button and what it does.

    What an edit brought with it is over when the experiment `before` it is back. The text of an error, which may stand
    behind a colon elsewhere, is a sentence of its own here. One that begins with the name of a file leaves it as it is.
    """

    sentence: str
    kind: Literal["note", "error"] = "note"
    button: str = ""
    remedy: Callable[[], None] | None = None
    before: Experiment | None = None

    def __post_init__(self) -> None:
        text = self.sentence
        if text.partition(" ")[0].strip(".,:;").translate(_INSIDE).isalpha():
            text = f"{text[:1].upper()}{text[1:]}"
        force_setattr(self, "sentence", f"{text}{'' if text[-1:] in '.!?…' else '.'}")


def refused(error: LearnscopeError) -> Message:
    """Why something can't be done."""
    return Message(str(error), "error")


class Busy(Struct, frozen=True):
    """Something long goes on: what, `done` of `of`; `of` 0 means it ended. `cancel` gives it up."""

    what: str
    done: int = 0
    of: int = 0
    cancel: Callable[[], None] | None = None
