"""Help inside the window: the sheet of keys, made from the table of actions, and what this program is."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import metadata
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.actions import Actions, Entry, key_text
from app.theme import SPACE, theme

GESTURES: Final = (
    ("Walk along the connections", "Arrows"),
    ("Next weight of a neuron, or connection of a layer", "Ctrl+Down"),
    ("Let a layer read another", "Drag its handle, or Alt-drag its header"),
    ("Choose the kind of a new layer", "Right-click between layers"),
    ("Move a layer or a neuron", "Drag its header or picture"),
    ("Remove what is selected, or disconnect it", "Delete"),
)
"""What hands do in the network diagram."""


class Cap(QWidget):
    """Keys as they stand on a keyboard."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The text and its border."""
        metrics = QFontMetrics(theme().font("small", 500))
        return QSize(metrics.horizontalAdvance(self._text) + theme().px(14), metrics.height() + theme().px(6))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the cap."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme().palette.colour("line"), 1))
            painter.setBrush(theme().palette.colour("field"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
            painter.setFont(theme().font("small", 500))
            painter.setPen(theme().palette.colour("text"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)


def keyed(actions: Actions) -> dict[str, list[Entry]]:
    """The entries that have keys, by their menu; the nine classes are one line."""
    found: dict[str, list[Entry]] = {}
    for entry in actions:
        if entry.keys and not (entry.id.startswith("data.class-") and entry.id != "data.class-1"):
            found.setdefault(entry.menu.split("/")[0], []).append(entry)
    return found


class Sheet(QScrollArea):
    """All keys on one sheet, in columns."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)


def cheat_sheet(actions: Actions) -> Sheet:
    """All keys on one sheet, in columns."""
    sheet = QWidget()
    row = QHBoxLayout(sheet)
    row.setContentsMargins(0, 0, SPACE[2], 0)
    row.setSpacing(SPACE[4] + SPACE[1])
    columns = (QVBoxLayout(), QVBoxLayout())
    heights = [0, 0]
    sections = {menu: _lines(entries) for menu, entries in keyed(actions).items()} | {"In the diagram": GESTURES}
    for heading, lines in sections.items():
        shorter = heights.index(min(heights))
        columns[shorter].addWidget(_section(heading, lines))
        heights[shorter] += len(lines) + 2
    for column in columns:
        column.setSpacing(SPACE[3])
        column.addStretch(1)
        row.addLayout(column, 1)
    return Sheet(sheet)


def _lines(entries: Sequence[Entry]) -> tuple[tuple[str, str], ...]:
    brush = ("Class of the brush", "1 – 9")
    return tuple(brush if e.id == "data.class-1" else (e.text, key_text(e)) for e in entries)


def _section(heading: str, rows: Sequence[tuple[str, str]]) -> QWidget:
    """What can be done, and how, below a heading."""
    section = QWidget()
    grid = QGridLayout(section)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(SPACE[0])
    title = QLabel(heading)
    title.setFont(theme().font("normal", 600))
    grid.addWidget(title, 0, 0, 1, 2)
    for k, (text, keys) in enumerate(rows, 1):
        label = QLabel(text)
        label.setFont(theme().font("normal"))
        label.setStyleSheet(f"color: {theme().palette.muted};")
        grid.addWidget(label, k, 0)
        grid.addWidget(Cap(keys), k, 1, Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(0, 1)
    return section


def about() -> QWidget:
    """What this is, its version and its licence."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACE[1])
    lines = (
        "A playground for neural networks: draw data, assemble a network, watch it learn.",
        f"Version {_version('learnscope')}, MIT licence. Typeface Inter, SIL Open Font Licence 1.1.",
        f"Python {platform.python_version()}, PySide6 {_version('PySide6-Essentials')}, NumPy {_version('numpy')}, "
        f"Numba {_version('numba')}.",
        "The six data sets after TensorFlow Playground follow its published formulas.",
    )
    for k, line in enumerate(lines):
        label = QLabel(line)
        label.setWordWrap(True)
        label.setFont(theme().font("normal"))
        label.setStyleSheet(f"color: {theme().palette.text if k == 0 else theme().palette.muted};")
        column.addWidget(label)
    column.addStretch(1)
    return page


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "of the source folder"
