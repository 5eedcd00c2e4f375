"""What opens in place: the menu of the selection, the activations of a layer, the inputs to switch on and off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QMenu, QWidget

from app import pictures
from app.canvas.commands import Commands
from app.context import Context
from app.menubar import fill
from app.names import spoken
from app.theme import theme
from app.widgets.popup import Option, popup
from engine import features
from engine.activations import Activation
from engine.blocks import Offer
from engine.layers import Neurons

OURS: Final = "network."
"""How the ids of the actions begin that act on the selection."""


def choose_activation(owner: QWidget, below: QRect, layer: Neurons, commands: Commands) -> QMenu:
    """Open the list of activations under a header."""
    offered = (Activation.registry[key] for key in commands.activations(layer.id))
    options = [Option(e.key, spoken(e.title), e.help, e.key == layer.activation.key) for e in offered]
    return popup(owner, below, options, lambda key: commands.set_activation(layer.id, key))


def choose_kind(owner: QWidget, at: QPoint, offered: Sequence[Offer], choose: Callable[[str], None]) -> QMenu:
    """Open the list of these kinds of layers and ready groups, under their headings, at a place on screen."""
    menu = QMenu(owner)
    menu.setToolTipsVisible(True)
    menu.setAccessibleName("Kind of layer to add")
    group = ""
    for entry in offered:
        if entry.group != group:
            if group:
                menu.addSection(entry.group)
            group = entry.group
        action = menu.addAction(entry.title)
        action.setToolTip(entry.help)
        action.triggered.connect(lambda _checked=False, key=entry.key: choose(key))
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(at)
    return menu


def open_menu(owner: QWidget, context: Context, at: QPoint) -> QMenu:
    """Open what can be done with the selection, the menu of the window, and with the picture, at a place on screen."""
    actions = context.actions
    actions.refresh()
    menu = QMenu(owner)
    menu.setToolTipsVisible(True)
    menu.setAccessibleName("Network")
    group = ""
    for entry in actions:
        if entry.id.startswith(OURS):
            if entry.group not in ("", group) and not menu.isEmpty():
                menu.addSeparator()
            group = entry.group or group
            if entry.children is None:
                menu.addAction(actions[entry.id])
            elif entry.possible:
                fill(menu.addMenu(entry.label), entry.children)
    menu.addSeparator()
    menu.addAction("Copy picture", lambda: pictures.copy(owner))
    menu.addAction("Save picture …", lambda: pictures.ask_and_save(owner, context, "network"))
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(at)
    return menu


class FeatureList(QFrame):
    """All inputs the data offers, with check marks; it stays open while several are switched."""

    def __init__(self, owner: QWidget, context: Context, commands: Commands) -> None:
        super().__init__(owner, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Inputs of the network")
        self._context, self._commands = context, commands
        grid = QGridLayout(self)
        grid.setContentsMargins(*(theme().px(12),) * 4)
        grid.setHorizontalSpacing(theme().px(16))
        grid.setVerticalSpacing(theme().px(6))
        data = context.session.experiment.data
        offered = features.available(data.source.columns)
        shown = offered[:40]
        rows = -(-len(shown) // (1 if len(shown) < 4 else 2))
        self.boxes: dict[str, QCheckBox] = {}
        for k, key in enumerate(shown):
            box = self._box(key, key in data.features)
            grid.addWidget(box, k % rows, k // rows)
        colours = theme().palette
        self.setStyleSheet(
            f"FeatureList {{ background: {colours.panel}; border: 1px solid {colours.line};"
            f" border-radius: {theme().px(6)}px; }}"
        )

    def _box(self, key: str, on: bool) -> QCheckBox:
        box = QCheckBox(features.title(key))
        box.setFont(theme().font())
        box.setChecked(on)
        box.setAccessibleName(features.title(key))
        box.clicked.connect(self._switch(key, box))
        self.boxes[key] = box
        return box

    def _switch(self, key: str, box: QCheckBox) -> Callable[[bool], None]:
        def switch(on: bool) -> None:
            self._commands.set_feature(key, on)
            # A refused change leaves the experiment as it was; so does the mark.
            box.setChecked(key in self._context.session.experiment.data.features)

        return switch

    def open(self, below: QPoint) -> None:
        """Open at a place on the screen, moved so that all of it can be seen."""
        self.adjustSize()
        screen = self.screen().availableGeometry()
        x = max(screen.left(), min(below.x(), screen.right() - self.width()))
        y = max(screen.top(), min(below.y(), screen.bottom() - self.height()))
        self.move(x, y)
        self.show()
        first: Sequence[QCheckBox] = list(self.boxes.values())
        first[0].setFocus(Qt.FocusReason.TabFocusReason)

    def event(self, event: QEvent) -> bool:
        """Let arrows go from box to box, and Enter close."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.close()
                return True
        return super().event(event)
