"""How long an edit takes from the hand to the picture, while the network trains at full speed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QEvent, QObject

from app import shot
from app.window import Window
from engine import edits, paths
from engine.activations import Activation
from engine.datasets import editing
from engine.experiment import Experiment
from engine.machines.base import Snapshot

TIMES: Final = 20
"""Edits of each kind, every second one the way back."""
REST: Final = 0.15
"""Seconds of training between two edits."""

Edit = Callable[[Experiment], Experiment]


def _set(path: str, value: object) -> Edit:
    return lambda experiment: paths.assign(experiment, path, value)


def _layer(experiment: Experiment) -> str:
    return experiment.model.hidden_layers[0].id


def _moved(step: float) -> Edit:
    """One of the points, a little to the side."""

    def move(experiment: Experiment) -> Experiment:
        own: Any = editing.from_samples(experiment.data.source.samples(experiment.seeds.data))
        chosen = np.arange(len(own.keys.values)) == 0
        return paths.assign(experiment, "data.source", editing.move(own, chosen, step, 0.0))

    return move


FUNCTIONS: Final = [e.kind() for e in Activation.registry if e.kind.hidden][:2]
EDITS: Final[dict[str, tuple[Edit, Edit]]] = {
    "rate": (_set("training.optimiser.rate", 0.02), _set("training.optimiser.rate", 0.01)),
    "activation": (_set("model.layers.0.activation", FUNCTIONS[1]), _set("model.layers.0.activation", FUNCTIONS[0])),
    "neuron": (lambda e: edits.add_unit(e, _layer(e)), lambda e: edits.remove_unit(e, _layer(e))),
    "layer": (lambda e: edits.add_layer(e, 1), lambda e: edits.remove_layer(e, e.model.hidden_layers[1].id)),
    "point": (_moved(0.5), _moved(-0.5)),
}
"""Each kind of edit, and the way back."""


class Waiting(QObject):
    """Notes when the diagram paints the first snapshot of an experiment."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._session = window.context.session
        self._seen: list[float] = []
        window.diagram.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Look at paint events of the diagram."""
        if event.type() == QEvent.Type.Paint and not self._seen and self._shows(self._session.snapshot):
            self._seen.append(time.perf_counter())
        return False

    def moment(self) -> float:
        """Wait for that frame; return when it was painted."""
        self._seen.clear()
        shot.wait(lambda: bool(self._seen))
        return self._seen[0]

    def _shows(self, snapshot: Snapshot | None) -> bool:
        return snapshot is not None and snapshot.experiment is self._session.experiment


def measure(window: Window) -> dict[str, float]:
    """Milliseconds from each kind of edit to the first frame that shows its network: the 95th percentile."""
    session, waiting = window.context.session, Waiting(window)
    found = {}
    session.play()
    for name, pair in EDITS.items():
        for k in range(2):  # what has to be compiled is compiled now
            _once(window, waiting, pair[k])
        times = [_once(window, waiting, pair[k % 2]) for k in range(TIMES)]
        found[name] = float(np.percentile(times, 95) * 1e3)
    session.pause()
    return found


def _once(window: Window, waiting: Waiting, edit: Edit) -> float:
    session = window.context.session
    shot.settle(REST)
    begun = time.perf_counter()
    session.replace("Edit", edit(session.experiment))
    return waiting.moment() - begun
