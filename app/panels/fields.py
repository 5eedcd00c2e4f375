"""The page of the inspector that shows declared fields: of a layer, or of the whole network."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.context import Context
from app.forms import Field
from app.panels.facts import Facts
from app.panels.heading import Heading
from app.panels.reads import Reads
from app.theme import theme
from app.widgets.base import discard
from app.widgets.sideways import Sideways


class FieldsPage(QWidget):
    """A heading with fields beside it and facts below.

    Where the fields have no room beside the heading they stand below it, and the facts give way: every value stays
    readable. Fields that are `spare`, since the line of settings has them too, give way to the facts instead.
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._paths: tuple[str, ...] = ()
        self._spare = False
        self.fields: list[Field] = []
        self.heading = Heading()
        self.facts = Facts()
        self.reads = Reads(context)
        self.line = Sideways()
        self.line.add(self.reads)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(4))
        self._above = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._above.addWidget(self.heading, 1, Qt.AlignmentFlag.AlignTop)
        self._above.addWidget(self.line, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(self._above)
        column.addStretch(1)
        column.addWidget(self.facts)
        self._arrange()

    def show_fields(self, paths: tuple[str, ...], spare: bool = False) -> None:
        """Show the fields at these paths, each with its title above; one that stays keeps the focus."""
        self._spare = spare
        if paths != self._paths:
            self._paths = paths
            before = {field.path: field for field in self.fields}
            self.fields = [before.get(path) or Field(self._context, path, compact=True) for path in paths]
            for path in before.keys() - set(paths):
                discard(before[path])
            for made in self.fields:
                self.line.add(made)
        self._arrange()

    def focus_first(self) -> None:
        """Go to the first field."""
        for made in self.fields:
            if made.control is not None:
                made.control.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """A field that says more needs more room."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        look = theme()
        beside = self.heading.minimumSizeHint().width() + look.px(16) + self.line.sizeHint().width() <= self.width()
        below = not beside and not self._spare
        self.line.setVisible(beside or below)
        self.facts.setVisible(not below)
        self.heading.show_lines(1 if below else 2)
        self._above.setDirection(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)
        spacing = look.px(4) if below else look.px(16)
        if spacing != self._above.spacing():  # set again, it would ask for another layout, for ever
            self._above.setSpacing(spacing)
