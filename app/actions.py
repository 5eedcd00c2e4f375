"""The table of actions: menus, toolbar, command palette, shortcuts and the cheat sheet are made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction, QKeySequence


class Entry(Struct, frozen=True):
    """One action: id, text, menu path (`Network` or `File/Open recent`), icon name, keys, when enabled, what it does.

    Neighbours in a menu of another `group` stand apart. `title` is a text that changes (“Undo add layer”). An entry
    with `children` is a submenu whose entries are made when it opens; the command palette looks into it as well.
    """

    id: str
    text: str
    menu: str
    run: Callable[[], None]
    keys: tuple[str, ...] = ()
    icon: str = ""
    help: str = ""
    enabled: Callable[[], bool] | None = None
    checked: Callable[[], bool] | None = None
    group: str = ""
    title: Callable[[], str] | None = None
    children: Callable[[], tuple[Entry, ...]] | None = None

    @property
    def label(self) -> str:
        """What it is called now."""
        return self.title() if self.title else self.text

    @property
    def possible(self) -> bool:
        """Whether it can be done now."""
        return self.enabled is None or self.enabled()


def nothing() -> None:
    """What an entry does that only opens a submenu."""


class Actions:
    """All actions of a window by id."""

    def __init__(self, owner: QObject) -> None:
        self._owner = owner
        self._entries: dict[str, Entry] = {}
        self._actions: dict[str, QAction] = {}
        self._soon = QTimer(owner)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.refresh)

    def add(self, *entries: Entry) -> None:
        """Add actions to the table."""
        for entry in entries:
            action = QAction(entry.text, self._owner)
            action.setObjectName(entry.id)
            action.setCheckable(entry.checked is not None)
            action.setShortcuts([QKeySequence(key) for key in entry.keys])
            if entry.help:
                action.setToolTip(entry.help)
                action.setStatusTip(entry.help)
            action.triggered.connect(lambda _checked=False, name=entry.id: self.run(name))
            self._entries[entry.id], self._actions[entry.id] = entry, action

    def __getitem__(self, id: str) -> QAction:  # noqa: A002
        """Return the Qt action called `id`."""
        return self._actions[id]

    def __contains__(self, id: str) -> bool:  # noqa: A002
        return id in self._actions

    def __iter__(self) -> Iterator[Entry]:
        """The entries in the order of the table."""
        return iter(self._entries.values())

    def entry(self, id: str) -> Entry:  # noqa: A002
        """Return the entry called `id`."""
        return self._entries[id]

    def run(self, id: str) -> None:  # noqa: A002
        """Do an action by its id, if it can be done now."""
        entry = self._entries[id]
        if entry.possible:
            entry.run()
        self.stale()

    def stale(self) -> None:
        """Something changed that texts, marks or enabled-when depend on: look again as soon as there is time."""
        if not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """Bring texts, marks and enabled-when up to date."""
        for id_, entry in self._entries.items():
            action = self._actions[id_]
            action.setEnabled(entry.possible)
            if entry.title is not None:
                action.setText(entry.label)
            if entry.checked is not None:
                action.setChecked(entry.checked())


def key_text(entry: Entry) -> str:
    """The keys of an entry as people read them on this system."""
    return "  ".join(QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) for k in entry.keys[:2])
