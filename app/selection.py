"""What is selected in the network: one thing at a time, shared by the diagram and the inspector."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import QObject, Signal


class Target(Struct, frozen=True):
    """A layer; one of its units where `unit` is not empty; the weight from `source` where that is not empty.

    `unit` and `source` are axis labels of the parameters: `h1/0`, `input/x1`.
    """

    layer: str = ""
    unit: str = ""
    source: str = ""


class Selection(QObject):
    """The selected target; an empty one means nothing is selected."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.target = Target()

    def select(self, target: Target) -> None:
        """Select a target."""
        if target != self.target:
            self.target = target
            self.changed.emit(target)

    def clear(self) -> None:
        """Select nothing."""
        self.select(Target())
