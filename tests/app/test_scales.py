"""The scale of colours of maps: of each, of their layer, of the network; chosen once for the view and the diagram."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.numbers import human
from app.scales import EACH, LAYER, NETWORK, SCALE, scaled
from app.selection import Target
from app.session import Session
from engine.records import ImageGrid, Tile
from tests.app.test_views_pictures import Shown, looks
from tests.app.windows import opened, settings_in, until
from tests.engine.nets import digits


def test_scales_by_hand() -> None:
    reach = np.array([1.0, 2.0, 5.0], np.float32)
    tiles = (Tile("c1", "c1/0"), Tile("c1", "c1/1"), Tile("c2", "c2/0"))
    record = ImageGrid("maps", np.zeros((3, 2, 2), np.float32), tiles, -reach, reach)
    assert scaled(record, EACH).high.tolist() == [1, 2, 5]
    assert scaled(record, LAYER).high.tolist() == [2, 2, 5]
    assert scaled(record, NETWORK).high.tolist() == [5, 5, 5]
    assert scaled(record, NETWORK).low.tolist() == [-5, -5, -5]
    assert scaled(record, "none of them") is record


@pytest.fixture
def maps(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The view of maps on the small net."""
    monkeypatch.setattr("tests.app.test_views_pictures.Settings", lambda: settings_in(tmp_path))
    made = Shown(qtbot, Session(digits()), "maps")
    made.feed()
    yield made
    made.view.dispose()
    made.context.session.close()


def test_the_view_shows_the_scale_and_its_range(maps: Any) -> None:
    view, record = maps.view, maps.context.session.snapshot.get("maps")
    assert view.scales.key == EACH
    assert view.bar.isHidden(), "each map has its own"
    before = looks(view.grid)
    mine = [float(record.high[k]) for k in view._chosen]
    maps.context.selection.select(Target(view.layer, record.tiles[view._chosen[1]].unit))
    assert view.bar.accessibleName() == f"colours from {human(-mine[1])} to {human(mine[1])}"
    view.scales.chosen.emit(LAYER)
    assert view.bar.accessibleName() == f"colours from {human(-max(mine))} to {human(max(mine))}"
    assert looks(view.grid) != before
    view.scales.chosen.emit(NETWORK)
    most = float(record.high.max())
    assert view.bar.accessibleName() == f"colours from {human(-most)} to {human(most)}"
    assert maps.context.settings.get(SCALE, EACH) == NETWORK, "it is remembered"


def test_the_diagram_follows(tmp_path: Path) -> None:
    with opened(tmp_path, "digits") as window:
        scales = {e.id: e for e in window.context.actions.entry("view.scales").children()}  # type: ignore[misc] # it has some

        def colours() -> bytes:
            window.diagram.grab()
            return window.diagram.scene.atlas._colours.tobytes()

        until(lambda: len(colours()) > 0)
        before = colours()
        scales["view.scale-network"].run()
        assert colours() != before
        assert scales["view.scale-network"].checked()  # type: ignore[misc] # it tells
        scales["view.scale-each"].run()
        assert colours() == before
