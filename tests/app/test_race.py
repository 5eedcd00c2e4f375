"""What hands do in the optimiser race: other surfaces, starts and racers, step on and back; and it is kept."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.forms import Field
from app.views._race import RacePage
from app.views._race_table import racers_of, remembered
from app.widgets.popover import Popover
from app.window import Window
from engine.optimisers.adam import Adam
from engine.optimisers.descent import Momentum
from engine.race import SURFACES
from tests.app.windows import opened, until

LEFT = Qt.MouseButton.LeftButton


def page_of(window: Window) -> RacePage:
    """Open the race and wait for the first one."""
    window.context.actions.run("network.race")
    page = window.overlay.content
    assert isinstance(page, RacePage)
    arrived(page)
    return page


def arrived(page: RacePage) -> None:
    """Wait until the race that was asked for is there."""
    until(lambda: not page._on_the_way and page.race is not None)


def test_a_race_is_stepped_rewound_and_changed(tmp_path: Path) -> None:
    with opened(tmp_path, "xor", engine=False) as window:
        page = page_of(window)
        page.grab()
        QTest.mouseClick(page.forth, LEFT)
        QTest.mouseClick(page.forth, LEFT)
        QTest.mouseClick(page.back, LEFT)
        assert page.step == page.course.step == page.losses.step == 1
        assert page.race is not None
        assert page.table.told[0][0].text() != "–"
        page.setFocus()
        QTest.keyClicks(page, "...")
        assert page.step == 4
        QTest.mouseClick(page.reset, LEFT)
        assert page.step == 0
        QTest.mouseClick(page.play, LEFT)
        until(lambda: page.step > 3)
        QTest.mouseClick(page.play, LEFT)
        assert not page._clock.isActive()
        QTest.mouseClick(page.losses, LEFT, pos=page.losses.rect().center())
        assert 0 < page.step < 300
        page.table.put("l-bfgs")
        arrived(page)
        assert len(page.race.tracks) == len(page.table.told) == 5
        page.choose("rosenbrock")
        arrived(page)
        page.go(300)
        assert page.table.told[4][1].text() != "–", "L-BFGS arrives"
        assert "diverged" in page.table.told[0][0].text()
        assert "L-BFGS" in page.course.accessibleDescription()


def test_a_race_that_goes_wrong_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path, "xor", engine=False) as window:
        page = page_of(window)

        def broken(*_given: object) -> None:
            raise RuntimeError("a mistake of a race")

        with monkeypatch.context() as patch, caplog.at_level("CRITICAL", logger="app.worker"):
            patch.setattr("app.views._race.race_on", broken)
            page.choose("rosenbrock")
            until(lambda: not page._on_the_way)
        assert page.race is None
        page.choose_length("100")
        arrived(page)


def test_the_start_is_dragged_and_moved_by_keys(tmp_path: Path) -> None:
    with opened(tmp_path, "xor", engine=False) as window:
        page = page_of(window)
        page.choose("bowl")
        arrived(page)
        page.grab()
        assert page.race is not None
        frame = page.course.frame_of(page.race)
        at = frame.place(1.5, -1.0).toPoint()
        QTest.mousePress(page.course, LEFT, pos=at + QPoint(40, 0))
        QTest.mouseMove(page.course, at)
        QTest.mouseRelease(page.course, LEFT, pos=at)
        until(lambda: not page._on_the_way)
        places = [track.places[0] for track in page.race.tracks]
        assert np.allclose(places, (1.5, -1.0), atol=0.02)
        QTest.keyClick(page.course, Qt.Key.Key_Right)
        until(lambda: not page._on_the_way)
        assert page.start[0] == pytest.approx(places[0][0] + 5 / 40)


def test_what_was_chosen_is_there_again(tmp_path: Path) -> None:
    with opened(tmp_path, "xor", engine=False) as window:
        page = page_of(window)
        page.choose("himmelblau")
        page.choose_length("100")
        page.table.set_racers((Adam(rate=0.3),))
        window.overlay.close_page()
        again = page_of(window)
        assert (again.surface, again.length, again.table.racers) == ("himmelblau", "100", (Adam(rate=0.3),))
        assert again.start == SURFACES["himmelblau"].start


def test_everything_a_racer_declares_is_set_in_a_form(tmp_path: Path) -> None:
    with opened(tmp_path, "xor", engine=False) as window:
        page = page_of(window)
        before = window.context.session.experiment
        page.table.set_racers((Adam(rate=0.3), Momentum(rate=0.03)))
        arrived(page)
        page.table.open_settings(1)
        (box,) = page.table.findChildren(Popover)
        shown = {f.path.rpartition(".")[2]: f for f in box.findChildren(Field)}
        assert set(shown) == {"rate", "momentum"}
        shown["momentum"].control.moved.emit(0.5)  # type: ignore[union-attr] # a slider
        assert page.table.racers == (Adam(rate=0.3), Momentum(rate=0.03, momentum=0.5))
        arrived(page)
        until(lambda: page.race is not None and page.race.tracks[1].optimiser == Momentum(rate=0.03, momentum=0.5))
        assert not box.grab().isNull()
        box.close()
        assert window.context.session.experiment == before
        assert racers_of(remembered(page.table.racers)) == page.table.racers


def test_damaged_memories_are_passed_over() -> None:
    assert racers_of('[{"kind":"adam","rate":0.3},{"kind":"adam","rate":-1},3]') == (Adam(rate=0.3),)
    assert racers_of("{}") == racers_of("3") == ()
    assert racers_of("adam:0.3 nothing:1 adam:x") == (Adam(rate=0.3), Adam())


def test_the_network_is_raced_and_stays_as_it_is(tmp_path: Path) -> None:
    with opened(tmp_path, "xor") as window:
        session = window.context.session
        taken: list[object] = []
        page = page_of(window)
        page.choose_length("100")
        page.choose("own")
        arrived(page)
        until(lambda: page.race is not None and bool(page.race.shares))
        page.go(100)
        assert "component" in page.course.names[0]
        assert not page.course.movable
        assert not page.grab().isNull()
        assert session.snapshot is not None
        assert session.snapshot.position.step == 0
        session.take_state(lambda _e, state: taken.append(state.counters["step"]))
        until(lambda: bool(taken))
        assert taken == [0]
