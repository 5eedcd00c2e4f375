"""The files opened lately, newest first."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app.settings import Settings

MOST: Final = 10
_BETWEEN: Final = "\n"


class Recent:
    """Remembered paths; those that are gone are not offered."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def paths(self) -> tuple[Path, ...]:
        """The files that still exist, newest first."""
        kept = (Path(p) for p in self._settings.get("recent", "").split(_BETWEEN) if p)
        return tuple(p for p in kept if p.is_file())

    def add(self, path: Path) -> None:
        """Put a file at the front."""
        path = path.absolute()
        others = [p for p in self.paths() if p != path]
        self._settings.set("recent", _BETWEEN.join(str(p) for p in [path, *others][:MOST]))

    def clear(self) -> None:
        """Forget them all."""
        self._settings.set("recent", "")
