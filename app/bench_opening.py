"""How long it takes from the question how a number is calculated to the picture that answers it."""

from __future__ import annotations

import time
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QEvent, QObject

from app import names, shot
from app.selection import Target
from app.window import Window
from engine import examples
from engine.experiment import nodes

NAMES: Final = ("tutorial", examples.DEFAULT, "eight-three-eight")
TIMES: Final = 10
REST: Final = 0.15
"""Seconds of rest before each question."""
VIEW: Final = "calculation"


class Answer(QObject):
    """Notes when the sheet of a calculation paints the answer about a target."""

    def __init__(self, view: Any, about: str) -> None:
        super().__init__(view)
        self._view, self._about = view, about
        self.painted = 0.0
        view.sheet.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Look at paint events that have something to show."""
        answered = self._view.about.text() == self._about and len(self._view.sheet.entries) > 1
        if event.type() == QEvent.Type.Paint and not self.painted and answered:
            self.painted = time.perf_counter()
        return False


def measure(window: Window) -> dict[str, float]:
    """Milliseconds: opened for the first time, opened again, and with another neuron in the open view."""
    units = [Target(n.layer.id, label) for n in nodes(window.context.session.experiment) for label in n.units.labels]
    first, again = _opened(window, units[-1]), []
    for _ in range(TIMES):
        window.views.close_view(VIEW)
        again.append(_opened(window, units[-1]))
    others = [_opened(window, units[k % len(units)]) for k in range(TIMES)]
    return {
        "first_ms": first * 1e3,
        "again_ms_p50": float(np.median(again) * 1e3),
        "again_ms_max": float(np.max(again) * 1e3),
        "another_neuron_ms_p50": float(np.median(others) * 1e3),
    }


def _opened(window: Window, target: Target) -> float:
    """Seconds from the question to the frame that answers it."""
    shot.settle(REST)
    begun = time.perf_counter()
    window.context.selection.ask(target)
    answer = Answer(window.views.widget_of(VIEW), names.target(window.context.session.experiment, target))
    shot.wait(lambda: bool(answer.painted))
    answer.deleteLater()
    return answer.painted - begun
