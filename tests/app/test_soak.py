"""Memory while it trains at full speed with everything on screen: it may warm up, but it must not grow."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from pytestqt.qtbot import QtBot

from app.window import Window
from tests.app import windows as hand

EVERY = 0.25
SHORT, LONG = (20.0, 3.0), (600.0, 8.0)
"""Seconds, and the megabytes that the last quarter may take beyond the second one; the first is for warming up."""

FEWEST = 0.5
"""Snapshots a second that must arrive in every quarter: that they keep coming. How fast they come `bench` measures."""

STATM = Path("/proc/self/statm")
pytestmark = pytest.mark.skipif(not STATM.exists(), reason="the resident set is read from /proc")


class Look(NamedTuple):
    """The process at one moment."""

    seconds: float
    megabytes: float
    snapshots: int
    samples: int


def resident() -> float:
    """The megabytes of this process that lie in memory."""
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def watch(window: Window, seconds: float) -> list[list[Look]]:
    """Let it train for so long; return what was seen in each quarter of the time."""
    session, arrived, looks = window.context.session, [0], list[Look]()

    def count(_snapshot: object) -> None:
        arrived[0] += 1

    session.snapshot_arrived.connect(count)
    session.play()
    begun = time.monotonic()
    while (now := time.monotonic() - begun) < seconds:
        samples = session.snapshot.position.samples if session.snapshot is not None else 0
        looks.append(Look(now, resident(), arrived[0], samples))
        hand.settle(EVERY)
    session.snapshot_arrived.disconnect(count)
    return [[x for x in looks if int(x.seconds / seconds * 4) == quarter] for quarter in range(4)]


def soak(folder: Path, seconds: float, most: float) -> None:
    """Train with every view on screen; fail where memory grows or where pictures no longer come."""
    with hand.opened(folder, "spiral") as window:
        hand.show_all_views(window)
        quarters = watch(window, seconds)
        assert window.context.session.run_state == "running"
        assert window.notices.sentences == ()
    medians = [statistics.median(x.megabytes for x in quarter) for quarter in quarters]
    rates = [(q[-1].snapshots - q[0].snapshots) / (q[-1].seconds - q[0].seconds) for q in quarters]
    learned = [(q[-1].samples - q[0].samples) / (q[-1].seconds - q[0].seconds) for q in quarters]
    report = (
        f"megabytes, median of each quarter: {', '.join(f'{m:.1f}' for m in medians)}",
        f"snapshots a second: {', '.join(f'{r:.1f}' for r in rates)}",
        f"samples a second: {', '.join(f'{x:,.0f}' for x in learned)}",
    )
    print("", *report, sep="\n")  # noqa: T201 - what `make soak` is run for
    assert medians[3] - medians[1] <= most, f"memory grows; {report[0]}"
    assert min(rates) >= FEWEST, f"snapshots do not keep arriving; {report[1]}"
    assert min(learned) > 0, f"the run does not go on; {report[2]}"


def test_memory_does_not_grow(qtbot: QtBot, tmp_path: Path) -> None:
    soak(tmp_path, *SHORT)


@pytest.mark.soak
def test_memory_does_not_grow_over_ten_minutes(qtbot: QtBot, tmp_path: Path) -> None:
    soak(tmp_path, *LONG)
