"""The line beneath a surface: which shape is which class, what filled and hollow mean, the scale of the colours."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import painting
from app.context import Context
from app.numbers import human
from app.theme import theme
from app.views._points import draw_point
from app.widgets.base import Themed, focus_ring, smooth
from app.widgets.flow import FlowLayout
from engine.experiment import classifies

LONGEST = 14
"""Letters of a class's name that are shown."""


class Key(Themed):
    """A shape (or two) and a word; a click, Space or Enter is `clicked`. An unavailable one is only read.

    A mark is its class, whether it is filled, and a colour of the palette in place of that of the class.
    """

    clicked = Signal()

    def __init__(self, text: str, marks: tuple[tuple[int, bool, str], ...], hint: str = "") -> None:
        super().__init__()
        self.text, self._marks = text, marks
        self.on = False
        self.faded = False
        self.setAccessibleName(hint or text)
        self.setToolTip(hint)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if hint:
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def say(self, text: str, on: bool = False, faded: bool = False) -> None:
        """Change the word; `on` underlines it, `faded` says that it is hidden."""
        if (text, on, faded) != (self.text, self.on, self.faded):
            self.text, self.on, self.faded = text, on, faded
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        look = theme()
        self.setFont(look.font("small", 500))
        width = self.fontMetrics().horizontalAdvance(self.text) + look.px(14) * len(self._marks)
        return QSize(width + look.px(4), look.px(18))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose."""
        self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Choose by Space or Enter."""
        self.show_ring()
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with smooth(self) as painter:
            middle = self.height() / 2
            painter.setOpacity(0.45 if self.faded else 1.0)
            for k, (kind, filled, colour) in enumerate(self._marks):
                at = QPointF(look.px(6) + k * look.px(14), middle)
                shade = getattr(look.palette, colour) if colour else look.palette.class_colour(kind)
                draw_point(painter, kind, filled, shade, at, look.px(8))
            painter.setOpacity(1.0)
            painter.setFont(look.font("small", 500 if self.on else 400))
            painter.setPen(look.palette.colour("text" if self.on else "faint" if self.faded else "muted"))
            left = look.px(14) * len(self._marks)
            painter.drawText(
                QRectF(left, 0, self.width() - left, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text
            )
            if self.on:
                width = painter.fontMetrics().horizontalAdvance(self.text)
                painter.fillRect(QRectF(left, self.height() - 2, width, 1.5), look.palette.colour("accent"))
            if self.ring:
                focus_ring(painter, self.rect(), look.px(4))


class ScaleBar(Themed):
    """A strip of colours with the numbers at its ends."""

    def __init__(self) -> None:
        super().__init__()
        self._scale: tuple[painting.Packed, float, float] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_scale(self, scale: tuple[painting.Packed, float, float] | None) -> None:
        """Show another scale; None hides it."""
        self.setVisible(scale is not None)
        if scale is not None and (
            self._scale is None or scale[1:] != self._scale[1:] or scale[0] is not self._scale[0]
        ):
            self._scale = scale
            self.setAccessibleName(f"colours from {human(scale[1])} to {human(scale[2])}")
            self.updateGeometry()
            self.update()

    def _texts(self) -> tuple[str, str]:
        return (human(self._scale[1]), human(self._scale[2])) if self._scale else ("", "")

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        look = theme()
        self.setFont(look.font("small"))
        texts = sum(self.fontMetrics().horizontalAdvance(t) for t in self._texts())
        return QSize(texts + look.px(76), look.px(18))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._scale is None:
            return
        look = theme()
        with QPainter(self) as painter:
            low, high = self._texts()
            painter.setFont(look.font("small"))
            painter.setPen(look.palette.colour("muted"))
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(self.rect(), middle | Qt.AlignmentFlag.AlignLeft, low)
            painter.drawText(self.rect(), middle | Qt.AlignmentFlag.AlignRight, high)
            left = painter.fontMetrics().horizontalAdvance(low) + look.px(6)
            tall = look.px(8)
            strip = QRectF(left, (self.height() - tall) / 2, look.px(64), tall)
            painter.drawImage(strip, painting.image_of(self._scale[0].reshape(1, -1)))


class Legend(QWidget):
    """Classes to choose for the brush, what is train and what test, and a scale where colours are numbers."""

    tests_toggled = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._names: tuple[str, ...] | None = None
        self._told = True
        self._classes: list[Key] = []
        self._flow = FlowLayout(self, 10, 2)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self.scale = ScaleBar()
        self.train = Key("", ((1, True, "muted"),))
        self.test = Key("", ((1, False, "muted"),), "show or hide the test points")
        self.test.clicked.connect(self.tests_toggled)
        for widget in (self.train, self.test, self.scale):
            self._flow.addWidget(widget)
        self.scale.hide()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        context.drawing.changed.connect(self._mark)

    def show_data(self, tests: bool) -> None:
        """Count the points again."""
        session = self._context.session
        samples = session.samples
        told = classifies(session.experiment)
        if (samples.classes, told) != (self._names, self._told):
            self._rebuild(samples.classes, told)
        train = int(np.count_nonzero(samples.train(session.experiment.data.share / 100)))
        self.train.say(f"train {human(train, 6)}")
        hidden = "" if tests else " (hidden)"
        self.test.say(f"test {human(len(samples) - train, 6)}{hidden}", faded=not tests)
        self._mark()

    def _rebuild(self, names: tuple[str, ...], told: bool) -> None:
        self._names, self._told = names, told
        for key in self._classes:
            self._flow.removeWidget(key)
            key.hide()
            key.deleteLater()
        self._classes = []
        others = [self._flow.takeAt(0) for _ in range(self._flow.count())]
        for k, name in enumerate(names):
            short = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
            text = f"class {short}" if short.isdigit() else short
            key = Key(text, ((k, True, "" if told else "muted"),), f"draw points of class {name} (key {k + 1})")
            key.clicked.connect(lambda index=k: self._choose(index))
            self._flow.addWidget(key)
            key.show()
            self._classes.append(key)
        for item in others:
            if item is not None:
                self._flow.addItem(item)
        self._flow.invalidate()

    def _choose(self, index: int) -> None:
        """Draw points of this class, with the brush where no tool is in the hand."""
        drawing = self._context.drawing
        drawing.choose_class(index)
        if not drawing.draws:
            drawing.take("brush")

    def _mark(self) -> None:
        drawing = self._context.drawing
        for k, key in enumerate(self._classes):
            key.say(key.text, on=drawing.draws and k == drawing.class_index)
