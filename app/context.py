"""What every panel, view and diagram is given: the shared objects of one window."""

from __future__ import annotations

from dataclasses import dataclass

from app.actions import Actions
from app.drawing import Drawing
from app.glass import Glass
from app.selection import Selection
from app.session import Session
from app.settings import Settings


@dataclass(frozen=True)
class Context:
    """The shared objects of one window; the theme is `app.theme.theme()`."""

    session: Session
    selection: Selection
    drawing: Drawing
    glass: Glass
    settings: Settings
    actions: Actions
