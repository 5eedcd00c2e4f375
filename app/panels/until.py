"""“Run until”: a popover with the four stop rules and what is kept, and a button that says which are set."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct
from PySide6.QtCore import Qt
from PySide6.QtGui import QDoubleValidator, QIntValidator
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLineEdit, QToolButton, QWidget

from app.context import Context
from app.numbers import human
from app.theme import SPACE, theme
from app.widgets.base import Label
from app.widgets.popover import Popover
from engine.experiment import classifies
from engine.machines.base import Until


class Rule(Struct, frozen=True):
    """One stop rule: its field, what people read before and after the number, its usual value, its highest."""

    field: str
    before: str
    after: str
    usual: float
    high: float
    whole: bool
    scale: float = 1.0


RULES: Final = (
    Rule("epoch", "epoch", "", 1000, 1e9, True),
    Rule("loss", "test loss below", "", 0.01, 1e9, False),
    Rule("accuracy", "test accuracy at least", "%", 99, 100, False, 0.01),
    Rule("plateau", "no better test loss for", "epochs", 300, 1e9, True),
)


def told(rules: Until) -> str:
    """What the rules say, in a word or two."""
    parts = []
    for rule in RULES:
        value = getattr(rules, rule.field)
        if value is not None:
            number = human(value / rule.scale)
            parts.append(f"{number} %" if rule.field == "accuracy" else f"{rule.field} {number}")
    return " or ".join(parts)


class Rules(QWidget):
    """The rules, each with a mark and a number; every change holds at once."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._session = context.session
        self._rows: list[tuple[Rule, QCheckBox, QLineEdit]] = []
        self.boxes: dict[str, QCheckBox] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE[1])
        grid.setVerticalSpacing(SPACE[1])
        grid.addWidget(Label("Run until …", "normal", 600), 0, 0, 1, 3)
        classes = classifies(context.session.experiment)
        for k, rule in enumerate(RULES, 1):
            # A value is neither right nor wrong; a rule that is set can always be seen.
            if rule.field == "accuracy" and not classes and self._session.rules.accuracy is None:
                continue
            mark, number = self._row(rule)
            grid.addWidget(mark, k, 0)
            grid.addWidget(number, k, 1)
            grid.addWidget(Label(rule.after), k, 2)
            self._rows.append((rule, mark, number))
            self.boxes[rule.field] = mark
        self.best = QCheckBox("then take back the best weights")
        self.best.setToolTip("Those with the lowest test loss since this rule was set; it can be undone.")
        self.best.setChecked(self._session.rules.keep_best)
        self.best.setEnabled(self.boxes["plateau"].isChecked())
        self.boxes["plateau"].toggled.connect(self.best.setEnabled)
        self.best.toggled.connect(lambda _on: self._apply())
        below = QHBoxLayout()
        below.addSpacing(theme().px(20))  # under the words of its rule
        below.addWidget(self.best)
        grid.addLayout(below, len(RULES) + 1, 0, 1, 3)
        note = Label("The run stops at the first that holds and says why.", "small", 400, "muted")
        grid.addWidget(note, len(RULES) + 2, 0, 1, 3)

    def _row(self, rule: Rule) -> tuple[QCheckBox, QLineEdit]:
        value: Any = getattr(self._session.rules, rule.field)
        mark = QCheckBox(rule.before)
        mark.setChecked(value is not None)
        number = QLineEdit(f"{rule.usual if value is None else value / rule.scale:.6g}")
        number.setFixedWidth(theme().px(72))
        number.setAlignment(Qt.AlignmentFlag.AlignRight)
        number.setAccessibleName(f"{rule.before} {rule.after}".strip())
        number.setEnabled(value is not None)
        number.setValidator(QIntValidator(1, int(rule.high)) if rule.whole else QDoubleValidator(0, rule.high, 9))
        mark.toggled.connect(number.setEnabled)
        mark.toggled.connect(lambda _on: self._apply())
        number.editingFinished.connect(self._apply)
        return mark, number

    def _apply(self) -> None:
        values: dict[str, Any] = {}
        for rule, mark, number in self._rows:
            if mark.isChecked():
                try:
                    value = float(number.text().replace(",", "."))
                except ValueError:
                    value = rule.usual
                values[rule.field] = int(value) if rule.whole else value * rule.scale
        rules = Until(**values, keep_best=self.best.isChecked())
        if rules != self._session.rules:
            self._session.set_rules(rules)


class UntilButton(QToolButton):
    """Opens the rules; names those that are set."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setObjectName("until")
        self.setAutoRaise(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("run until")
        self.setToolTip("Stop at an epoch, a loss, an accuracy or a plateau")
        self.clicked.connect(self._open)
        context.session.run_changed.connect(self._show)
        theme().changed.connect(self._style)
        self._style()
        self._show()

    def _show(self) -> None:
        rules = told(self._context.session.rules)
        self.setText("run until …" if not rules else "until any of …" if " or " in rules else f"until {rules}")
        self.setAccessibleDescription(rules or "no rule set")
        self._fit()

    def _fit(self) -> None:
        """As wide as its text, which changes only when the rules do; usually the same."""
        self.setFixedWidth(max(theme().px(118), self.fontMetrics().horizontalAdvance(self.text()) + theme().px(22)))

    def _open(self) -> None:
        popover = Popover(self)
        popover.body.addWidget(Rules(self._context))
        popover.open_under(self)

    def _style(self) -> None:
        palette = theme().palette
        self.setFont(theme().font("normal", 500))
        self._fit()
        self.setStyleSheet(
            f"QToolButton {{ border: 1px solid transparent; border-radius: {theme().px(6)}px; color: {palette.muted};"
            f" padding: {theme().px(4)}px {theme().px(8)}px; background: transparent; }}"
            f"QToolButton:hover {{ background: {palette.field}; color: {palette.text}; }}"
            f"QToolButton:focus {{ border-color: {palette.accent}; }}"
        )
