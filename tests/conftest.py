"""What every test gets: no display, private folders, and a failure for what it leaves behind or says unasked.

A test that expects log lines takes pytest's `caplog`; every other one fails on a warning or an error in the log.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for _name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
    os.environ[_name] = str(Path(tempfile.gettempdir()) / f"learnscope-tests-{os.getpid()}" / _name)

# Times on a shared machine say nothing about the code; the tests that mean time measure it themselves.
settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("house")

PATIENCE = 5.0
"""Seconds that threads asked to end may take until they count as leaked."""


def pytest_configure(config: pytest.Config) -> None:
    """Declare our mark: what measures times or frames must not share the processor with other tests."""
    config.addinivalue_line("markers", "alone: measures time; `make test` runs it before all others, by itself")


@pytest.fixture(scope="session", autouse=True)
def private_folders() -> Iterator[None]:
    """Remove the settings the tests made."""
    yield
    import shutil

    shutil.rmtree(Path(os.environ["XDG_CONFIG_HOME"]).parent, ignore_errors=True)


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def quiet(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail on a line of the log that the test did not ask for."""
    heard = _Heard()
    logging.getLogger().addHandler(heard)
    yield
    logging.getLogger().removeHandler(heard)
    if heard.records and "caplog" not in request.fixturenames:
        pytest.fail("unexpected in the log: " + "; ".join(r.getMessage() for r in heard.records))


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail on a thread, a window or a running timer that outlives its test."""
    threads, windows = set(threading.enumerate()), _windows()
    watched = bool({"qtbot", "qapp"} & set(request.fixturenames))
    running = _timers() if watched else set()
    yield
    left = _await(lambda: [t.name for t in threading.enumerate() if t not in threads and t.is_alive()])
    if left:
        pytest.fail(f"threads still run after the test: {', '.join(left)}")
    if "PySide6.QtWidgets" in sys.modules and (kept := _await(lambda: _windows() - windows)):
        pytest.fail(f"windows outlive the test: {', '.join(kept)}")

    if watched and (timers := _timers() - running):
        pytest.fail(f"timers still run after the test: {', '.join(timers)}")


def _await(left: Any) -> Any:
    end = time.monotonic() + PATIENCE
    while (found := left()) and time.monotonic() < end:
        gc.collect()
        time.sleep(0.01)
    return found


def _windows() -> set[str]:
    """Name the top-level widgets there are, after those to be deleted are gone."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return set()
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return {f"{type(w).__name__} {w.objectName()} {id(w):x}" for w in widgets.QApplication.topLevelWidgets()}


_started: weakref.WeakSet[Any] = weakref.WeakSet()
"""The timers that were ever started: looking for them among all objects takes seconds after compilations."""


@pytest.fixture(scope="session", autouse=True)
def noted_timers() -> None:
    """Note every timer that is started."""
    from PySide6.QtCore import QTimer

    start = QTimer.start

    def noted(timer: QTimer, *time: int) -> None:
        _started.add(timer)
        start(timer, *time)

    QTimer.start = noted  # type: ignore[method-assign] # that is how all of them come by


def _timers() -> set[str]:
    active = set()
    for timer in list(_started):
        # A wrapper may outlive its timer: asking it raises, and it does not run.
        with contextlib.suppress(RuntimeError):
            if timer.isActive():
                active.add(f"QTimer {timer.objectName()} of {type(timer.parent()).__name__} {id(timer):x}")
    return active
