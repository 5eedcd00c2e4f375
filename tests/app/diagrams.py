"""A diagram on screen without an engine, and the hands that use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.actions import Actions
from app.canvas.diagram import Diagram
from app.canvas.parts import Box
from app.context import Context
from app.drawing import Drawing
from app.glass import Glass
from app.selection import Selection, Target
from app.session import Session
from app.settings import Settings
from engine.experiment import Experiment
from engine.layers import Neurons
from engine.records import Want
from tests.app import fakes

WANTS = frozenset({Want("maps", size=32), Want("weights")})
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class Hands:
    """A diagram on screen, and what a person does with it."""

    def __init__(self, qtbot: QtBot, folder: Path, experiment: Experiment, numbers: bool = True) -> None:
        self.session = Session(experiment)
        self.sent: list[Any] = []
        setattr(self.session, "send", self.sent.append)  # noqa: B010 - no engine here
        settings = Settings(QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat))
        self.context = Context(
            self.session, Selection(), Drawing(self.session), Glass(self.session), settings, Actions(self.session)
        )
        self.diagram = Diagram(self.context)
        qtbot.addWidget(self.diagram)
        self.diagram.resize(720, 560)
        self.diagram.show()
        if numbers:
            self.show_numbers()

    @property
    def undo(self) -> str:
        return self.session.history.stack.undoText()

    @property
    def layout(self) -> Any:
        return self.diagram.scene.layout

    def busy(self) -> bool:
        return self.diagram.pointer.busy

    def order(self) -> list[str]:
        return [x.id for x in self.session.experiment.model.layers]

    def column(self, name: str) -> Neurons:
        found = self.session.experiment.model.layer(name)
        assert isinstance(found, Neurons)
        return found

    def show_numbers(self) -> None:
        self.session.snapshot = fakes.snapshot(self.session.experiment, WANTS)
        self.session.snapshot_arrived.emit(self.session.snapshot)
        self.diagram.grab()
        while not self.diagram.scene.links.paint(1):
            pass

    def click(self, box: Box) -> None:
        at = QPoint(round(box.cx), round(box.cy))
        QTest.mouseMove(self.diagram, at)
        QTest.mouseClick(self.diagram, LEFT, NONE, at)

    def drag(self, box: Box, x: float, y: float) -> None:
        start = QPointF(box.cx, box.cy)
        QTest.mousePress(self.diagram, LEFT, NONE, start.toPoint())
        for share in (0.3, 0.6, 1.0):
            at = start + (QPointF(x, y) - start) * share
            QTest.mouseMove(self.diagram, at.toPoint())
            self.diagram.grab()
        QTest.mouseRelease(self.diagram, LEFT, NONE, QPointF(x, y).toPoint())

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.diagram, key, modifier)

    def pick(self, layer: str, unit: str = "", source: str = "") -> None:
        self.context.selection.select(Target(layer, unit, source))

    @property
    def selected(self) -> Target:
        return self.context.selection.target
