"""The table of a race: who races at which rate, how low they are, and when they reached a level."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.numbers import exact, human
from app.theme import theme
from app.views._race_picture import Swatch
from app.widgets.base import Label, discard
from app.widgets.buttons import Button, IconButton
from app.widgets.choice import ChoiceBox
from app.widgets.popup import Option, popup
from engine.fields import describe
from engine.optimisers import Optimiser
from engine.race import Race

MOST: Final = 6
"""Racers: as many as there are strokes."""
LEVEL: Final = 0.01
"""The level a racer is to reach, as a share of the way from the start down to the lowest loss."""
COLUMNS: Final = ("", "optimiser", "rate", "loss", "steps to 1 %", "")
REACH: Final = "steps until the loss is at 1 % of the way between the lowest one known and that of the start"


def racers_of(text: str) -> tuple[Optimiser, ...]:
    """Optimisers with their rates from what was remembered; what is not known is left out."""
    found = []
    for word in text.split():
        key, _, rate = word.partition(":")
        if key in Optimiser.registry:
            kind = Optimiser.registry[key].kind
            try:
                found.append(kind(rate=min(max(float(rate), 1e-6), 100.0)))
            except ValueError:
                found.append(kind())
    return tuple(found[:MOST])


class Table(QWidget):
    """The racers, one above the other, and a button that adds another; `changed` when others are to race."""

    changed = Signal()

    def __init__(self, racers: tuple[Optimiser, ...]) -> None:
        super().__init__()
        self.racers = racers
        self.told: list[tuple[Label, Label]] = []
        self.add = Button("Add …", "link", "plus", "Add an optimiser", "small")
        self.add.clicked.connect(self._offer)
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(theme().px(12))
        self._rows.setVerticalSpacing(theme().px(6))
        self._rows.setColumnStretch(1, 1)
        self._rows.setColumnMinimumWidth(3, theme().px(66))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(8))
        column.addLayout(self._rows)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        self._show_racers()

    def set_racers(self, racers: tuple[Optimiser, ...]) -> None:
        """Let others race."""
        self.racers = racers[:MOST]
        self._show_racers()
        self.changed.emit()

    def put(self, key: str) -> None:
        """Let one more optimiser race."""
        self.set_racers((*self.racers, Optimiser.registry[key].kind()))

    def _offer(self) -> None:
        options = [Option(e.key, e.title, e.help) for e in Optimiser.registry]
        popup(self.add, self.add.rect(), options, self.put)

    def _show_racers(self) -> None:
        while self._rows.count():
            item = self._rows.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                discard(widget)
        for column, name in enumerate(COLUMNS):
            heading = Label(name, "small", 400, "muted")
            heading.setToolTip(REACH if "1 %" in name else "")
            self._rows.addWidget(heading, 0, column)
        self.told = []
        self.add.setEnabled(len(self.racers) < MOST)
        for k, racer in enumerate(self.racers):
            title = Optimiser.registry.title(racer)
            rate = ChoiceBox(f"rate of {title}", lambda k=k: self._rates(k))  # type: ignore[misc] # k of this turn
            rate.show_choice(exact(racer.rate), exact(racer.rate))
            rate.setFixedWidth(theme().px(84))
            rate.chosen.connect(lambda text, k=k: self._set_rate(k, float(text)))
            out = IconButton("close", f"Take out {title}", side=24, glyph=14)
            out.clicked.connect(lambda _checked=False, k=k: self._take_out(k))
            out.setEnabled(len(self.racers) > 1)
            loss, reached = Label("–", "normal", 500), Label("–", "normal", 500)
            self.told.append((loss, reached))
            for column, widget in enumerate((Swatch(k), Label(title), rate, loss, reached, out)):
                self._rows.addWidget(widget, k + 1, column)

    def _rates(self, k: int) -> list[Option]:
        info = next(i for i in describe(type(self.racers[k])) if i.name == "rate")
        rates: list[Any] = sorted({*info.choices, self.racers[k].rate})
        return [Option(f"{r:g}", exact(r), chosen=r == self.racers[k].rate) for r in rates]

    def _set_rate(self, k: int, rate: float) -> None:
        self.set_racers((*self.racers[:k], replace(self.racers[k], rate=rate), *self.racers[k + 1 :]))

    def _take_out(self, k: int) -> None:
        self.set_racers((*self.racers[:k], *self.racers[k + 1 :]))

    def show_race(self, race: Race | None, step: int, lowest: float | None) -> str:
        """Show how far they had come at a step, and say it; `lowest` is the lowest loss there is, where it is known."""
        tracks = race.tracks if race is not None else ()
        if race is None or len(tracks) != len(self.told):
            for loss, reached in self.told:
                loss.setText("–")
                reached.setText("–")
            return ""
        base = race.floor if lowest is None else lowest
        for (loss, reached), track in zip(self.told, tracks, strict=True):
            now = min(step, len(track.losses) - 1)
            lost = track.out and step >= len(track.losses)
            loss.setText("diverged" if lost else human(float(track.losses[now])))
            level = base + LEVEL * (float(track.losses[0]) - base)
            first = next((n for n, value in enumerate(track.losses[: now + 1].tolist()) if value <= level), None)
            reached.setText("–" if first is None else human(first))
        titles = (Optimiser.registry.title(track.optimiser) for track in tracks)
        return ", ".join(f"{title} {loss.text()}" for title, (loss, _) in zip(titles, self.told, strict=True))
