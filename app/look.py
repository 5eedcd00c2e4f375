"""Light or dark, and the size of the text: remembered, and following the system where that can be read."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from app.settings import Settings
from app.theme import Mode, theme

SYSTEM: Final = "system"
STEPS: Final = (75, 90, 100, 110, 125, 150, 175, 200)


def system_mode() -> Mode:
    """What the system prefers; light where it does not say."""
    scheme = QGuiApplication.styleHints().colorScheme()
    return "dark" if scheme == Qt.ColorScheme.Dark else "light"


class Look(QObject):
    """Keeps the theme and the settings together."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    def take(self) -> None:
        """Take what is remembered."""
        kept = self._settings.get("theme", SYSTEM)
        theme().set_mode("dark" if kept == "dark" else "light" if kept == "light" else system_mode())
        theme().set_percent(self._settings.get("text", 100))

    def follows(self) -> bool:
        """Whether the system decides."""
        return self._settings.get("theme", SYSTEM) == SYSTEM

    def follow(self) -> None:
        """Let the system decide, or keep what is there now."""
        self._settings.set("theme", theme().mode if self.follows() else SYSTEM)
        self.take()

    def toggle(self) -> None:
        """Light becomes dark and dark light."""
        self._settings.set("theme", "light" if theme().dark else "dark")
        self.take()

    def grow(self, by: int) -> None:
        """Make the text one step larger or smaller; 0 is the normal size."""
        percent = theme().percent
        if by > 0:
            percent = next((s for s in STEPS if s > percent), STEPS[-1])
        elif by < 0:
            percent = next((s for s in reversed(STEPS) if s < percent), STEPS[0])
        else:
            percent = 100
        self._settings.set("text", percent)
        theme().set_percent(percent)

    def _system_changed(self) -> None:
        if self.follows():
            self.take()
