"""Edit: undo and redo with their names, paste, pictures to the clipboard, the palette."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.actions import Entry, nothing

if TYPE_CHECKING:
    from app.window import Window


def entries(window: Window) -> tuple[Entry, ...]:
    """The entries of the Edit menu."""
    stack = window.context.session.history.stack

    def named(verb: str, text: str) -> str:
        return f"{verb} {text[:1].lower()}{text[1:]}" if text else verb

    def pictures() -> tuple[Entry, ...]:
        whole = Entry("edit.copy-window", "Window", "Edit/Copy picture", window.exports.copy_window)
        views = (
            Entry(f"edit.copy-{key}", title, "Edit/Copy picture", partial(window.exports.copy_view, key))
            for key, title in window.open_views()
        )
        return (whole, *views)

    return (
        Entry("edit.undo", "Undo", "Edit", stack.undo, ("Ctrl+Z",), "undo", enabled=stack.canUndo,
              title=lambda: named("Undo", stack.undoText())),
        Entry("edit.redo", "Redo", "Edit", stack.redo, ("Ctrl+Y", "Ctrl+Shift+Z"), "redo", enabled=stack.canRedo,
              title=lambda: named("Redo", stack.redoText())),
        Entry("edit.paste", "Paste data or address", "Edit", window.intake.paste, ("Ctrl+V",), "paste",
              "A table as text becomes own data; an address of playground.tensorflow.org opens that experiment",
              group="clipboard"),
        Entry("edit.copy", "Copy picture", "Edit", nothing, children=pictures),
        Entry("edit.palette", "Command palette …", "Edit", window.show_palette, ("Ctrl+Shift+P",), "search",
              "Find anything that can be done by a few letters", group="palette"),
    )  # fmt: skip
