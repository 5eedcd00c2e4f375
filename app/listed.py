"""A list of declarations in a field: add one of those registered, change its numbers, take it out again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.context import Context
from app.forms import Form
from app.offers import info_at, value_at
from app.theme import theme
from app.widgets.base import Label, discard
from app.widgets.buttons import Button, IconButton
from app.widgets.popup import Option, popup
from engine import paths
from engine.adapt import adapt
from engine.experiment import Experiment
from engine.registry import Entry, Kind, Registry


class Listed(QWidget):
    """The list at a path, one block for each entry, and a button that adds another; `only` those of some kinds."""

    def __init__(
        self, context: Context, path: str, title: str = "", only: Callable[[type[Kind]], bool] = lambda _kind: True
    ) -> None:
        super().__init__()
        self._only = only
        self._context, self._session, self.path = context, context.session, path
        info = info_at(context.session.experiment, path)
        assert info is not None
        assert info.kinds, f"{path} is no list of declarations"
        self._registry: Registry[Any] = info.kinds[0].registry  # type: ignore[attr-defined] # every kind has one
        self._kinds: tuple[type, ...] | None = None
        self.add = Button("Add …", "link", "plus", info.help, "small")
        self.add.setAccessibleName(f"Add to {title or info.title}")
        self.add.clicked.connect(self._offer)
        head = QHBoxLayout()
        head.addWidget(Label(title or info.title, "small", 600))
        head.addStretch(1)
        head.addWidget(self.add)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme().px(8))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(4))
        column.addLayout(head)
        column.addLayout(self._rows)
        context.session.experiment_changed.connect(self._changed)
        self._changed(None, context.session.experiment)

    def _value(self) -> tuple[Kind, ...]:
        return tuple(value_at(self._session.experiment, self.path) or ())

    def _changed(self, _old: Experiment | None, _new: Experiment) -> None:
        kinds = tuple(type(x) for x in self._value())
        if kinds == self._kinds:
            return
        self._kinds = kinds
        while self._rows.count():
            item = self._rows.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                discard(widget)
        for k, value in enumerate(self._value()):
            if self._only(type(value)):
                self._rows.addWidget(self._row(k, value))

    def _row(self, k: int, value: Kind) -> QWidget:
        entry = self._registry[value.key]
        row = QWidget()
        row.setAccessibleName(entry.title)
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(4))
        line = QHBoxLayout()
        name = Label(entry.title)
        name.setToolTip(entry.help)
        out = IconButton("close", f"Take out {entry.title.lower()}", side=24, glyph=14)
        out.clicked.connect(lambda: self._take_out(k))
        line.addWidget(name, 1)
        line.addWidget(out)
        column.addLayout(line)
        column.addWidget(Form(self._context, f"{self.path}.{k}"))
        return row

    def _offer(self) -> None:
        options = [Option(e.key, e.title, e.help) for e in self._registry if self._only(e.kind) and self._stays(e)]
        popup(self.add, self.add.rect(), options, self.put)

    def _stays(self, entry: Entry[Any]) -> bool:
        """Whether one more of this kind would stay when the experiment is fitted together around it."""
        wanted = (*self._value(), entry.kind())
        fitted, _ = adapt(paths.assign(self._session.experiment, self.path, wanted))
        return bool(value_at(fitted, self.path) == wanted)

    def put(self, key: str) -> None:
        """Add one more of this kind, as one undo step."""
        entry = self._registry[key]
        self._session.edit(f"Add {entry.title.lower()}", self.path, (*self._value(), entry.kind()))

    def _take_out(self, k: int) -> None:
        value = self._value()
        title = self._registry[value[k].key].title.lower()
        self._session.edit(f"Take out {title}", self.path, (*value[:k], *value[k + 1 :]))
