"""The choices of a table to import: its separator and header, what is learned from what, and the first rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.numbers import count
from app.panels.columns import ColumnList, PreviewTable
from app.theme import theme
from app.widgets.choice import ChoiceBox, choice_of_words
from app.widgets.flow import FlowLayout
from app.widgets.popup import Option
from engine.datasets import Dataset, importing
from engine.datasets.importing import Preview
from engine.datasets.importing.preview import LIKELY_CLASSES
from engine.experiment import Data

SEPARATORS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "spaces"}
HEADERS: Final = {"yes": "names", "no": "data"}
TASKS: Final = {"classification": "Classification", "regression": "Regression"}
SCALINGS: Final = {
    "none": "As it is",
    "standardise": "Mean 0, deviation 1",
    "range": "−1 to 1",
}


class TableChoices(QWidget):
    """What was found in a table and what is to be taken; `changed` comes with a choice, `again` asks to look again."""

    changed = Signal()
    again = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.preview: Preview | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(12))
        column.addWidget(self._settings())
        body = QHBoxLayout()
        body.setSpacing(theme().px(16))
        self.columns = ColumnList()
        self.columns.changed.connect(self.changed)
        body.addWidget(self.columns, 0)
        self.table = PreviewTable()
        body.addWidget(self.table, 1)
        column.addLayout(body, 1)
        self.changed.connect(self._mark)

    def _settings(self) -> QWidget:
        line = QWidget()
        flow = FlowLayout(line, theme().px(12), theme().px(8))
        flow.setContentsMargins(0, 0, 0, 0)
        self.separator = choice_of_words("separator", SEPARATORS, self.again.emit)
        self.header = choice_of_words("first row holds", HEADERS, self.again.emit)
        self.target = ChoiceBox("learn", self._targets, caption=True)
        self.target.setToolTip("The column that is learned from the others.")
        self.target.chosen.connect(self._choose_target)
        self.task = choice_of_words("task", TASKS, self.changed.emit)
        self.scaling = choice_of_words("scale features", SCALINGS, self.changed.emit)
        self.target_scaling = choice_of_words("scale target", SCALINGS, self.changed.emit)
        self.scaling.show_choice("standardise", SCALINGS["standardise"])
        self.target_scaling.show_choice("range", SCALINGS["range"])
        for box in (self.separator, self.header, self.target, self.task, self.scaling, self.target_scaling):
            flow.addWidget(box)
        return line

    def look(self) -> Callable[[], Preview]:
        """How to look at the same table again, as it is chosen here."""
        preview, header, separator = self.preview, self.header.key == "yes", self.separator.key
        assert preview is not None, "there is something to look at again"
        return lambda: importing.preview(preview.source, header, separator)

    def show_preview(self, preview: Preview) -> None:
        """Show what was found, and what is guessed."""
        self.preview = preview
        text = preview.format == "text"
        self.separator.setVisible(text)
        self.header.setVisible(text)
        self.separator.show_choice(preview.separator, SEPARATORS.get(preview.separator, preview.separator))
        key = "yes" if preview.header else "no"
        self.header.show_choice(key, HEADERS[key])
        self.columns.show_columns(preview, preview.target)
        self.target.show_choice(preview.target, preview.target)
        self.task.show_choice(preview.task, TASKS[preview.task])
        self.table.show_rows(preview, preview.target, preview.features)
        self._mark()

    def _targets(self) -> list[Option]:
        columns = self.preview.columns if self.preview is not None else ()
        split = self.preview.split if self.preview is not None else ""
        return [
            Option(c.name, c.name, f"{count(c.distinct, 'different value')}, {c.type}", c.name == self.target.key)
            for c in columns
            if c.name != split
        ]

    def _choose_target(self, name: str) -> None:
        if self.preview is None:
            return
        self.target.show_choice(name, name)
        column = next(c for c in self.preview.columns if c.name == name)
        few = column.type == "text" or (column.whole and column.distinct <= LIKELY_CLASSES)
        key = "classification" if few else "regression"
        self.task.show_choice(key, TASKS[key])
        self.columns.show_columns(self.preview, name)
        self.changed.emit()

    def _mark(self) -> None:
        self.target_scaling.setHidden(self.task.key != "regression")
        self.table.mark(self.target.key, self.columns.chosen())

    # -- for the page -------------------------------------------------------------------------------------------

    @property
    def facts(self) -> str:
        """Rows and columns."""
        if self.preview is None:
            return ""
        rows = count(self.preview.row_count, "row")
        rows = rows if self.preview.complete else f"about {rows}"
        return f"{rows} · {count(len(self.preview.columns), 'column')}"

    @property
    def ready(self) -> bool:
        """Whether anything is chosen to learn from."""
        return bool(self.columns.chosen())

    @property
    def summary(self) -> str:
        """What would be taken."""
        features = self.columns.chosen()
        what = "classes of" if self.task.key == "classification" else "value of"
        if not features:
            return "Choose at least one feature."
        return f"Learns the {what} “{self.target.key}” from {count(len(features), 'feature')}."

    def reading(self) -> Callable[[Any, Any], Dataset]:
        """How to read the whole table, with words about the progress and a way to stop."""
        preview = self.preview
        assert preview is not None, "there is something to read"
        wanted: dict[str, Any] = {
            "features": self.columns.chosen(),
            "target": self.target.key,
            "task": self.task.key,
            "scaling": self.scaling.key,
            "target_scaling": self.target_scaling.key,
        }
        return lambda progress, cancelled: importing.load(preview, **wanted, progress=progress, cancelled=cancelled)

    def taken(self, table: Dataset, data: Data) -> tuple[Data, str]:
        """The data with the table instead of what there is, and what there is to tell."""
        # A file may say itself which rows are for training.
        share = getattr(table, "marked", 0.0) or data.share
        return replace(data, source=table, features=table.columns, plane=(), held={}, share=share), ""

    @property
    def name(self) -> str:
        """What an experiment with it is called."""
        source = self.preview.source if self.preview is not None else ""
        return source.stem if isinstance(source, Path) else "Own data"
