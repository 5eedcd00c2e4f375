"""The titles above the columns of the diagram, with the letters they are written in."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from app.theme import theme
from engine import edits
from engine.layers import Layer
from engine.layers.reforming import Flatten
from tests.app.diagrams import Hands
from tests.app.test_canvas_edits import net
from tests.engine.nets import digits


@pytest.mark.parametrize("kind", [e.kind for e in Layer.registry], ids=lambda k: k.__name__)
def test_the_title_of_every_layer_is_read_in_full(qtbot: QtBot, tmp_path: Path, kind: type[Layer]) -> None:
    """In the diagram of a small window, one of the kind behind a column of neurons or maps."""
    pictures = kind.reads == "pictures"
    base = digits(Flatten(id="flat")) if pictures else net(6, 6)
    if kind.group:
        base = edits.add_layer(base, 0 if pictures else 2, kind=next(e.key for e in Layer.registry if e.kind is kind))
    hands = Hands(qtbot, tmp_path, base, numbers=False)
    hands.diagram.resize(596, 430)
    hands.diagram.grab()
    assert not hands.layout.compact
    for column in hands.layout.columns:
        small = column.role in ("slim", "join")
        letters = QFontMetricsF(theme().font("small" if small else "normal", 500 if small else 600))
        assert letters.horizontalAdvance(column.title) <= column.head.w, column.title
