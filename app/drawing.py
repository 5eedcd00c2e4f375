"""The drawing tools: which one is in the hand, and how a stroke becomes edits. Shared by panel and surfaces."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QObject, Signal

from app.session import Session

Tool = Literal["look", "put", "brush", "airbrush", "line", "erase", "relabel", "move", "jitter", "magnet"]
TOOLS: Final[tuple[Tool, ...]] = (
    "look", "put", "brush", "airbrush", "line", "erase", "relabel", "move", "jitter", "magnet",
)  # fmt: skip


class Drawing(QObject):
    """The tool in the hand, its class, radius (in units of the plane) and strength (0 to 1)."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.tool: Tool = "look"
        self.class_index = 1
        self.radius = 0.6
        self.strength = 0.5

    def take(self, tool: Tool) -> None:
        """Take a tool in the hand."""
        if tool != self.tool:
            self.tool = tool
            self.changed.emit()

    def choose_class(self, index: int) -> None:
        """Draw points of this class (0 to 8); one beyond the present classes makes a new class at the first stroke."""
        if index != self.class_index and 0 <= index < 9:
            self.class_index = index
            self.changed.emit()
