"""The three columns: cards that can be resized, folded, remembered and put back."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QSplitter, QWidget

from app.settings import Settings
from app.theme import SPACE, theme

SHARES: Final = (0.15, 0.53, 0.32)
"""Of the window's width, at first: data, network, output."""

TOOLS: Final = 224
MOST: Final = 0.2
"""The width of three tools beside each other, at 100 %, and the share of the window it may take."""

NAMES: Final = ("data", "network", "output")


class Columns(QSplitter):
    """Data, network and output side by side."""

    def __init__(self, settings: Settings, columns: tuple[QWidget, QWidget, QWidget]) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._settings = settings
        self._first = columns[0]
        self._unfolded: dict[int, int] = {}
        self._placed = self._by_hand = False
        self.setChildrenCollapsible(True)
        self.setHandleWidth(SPACE[3])
        for k, column in enumerate(columns):
            self.addWidget(column)
            self.setStretchFactor(k, (0, 3, 2)[k])
            self.setCollapsible(k, k != 1)
        self.splitterMoved.connect(self._moved)
        theme().changed.connect(self._restyle)

    def place(self) -> None:
        """Take the remembered widths, or the first ones."""
        kept = QByteArray.fromBase64(self._settings.get("columns", "").encode())
        self._by_hand = bool(kept.size()) and self.restoreState(kept)
        if not self._by_hand:
            self.reset()
        self._placed = True

    def reset(self) -> None:
        """Put the first widths back."""
        self._by_hand = False
        width = max(self.width() - 2 * self.handleWidth(), 300)
        least = self._first.minimumSizeHint().width()
        # Three tools stand beside each other where that leaves the network its half.
        tools = min(theme().px(TOOLS), round(width * MOST))
        data = max(least, tools, min(theme().px(260), round(width * SHARES[0])))
        output = round(width * SHARES[2])
        self.setSizes([data, width - data - output, output])

    def remember(self) -> None:
        """Keep the widths for the next start."""
        if self._placed:
            kept = bytes(self.saveState().toBase64().data()).decode() if self._by_hand else ""
            self._settings.set("columns", kept)

    def _moved(self) -> None:
        self._by_hand = True

    def _restyle(self) -> None:
        """Larger letters need wider columns, unless somebody has chosen the widths."""
        if self._placed and not self._by_hand:
            self.reset()

    def folded(self, column: str) -> bool:
        """Whether a column is folded away."""
        return self.sizes()[NAMES.index(column)] == 0

    def fold(self, column: str) -> None:
        """Fold a column away, or open it again; the network takes or gives the room."""
        place, sizes, self._by_hand = NAMES.index(column), self.sizes(), True
        if sizes[place]:
            self._unfolded[place] = sizes[place]
            sizes[1], sizes[place] = sizes[1] + sizes[place], 0
        else:
            width = self._unfolded.get(place, round(sum(sizes) * SHARES[place]))
            sizes[1], sizes[place] = max(200, sizes[1] - width), width
        self.setSizes(sizes)
