"""The doctor's mark: quiet, in its place, only there when something is wrong; it opens the list of findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.doctor import Doctor
from app.numbers import count, human
from app.theme import SPACE, theme
from app.widgets.base import Label, discard
from app.widgets.buttons import Button, Kind
from app.widgets.popover import Popover
from engine.doctor import Finding, Remedy

WIDTH = 380
"""Of the text of a finding, in pixels at 100 %."""


class FindingCard(QWidget):
    """One finding: what is wrong, why that matters, its numbers, and what can be done about it."""

    shown = Signal()
    cured = Signal(object)  # Remedy
    later = Signal()
    never = Signal()

    def __init__(self, finding: Finding, ways: Sequence[Remedy]) -> None:
        super().__init__()
        self._ways = tuple(ways)
        self.setAccessibleName(finding.title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(SPACE[1]))
        for text, weight, colour in ((finding.sentence, 500, "text"), (finding.because, 400, "muted")):
            label = Label(text, "normal", weight, colour).wrapped()
            label.setFixedWidth(theme().px(WIDTH))
            column.addWidget(label)
        column.addLayout(self._facts(finding))
        column.addLayout(self._buttons(finding))
        column.addLayout(self._others())

    @staticmethod
    def _facts(finding: Finding) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme().px(SPACE[3]))
        grid.setVerticalSpacing(theme().px(2))
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(finding.facts):
            grid.addWidget(Label(name, "small", 400, "muted"), row, 0)
            grid.addWidget(Label(human(value), "small", 500), row, 1)
        return grid

    def _buttons(self, finding: Finding) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme().px(SPACE[2]))
        row.setContentsMargins(0, theme().px(SPACE[0]), 0, 0)
        if self._ways:
            row.addWidget(self._button(self._ways[0], "primary"))
        if finding.record:
            show = Button("Show", "plain", hint="Open the view that shows it", size="small")
            show.clicked.connect(self.shown)
            row.addWidget(show)
        row.addStretch(1)
        later = Button("Not now", "link", hint="Until it has gone and come again", size="small")
        never = Button("Never tell me", "link", hint="The Help menu has it told again", size="small")
        later.clicked.connect(self.later)
        never.clicked.connect(self.never)
        row.addWidget(later)
        row.addWidget(never)
        return row

    def _others(self) -> QVBoxLayout:
        """What may be done instead, in small letters below each other."""
        column = QVBoxLayout()
        column.setSpacing(0)
        if len(self._ways) > 1:
            column.addWidget(Label("or", "small", 400, "muted"))
        for way in self._ways[1:]:
            column.addWidget(self._button(way, "link"), 0, Qt.AlignmentFlag.AlignLeft)
        return column

    def _button(self, way: Remedy, look: Kind) -> Button:
        hint = "One step: Ctrl+Z takes it back"
        if way.patience:
            hint = f"The run ends after {way.patience} epochs without a better result; “run until” has the rule"
        made = Button(way.title, look, hint=hint, size="small")
        made.clicked.connect(lambda: self.cured.emit(way))
        return made


class DoctorMark(Button):
    """An icon and the number of findings, hidden while there are none; its place stays free."""

    show_wanted = Signal(object)  # Finding

    def __init__(self, doctor: Doctor) -> None:
        super().__init__("", "ghost", "doctor")
        self._doctor = doctor
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self._popover: Popover | None = None
        self.clicked.connect(self.open)
        doctor.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        findings = self._doctor.findings
        self.setText(str(len(findings)) if findings else "0")
        self.setAccessibleName(f"Doctor: {count(len(findings), 'finding')}")
        self.setAccessibleDescription(" ".join(f.sentence for f in findings))
        self.setToolTip("\n".join(f.title for f in findings) + "\nWhat is wrong, and what helps (H)")
        self.setVisible(bool(findings))
        self.updateGeometry()
        self.update()

    def _colours(self) -> tuple[QColor | None, QColor]:
        """In the accent colour: it is seen, but does not call."""
        return super()._colours()[0], theme().palette.colour("accent")

    def open(self) -> None:
        """Open the list of findings, if there are any."""
        if not self._doctor.findings:
            return
        self._popover = Popover(self)
        self._popover.setAccessibleName("What is wrong")
        self._popover.body.setSpacing(theme().px(SPACE[4]))
        for finding in self._doctor.findings:
            self._popover.body.addWidget(self._card(finding))
        self._popover.open_under(self)

    def _card(self, finding: Finding) -> FindingCard:
        card = FindingCard(finding, self._doctor.remedies(finding))
        card.cured.connect(lambda way: self._end(finding, lambda ill: self._doctor.cure(ill, way)))
        card.shown.connect(partial(self._end, finding, self.show_wanted.emit))
        card.later.connect(partial(self._dismiss, card, finding, self._doctor.put_off))
        card.never.connect(partial(self._dismiss, card, finding, self._doctor.silence))
        return card

    def _end(self, finding: Finding, act: Callable[[Finding], None]) -> None:
        """Close the list first: what is done next may be asked about in it no more."""
        self._close()
        act(finding)

    def _dismiss(self, card: FindingCard, finding: Finding, dismiss: Callable[[str], None]) -> None:
        dismiss(finding.key)
        discard(card)
        if self._popover is not None and not self._popover.findChildren(FindingCard):
            self._close()

    def _close(self) -> None:
        popover, self._popover = self._popover, None
        if popover is not None:
            popover.close()
