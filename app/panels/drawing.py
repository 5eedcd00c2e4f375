"""What the hand draws with: tool, class or value, radius, strength.

They live in `context.drawing`, shared with the surfaces.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.context import Context
from app.cutting import CUTS
from app.drawing import RADIUS, TOOLS, Tool
from app.theme import theme
from app.widgets.base import Label, discard
from app.widgets.buttons import Button, ClassChip, IconButton
from app.widgets.choice import SegmentedControl
from app.widgets.flow import FlowLayout, Tiles
from app.widgets.popup import Option
from app.widgets.scale import Scale
from app.widgets.slider import Slider
from engine.datasets import Samples
from engine.datasets.base import MOST_DRAWN
from engine.experiment import Experiment

HINTS: Final[dict[Tool, str]] = {
    "look": "Look and move the plane; nothing is drawn",
    "put": "Put one point where you click",
    "brush": "Draw points along the stroke",
    "airbrush": "Spray points around the pointer as long as the button is held",
    "line": "Points in even distances along a straight line",
    "erase": "Erase the points under the brush",
    "relabel": "Give the points under the brush the chosen class or value",
    "move": "Select points and drag them",
    "jitter": "Shake the points under the brush",
    "magnet": "Pull the points under the brush together",
    "cut": "Drag a line across the plane: it becomes a neuron that fires on its left; a click on a line turns its side",
}
"""One sentence for each tool."""

JOINS: Final = (
    Option("all", "All sides", "The network answers 1 where all its lines do: AND", chosen=True),
    Option("any", "Any side", "The network answers 1 where one of its lines does: OR"),
)
SHORT: Final[dict[Tool, str]] = {"airbrush": "Spray", "cut": "Cut with neurons"}
KEYS, MOUSE = Qt.FocusReason.TabFocusReason, Qt.FocusReason.MouseFocusReason
STRENGTH: Final = frozenset(("airbrush", "jitter", "magnet", "brush"))


class DrawTools(QWidget):
    """The tool box."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._drawing, self._session = context.drawing, context.session
        self._samples: Samples | None = None
        self._refusal = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(8))
        self.tools: dict[Tool, Button | IconButton] = {}
        column.addLayout(self._head())
        self.box = QWidget()
        grid = self._grid = Tiles(self.box, most=3)
        grid.setContentsMargins(0, 0, 0, 0)
        for tool in TOOLS[1:]:
            if tool != CUTS:
                grid.addWidget(self._tool(tool))
        column.addWidget(self.box)
        self.cut = self._tool(CUTS)  # not a tool for points: it makes neurons
        column.addWidget(self.cut)
        self.refusal = Label("", "small", 400, "muted").wrapped()
        column.addWidget(self.refusal)
        self.class_row = QWidget()
        row = QVBoxLayout(self.class_row)
        row.setContentsMargins(0, theme().px(4), 0, 0)
        row.setSpacing(theme().px(2))
        row.addWidget(Label("class", "small", 400, "muted"))
        chips = QWidget()
        self._chips = FlowLayout(chips, theme().px(4), theme().px(4))
        self._chips.setContentsMargins(0, 0, 0, 0)
        row.addWidget(chips)
        self.chips: list[ClassChip] = []
        column.addWidget(self.class_row)
        self.value = Slider("value", Scale(-1, 1))
        self.value.setToolTip("The value of the points that are drawn: what the network is to predict there.")
        self.value.moved.connect(self._drawing.choose_value)
        column.addWidget(self.value)
        self.join = SegmentedControl("region of the lines", JOINS)
        self.join.chosen.connect(lambda key: self._drawing.choose_join("all" if key == "all" else "any"))
        column.addWidget(self.join)
        self.radius = Slider("radius", Scale(RADIUS[0], RADIUS[1], log=True))
        self.radius.setToolTip("How far the brush reaches, in units of the plane.")
        self.radius.moved.connect(self._drawing.set_radius)
        self.strength = Slider("strength", Scale(0, 100, integer=True, unit="%"))
        self.strength.setToolTip("How much the brush does at once.")
        self.strength.moved.connect(lambda value: self._drawing.set_strength(value / 100))
        column.addWidget(self.radius)
        column.addWidget(self.strength)
        self._drawing.changed.connect(self._show)
        theme().changed.connect(self._restyle)
        self._restyle()
        context.session.experiment_changed.connect(self._changed)
        self._show()

    def _restyle(self) -> None:
        self._grid.least = theme().px(53)
        self._grid.set_gaps(theme().px(6), theme().px(6))

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.addWidget(Label("Draw", weight=600))
        head.addStretch(1)
        look = IconButton(TOOLS[0], "Look", HINTS[TOOLS[0]], side=24, glyph=16)
        look.setCheckable(True)
        look.clicked.connect(lambda: self._take(TOOLS[0]))
        self.tools[TOOLS[0]] = look
        head.addWidget(look)
        return head

    def _tool(self, tool: Tool) -> Button:
        button = Button(SHORT.get(tool, tool.capitalize()), hint=HINTS[tool], padding=2)
        button.setCheckable(True)
        # A second click keeps it: choosing a class may have taken it already. The arrow puts it away.
        button.clicked.connect(lambda: self._take(tool))
        self.tools[tool] = button
        return button

    def _take(self, tool: Tool) -> None:
        self._drawing.take(tool)
        self._show()

    def _changed(self, _old: Experiment, _new: Experiment) -> None:
        self._show()

    def _show(self) -> None:
        drawing = self._drawing
        refusal = self._refused()
        self.refusal.setText(refusal)
        self.refusal.setVisible(bool(refusal))
        # What can't be done is not drawn as disabled: the sentence stands in its place.
        self.box.setVisible(not refusal)
        self.cut.setVisible(not refusal)
        self.tools[TOOLS[0]].setVisible(not refusal)
        for tool, button in self.tools.items():
            button.setChecked(tool == drawing.tool)
        self._show_classes()
        self.class_row.setVisible(bool(self._session.samples.classes) and drawing.tool != CUTS and not refusal)
        self._show_value(not refusal)
        self.join.show_choice(drawing.join)
        self.join.setVisible(drawing.tool == CUTS and not refusal)
        self.radius.show_value(drawing.radius)
        self.strength.show_value(round(100 * drawing.strength))
        self.radius.setVisible(drawing.has_reach and not refusal)
        self.strength.setVisible(drawing.tool in STRENGTH and not refusal)

    def _show_value(self, able: bool) -> None:
        self.value.setVisible(self._drawing.has_value and able)
        self.value.scale = Scale(*self._drawing.values)
        self.value.show_value(self._drawing.value)

    def _refused(self) -> str:
        """Why these samples can't be drawn on; asked once for each set."""
        if self._samples is not self._session.samples:
            self._samples, self._refusal = self._session.samples, self._drawing.refusal
        return self._refusal

    def _show_classes(self) -> None:
        names = self._session.samples.classes
        count = min(max(len(names), self._drawing.class_index + 1), MOST_DRAWN) if names else 0
        if len(self.chips) != count + (0 < count < MOST_DRAWN):
            self._make_chips(count)
        for k, chip in enumerate(self.chips):
            chip.setChecked(chip.number > 0 and k == self._drawing.class_index)
            if chip.number:
                name = names[k] if k < len(names) else "new"
                chip.setAccessibleName(f"class {chip.number}" + (f": {name}" if name != str(chip.number) else ""))
                chip.setToolTip(f"{chip.accessibleName()} (key {chip.number})")

    def _make_chips(self, count: int) -> None:
        focus = next((KEYS if chip.ring else MOUSE for chip in self.chips if chip.hasFocus()), None)
        while self._chips.count():
            item = self._chips.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                discard(widget)
        self.chips = [ClassChip(k + 1, f"class {k + 1}") for k in range(count)]
        if 0 < count < MOST_DRAWN:
            self.chips.append(ClassChip(0, "add a class", "Another class: it is made by its first stroke"))
        for k, chip in enumerate(self.chips):
            chip.clicked.connect(lambda _checked=False, index=k: self._choose(index))
            self._chips.addWidget(chip)
        if focus is not None:
            chosen = self.chips[self._drawing.class_index]
            chosen.show()  # what is not shown yet gets no focus
            chosen.setFocus(focus)

    def _choose(self, index: int) -> None:
        self._drawing.choose_class(index)
        if self._drawing.tool == "look":
            self._drawing.take("brush")
        self._show()
