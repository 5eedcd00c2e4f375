"""Which two columns of a table the plane shows, and where all others stand."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.context import Context
from app.forms import Hand
from app.theme import theme
from app.widgets.base import Label, discard
from app.widgets.choice import ChoiceBox
from app.widgets.popup import Option
from app.widgets.scale import Scale
from app.widgets.slider import Slider
from engine.datasets.base import Scale as Units
from engine.experiment import Experiment, plane

MOST: Final = 12
"""Sliders for held columns; those beyond stand at their mean."""


class PlaneColumns(QWidget):
    """Across and up, and a slider for each column that is in neither; hidden where the data has two columns or one."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._session = context, context.session
        self._built: object = None
        self.sliders: dict[str, _Held] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(8))
        self.across = ChoiceBox("across", lambda: self._options(0), caption=True)
        self.up = ChoiceBox("up", lambda: self._options(1), caption=True)
        for k, box in enumerate((self.across, self.up)):
            box.chosen.connect(lambda name, place=k: self._choose(place, name))
        pair = QHBoxLayout()
        pair.setSpacing(theme().px(8))
        pair.addWidget(self.across, 1)
        pair.addWidget(self.up, 1)
        column.addWidget(Label("Plane", weight=600))
        column.addLayout(pair)
        self._held = QVBoxLayout()
        self._held.setSpacing(theme().px(4))
        column.addLayout(self._held)
        self.rest = Label("", "small", 400, "muted").wrapped()
        column.addWidget(self.rest)
        context.session.experiment_changed.connect(self._changed)
        self._show(context.session.experiment)

    @property
    def wanted(self) -> bool:
        """Whether there is anything to choose."""
        return len(self._session.samples.columns) > 2

    def _options(self, place: int) -> list[Option]:
        now = plane(self._session.experiment.data)[place]
        return [Option(name, name, chosen=name == now) for name in self._session.samples.columns]

    def _choose(self, place: int, name: str) -> None:
        pair = list(plane(self._session.experiment.data))
        # The column that stood elsewhere changes places with the new one.
        if pair[1 - place] == name:
            pair[1 - place] = pair[place]
        pair[place] = name
        self._session.edit("Change plane", "data.plane", tuple(pair))

    def _changed(self, _old: Experiment, new: Experiment) -> None:
        self._show(new)

    def _show(self, experiment: Experiment) -> None:
        if not self.wanted:
            self._built = None
            self.hide()
            return
        pair = plane(experiment.data)
        key = (pair, self._session.samples.columns, experiment.data.features, id(self._session.samples))
        if key != self._built:
            self._built = key
            self._build(experiment, pair)
        for name, slider in self.sliders.items():
            slider.show_held(experiment.data.held.get(name))
        self.across.show_choice(pair[0], pair[0])
        self.up.show_choice(pair[1], pair[1])
        if self.parentWidget() is not None:
            self.show()

    def _build(self, experiment: Experiment, pair: tuple[str, str]) -> None:
        for slider in self.sliders.values():
            discard(slider)
        names = [c for c in self._session.samples.columns if c not in pair and c in experiment.data.features]
        self.sliders = {name: self._slider(name) for name in names[:MOST]}
        for made in self.sliders.values():
            self._held.addWidget(made)
        more = len(names) - MOST
        self.rest.setText(f"and {more} more columns at their means" if more > 0 else "")
        self.rest.setHidden(more <= 0)

    def _slider(self, name: str) -> _Held:
        samples = self._session.samples
        k = samples.columns.index(name)
        slider = _Held(name, samples.x[:, k], self._session.experiment.data.source.scales[k])
        hand = Hand(self._session, f"Move {name}")

        def moved(value: float) -> None:
            hand.edit("data.held", {**self._session.experiment.data.held, name: slider.units.scaled(value)})

        slider.moved.connect(moved)
        slider.released.connect(hand.let_go)
        slider.given_up.connect(hand.give_up)
        return slider


class _Held(Slider):
    """The slider of a column outside the plane, in the units of the data; it starts at the mean."""

    def __init__(self, title: str, values: NDArray[np.floating[Any]], units: Units) -> None:
        low, high, mean = (values.min(), values.max(), values.mean()) if len(values) else (-1.0, 1.0, 0.0)
        self.units, self._mean = units, float(mean)
        left, right = units.original(float(low)), units.original(float(high))
        super().__init__(title, Scale(left, right if right > left else left + 1.0), units.original(self._mean))
        self.setToolTip(f"Where “{title}” stands for the pictures; it changes nothing that is learned.")

    def show_held(self, scaled: float | None) -> None:
        """Show where the column stands, given as the network sees it; None is its mean."""
        self.show_value(self.units.original(self._mean if scaled is None else scaled))
