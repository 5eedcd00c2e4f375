"""The table of actions: menus, toolbar, command palette, shortcuts and the cheat sheet are made from it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction


class Entry(Struct, frozen=True):
    """One action: id, text, menu path (`Network/Add layer` sorts it), icon name, keys, when enabled, what it does."""

    id: str
    text: str
    menu: str
    run: Callable[[], None]
    keys: tuple[str, ...] = ()
    icon: str = ""
    help: str = ""
    enabled: Callable[[], bool] | None = None
    checked: Callable[[], bool] | None = None


class Actions:
    """All actions of a window by id."""

    def __init__(self, owner: QObject) -> None:
        self._owner = owner
        self._entries: dict[str, Entry] = {}
        self._actions: dict[str, QAction] = {}

    def add(self, *entries: Entry) -> None:
        """Add actions to the table."""
        for entry in entries:
            action = QAction(entry.text, self._owner)
            action.triggered.connect(lambda _checked=False, run=entry.run: run())
            self._entries[entry.id], self._actions[entry.id] = entry, action

    def __getitem__(self, id: str) -> QAction:  # noqa: A002
        """Return the Qt action called `id`."""
        return self._actions[id]

    def run(self, id: str) -> None:  # noqa: A002
        """Do an action by its id."""
        self._actions[id].trigger()
