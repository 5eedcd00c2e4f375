"""The entries of the table of actions, one module for each menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from app.actions import Entry
    from app.window import Window

ORDER: Final = ("File", "Edit", "Network", "Data", "View", "Help")


def entries(window: Window) -> tuple[Entry, ...]:
    """Everything that can be done in a window, in the order of the menus."""
    from app.menus import data, edit, file, help_, network, phases, run, view

    modules = (file, edit, run, network, phases, data, view, help_)
    return tuple(entry for module in modules for entry in module.entries(window))
