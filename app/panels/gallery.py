"""The gallery: ready experiments with what to look for, data sets by family, and the ways to own data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app import icons, keeping
from app.context import Context
from app.panels.data import choose_set
from app.panels.thumbnails import picture
from app.style import mix
from app.theme import theme
from app.widgets.base import Label, box, focus_ring, smooth
from app.widgets.buttons import Button, PlainButton
from app.widgets.flow import Tiles
from engine import examples
from engine.datasets import Dataset
from engine.datasets.editing import pictures
from engine.registry import Entry

FAMILIES: Final = {
    "classification": "Data: classes",
    "logic": "Data: logic",
    "regression": "Data: values to predict",
}
"""What people read for the families of data sets; another family is called by its own name."""


class Gallery(QWidget):
    """Find by a few letters, choose by mouse or keys.

    `example_chosen` names a ready experiment to open; a data set is taken at once, as one undo step. `own_wanted` asks
    for the page of own data, by `file` or `paste`. `done` says that something was chosen.
    """

    example_chosen = Signal(str)
    own_wanted = Signal(str)
    done = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setAccessibleName("Gallery")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search experiments and data sets")
        self.search.setAccessibleName("Search the gallery")
        self.search.addAction(icons.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._filter)
        self.setFocusProxy(self.search)
        self.nothing = Label("Nothing here is called that; fewer letters find more.", colour="muted")
        self.nothing.hide()
        self.sections: list[Section] = []
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, theme().px(8), 0)
        self._column.setSpacing(theme().px(16))
        self._fill()
        self._column.addWidget(self.nothing)
        self._column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(content)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(theme().px(12))
        outer.addLayout(self._head())
        outer.addWidget(self._scroll, 1)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme().px(8))
        row.addWidget(self.search, 1)
        for text, icon, way in (("Own file …", "import", "file"), ("Paste a table", "paste", "paste")):
            button = Button(text, icon=icon)
            button.clicked.connect(lambda _checked=False, w=way: self.own_wanted.emit(w))
            row.addWidget(button)
        return row

    def _fill(self) -> None:
        for folder, title in examples.SECTIONS.items():
            ready = [(examples.load(key), key) for key in examples.names() if examples.section(key) == folder]
            tiles = [
                Tile(e.data.source, e.name, e.sentence, partial(self._open, key), lines=4, seed=e.seeds.data)
                for e, key in ready
            ]
            for tile, (experiment, key) in zip(tiles, ready, strict=True):
                tile.words += f" {key} {title} {experiment.notes}".casefold()
            self._add(title, tiles)
        self._add("Draw your own pictures", [self._start(side) for side in pictures.SIDES])
        families: dict[str, list[Tile]] = {}
        for entry in Dataset.registry:
            if entry.kind.family != "own":
                source = entry.kind()
                tile = Tile(source, entry.title, entry.help, partial(self._take, entry))
                families.setdefault(entry.kind.family, []).append(tile)
        for family, members in families.items():
            self._add(FAMILIES.get(family, family.capitalize()), members)

    def _start(self, side: int) -> Tile:
        name, sentence = f"Own pictures {side} × {side}", "Two classes and no pictures yet: draw them on the pad."
        return Tile(pictures.empty(side), name, sentence, partial(self._begin, side), icon="brush")

    def _add(self, title: str, tiles: list[Tile]) -> None:
        section = Section(title, tiles)
        for tile in tiles:
            tile.walked.connect(partial(self._walk, tile))
        self.sections.append(section)
        self._column.addWidget(section)

    # -- choosing -----------------------------------------------------------------------------------------------

    def _open(self, key: str) -> None:
        self.done.emit()
        self.example_chosen.emit(key)

    def _begin(self, side: int) -> None:
        keeping.begin(self._context.session, side)
        self.done.emit()

    def _take(self, entry: Entry[Dataset]) -> None:
        choose_set(self._context.session, entry)
        self.done.emit()

    # -- finding ------------------------------------------------------------------------------------------------

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for section in self.sections:
            section.filter(words)
        self.nothing.setVisible(not any(s.matches for s in self.sections))
        self._scroll.verticalScrollBar().setValue(0)

    def tiles(self) -> list[Tile]:
        """The tiles that can be chosen now, in reading order."""
        return [t for s in self.sections for t in s.tiles if t.matches]

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """From the search an arrow goes into the tiles; Enter takes the one of that name, else the first find."""
        tiles, now = self.tiles(), self.window().focusWidget()
        key = event.key()
        if now is self.search and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and tiles and self.search.text():
            sought = self.search.text().strip().casefold()
            next((t for t in tiles if t.name.casefold() == sought), tiles[0]).click()
        elif now is self.search and key == Qt.Key.Key_Down and tiles:
            self._focus(tiles[0])
        else:
            super().keyPressEvent(event)

    def _walk(self, tile: Tile, key: int) -> None:
        tiles = self.tiles()
        here = tiles.index(tile)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            there = here + (1 if key == Qt.Key.Key_Right else -1)
        else:
            there = _nearest(tiles, here, down=key == Qt.Key.Key_Down)
        if there < 0:
            self.search.setFocus(Qt.FocusReason.TabFocusReason)
        elif there < len(tiles):
            self._focus(tiles[there])

    def _focus(self, tile: Tile) -> None:
        tile.setFocus(Qt.FocusReason.TabFocusReason)
        self._scroll.ensureWidgetVisible(tile, 0, theme().px(24))


_MOVES: Final = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


def _nearest(tiles: list[Tile], here: int, down: bool) -> int:
    """The tile of the next row (or the one before) that stands nearest; -1 above the first."""
    window = tiles[here].window()
    places = [t.mapTo(window, t.rect().center()) for t in tiles]
    mine = places[here]
    beyond = [k for k, p in enumerate(places) if (p.y() > mine.y() + 4 if down else p.y() < mine.y() - 4)]
    if not beyond:
        return here if down else -1
    return min(beyond, key=lambda k: (abs(places[k].y() - mine.y()), abs(places[k].x() - mine.x())))


class Section(QWidget):
    """A title over tiles."""

    def __init__(self, title: str, tiles: list[Tile]) -> None:
        super().__init__()
        self.tiles = tiles
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(8))
        column.addWidget(Label(title, weight=600))
        holder = QWidget()
        grid = Tiles(holder, theme().px(8), theme().px(260), 3)
        grid.setContentsMargins(0, 0, 0, 0)
        for tile in tiles:
            grid.addWidget(tile)
        column.addWidget(holder)

    @property
    def matches(self) -> bool:
        """Whether any of its tiles is found."""
        return any(t.matches for t in self.tiles)

    def filter(self, words: Iterable[str]) -> None:
        """Show only the tiles in which all words occur."""
        wanted = list(words)
        for tile in self.tiles:
            tile.matches = all(w in tile.words for w in wanted)
            tile.setVisible(tile.matches)
        self.setVisible(self.matches)


class Tile(PlainButton):
    """A picture of the data (or an icon), a name and a sentence; `walked` hands on the arrow keys."""

    walked = Signal(int)

    def __init__(
        self,
        source: Dataset,
        name: str,
        sentence: str,
        choose: Callable[[], None],
        *,
        lines: int = 2,
        seed: int = 0,
        icon: str = "",
    ) -> None:
        super().__init__(name, sentence)
        self.name = name
        self._source, self._sentence, self._lines, self._seed = source, sentence, lines, seed
        self._icon = icon
        self.matches = True
        self.words = f"{name} {sentence} {source.key}".casefold()
        self.setAccessibleDescription(sentence)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda: choose())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(260), theme().px(36 + 15 * self._lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows belong to the gallery."""
        if event.key() in _MOVES:
            self.walked.emit(event.key())
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look, colours = theme(), theme().palette
        with smooth(self) as painter:
            fill = colours.colour("field") if self._over or self.isDown() else colours.colour("panel")
            box(painter, self.rect(), look.px(8), fill, colours.colour("line"))
            edge, side = look.px(10), self.height() - 2 * look.px(10)
            side = min(side, look.px(64))
            ground = QRectF(edge, (self.height() - side) / 2, side, side)
            box(painter, ground, look.px(6), mix(colours.field, colours.panel, 0.4))
            if self._icon:
                icons.paint(painter, self._icon, ground.adjusted(side / 3, side / 3, -side / 3, -side / 3), "muted")
            elif self._source.columns or self._source.axes is not None:
                painter.drawImage(ground.topLeft(), picture(self._source, self._seed, side, self.devicePixelRatioF()))
            else:
                icons.paint(painter, "table", ground, "muted")
            left = ground.right() + look.px(12)
            self._text(painter, QRectF(left, look.px(9), self.width() - left - edge, self.height() - look.px(16)))
            if self.ring:
                focus_ring(painter, self.rect(), look.px(8))

    def _text(self, painter: QPainter, area: QRectF) -> None:
        look = theme()
        painter.setFont(look.font(weight=500))
        painter.setPen(look.palette.colour("text"))
        metrics = painter.fontMetrics()
        name = metrics.elidedText(self.name, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(QPointF(area.left(), area.top() + metrics.ascent()), name)
        painter.setFont(look.font("small"))
        painter.setPen(look.palette.colour("muted"))
        below = area.adjusted(0, metrics.height() + look.px(2), 0, 0)
        small = painter.fontMetrics()
        lines = max(1, int(below.height() // small.height()))
        for k, line in enumerate(broken(self._sentence, small, int(below.width()), lines)):
            painter.drawText(QPointF(below.left(), below.top() + small.ascent() + k * small.height()), line)


def broken(text: str, metrics: QFontMetrics, width: int, most: int) -> list[str]:
    """Break a text into at most `most` lines; the last one ends in dots where there is more."""
    words, lines = text.split(), [""]
    for k, word in enumerate(words):
        longer = f"{lines[-1]} {word}".strip()
        if metrics.horizontalAdvance(longer) <= width or not lines[-1]:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            rest = " ".join([lines[-1], *words[k:]])
            return [*lines[:-1], metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)]
    return lines
