"""The table of a race: who races with which settings, how low they are, and when they reached a level."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.context import Context
from app.forms import form
from app.numbers import exact, human
from app.session import Session
from app.theme import theme
from app.views._race_picture import Swatch
from app.widgets.base import Label, discard
from app.widgets.buttons import Button, IconButton
from app.widgets.choice import ChoiceBox
from app.widgets.popover import Popover
from app.widgets.popup import Option, popup
from engine.adapt import adapt
from engine.arrays import ArrayReader
from engine.errors import LearnscopeError
from engine.experiment import convert
from engine.fields import describe
from engine.optimisers import AnyOptimiser, Optimiser
from engine.race import Race

MOST: Final = 6
"""Racers: as many as there are strokes."""
LEVEL: Final = 0.01
"""The level a racer is to reach, as a share of the way from the start down to the lowest loss."""
COLUMNS: Final = ("", "optimiser", "rate", "", "loss", "steps to 1 %", "")
REACH: Final = "steps until the loss is at 1 % of the way between the lowest one known and that of the start"


def racers_of(text: str) -> tuple[Optimiser, ...]:
    """Optimisers with their settings from what was remembered; what is not known is left out.

    Besides what `remembered` writes, short words are read: an optimiser and its rate, as in `sgd:0.03`.
    """
    try:
        trees = msgspec.json.decode(text)
    except msgspec.DecodeError:
        trees = [_tree(word) for word in text.split()]
    found = []
    for tree in trees if isinstance(trees, list) else []:
        with suppress(LearnscopeError):
            found.append(convert(tree, AnyOptimiser, ArrayReader(), ""))
    return tuple(found[:MOST])


def _tree(word: str) -> dict[str, Any]:
    key, _, rate = word.partition(":")
    try:
        return {"kind": key, "rate": min(max(float(rate), 1e-6), 100.0)}
    except ValueError:
        return {"kind": key}


def remembered(racers: tuple[Optimiser, ...]) -> str:
    """Racers with all their settings, as `racers_of` reads them."""
    return msgspec.json.encode(msgspec.to_builtins(racers)).decode()


def _bench(context: Context, racer: Optimiser, parent: QObject) -> Context:
    """A context in which nothing runs: an experiment with this optimiser, for the forms of the house to set it."""
    base = context.session.experiment
    training = replace(base.training, optimiser=racer, batch=0)
    return dataclasses.replace(context, session=Session(adapt(replace(base, training=training))[0], parent))


class Table(QWidget):
    """The racers, one above the other, and a button that adds another; `changed` when others are to race."""

    changed = Signal()

    def __init__(self, context: Context, racers: tuple[Optimiser, ...]) -> None:
        super().__init__()
        self._context = context
        self.racers = racers
        self.told: list[tuple[Label, Label]] = []
        self.add = Button("Add …", "link", "plus", "Add an optimiser", "small")
        self.add.clicked.connect(self._offer)
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(theme().px(12))
        self._rows.setVerticalSpacing(theme().px(6))
        self._rows.setColumnStretch(1, 1)
        self._rows.setColumnMinimumWidth(4, theme().px(66))
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
            more = IconButton("settings", f"Settings of {title}", side=24, glyph=14)
            more.clicked.connect(lambda _checked=False, k=k: self.open_settings(k))
            out = IconButton("close", f"Take out {title}", side=24, glyph=14)
            out.clicked.connect(lambda _checked=False, k=k: self._take_out(k))
            out.setEnabled(len(self.racers) > 1)
            loss, reached = Label("–", "normal", 500), Label("–", "normal", 500)
            self.told.append((loss, reached))
            for column, widget in enumerate((Swatch(k), Label(title), rate, more, loss, reached, out)):
                self._rows.addWidget(widget, k + 1, column)

    def open_settings(self, k: int) -> None:
        """Open the form of all that a racer declares; every change races anew."""
        box = Popover(self)
        box.setAccessibleName(f"Settings of {Optimiser.registry.title(self.racers[k])}")
        bench = _bench(self._context, self.racers[k], box)
        box.body.addWidget(Label(Optimiser.registry.title(self.racers[k]), "normal", 600))
        box.body.addWidget(form(bench, "training.optimiser"))
        bench.session.experiment_changed.connect(lambda _old, new: self._set_racer(k, new.training.optimiser))
        box.open_under(self.add)  # which stays, when the rows are made anew

    def _set_racer(self, k: int, racer: Optimiser) -> None:
        self.set_racers((*self.racers[:k], racer, *self.racers[k + 1 :]))

    def _rates(self, k: int) -> list[Option]:
        info = next(i for i in describe(type(self.racers[k])) if i.name == "rate")
        rates: list[Any] = sorted({*info.choices, self.racers[k].rate})
        return [Option(f"{r:g}", exact(r), chosen=r == self.racers[k].rate) for r in rates]

    def _set_rate(self, k: int, rate: float) -> None:
        self._set_racer(k, replace(self.racers[k], rate=rate))

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
