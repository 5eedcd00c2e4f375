"""The report of a gradient check: whether backpropagation agrees with differences of the loss, and where least."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app import names
from app.numbers import count, exact, human
from app.selection import Target
from app.theme import SPACE
from app.widgets.base import Label
from app.widgets.buttons import Button
from engine.experiment import Experiment
from engine.gradcheck import CLOSE, Difference, NetworkCheck
from engine.records import BETWEEN


class GradientReport(QWidget):
    """A sentence, the two errors, and the worst parameter with both its slopes; `asked` for how that is calculated."""

    asked = Signal(object)

    def __init__(self, found: NetworkCheck, experiment: Experiment) -> None:
        super().__init__()
        self.verdict = Label(verdict(found), "large", 600, "text" if found.passed else "danger").wrapped()
        self.explained = Label(explained(found), "normal", 400, "muted").wrapped()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addWidget(self.verdict)
        column.addWidget(self.explained)
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[4])
        grid.setVerticalSpacing(SPACE[1])
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(facts(found, experiment)):
            grid.addWidget(Label(name, "normal", 400, "muted"), row, 0)
            shown = Label(value, "normal", 500)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(shown, row, 1)
        column.addLayout(grid)
        self.how = Button("How is this slope calculated?", "link", size="small")
        self.how.clicked.connect(lambda: self.asked.emit(target(found.worst)))
        column.addWidget(self.how, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    def texts(self) -> list[str]:
        """All that is said, for those who listen."""
        return [label.text() for label in self.findChildren(QLabel)]


def verdict(found: NetworkCheck) -> str:
    """Whether it holds."""
    return "✓ The gradients are right." if found.passed else "✗ The gradients differ from what the loss does."


def explained(found: NetworkCheck) -> str:
    """What was compared with what."""
    some = "all" if found.checked == found.total else human(found.checked)
    samples = count(found.samples, "training sample")
    return (
        f"Backpropagation was compared with differences of the loss, in float64, on {samples}: "
        f"along a random direction, and for {some} of {count(found.total, 'parameter')} one by one. "
        f"An error up to {human(CLOSE)} is rounding; without penalty and regularisation."
    )


def facts(found: NetworkCheck, experiment: Experiment) -> list[tuple[str, str]]:
    """The numbers, each with its name."""
    worst = found.worst
    return [
        ("error along a random direction", human(found.projection)),
        ("worst parameter", place(worst, experiment)),
        ("its slope by backpropagation", exact(worst.analytic, 9)),
        ("its slope by a difference", exact(worst.numeric, 9)),
        ("error", human(worst.error)),
    ]


def target(worst: Difference) -> Target:
    """The parameter as people select it."""
    layer, _, parameter = worst.name.partition(".")
    *sources, unit = worst.labels
    return Target(layer, unit, BETWEEN.join(sources if parameter == "weight" and sources else (parameter, *sources)))


def place(worst: Difference, experiment: Experiment) -> str:
    """Which parameter it is, in the words of the window."""
    layer, _, parameter = worst.name.partition(".")
    *sources, unit = worst.labels
    text = names.target(experiment, Target(layer, unit))
    if parameter == "weight" and sources:
        return f"{text}, weight from {BETWEEN.join(names.unit(experiment, s) for s in sources)}"
    return f"{text}, {BETWEEN.join([parameter, *(names.unit(experiment, s) for s in sources)])}"
