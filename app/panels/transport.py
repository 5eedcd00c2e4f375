"""The top bar: the name of the experiment, the transport in the middle, theme and help at the right."""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QMenu, QWidget

from app.context import Context
from app.numbers import human
from app.panels.readout import Readout
from app.panels.until import UntilButton
from app.session import Session
from app.theme import SPACE, theme
from app.widgets.buttons import IconButton
from app.widgets.scale import Scale
from app.widgets.slider import Slider
from engine.machines.base import Snapshot

UNLIMITED: Final = 1_000_000.0
"""Samples a second from which the run goes as fast as it can."""


WIDEST: Final = 100_000_000
"""The first number of epochs that has no room any more when it is written out."""


def grouped(count: int) -> str:
    """A whole number in groups of three, as 2 500; a very large one as 122 M."""
    return f"{count:,}".replace(",", "\u2009") if count < WIDEST else human(count)


class NameField(QLineEdit):
    """The experiment's name: reads like a title, is edited by a click, Return or leaving it renames (undoable)."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._session = context.session
        self.setObjectName("title")
        self.setFrame(False)
        self.setMaxLength(200)
        self.setAccessibleName("name of the experiment")
        self.editingFinished.connect(self._rename)
        self.textChanged.connect(lambda _text: self.updateGeometry())
        self._session.experiment_changed.connect(lambda _old, _new: self._show())
        theme().changed.connect(self._style)
        self._style()
        self._show()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as its text."""
        hint = super().sizeHint()
        return QSize(QFontMetrics(self.font()).horizontalAdvance(self.text()) + theme().px(18), hint.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for a few letters; the rest scrolls."""
        return QSize(theme().px(64), super().minimumSizeHint().height())

    @property
    def shown(self) -> str:
        """The name as far as it has room; the whole while it is edited."""
        room = self.width() - theme().px(12)
        return (
            self.text()
            if self.hasFocus()
            else self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        )

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A name that has no room ends in dots."""
        if self.shown == self.text():
            super().paintEvent(event)
            return
        with QPainter(self) as painter:
            painter.setPen(theme().palette.colour("text"))
            place = self.rect().adjusted(theme().px(6), 0, 0, 0)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape gives the old name back."""
        if event.key() == Qt.Key.Key_Escape:
            self._show()
            self.clearFocus()
        else:
            super().keyPressEvent(event)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.clearFocus()

    def _rename(self) -> None:
        name = self.text().strip()
        if name and name != self._session.experiment.name:
            self._session.edit("Rename", "name", name)
        self._show()

    def _show(self) -> None:
        if not self.hasFocus() or self.text() != self._session.experiment.name:
            self.setText(self._session.experiment.name)
            self.setCursorPosition(0)
        notes = self._session.experiment.notes
        self.setToolTip(f"{notes}\n\nClick to rename" if notes else "Click to rename")

    def _style(self) -> None:
        palette = theme().palette
        self.setFont(theme().font("large", 600))
        self.setStyleSheet(
            f"QLineEdit {{ background: transparent; border: 1px solid transparent; border-radius: {theme().px(6)}px;"
            f" padding: {theme().px(2)}px {theme().px(4)}px; color: {palette.text}; }}"
            f"QLineEdit:hover {{ background: {palette.field}; }}"
            f"QLineEdit:focus {{ background: {palette.field}; border-color: {palette.accent}; }}"
        )
        self.updateGeometry()


class PaceScale(Scale, frozen=True):
    """From one sample a second over powers of ten; the very end means as fast as it goes."""

    def text(self, value: float) -> str:
        return "unlimited" if value >= UNLIMITED else f"{human(value)} /s"


class Speed(Slider):
    """The speed of the run in samples a second."""

    def __init__(self, session: Session) -> None:
        super().__init__("speed", PaceScale(low=1, high=UNLIMITED, log=True), UNLIMITED)
        self._session = session
        self.setToolTip("Samples a second: from slow motion, one at a time, to as fast as it goes")
        self.moved.connect(self._set_pace)
        session.run_changed.connect(self._show_pace)
        self._show_pace()

    def restyle(self) -> None:
        super().restyle()
        self.setFixedWidth(theme().px(148))

    def _set_pace(self, value: float) -> None:
        self._session.set_pace(None if value >= UNLIMITED else value)

    def _show_pace(self) -> None:
        self.show_value(UNLIMITED if self._session.pace is None else self._session.pace)


class Transport(QWidget):
    """Reset, play or pause, step, speed, run until, and where the run is."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._painted_speed = 0.0
        self._said = 0.0
        session, actions = context.session, context.actions
        self.reset = IconButton("reset", "Reset", side=32, round_=True)
        self.play = IconButton("play", "Play", side=40, glyph=22, round_=True, strong=True)
        self.back = IconButton("step-back", "Step back", side=32, round_=True)
        self.step = IconButton("step", "Step", side=32, round_=True)
        self.menu_button = IconButton("chevron-down", "Size of a step", side=20, glyph=14)
        self.epoch, self.rate = Readout("epoch", "00\u2009000\u2009000"), Readout("samples / s", "000.0 M")
        self.reset.clicked.connect(lambda: actions.run("run.reset"))
        self.play.clicked.connect(lambda: actions.run("run.toggle"))
        self.back.clicked.connect(lambda: actions.run("run.back"))
        self.step.clicked.connect(lambda: actions.run("run.step"))
        self.menu_button.clicked.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[1])
        for widget in (self.reset, self.back, self.play, self.step, self.menu_button):
            row.addWidget(widget)
        row.setSpacing(SPACE[0])
        row.addSpacing(SPACE[2])
        self.speed = Speed(session)
        row.addWidget(self.speed)
        row.addSpacing(SPACE[1])
        row.addWidget(UntilButton(context))
        row.addSpacing(SPACE[3])
        row.addWidget(self.epoch)
        row.addSpacing(SPACE[2])
        row.addWidget(self.rate)
        session.run_changed.connect(self._show_run)
        session.snapshot_arrived.connect(self._show_position)
        session.experiment_changed.connect(self._forget)
        self._show_run()

    def _show_run(self) -> None:
        running = self._context.session.run_state == "running"
        name = "Pause" if running else "Play"
        self.play.set_icon(name.lower(), name, f"{name} (Space)")
        unit = self._context.settings.get("step", "batch")
        self.reset.setToolTip("Reset to the start (R)")
        self.step.setToolTip(f"One {unit} (Right)")
        self.back.setToolTip(f"One {unit} back (Left)")
        if not running:
            self.rate.show_text("–")

    def _forget(self) -> None:
        """Where the last document stood says nothing of another one that has not been computed yet."""
        if self._context.session.snapshot is None:
            self.epoch.show_text("–")

    def _show_position(self, snapshot: Snapshot) -> None:
        self.epoch.show_text(grouped(snapshot.position.epoch))
        now = time.monotonic()
        # A number that changes sixty times a second can't be read: five times a second is plenty.
        if now - self._painted_speed > 0.2:
            self._painted_speed = now
            speed = snapshot.samples_per_second
            self.rate.show_text(human(speed) if speed else "–")
        if now - self._said > 1.0:
            self._said = now
            self.epoch.setAccessibleDescription(str(snapshot.position.epoch))
            self.rate.setAccessibleDescription(self.rate.text)

    def _choose(self) -> None:
        menu = QMenu(self)
        for unit in ("phase", "sample", "batch", "epoch"):
            menu.addAction(self._context.actions[f"run.step-{unit}"])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))


