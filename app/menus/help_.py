"""Help: the keys, and what this is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.actions import Entry

if TYPE_CHECKING:
    from app.window import Window


def entries(window: Window) -> tuple[Entry, ...]:
    """The entries of the Help menu."""
    return (
        Entry("help.keys", "All keys", "Help", window.show_keys, ("?", "F1"), "help"),
        Entry("help.notes", "What to look for", "Help", window.show_notes, (), "info",
              enabled=lambda: bool(window.context.session.experiment.notes)),
        Entry("help.hints", "Tell me every hint again", "Help", window.doctor.speak,
              enabled=lambda: bool(window.doctor.silenced)),
        Entry("help.about", "About Learnscope", "Help", window.show_about),
    )  # fmt: skip
