"""What the window remembers between starts: typed access to QSettings."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from PySide6.QtCore import QObject, QSettings, Signal

TESTS: Final = "output/tests"
"""Whether test points are shown."""

T = TypeVar("T", bool, int, float, str)


class Settings(QObject):
    """Remembered values by key; `changed` tells the key of one that was set."""

    changed = Signal(str)

    def __init__(self, store: QSettings | None = None) -> None:
        super().__init__()
        self.store = store or QSettings("learnscope", "learnscope")

    def get(self, key: str, default: T) -> T:
        """Return the value at a key, of the type of its default; a damaged one becomes the default."""
        value: Any = self.store.value(key, default)
        try:
            if isinstance(default, bool):
                return value in (True, "true", 1, "1")
            typed: T = type(default)(value)
            return typed
        except (TypeError, ValueError):
            return default

    def set(self, key: str, value: bool | int | float | str) -> None:
        """Remember a value."""
        self.store.setValue(key, value)
        self.changed.emit(key)
