"""A table that is read: no grid, lines as high as the letters need, columns of a width that is set."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QAbstractItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.theme import theme

LINE: Final = 24
"""Height of a line in pixels at 100 %."""


class Table(QTableView):
    """Shows a model, called `name` by screen readers."""

    def __init__(self, rows: QAbstractItemModel, name: str) -> None:
        super().__init__()
        self.setModel(rows)
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def restyle(self) -> None:
        """Follow the size of text."""
        self.verticalHeader().setDefaultSectionSize(theme().px(LINE))
        self.fit()

    def fit(self) -> None:
        """Make every column as wide as what stands in it."""
        self.resizeColumnsToContents()
