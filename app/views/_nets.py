"""The page of ready networks: those to be trained here, and those that made history, each with its table of layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final, NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from app.context import Context
from app.messages import refused
from app.numbers import count, exact
from app.theme import theme
from app.widgets.base import Label, Themed
from app.widgets.buttons import Button
from engine.architectures import ARCHITECTURES, Row
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.layers import Layer
from engine.nets import Net, rows, take

COLUMNS: Final = ("layer", "what it is", "makes", "parameters", "multiplications")
KEY: Final = Qt.ItemDataRole.UserRole
SPREAD: Final = ("stride", "groups")
"""Settings that are told where they are more than 1."""


class Shown(NamedTuple):
    """What the page shows of a network."""

    title: str
    source: str
    about: str
    rows: tuple[Row, ...]
    why_not: str = ""
    """Why it can't be made for the data, in a sentence."""


def shown(experiment: Experiment, key: str) -> Shown:
    """A network by its key: a ready one as it is for the data, or one to be read."""
    if key in ARCHITECTURES:
        known = ARCHITECTURES[key]
        return Shown(known.title, known.source, known.about, _read(key))
    entry = Net.registry[key]
    about = " ".join(entry.documentation.split())
    try:
        return Shown(entry.title, entry.kind.source, about, rows(entry.kind(), experiment))
    except LearnscopeError as error:
        return Shown(entry.title, entry.kind.source, about, (), refused(error).sentence)


@cache
def _read(key: str) -> tuple[Row, ...]:
    return ARCHITECTURES[key].rows


def described(layer: Layer) -> str:
    """A layer by its kind and its settings: Convolution 11 × 11, stride 4."""
    more = (f", {name} {value}" for name in SPREAD if (value := getattr(layer, name, 0)) > 1)
    return f"{Layer.registry.title(layer)} {layer.setting}".strip() + "".join(more)


class NetsPage(Themed):
    """A list of networks and the table of the chosen one; `close` is called when it was taken."""

    def __init__(self, context: Context, close: Callable[[], None]) -> None:
        super().__init__()
        self._session, self._close = context.session, close
        self.list = NetList()
        self.name, self.source = Label("", "large", 600), Label("", "small", 400, "muted")
        self.about = Label().wrapped()
        self.why_not = Label("", "normal", 400, "danger").wrapped()
        self.table = LayerTable()
        self.total = Label("", "normal", 500)
        self.take = Button("Take this network", "primary", hint="In place of the network of the experiment")
        self.take.clicked.connect(self._take)
        self._lay_out()
        self.restyle()
        self.list.currentItemChanged.connect(lambda _new, _old: self._show())
        self.list.itemActivated.connect(lambda _item: self._take())
        self.setFocusProxy(self.list)
        self.list.setCurrentRow(1)

    def _lay_out(self) -> None:
        foot, right = QHBoxLayout(), QVBoxLayout()
        foot.addWidget(self.total, 1)
        foot.addWidget(self.take)
        for widget in (self.name, self.source, self.about, self.why_not):
            right.addWidget(widget)
        right.addWidget(self.table, 1)
        right.addLayout(foot)
        right.setSpacing(theme().px(8))
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(theme().px(24))
        whole.addWidget(self.list)
        whole.addLayout(right, 1)

    def restyle(self) -> None:
        self.list.restyle()
        self.table.restyle()

    @property
    def key(self) -> str:
        """The key of the chosen network."""
        item = self.list.currentItem()
        return str(item.data(KEY)) if item is not None else ""

    def _show(self) -> None:
        found, ready = shown(self._session.experiment, self.key), self.key in Net.registry
        self.name.setText(found.title)
        self.source.setText(found.source)
        self.about.setText(found.about)
        self.why_not.setText(found.why_not)
        self.why_not.setVisible(bool(found.why_not))
        self.table.setVisible(not found.why_not)
        self.table.setAccessibleName(f"Layers of {found.title}")
        self.table.show_rows(found.rows)
        numbers, products = sum(r.parameters for r in found.rows), sum(r.multiplications for r in found.rows)
        told = (count(len(found.rows), "layer"), f"{exact(numbers)} parameters", f"{exact(products)} multiplications")
        self.total.setText(",  ".join(told) if found.rows else "")
        self.take.setVisible(ready)
        self.take.setEnabled(not found.why_not)

    def _take(self) -> None:
        """Put the network in place of that of the experiment, as one step; it starts from its first weights."""
        key = self.key
        if key not in Net.registry or not self.take.isEnabled():
            return
        if self._session.attempt(f"Take {Net.registry[key].title}", lambda e: take(e, key)):
            self._session.reset()
            self._close()


class NetList(QListWidget):
    """The networks under two headings, which can't be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Ready networks")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._put("to train here")
        for entry in Net.registry:
            self._put(entry.title, entry.key)
        self._put("to read")
        for key, known in ARCHITECTURES.items():
            self._put(known.title, key)

    def _put(self, text: str, key: str = "") -> None:
        item = QListWidgetItem(text)
        item.setData(KEY, key)
        if not key:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.addItem(item)

    def restyle(self) -> None:
        """Follow the theme."""
        look = theme()
        self.setFixedWidth(look.px(208))
        for k in range(self.count()):
            item = self.item(k)
            heading = not item.data(KEY)
            item.setFont(look.font("small" if heading else "normal"))
            item.setForeground(look.palette.colour("muted" if heading else "text"))
            item.setSizeHint(QSize(0, look.px(28)))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Home goes to the first network, behind its heading."""
        if event.key() == Qt.Key.Key_Home:
            self.setCurrentRow(1)
            self.scrollToTop()
        else:
            super().keyPressEvent(event)


class LayerTable(QTableWidget):
    """The layers, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self.setColumnCount(len(COLUMNS))
        for k, name in enumerate(COLUMNS):
            heading = QTableWidgetItem(name)
            heading.setTextAlignment(_side(k))
            self.setHorizontalHeaderItem(k, heading)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        kept = self.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # so that nothing moves where there is no table
        self.setSizePolicy(kept)
        self.verticalHeader().hide()
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def restyle(self) -> None:
        """Follow the size of text."""
        self.verticalHeader().setDefaultSectionSize(theme().px(26))

    def show_rows(self, found: Sequence[Row]) -> None:
        """Show the layers of another network."""
        self.clearSelection()
        self.setRowCount(len(found))
        for k, row in enumerate(found):
            numbers = (exact(n) if n else "–" for n in (row.parameters, row.multiplications))
            texts = (row.layer.id, described(row.layer), " × ".join(map(str, row.shape)), *numbers)
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setTextAlignment(_side(column))
                self.setItem(k, column, item)
        self.scrollToTop()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Give what is left to the kinds of layers."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.resizeColumnsToContents()
        others = sum(self.columnWidth(k) for k in range(len(COLUMNS)) if k != 1)
        self.setColumnWidth(1, max(self.columnWidth(1), self.viewport().width() - others))


def _side(column: int) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignLeft if column < 2 else Qt.AlignmentFlag.AlignRight)
