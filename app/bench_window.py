"""How fast the window is: frames, start, close, and how much of its speed training keeps beside it."""

from __future__ import annotations

import faulthandler
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from app import application, bench_edits, bench_opening, shot
from app.window import Window
from app.worker import left_over
from engine import examples
from engine.bench.pictures import many_maps
from engine.experiment import Experiment
from engine.files import Document
from engine.machines.base import Snapshot, build

EXAMPLE: Final = examples.DEFAULT
SIZE: Final = (1440, 900)
ROUNDS: Final = 9
"""Short rounds with and without the window in turn: the speed of a shared machine changes within seconds."""
SECONDS: Final = 1.6
STARTS: Final = 6
STUCK: Final = 240.0
ROOT: Final = Path(__file__).resolve().parent.parent


class Frames(QObject):
    """Notes when the diagram paints a snapshot it has not painted before."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._session = window.context.session
        self._last: Snapshot | None = None
        self.times: list[float] = []
        window.diagram.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Look at paint events of the diagram."""
        if event.type() == QEvent.Type.Paint and self._session.snapshot is not self._last:
            self._last = self._session.snapshot
            self.times.append(time.perf_counter())
        return False


def measure() -> dict[str, Any]:
    """Measure frames beside full-speed training, then starts and ends of whole processes."""
    app = application.application()
    found: dict[str, Any] = {}
    with _opened(app, examples.load(EXAMPLE)) as window:
        found |= _running(window)
        found["edit_to_frame_ms_p95"] = bench_edits.measure(window)
    with _opened(app, many_maps()) as window:
        found["pictures"] = _running(window)
    for name in bench_opening.NAMES:
        with _opened(app, examples.load(name)) as window:
            found[f"calculation of {name}"] = bench_opening.measure(window)
    return found | _starts()


@contextmanager
def _opened(app: QApplication, experiment: Experiment) -> Iterator[Window]:
    with tempfile.TemporaryDirectory() as folder:
        window = shot.open_window(Document(experiment), SIZE, Path(folder))
        try:
            yield window
        finally:
            shot.close(app, window)


def _running(window: Window) -> dict[str, float]:
    """Rounds with the window and without it, one after the other, so that both see the same machine."""
    frames, session = Frames(window), window.context.session
    machine = build(session.experiment)
    with_window, without, gaps = [], [], []
    session.play()
    shot.settle(1.5)
    for _ in range(ROUNDS):
        session.play()
        shot.settle(0.3)
        frames.times.clear()
        before, then = _samples(session.snapshot), time.perf_counter()
        shot.settle(SECONDS)
        with_window.append((_samples(session.snapshot) - before) / (time.perf_counter() - then))
        gaps.append(np.diff(frames.times))
        session.pause()
        shot.settle(0.2)
        without.append(_alone(machine))
    every = np.concatenate(gaps)
    return {
        "fps": float(1 / every.mean()),
        "frame_ms_p50": float(np.percentile(every, 50) * 1e3),
        "frame_ms_p95": float(np.percentile(every, 95) * 1e3),
        "frame_ms_max": float(every.max() * 1e3),
        "snapshots_per_second": float(len(every) / every.sum()),
        "samples_per_second": float(np.median(with_window)),
        "training_share": float(np.median(np.array(with_window) / np.array(without))),
    }


def _samples(snapshot: Snapshot | None) -> int:
    return snapshot.position.samples if snapshot is not None else 0


def _alone(machine: Any) -> float:
    machine.advance("batch", 1 << 40, 0.2)
    before, then = machine.position.samples, time.perf_counter()
    while time.perf_counter() - then < SECONDS / 2:
        machine.advance("batch", 1 << 40, 0.1)
    return float((machine.position.samples - before) / (time.perf_counter() - then))


def _starts() -> dict[str, float]:
    found = [start() for _ in range(STARTS)][1:]
    return {
        "first_paint_s": float(np.median([f["first_paint_s"] for f in found])),
        "play_to_first_frame_s": float(np.median([f["play_to_first_frame_s"] for f in found])),
        "close_s_p95": float(np.percentile([f["close_s"] for f in found], 95)),
    }


def start(seconds: float = 0.5) -> dict[str, Any]:
    """Start a window in a process of its own, play, close it while it trains; return the times and what was left."""
    with tempfile.TemporaryDirectory() as folder:
        private = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"), folder)
        begun = time.time()
        done = subprocess.run(
            [sys.executable, "-c", f"from app.bench_window import probe; raise SystemExit(probe({seconds}))"],
            cwd=ROOT,
            env=os.environ | private | {"QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        ended = time.time()
    lines = done.stdout.strip().splitlines()
    noted: dict[str, float] = json.loads(lines[-1]) if lines else {}
    said = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]
    return {
        "exit_code": done.returncode,
        "said": "\n".join(said),
        "threads": noted.get("threads", -1),
        "first_paint_s": noted.get("painted", 0) - begun,
        "play_to_first_frame_s": noted.get("moved", 0) - noted.get("played", 0),
        "close_s": ended - noted.get("closing", 0),
    }


def probe(seconds: float) -> int:
    """What the process of `start` does: note the time of each event, and end."""
    noted: dict[str, float] = {}

    def watch() -> None:
        if found := [w for w in QApplication.topLevelWidgets() if isinstance(w, Window)]:
            watching.stop()
            found[0].painted.connect(lambda: played(found[0]))
            if found[0].painted_at:
                played(found[0])

    def played(window: Window) -> None:
        if "played" in noted:
            return
        noted["painted"], noted["played"] = window.painted_at, time.time()
        window.context.session.play()
        window.context.session.snapshot_arrived.connect(lambda snapshot: moved(window, snapshot))

    def moved(window: Window, snapshot: Snapshot) -> None:
        if "moved" not in noted and snapshot.position.samples:
            window.diagram.repaint()
            noted["moved"] = time.time()
            QTimer.singleShot(round(seconds * 1000), window, lambda: close(window))

    def close(window: Window) -> None:
        noted["closing"] = time.time()
        window.close()

    # A process that hangs says where, and ends.
    faulthandler.dump_traceback_later(STUCK, exit=True)
    app = application.application()
    watching = QTimer(app)
    watching.timeout.connect(watch)
    watching.start(0)
    code = application.start()
    noted["threads"] = left_over()
    print(json.dumps(noted))  # noqa: T201 - read by the process that started this one
    return code
