"""The numbers of one point of a study, and the way to make it the experiment."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.numbers import count, exact, human
from app.theme import theme
from app.views._study_lines import PARTS, What
from app.widgets.base import Label
from app.widgets.buttons import Button
from engine.study import MEASURES, ROLES, Point, Spread, Study, best, pooled

SCORES: Final = tuple((f"{r} {m}", r, m) for m in MEASURES for r in ROLES)
NAMES: Final = ("bias²", "variance", "noise", "sum")
FORMULA: Final = (
    "For a new sample the mean of (answer − truth)² is bias² + variance + noise (Geman, Bienenstock, Doursat 1992). "
    "A loss may count half of the square."
)
HINT: Final = "Point at a mark to see its numbers; a click keeps it."


class Numbers(QWidget):
    """A title, a row for each number with its deviation, and a button."""

    def __init__(self) -> None:
        super().__init__()
        self.hint = Label(HINT, "normal", 400, "muted").wrapped()
        self.title = Label("", "normal", 600).wrapped()
        self.best = Label("", "small", 400, "muted").wrapped()
        self.formula = Label(FORMULA, "small", 400, "muted").wrapped()
        self.make = Button("Make this the experiment", "plain", hint="One step that can be undone")
        self.rows: dict[str, tuple[Label, Label]] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme().px(16))
        grid.setVerticalSpacing(theme().px(3))
        grid.setColumnStretch(1, 1)
        for k, name in enumerate((*(name for name, _, _ in SCORES), *NAMES)):
            pair = (Label(name, "normal", 400, "muted"), Label("", "normal", 500))
            self.rows[name] = pair
            grid.addWidget(pair[0], k, 0)
            grid.addWidget(pair[1], k, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(6))
        column.addWidget(self.best)
        column.addWidget(self.hint)
        column.addWidget(self.title)
        column.addLayout(grid)
        column.addWidget(self.formula)
        column.addWidget(self.make, 0, Qt.AlignmentFlag.AlignLeft)

    def show_points(self, study: Study, points: tuple[Point, ...]) -> None:
        """Say where the test loss is lowest; of points that are draws of one number, what it is."""
        self.hint.setVisible(bool(points))
        text = _over_all(points) if study.pooled else _lowest(study, points)
        self.best.setText(text)
        self.best.setVisible(bool(text))

    def show_point(self, study: Study, point: Point | None, what: What, makes: bool) -> None:
        """Show the numbers of a point: its errors or their parts; `makes` tells whether it can be the experiment."""
        self.make.setVisible(makes)
        scored = point if what != PARTS else None
        for name, role, measure in SCORES:
            self._show(name, None if scored is None else scored.scores.get((role, measure)))
        parts = point.parts if point is not None and what == PARTS else None
        values = (None,) * len(NAMES) if parts is None else (*parts, parts.total)
        self.rows["bias²"][0].setText("bias² + noise" if parts is not None and parts.noise is None else "bias²")
        for name, value in zip(NAMES, values, strict=True):
            self._show(name, None if value is None else Spread(value))
        self.formula.setVisible(parts is not None)
        self.title.setVisible(point is not None)
        if point is None:
            return
        self.hint.hide()
        lost = f", of which {point.diverged} diverged" if point.diverged else ""
        place = place_of(study, point.value)
        self.title.setText(f"{place[:1].upper()}{place[1:]}: {count(point.runs, 'network')}{lost}")

    def _show(self, name: str, found: Spread | None) -> None:
        for label in self.rows[name]:
            label.setVisible(found is not None)
        if found is not None:
            self.rows[name][1].setText(_text(found))


def _lowest(study: Study, points: tuple[Point, ...]) -> str:
    found = best(points, "loss") if len(points) > 1 else None
    return f"The test loss is lowest at {place_of(study, found.value)}." if found else ""


def _over_all(points: tuple[Point, ...]) -> str:
    found = pooled(points)
    told = [f"{name} {_text(found[role, measure])}" for name, role, measure in SCORES if (role, measure) in found]
    return f"Over all: {', '.join(told)}." if len(points) > 1 and told else ""


def _text(found: Spread) -> str:
    off = "" if found.deviation is None else f" ± {human(found.deviation)}"
    return f"{human(found.mean)}{off}"


def place_of(study: Study, value: float) -> str:
    """A place on the axis in words, such as “a width of 4”."""
    return study.place.format(exact(value))
