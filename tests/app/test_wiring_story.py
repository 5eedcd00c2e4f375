"""Somebody builds a residual block and two branches by mouse and by keys, while it learns; and undoes it all."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.canvas.layout import arrange
from app.selection import Target
from app.window import Window
from engine import edits, examples, files
from engine.adapt import adapt
from engine.experiment import Experiment, check, nodes
from tests.app import windows as hand
from tests.app.test_user_story import running, seen

K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


def reads(window: Window) -> dict[str, tuple[str, ...]]:
    return {n.layer.id: n.sources for n in nodes(window.context.session.experiment)}


def choose(window: Window, text: str) -> None:
    """Go down an open list with the arrow to an entry, and take it."""
    hand.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu), 20)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    for _ in range(len(menu.actions()) + 1):
        QTest.keyClick(menu, K.Key_Down)
        active = menu.activeAction()
        if active is not None and active.text() == text:
            break
    QTest.keyClick(menu, K.Key_Return)
    hand.flush()
    window.activateWindow()  # a desktop would do so
    QTest.qWaitForWindowActive(window)


def goes_on(window: Window) -> None:
    """The run takes the network as it is now, and goes on with it."""
    wanted = window.context.session.experiment
    then = seen(window, lambda s: s.experiment == wanted).position.samples
    seen(window, lambda s: s.position.samples > then)
    assert window.context.session.run_state == "running"


def by_mouse(window: Window) -> None:
    """Two layers, then one click on Add: a residual block; then the skip connection is cut and drawn again."""
    layout = window.diagram.scene.layout
    gap = layout.gaps[-1]
    hand.click_at(window.diagram, gap.pill.cx, gap.pill.cy)
    last = window.context.selection.target.layer
    gap = next(g for g in window.diagram.scene.layout.gaps if g.source == last)
    hand.click_at(window.diagram, gap.kinds.cx, gap.kinds.cy)
    choose(window, "Add")
    first = reads(window)["add1"][1]
    assert reads(window)["add1"] == (last, first)
    goes_on(window)
    (wire,) = window.diagram.scene.layout.wires
    x, y = wire.points[len(wire.points) // 2]
    hand.click_at(window.diagram, float(x), float(y))
    assert window.context.selection.target == Target("add1", "", first)
    hand.press(window, K.Key_Delete)
    assert reads(window)["add1"] == (last,)
    column = window.diagram.scene.layout.column(first)
    node = window.diagram.scene.layout.column("add1")
    assert column is not None
    assert node is not None
    assert column.port is not None
    QTest.mouseMove(window.diagram, QPoint(round(column.body.cx), round(column.body.cy)))
    port = column.port
    hand.drag(window.diagram, [(port.cx, port.cy), (port.cx + 20, port.cy - 30), (node.body.cx, node.body.cy)])
    assert reads(window)["add1"] == (last, first)
    goes_on(window)


def by_keys(window: Window) -> None:
    """A layer that reads the inputs, joined to the rest; chosen in lists without a mouse."""
    selection = window.context.selection
    window.diagram.setFocus()
    selection.select(Target("add1"))
    hand.press(window, K.Key_L)
    branch = selection.target.layer
    hand.press(window, K.Key_Return)
    box = window.inspector.fields.reads
    box.setFocus()
    QTest.keyClick(box, K.Key_Return)
    choose(window, "The inputs")
    assert reads(window)[branch] == ("input",)
    window.diagram.setFocus()
    hand.press(window, K.Key_K)
    choose(window, "Concatenate")
    joined = selection.target.layer
    assert reads(window)[joined] == (branch, "add1")
    assert reads(window)["out"] == (joined,)
    goes_on(window)
    hand.press(window, K.Key_Left)
    hand.press(window, K.Key_K)
    choose(window, "Dropout")
    assert reads(window)["dropout1"] == ("add1",), "the arrow went to the nearest branch"
    goes_on(window)


def test_a_residual_block_and_two_branches(qtbot: QtBot, tmp_path: Path) -> None:
    with hand.opened(tmp_path) as window:
        session = window.context.session
        start = session.experiment
        session.set_pace(None)
        session.play()
        seen(window, lambda s: s.position.epoch > 2)
        by_mouse(window)
        by_keys(window)
        layout = window.diagram.scene.layout
        assert len(layout.columns) == len(arrange(session.experiment, *layout.view).columns)
        lanes = {round(c.body.cx): 0 for c in layout.columns}
        assert len(lanes) < len(layout.columns), "branches stand above each other"
        steps = session.history.stack.count()
        for _ in range(steps):
            hand.press(window, K.Key_Z, CTRL)
        assert session.experiment == start
        goes_on(window)
        assert running(window).train.loss is not None


def every_kind() -> Experiment:
    """One layer of each kind, in a row; those that join read an earlier one too."""
    net = replace(examples.load("xor"), model=examples.load("moons").model)
    for entry in edits.offered(net):
        net = edits.add_layer(net, len(net.model.layers) - 1, kind=entry.key)
    return check(adapt(net)[0])


def test_every_view_lives_with_every_kind_of_layer(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "all.learn"
    files.save(path, every_kind())
    with hand.opened(tmp_path, path) as window:
        for key in window.views.offers():
            window.views.show_view(key)
            hand.settle(0.1)
        session = window.context.session
        session.play()
        seen(window, lambda s: s.position.epoch > 1)
        for column in window.diagram.scene.layout.columns:
            window.context.selection.select(Target(column.id))
            hand.settle(0.05)
            for unit in column.units[:1]:
                window.context.selection.select(Target(column.id, unit))
                hand.settle(0.05)
        goes_on(window)