class TopBar(QFrame):
    """The line of main controls; the transport stands in the middle whatever the name's length; a mark at the right."""

    def __init__(self, context: Context, mark: QWidget) -> None:
        super().__init__()
        self._context = context
        self.setObjectName("topbar")
        self.name, self.edited = NameField(context), QLabel("edited")
        self.edited.setAccessibleName("unsaved changes")
        self.transport = Transport(context)
        self.theme_button = IconButton("moon", "Light or dark")
        self.help_button = IconButton("help", "Help: all keys", "All keys (?)")
        self.theme_button.clicked.connect(lambda: context.actions.run("view.theme"))
        self.help_button.clicked.connect(lambda: context.actions.run("help.keys"))
        left, right = QHBoxLayout(), QHBoxLayout()
        left.addWidget(self.name)
        left.addWidget(self.edited)
        left.addStretch(1)
        right.addStretch(1)
        right.addWidget(mark)
        right.addWidget(self.theme_button)
        right.addWidget(self.help_button)
        self._grid = QGridLayout(self)
        self._grid.addLayout(left, 0, 0)
        self._grid.addWidget(self.transport, 0, 1)
        self._grid.addLayout(right, 0, 2)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(2, 1)
        theme().changed.connect(self._style)
        self._style()
        self.show_edited(False)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A panel with a line beneath."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), theme().palette.colour("panel"))
            painter.fillRect(0, self.height() - 1, self.width(), 1, theme().palette.colour("line"))

    def show_edited(self, edited: bool) -> None:
        """Mark the name while something would be lost."""
        self.edited.setVisible(edited)

    def _style(self) -> None:
        palette = theme().palette
        self.edited.setFont(theme().font("small"))
        self.edited.setStyleSheet(f"color: {palette.muted};")
        self._grid.setContentsMargins(SPACE[2] + 1, SPACE[0], SPACE[3], SPACE[0])
        dark = theme().dark
        self.theme_button.set_icon("sun" if dark else "moon", "Light colours" if dark else "Dark colours")
