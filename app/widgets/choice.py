"""One of several: a flat box with a list, and a row of segments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.style import mix
from app.theme import Size, theme
from app.widgets.base import ARROWS, ENTER, Control, box, chevron, focus_ring, smooth, words
from app.widgets.popup import Option, popup


class ChoiceBox(Control):
    """A flat box that shows the chosen entry and opens a list of all; `chosen` gives the key picked by the user.

    `options` is asked each time the list opens, so that it offers only what is possible then.
    """

    chosen = Signal(str)

    keys = ENTER | {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space}

    def __init__(
        self,
        title: str,
        options: Callable[[], Sequence[Option]],
        *,
        caption: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title, self.options, self._caption = title, options, caption
        self.key, self.text = "", ""
        self._widest = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)

    def restyle(self) -> None:
        self._widest = 0

    def show_choice(self, key: str, text: str) -> None:
        """Show a choice; nothing is emitted."""
        if (key, text) != (self.key, self.text):
            self.key, self.text = key, text
            self.setAccessibleDescription(text)
            self._widest = 0
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        look = theme()
        if not self._widest:
            self.setFont(words(weight=500))
            self._widest = self.fontMetrics().horizontalAdvance(self.text) + look.px(44)
            self.setFont(words("small"))
            self._widest = max(self._widest, self.fontMetrics().horizontalAdvance(self.title) + look.px(4))
        return QSize(max(self._widest, look.px(64)), look.px(28) + self._above())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(60), self.sizeHint().height())

    def _above(self) -> int:
        return theme().px(20) if self._caption else 0

    def _box(self) -> QRect:
        return QRect(0, self._above(), self.width(), theme().px(28))

    def open(self) -> None:
        """Open the list."""
        popup(self, self._box(), self.options(), self.chosen.emit)

    def _step(self, steps: int) -> None:
        options = [o for o in self.options() if not o.apart]
        here = next((k for k, o in enumerate(options) if o.key == self.key), 0)
        there = max(0, min(len(options) - 1, here + steps))
        if options and there != here:
            self.chosen.emit(options[there].key)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Open the list."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows go to the neighbour, Space, Enter and Alt+Down open the list."""
        self.show_ring()
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) or (key == Qt.Key.Key_Down and alt):
            self.open()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(1 if key == Qt.Key.Key_Down else -1)
        elif event.text().strip() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._jump(event.text().casefold())
        else:
            super().keyPressEvent(event)

    def _jump(self, letter: str) -> None:
        options = [o for o in self.options() if not o.apart]
        here = next((k for k, o in enumerate(options) if o.key == self.key), -1)
        for option in (*options[here + 1 :], *options[: here + 1]):
            if option.text.casefold().startswith(letter) and option.key != self.key:
                self.chosen.emit(option.key)
                return

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Scrolling past changes nothing."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look, colours = theme(), theme().palette
        with smooth(self) as painter:
            left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            if self._caption:
                painter.setFont(words("small"))
                painter.setPen(colours.colour("muted"))
                painter.drawText(QRectF(0, 0, self.width(), look.px(16)), left, self.title)
            where = self._box()
            fill = mix(colours.field, colours.text, 0.05) if self.underMouse() else colours.colour("field")
            box(painter, where, look.px(6), fill)
            painter.setFont(words(weight=500))
            painter.setPen(colours.colour("text" if self.isEnabled() else "faint"))
            inner = QRectF(where).adjusted(look.px(10), 0, -look.px(24), 0)
            text = painter.fontMetrics().elidedText(self.text, Qt.TextElideMode.ElideRight, int(inner.width()) + 1)
            painter.drawText(inner, left, text)
            middle = QPointF(where.right() - look.px(14), where.center().y() + 0.5)
            chevron(painter, middle, look.px(4), colours.colour("muted"))
            if self.ring:
                focus_ring(painter, where, look.px(6))


def choice_of_words(title: str, texts: dict[str, str], then: Callable[[], None]) -> ChoiceBox:
    """A captioned box of fixed texts by their keys, which shows what is picked and calls `then`."""
    made = ChoiceBox(title, lambda: [Option(k, t, chosen=k == made.key) for k, t in texts.items()], caption=True)

    def chosen(key: str) -> None:
        made.show_choice(key, texts[key])
        then()

    made.chosen.connect(chosen)
    return made


class SegmentedControl(Control):
    """A row of words of which one is on; `chosen` gives its key. Arrows go to the neighbour."""

    chosen = Signal(str)

    keys = ARROWS

    def __init__(
        self, title: str, options: Sequence[Option] = (), size: Size = "normal", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.title, self._size = title, size
        self._options: tuple[Option, ...] = ()
        self.key = ""
        self._over = -1
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.show_options(options)

    def show_options(self, options: Sequence[Option]) -> None:
        """Offer other words."""
        self._options = tuple(options)
        chosen = next((o.key for o in options if o.chosen), "")
        self.show_choice(chosen or (self.key if self.key in {o.key for o in options} else ""))
        self.updateGeometry()
        self.update()

    def show_choice(self, key: str) -> None:
        """Show which word is on; nothing is emitted, and nothing is painted when it is on already."""
        text = next((o.text for o in self._options if o.key == key), "")
        if (key, text) == (self.key, self.accessibleDescription()):
            return
        self.key = key
        self.setAccessibleDescription(text)
        self.update()

    def _widths(self) -> list[int]:
        self.setFont(words(self._size, 500))
        metrics = self.fontMetrics()
        return [metrics.horizontalAdvance(o.text) + theme().px(24) for o in self._options]

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(sum(self._widths()), theme().px(26))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(40) * max(1, len(self._options)), theme().px(26))

    def _places(self) -> list[QRectF]:
        widths = self._widths()
        squeeze = min(1.0, self.width() / max(sum(widths), 1))
        places, x = [], 0.0
        for width in widths:
            places.append(QRectF(x, 0, width * squeeze, self.height()))
            x += width * squeeze
        return places

    def _at(self, x: float) -> int:
        return next((k for k, p in enumerate(self._places()) if p.left() <= x < p.right()), -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show what would be chosen."""
        over = self._at(event.position().x())
        if over != self._over:
            self._over = over
            self.setToolTip(self._options[over].help if over >= 0 else "")
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose."""
        self._pick(self._at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Go to the neighbour."""
        self.show_ring()
        move = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}.get(
            Qt.Key(event.key())
        )
        if move is None:
            super().keyPressEvent(event)
            return
        here = next((k for k, o in enumerate(self._options) if o.key == self.key), 0)
        self._pick(max(0, min(len(self._options) - 1, here + move)))

    def _pick(self, k: int) -> None:
        if 0 <= k < len(self._options) and self._options[k].key != self.key:
            self.show_choice(self._options[k].key)
            self.chosen.emit(self.key)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look, colours = theme(), theme().palette
        with smooth(self) as painter:
            # Small words that can be read are better than large ones that are cut.
            size: Size = self._size if self.width() >= 0.84 * sum(self._widths()) else "small"
            for k, (option, place) in enumerate(zip(self._options, self._places(), strict=True)):
                on = option.key == self.key
                if on:
                    box(painter, place, look.px(6), colours.colour("field"))
                painter.setFont(words(size, 500 if on else 400))
                painter.setPen(colours.colour("text" if on or (k == self._over and self.underMouse()) else "muted"))
                text = painter.fontMetrics().elidedText(option.text, Qt.TextElideMode.ElideRight, int(place.width()))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
                if on and self.ring:
                    focus_ring(painter, place, look.px(6))
