"""The pad: draw a picture, see what the network says of it at once, and keep it for training or tests."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app import keeping, pixels
from app.context import Context
from app.messages import Message
from app.numbers import human
from app.panels.ground import THICKNESS, Ground, Tool
from app.theme import theme
from app.widgets.base import Label, Themed, box, discard, smooth
from app.widgets.buttons import Button, IconButton
from app.widgets.flow import FlowLayout
from app.widgets.inplace import InPlace
from app.widgets.scale import Scale
from app.widgets.slider import Slider
from engine.datasets import Samples
from engine.datasets.editing import ink
from engine.datasets.editing.pictures import next_name
from engine.experiment import Experiment

BEAT: Final = 16
"""Milliseconds between two drawings that the network is asked about."""

EMPTY: Final = "No pictures yet: draw one, choose its class and keep it. Train as soon as each class has a few."


class Seen(Themed):
    """A small picture: what the network sees of the drawing."""

    def __init__(self) -> None:
        super().__init__()
        self.pixels, self.inked = np.zeros((1, 1, 1), np.uint8), True
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip("What the network sees: the drawing in its place and size")
        self.setAccessibleName("What the network sees")

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(40), theme().px(40))

    def show_pixels(self, shown: ink.Pixels) -> None:
        """Show a picture [row, column, channel]."""
        self.pixels = shown
        self.setAccessibleDescription(f"{100 * shown.mean() / 255:.0f} % ink")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        image = pixels.image_of(self.pixels / np.float32(255), self.inked)
        scale = (self.width() - 2) / max(image.width(), image.height())
        wide, tall = image.width() * scale, image.height() * scale
        place = QRectF((self.width() - wide) / 2, (self.height() - tall) / 2, wide, tall)
        with smooth(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(place, image)
            box(painter, place.adjusted(-1, -1, 1, 1), 0, None, theme().palette.colour("line"))


class ClassName(Button):
    """A class by its name; a double click or F2 asks for another one."""

    def __init__(self, name: str, pad: PicturePad, index: int) -> None:
        super().__init__(name, hint=f"The class of the drawing: {name}; a double click renames it", padding=7)
        self.setAccessibleName(f"class {name}")
        self.setCheckable(True)
        self._pad, self._index = pad, index
        self.clicked.connect(lambda: pad.choose(index))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(22), super().minimumSizeHint().height())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pad.ask_name(self._index)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """F2 renames."""
        if event.key() == Qt.Key.Key_F2:
            self._pad.ask_name(self._index)
        else:
            super().keyPressEvent(event)


class PicturePad(QWidget):
    """Ground, tools, classes, and the two ways to keep a drawing; for data that are pictures."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._session = context, context.session
        self._samples: Samples | None = None
        self._side = 0.0
        self.setAccessibleName("Draw")
        self.ground, self.seen = Ground(), Seen()
        self.setFocusProxy(self.ground)
        self.centre = QCheckBox("centre")
        self.centre.setChecked(True)
        self.centre.setToolTip("Bring the drawing into the size and place that pictures of the data have")
        self.centre.setAccessibleName("centre the drawing")
        self.thickness = Slider("thickness", Scale(100 * THICKNESS[0], 100 * THICKNESS[1], unit="%"))
        self.thickness.setToolTip("How thick pen and eraser are, in per cent of the side; keys [ and ]")
        self.note = Label("", "small", 400, "muted").wrapped()
        self.tools: dict[str, IconButton] = {}
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._head())
        column.addWidget(self.ground)
        column.addWidget(self._classes())
        column.addWidget(self._keeping())
        column.addWidget(self.note)
        column.addLayout(self._below())
        column.addWidget(self.thickness)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(BEAT)
        self._soon.timeout.connect(self._ask)
        self._connect()
        self._restyle()
        self._show()

    def _connect(self) -> None:
        self.ground.changed.connect(self._drawn)
        self.ground.tool_changed.connect(self._show_tools)
        self.ground.digit.connect(lambda digit: self.choose(self._context.drawing.of_digit(digit)))
        self.centre.toggled.connect(lambda _on: self._drawn())
        self.thickness.moved.connect(lambda value: self.ground.set_thickness(value / 100))
        self._context.drawing.changed.connect(self._show_classes)
        self._session.experiment_changed.connect(self._changed)
        theme().changed.connect(self._restyle)

    def _restyle(self) -> None:
        self._column.setSpacing(theme().px(6))
        self._for.setMinimumHeight(theme().px(28))

    # -- what it is made of -------------------------------------------------------------------------------------

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(theme().px(2))
        head.addWidget(Label("Draw", weight=600))
        head.addStretch(1)
        for name, icon, hint in (
            ("pen", "brush", "Pen (P); the right button erases"),
            ("eraser", "erase", "Eraser (E)"),
            ("undo", "undo", "Take the last stroke back (Ctrl+Z on the pad)"),
            ("clear", "trash", "Clear the pad (Delete on the pad)"),
        ):
            self.tools[name] = button = IconButton(icon, name, hint, side=24, glyph=16)
            head.addWidget(button)
        for tool in ("pen", "eraser"):
            self.tools[tool].setCheckable(True)
            self.tools[tool].clicked.connect(partial(self._take, tool))
        self.tools["undo"].clicked.connect(self.ground.undo)
        self.tools["clear"].clicked.connect(self.ground.clear)
        return head

    def _below(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme().px(8))
        row.addWidget(self.seen)
        row.addWidget(self.centre, 1)
        return row

    def _classes(self) -> QWidget:
        holder = QWidget()
        self._chips = FlowLayout(holder, theme().px(4), theme().px(4))
        self._chips.setContentsMargins(0, 0, 0, 0)
        self._holder = holder
        self.chips: list[ClassName] = []
        self.more = IconButton("plus", "add a class", "Another class, by a name of your own")
        self.more.clicked.connect(lambda: self.ask_name(-1))
        self._chips.addWidget(self.more)
        self._named = -1
        self.naming = InPlace(self, bare=False)
        self.naming.typed.connect(self._name)
        return holder

    def _keeping(self) -> QWidget:
        holder = QWidget()
        row = FlowLayout(holder, theme().px(6), theme().px(6))
        row.setContentsMargins(0, 0, 0, 0)
        self._for = Label("keep for", colour="muted")
        row.addWidget(self._for)
        self.keep: dict[bool, Button] = {}
        for training, text, hint in (
            (True, "training", "Keep the drawing as a picture to learn from"),
            (False, "test", "Keep the drawing as a picture for tests"),
        ):
            self.keep[training] = button = Button(text, hint=hint, padding=8)
            button.setAccessibleName(f"keep for {text}")
            button.clicked.connect(partial(self._keep, training))
            row.addWidget(button)
        return holder

    # -- drawing ------------------------------------------------------------------------------------------------

    @property
    def wanted(self) -> bool:
        """Whether the data are pictures."""
        return self._session.experiment.data.source.axes is not None

    @property
    def form(self) -> tuple[int, int, int]:
        """Rows, columns and channels of the data."""
        axes = self._session.experiment.data.source.axes
        if axes is None:
            return 1, 1, 1
        rows, columns, channels = (a.size for a in axes)
        return rows, columns, channels

    def picture(self) -> ink.Pixels:
        """What the network sees of the drawing."""
        side = self._usual() if self.centre.isChecked() else 0.0
        return ink.picture_of(self.ground.ink, self.form, side)

    def _usual(self) -> float:
        """How large things are in the pictures of the data; looked up once for each set."""
        if self._samples is not self._session.samples:
            self._samples = self._session.samples
            self._side = ink.usual_side(self._samples.x.reshape(len(self._samples), *self.form))
        return self._side

    def _take(self, tool: Tool, _checked: bool = False) -> None:
        self.ground.take(tool)

    def _drawn(self) -> None:
        self.tools["undo"].setEnabled(self.ground.can_undo)
        for button in (self.tools["clear"], *self.keep.values()):
            button.setEnabled(not self.ground.blank)
        if not self._soon.isActive():
            self._soon.start()

    def _ask(self) -> None:
        """Show what the network sees, and put it under the glass."""
        if self.wanted:
            seen = self.picture()
            self.seen.show_pixels(seen)
            self._context.glass.show_drawn(b"" if self.ground.blank else seen.tobytes())

    # -- classes ------------------------------------------------------------------------------------------------

    def choose(self, index: int) -> None:
        """Choose the class of the drawing."""
        if index < len(self._session.samples.classes):
            self._context.drawing.choose_class(index)
        self._show_classes()

    def ask_name(self, index: int) -> None:
        """Ask for the name of a class; -1 makes a new one."""
        self._named, names = index, self._session.samples.classes
        text, title = (next_name(names), "name of the new class") if index < 0 else (names[index], "name of the class")
        chip = self.more if index < 0 else self.chips[index]
        top = chip.mapTo(self, QPoint(0, 0)).y()
        self.naming.open(text, QRect(0, top, self.width(), chip.height()), title)

    def _name(self, name: str) -> None:
        session, index = self._session, self._named
        if index >= 0:
            if name != session.samples.classes[index]:
                keeping.rename_class(session, index, name)
        elif keeping.add_class(session, name):
            self.choose(len(session.samples.classes) - 1)

    def _label(self) -> int:
        return min(self._context.drawing.class_index, len(self._session.samples.classes) - 1)

    # -- keeping ------------------------------------------------------------------------------------------------

    def _keep(self, training: bool, _checked: bool = False) -> None:
        session, seen = self._session, self.picture()
        if self.ground.blank:
            session.tell(Message("There is nothing to keep yet; draw a picture on the pad."))
        elif keeping.keep(session, seen, self._label(), training=training):
            self.ground.setFocus(Qt.FocusReason.OtherFocusReason)  # the pressed button is about to go grey
            self.ground.begin(*self.form[:2])
            self._soon.stop()
            self.seen.show_pixels(self.picture())
            self._context.glass.look_at(len(session.samples) - 1)

    def _changed(self, _old: Experiment, _new: Experiment) -> None:
        self._show()

    # -- showing ------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        if not self.wanted:
            self.ground.begin(1, 1)
            return
        if self.ground.form != self.form[:2]:
            self.ground.begin(*self.form[:2])
            self.ground.set_thickness(max(0.09, 1.1 / max(self.form[:2])))
        self.ground.inked = self.seen.inked = self._session.experiment.data.source.inked
        samples = self._session.samples
        train = int(samples.train(self._session.experiment.data.share / 100).sum())
        told = f"{human(train, 6)} to train, {human(len(samples) - train, 6)} to test" if len(samples) else EMPTY
        self.note.setText(told)
        self._show_classes()
        self._show_tools()
        self._drawn()

    def _show_tools(self) -> None:
        for tool in ("pen", "eraser"):
            self.tools[tool].setChecked(self.ground.tool == tool)
        self.thickness.show_value(round(100 * self.ground.thickness, 1))

    def _show_classes(self) -> None:
        if not self.wanted:
            return
        names = self._session.samples.classes
        if [chip.text() for chip in self.chips] != list(names):
            self._make_chips(names)
        for k, chip in enumerate(self.chips):
            chip.setChecked(k == self._label())

    def _make_chips(self, names: tuple[str, ...]) -> None:
        focused = any(chip.hasFocus() for chip in self.chips)
        while self._chips.count():
            item = self._chips.takeAt(0)
            if item is not None and (widget := item.widget()) is not None and widget is not self.more:
                discard(widget)
        self.chips = [ClassName(name, self, k) for k, name in enumerate(names)]
        for chip in (*self.chips, self.more):
            self._chips.addWidget(chip)
            chip.show()
        if focused:
            self.chips[self._label()].setFocus(Qt.FocusReason.TabFocusReason)
        self._holder.updateGeometry()
