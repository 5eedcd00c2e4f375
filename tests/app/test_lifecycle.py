"""The life of a window from first paint to exit: nothing is left, whatever it was doing when it was closed."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import application
from app.bench_window import start
from app.window import Window
from app.worker import left_over
from tests.app import windows as hand

CLOSINGS = 50
AT_ONCE = 2

# -- processes ----------------------------------------------------------------------------------------------------


def test_closing_while_training_ends_the_process_fifty_times_in_a_row() -> None:
    # From the first movement on, every time a little later: the engine is caught at all places of a chunk.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = list(pool.map(start, (k * 0.005 for k in range(CLOSINGS))))
    bad = [e for e in ends if (e["exit_code"], e["said"], e["threads"]) != (0, "", 0)]
    assert not bad, f"{len(bad)} of {CLOSINGS} did not end well; the first: {bad[0]}"


# -- in this process ----------------------------------------------------------------------------------------------


def _plays(window: Window) -> None:
    session = window.context.session
    session.play()
    hand.until(lambda: session.snapshot is not None and session.snapshot.position.samples > 0)


def _has_everything_open(window: Window) -> None:
    hand.show_all_views(window)
    window.show_gallery()
    _plays(window)


def _works(window: Window) -> None:
    """Something long goes on in the job thread, and the engine is asked for what nobody will take any more."""
    _plays(window)
    window.context.session.job("Waiting", _until_cancelled, lambda _result: None)
    window.context.session.take_state(lambda _experiment, _state: None)


def _until_cancelled(_progress: object, cancelled: Callable[[], bool]) -> None:
    while not cancelled():
        time.sleep(0.001)


def _stands(window: Window) -> None:
    window.context.session.step("batch")


@pytest.mark.parametrize("does", [_stands, _plays, _has_everything_open, _works])
def test_closing_leaves_nothing(qtbot: QtBot, tmp_path: Path, does: Callable[[Window], None]) -> None:
    # Threads, windows and running timers are watched around every test; the objects of a window are counted here.
    counts = []
    for _ in range(3):
        with hand.opened(tmp_path) as window:
            does(window)
        del window
        counts.append((_windows(), left_over()))
    assert counts == [(0, 0)] * 3


def _windows() -> int:
    gc.unfreeze()  # a window that stood is left out of collections while the program runs
    gc.collect()
    return sum(type(thing) is Window for thing in gc.get_objects())


def test_closing_before_the_engine_has_started_never_starts_it(qtbot: QtBot, tmp_path: Path) -> None:
    with hand.opened(tmp_path, engine=False) as window:
        window.context.session.play()
        window.leave()
        assert not application.complete(window)
        assert left_over() == 0


def test_closing_while_the_engine_starts_leaves_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    with hand.opened(tmp_path, engine=False) as window:
        window.context.session.play()
        assert application.complete(window)
        assert window.context.session.snapshot is None
    assert left_over() == 0


# -- references ---------------------------------------------------------------------------------------------------

STRETCHES, SNAPSHOTS = 12, 24
LAST = 5
LEAST, MOST = -1, 20
"""References to a constant that may go and come with a snapshot. Qt's wrappers that drop those of None end the process
within seconds (thousands a snapshot); each picture painted into and let go adds six and costs no memory."""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal from Python 3.12 on")
def test_constants_keep_their_references(qtbot: QtBot, tmp_path: Path) -> None:
    # What is let go or made once (a cache, an old network, code that is compiled) shows in some stretches; what is lost
    # with every snapshot shows in all of them.
    with hand.opened(tmp_path, "spiral") as window:
        hand.show_all_views(window)
        arrived: list[Any] = [0]
        window.context.session.snapshot_arrived.connect(lambda _s: arrived.__setitem__(0, arrived[0] + 1))
        window.context.session.play()
        hand.until(lambda: arrived[0] > SNAPSHOTS)
        drifts: list[dict[str, float]] = []
        while len(drifts) < STRETCHES and not (len(drifts) >= LAST and _steady(drifts)):
            drifts.append(_drifts(arrived))
    assert _steady(drifts), f"references with every snapshot, stretch by stretch: {drifts}"


def _steady(drifts: list[dict[str, float]]) -> bool:
    """Whether each constant kept its references in most of the last stretches."""
    return all(LEAST < median(stretch[name] for stretch in drifts[-LAST:]) < MOST for name in drifts[0])


def _drifts(arrived: list[Any]) -> dict[str, float]:
    """References each constant has more with every snapshot, over a stretch of them."""
    first, before = arrived[0], _references()
    hand.until(lambda: arrived[0] >= first + SNAPSHOTS)
    seen, after = arrived[0] - first, _references()
    return {name: (after[name] - count) / seen for name, count in before.items()}


def _references() -> dict[str, int]:
    gc.collect()
    return {repr(constant): sys.getrefcount(constant) for constant in (None, True, False)}


# -- rest ---------------------------------------------------------------------------------------------------------


class Requests(QObject):
    """Counts how often a layout is asked for anew."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Look at every event of the program."""
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


@pytest.mark.parametrize("example", ["spiral", "digits"])
def test_a_window_that_stands_lays_nothing_out(qtbot: QtBot, tmp_path: Path, example: str) -> None:
    # A layout that asks for itself goes round for ever, unseen, on a whole processor: it is never still for a moment.
    with hand.opened(tmp_path, example) as window:
        session = window.context.session
        hand.until(lambda: session.snapshot is not None)
        requests, app = Requests(), QApplication.instance()
        assert app is not None
        app.installEventFilter(requests)
        counts = [_requests(requests)]
        while counts[-1] and len(counts) < 20:
            counts.append(_requests(requests))
        app.removeEventFilter(requests)
    assert counts[-1] == 0, counts


def _requests(requests: Requests) -> int:
    """How many there are in a moment."""
    before = requests.count
    hand.settle(0.3)
    return requests.count - before
