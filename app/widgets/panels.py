"""Boxes that hold other widgets: the card, the banner, the progress strip."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app import icons
from app.messages import Busy, Message
from app.style import mix
from app.theme import theme
from app.widgets.base import Label, Themed, box, smooth
from app.widgets.buttons import Button, IconButton

NOTE_SECONDS = 7.0


class Card(Themed):
    """A panel with a rounded border; put widgets into `body`. A title stands at the top, `head` beside it."""

    def __init__(self, title: str = "", parent: QWidget | None = None, *, padding: int = 16) -> None:
        super().__init__(parent)
        self._padding = padding
        outer = QVBoxLayout(self)
        self.head = QHBoxLayout()
        self.title = Label(title, "normal", 600, parent=self)
        self.title.setVisible(bool(title))
        if title:
            self.setAccessibleName(title)
            self.head.addWidget(self.title)
            self.head.addStretch(1)
            outer.addLayout(self.head)
        self.body = QVBoxLayout()
        outer.addLayout(self.body, 1)
        self.restyle()

    def restyle(self) -> None:
        edge, layout = theme().px(self._padding), self.layout()
        if layout is not None:
            layout.setContentsMargins(edge, theme().px(min(self._padding, 12)), edge, edge)
            layout.setSpacing(theme().px(8))
        self.body.setSpacing(theme().px(8))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        colours = theme().palette
        with smooth(self) as painter:
            box(painter, self.rect(), theme().px(10), colours.colour("panel"), colours.colour("line"))


class Banner(Themed):
    """One sentence with a button, at the place it arose. Notes go by themselves, errors stay until dismissed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = "note"
        self._message: Message | None = None
        self.text = Label().wrapped()
        self.button = Button("", "link")
        self.dismiss = IconButton("close", "Dismiss", side=24, glyph=14)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.button.clicked.connect(self._remedy)
        self.dismiss.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.button)
        layout.addWidget(self.dismiss)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.hide()
        self.restyle()

    def restyle(self) -> None:
        look, layout = theme(), self.layout()
        if layout is not None:
            layout.setContentsMargins(look.px(36), look.px(8), look.px(8), look.px(8))
            layout.setSpacing(look.px(12))

    def tell(self, message: Message) -> None:
        """Show a message; a note makes way for anything, an error only for another error or its dismissal."""
        if message.kind == "note" and self._kind == "error" and not self.isHidden():
            return
        self._message, self._kind = message, message.kind
        self.text.setText(message.sentence)
        self.button.setText(message.button)
        self.button.setAccessibleName(message.button)
        self.button.setVisible(bool(message.button))
        self.setAccessibleName(f"{message.kind}: {message.sentence}")
        self._timer.stop()
        if message.kind == "note":
            # Long sentences stay longer; with a button there must be time to reach it.
            self._timer.start(int(1000 * (NOTE_SECONDS + len(message.sentence) / 40 + 5 * bool(message.button))))
        self.show()
        self.update()

    def clear(self) -> None:
        """Take the message away."""
        self._timer.stop()
        self.hide()

    def _remedy(self) -> None:
        message = self._message
        self.clear()
        if message is not None and message.remedy is not None:
            message.remedy()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape dismisses."""
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look, colours = theme(), theme().palette
        with smooth(self) as painter:
            tone = colours.danger if self._kind == "error" else colours.accent
            box(painter, self.rect(), look.px(8), mix(colours.panel, tone, 0.08), mix(colours.panel, tone, 0.35))
            side = look.px(18)
            where = self.rect().adjusted(look.px(10), 0, look.px(10) + side - self.width(), 0).toRectF()
            where.moveCenter(QPointF(where.center().x(), self.height() / 2))
            icons.paint(painter, "warning" if self._kind == "error" else "info", where, tone)


class ProgressStrip(Themed):
    """What is going on, how far it is, and a button that gives it up. Hidden while nothing goes on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._busy = Busy("")
        self.text = Label("", "small", 400, "muted")
        self.cancel = Button("Cancel", "link", size="small")
        self.cancel.clicked.connect(self._give_up)
        layout = QHBoxLayout(self)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.cancel)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()
        self.restyle()

    def restyle(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(0, 0, 0, theme().px(6))

    def show_busy(self, busy: Busy) -> None:
        """Show how far it is; `of` 0 means it ended."""
        self._busy = busy
        if not busy.of:
            self.hide()
            return
        share = f" {100 * busy.done // busy.of} %" if busy.of > 1 else " …"
        self.text.setText(busy.what + share)
        self.setAccessibleName(busy.what + share)
        self.cancel.setVisible(busy.cancel is not None)
        self.show()
        self.update()

    def _give_up(self) -> None:
        if self._busy.cancel is not None:
            self._busy.cancel()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look, colours = theme(), theme().palette
        with smooth(self) as painter:
            thick = look.px(3)
            line = self.rect().adjusted(0, self.height() - thick, 0, 0).toRectF()
            box(painter, line, thick / 2, colours.colour("line"))
            line.setWidth(line.width() * (self._busy.done / self._busy.of if self._busy.of else 0))
            box(painter, line, thick / 2, colours.colour("accent"))
