"""Notices: sentences of the run and progress of long work, floating over the place where the run is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.messages import Busy, Message
from app.session import Session
from app.theme import RADIUS, SPACE, theme
from app.widgets.base import Label
from app.widgets.buttons import IconButton
from engine.experiment import Experiment

SHOWN: Final = 9000
"""Milliseconds a note stays at least; an error stays until it is closed, a newer one or another document comes."""

READING: Final = 60
"""Milliseconds that a sign of a longer note takes to be read."""

MOST: Final = 3


class Card(QWidget):
    """A raised card with a coloured edge that says what kind it is; a sign stands beside, so colour is not alone."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(SPACE[3], SPACE[1], SPACE[1], SPACE[1])
        self.row.setSpacing(SPACE[1])

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the card and its edge."""
        palette = theme().palette
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            card = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.setPen(QPen(palette.colour("line"), 1))
            painter.setBrush(palette.colour("panel"))
            painter.drawRoundedRect(card, RADIUS, RADIUS)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.colour("danger" if self.kind == "error" else "accent"))
            painter.drawRoundedRect(QRectF(6, 8, 3, self.height() - 16), 1.5, 1.5)


class Sentence(Card):
    """One message: what, why and what to do, and the button that does it."""

    def __init__(self, message: Message, owner: Notices) -> None:
        super().__init__(message.kind)
        self.message = message
        self.label = Label(message.sentence).wrapped()
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.label.setAccessibleName(("Error: " if message.kind == "error" else "") + message.sentence)
        if message.kind == "error":
            self.row.addWidget(Label("!", "normal", 600, "danger"))
        self.row.addWidget(self.label, 1)
        if message.button and message.remedy is not None:
            button = QPushButton(message.button)
            button.clicked.connect(lambda: owner.remedy(self))
            self.row.addWidget(button)
        close = IconButton("close", "Close this message", side=24, glyph=14)
        close.clicked.connect(lambda: owner.drop(self))
        self.row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        if message.kind == "note" and not message.button:
            # A timer of the card's own ends with it; a single shot would outlive it.
            timer = QTimer(self)
            timer.setSingleShot(True)
            timer.timeout.connect(lambda: owner.drop(self))
            timer.start(max(SHOWN, READING * len(message.sentence)))


class Progress(Card):
    """Something long goes on: what, how far, and a way to give it up."""

    def __init__(self) -> None:
        super().__init__("note")
        self.label, self.bar, self.cancel = Label().wrapped(), QProgressBar(), QPushButton("Cancel")
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(theme().px(160), theme().px(4))
        self.bar.setAccessibleName("progress")
        self.row.addWidget(self.label, 1)
        self.row.addWidget(self.bar)
        self.row.addWidget(self.cancel)
        self._stop: Callable[[], None] | None = None
        self.cancel.clicked.connect(self._give_up)

    def show_busy(self, busy: Busy) -> None:
        """Say how far it is."""
        self.label.setText(busy.what)
        self.bar.setRange(0, 0 if busy.of <= 1 else busy.of)
        self.bar.setValue(busy.done)
        self.cancel.setVisible(busy.cancel is not None)
        self._stop = busy.cancel

    def _give_up(self) -> None:
        if self._stop is not None:
            self._stop()


class Notices(QWidget):
    """The newest few sentences over the lower end of a part of its host; it takes no room of its own."""

    def __init__(self, session: Session, host: QWidget, part: QWidget) -> None:
        super().__init__(host)
        self._host, self._part = host, part
        self._cards: list[Sentence] = []
        self._progress = Progress()
        self._progress.hide()
        # What is over in a moment is not worth a card that comes and goes.
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(250)
        self._patience.timeout.connect(lambda: self._show_progress(True))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE[1])
        self._column.addWidget(self._progress)
        self._session = session
        part.installEventFilter(self)
        session.told.connect(self.tell)
        session.busy_changed.connect(self._show_busy)
        session.experiment_changed.connect(self._forget)
        theme().changed.connect(self._place)
        self.hide()

    @property
    def cards(self) -> tuple[Sentence, ...]:
        """The messages that are shown."""
        return tuple(self._cards)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is being told, newest last."""
        return tuple(card.message.sentence for card in self._cards)

    def tell(self, message: Message) -> None:
        """Show a message; the same sentence twice is one."""
        for old in [c for c in self._cards if c.message.sentence == message.sentence or c.kind == "error"]:
            self.drop(old)
        while len(self._cards) >= MOST:
            self.drop(self._cards[0])
        card = Sentence(message, self)
        self._cards.append(card)
        self._column.addWidget(card)
        # A layout gives no room to what is not shown yet, and would show it only after the place is measured.
        card.show()
        self._place()

    def drop(self, card: Sentence) -> None:
        """Take a message away."""
        if card in self._cards:
            self._cards.remove(card)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
            self._place()

    def _forget(self, _old: Experiment, new: Experiment) -> None:
        """What went wrong before an edit is over, and what an edit brought that is undone.

        Of another document only what offers something stays.
        """
        other = self._session.snapshot is None
        for card in self.cards:
            if card.kind == "error" or card.message.before is new or (other and not card.message.button):
                self.drop(card)

    def remedy(self, card: Sentence) -> None:
        """Do what the message's button offers."""
        self.drop(card)
        if card.message.remedy is not None:
            card.message.remedy()

    def _show_busy(self, busy: Busy) -> None:
        if busy.of == 0:
            self._patience.stop()
            self._show_progress(False)
            return
        self._progress.show_busy(busy)
        if self._progress.isHidden() and not self._patience.isActive():
            self._patience.start()

    def _show_progress(self, shown: bool) -> None:
        if self._progress.isHidden() == shown:
            self._progress.setVisible(shown)
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Stay at the lower end of the part."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        self.setVisible(bool(self._cards) or not self._progress.isHidden())
        if not self.isHidden():
            self._column.activate()
            width = max(theme().px(160), min(theme().px(560), self._host.width() - 2 * SPACE[3]))
            height = self._height(width)
            foot = self._part.mapTo(self._host, self._part.rect().bottomLeft()).y()
            self.setGeometry((self._host.width() - width) // 2, foot - height - SPACE[1], width, height)
            self.raise_()

    def _height(self, width: int) -> int:
        layout = self._column
        size: QSize = layout.totalMinimumSize()
        return max(size.height(), layout.totalHeightForWidth(width)) if layout.hasHeightForWidth() else size.height()
