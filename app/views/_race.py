"""The page of the optimiser race: a surface, the racers, and the hands on the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.context import Context
from app.messages import refused
from app.numbers import human
from app.theme import theme
from app.views._race_picture import WAITING, Course, Losses
from app.views._race_table import Table, racers_of, remembered
from app.widgets.base import Label
from app.widgets.buttons import IconButton, log_switch
from app.widgets.choice import ChoiceBox
from app.widgets.popup import Option
from app.widgets.scale import Scale
from app.widgets.slider import Slider
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.machines.base import Progress, State
from engine.optimisers import Optimiser
from engine.race import SURFACES, Race, race_of, race_on

OWN: Final = "own"
LENGTHS: Final = ("100", "300", "1000", "3000")
USUAL: Final = "sgd:0.03 momentum:0.03 rmsprop:0.01 adam:0.1"
TICK: Final = 33
SECONDS: Final = 8
"""How long a whole race takes to watch."""


class RacePage(QWidget):
    """Several optimisers from one start; what is chosen is remembered."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._session, self._settings = context.session, context.settings
        kept = self._settings.get("race/surface", "ravine")
        self.surface = kept if kept in SURFACES or kept == OWN else "ravine"
        self.start = SURFACES[self.surface].start if self.surface != OWN else (0.0, 0.0)
        length = self._settings.get("race/steps", "300")
        self.length = length if length in LENGTHS else "300"
        self.race: Race | None = None
        self.step = 0
        self._on_the_way = self._again = self._closed = False
        self._ticket = 0
        self._clock = QTimer(self)
        self._clock.setInterval(TICK)
        self._clock.timeout.connect(self._tick)
        self._build()
        self._lay_out()
        self._session.start()
        self.run()

    def _build(self) -> None:
        self.course, self.losses = Course(), Losses()
        self.course.started.connect(self._begin_at)
        self.losses.gone.connect(self.go)
        self.surfaces = ChoiceBox("surface", self._surface_options)
        self.surfaces.chosen.connect(self.choose)
        self.lengths = ChoiceBox("steps", self._length_options)
        self.lengths.chosen.connect(self.choose_length)
        self.log = log_switch("heights by powers of ten", on=True)
        self.log.toggled.connect(self.course.show_log)
        self.back = IconButton("step-back", "One step back")
        self.back.clicked.connect(lambda: self.go(self.step - 1))
        self.play = IconButton("play", "Play", "Play (Space)", side=36, round_=True, strong=True)
        self.play.clicked.connect(self.toggle)
        self.forth = IconButton("step", "One step")
        self.forth.clicked.connect(lambda: self.go(self.step + 1))
        self.reset = IconButton("reset", "Back to the start")
        self.reset.clicked.connect(lambda: self.go(0))
        self.time = Slider("step", Scale(0, float(self.length), integer=True))
        self.time.moved.connect(lambda value: self.go(round(value)))
        self.table = Table(self._context, racers_of(self._settings.get("race/racers", USUAL)) or racers_of(USUAL))
        self.table.changed.connect(self._race_others)
        self.formula = Label("", "normal", 500)
        self.hard = Label("", "small", 400, "muted").wrapped()

    def _lay_out(self) -> None:
        gap = theme().px(8)
        head = QHBoxLayout()
        for widget in (self.surfaces, self.lengths, self.log):
            head.addWidget(widget)
        head.addStretch(1)
        clock = QHBoxLayout()
        for button in (self.reset, self.back, self.play, self.forth):
            clock.addWidget(button)
        clock.addSpacing(gap)
        clock.addWidget(self.time, 1)
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addLayout(head)
        left.addWidget(self.course, 1)
        left.addLayout(clock)
        right.addWidget(self.formula)
        right.addWidget(self.hard)
        right.addSpacing(gap)
        right.addWidget(self.table)
        right.addSpacing(gap)
        right.addWidget(self.losses, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(theme().px(24))
        whole.addLayout(left, 3)
        whole.addLayout(right, 2)
        for column in (left, right):
            column.setSpacing(gap)

    # -- what is raced ------------------------------------------------------------------------------------------

    def choose(self, surface: str) -> None:
        """Race on another surface, from its usual start."""
        self.surface = surface
        if surface != OWN:
            self.start = SURFACES[surface].start
        self.race = None
        self.course.show_race(None)
        self._ticket += 1  # what is on the way is of no use
        self._on_the_way = False
        self._settings.set("race/surface", surface)
        self.run()

    def choose_length(self, length: str) -> None:
        """Race another number of steps."""
        self.length = length
        self._settings.set("race/steps", length)
        self.run()

    def _begin_at(self, x: float, y: float, dropped: bool) -> None:
        self.start = (x, y)
        if dropped or not self._on_the_way:
            self.run()

    def _race_others(self) -> None:
        self._settings.set("race/racers", remembered(self.table.racers))
        self.run()

    def _surface_options(self) -> list[Option]:
        known = [Option(k, s.title, s.help, chosen=k == self.surface) for k, s in SURFACES.items()]
        return [*known, Option(OWN, "My network", "The loss of the present experiment", chosen=self.surface == OWN)]

    def _length_options(self) -> list[Option]:
        return [Option(k, f"{human(int(k))} steps", chosen=k == self.length) for k in LENGTHS]

    def _show_choices(self) -> None:
        surface = SURFACES.get(self.surface)
        self.surfaces.show_choice(self.surface, surface.title if surface else "My network")
        self.lengths.show_choice(self.length, f"{human(int(self.length))} steps")
        self.formula.setText(f"f(x, y) = {surface.formula}" if surface else "The loss of my network")
        self.hard.setText(
            f"{surface.help} Drag to start elsewhere."
            if surface
            else "From the present weights, on all samples at once (at most 512); the experiment stays as it is."
        )
        self.time.scale = Scale(0, float(self.length), integer=True)

    # -- running ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Race anew, in the job thread; while that is on its way, once more as soon as it is there."""
        self._show_choices()
        if self._on_the_way:
            self._again = True
            return
        self._on_the_way, self._again = True, False
        racers, steps, ticket = self.table.racers, int(self.length), self._ticket
        if self.surface == OWN:
            self._session.take_state(
                lambda e, s: self._run_own(e, s, racers, steps, ticket), lambda: self._failed(ticket)
            )
        else:
            surface, start = SURFACES[self.surface], self.start
            self._session.quietly(
                _told(lambda: race_on(surface, start, racers, steps)),
                lambda found: self._arrived(found, ticket),
                lambda: self._failed(ticket),
            )

    def _run_own(
        self, experiment: Experiment, state: State, racers: tuple[Optimiser, ...], steps: int, ticket: int
    ) -> None:
        if self._useless(ticket):
            return

        def job(progress: Progress, cancelled: Callable[[], bool]) -> Race | str:
            def given_up() -> bool:
                return cancelled() or self._useless(ticket)

            return _told(lambda: race_of(experiment, state.numbers, racers, steps, progress, given_up))()

        self._session.job(
            "Racing down the loss of the network",
            job,
            lambda found: self._arrived(found, ticket),
            lambda: self._failed(ticket),
        )

    def _useless(self, ticket: int) -> bool:
        """Whether nobody waits for a race any more: the page is closed, or shows another surface."""
        return self._closed or ticket != self._ticket

    def _arrived(self, found: Race | str, ticket: int) -> None:
        if self._useless(ticket):
            return
        self._on_the_way = False
        self.race = found if isinstance(found, Race) else None
        self.course.movable = self.surface != OWN
        self.course.show_race(self.race, found if isinstance(found, str) else WAITING)
        shares = self.race.shares if self.race else ()
        self.course.names = (
            (f"first component of the paths ({100 * shares[0]:.0f} %)", f"second component ({100 * shares[1]:.0f} %)")
            if shares
            else ("x", "y")
        )
        self.losses.show_race(self.race, int(self.length), self._base())
        self.go(self.step)
        if self._again:
            self.run()

    def _failed(self, ticket: int) -> None:
        self._arrived("There is no race: something went wrong.", ticket)

    def _base(self) -> float:
        """What losses are measured from: the lowest value of a known surface; of a network 0."""
        surface = SURFACES.get(self.surface)
        return float(surface.value(*surface.minima[0])) if surface is not None else 0.0

    # -- the clock ----------------------------------------------------------------------------------------------

    def go(self, step: int) -> None:
        """Show how far they had come at a step."""
        self.step = min(max(step, 0), int(self.length))
        self.course.show_step(self.step)
        self.losses.show_step(self.step)
        self.time.show_value(self.step)
        told = self.table.show_race(self.race, self.step, self._base() if self.surface in SURFACES else None)
        self.course.setAccessibleDescription(f"step {self.step}: {told}")
        if self.step == int(self.length):
            self._stand()

    def toggle(self) -> None:
        """Play or pause; at the end, play again."""
        if self._clock.isActive():
            self._stand()
            return
        if self.step == int(self.length):
            self.go(0)
        self._clock.start()
        self.play.set_icon("pause", "Pause", "Pause (Space)")

    def _stand(self) -> None:
        self._clock.stop()
        self.play.set_icon("play", "Play", "Play (Space)")

    def _tick(self) -> None:
        if self.race is not None:
            self.go(self.step + max(1, round(int(self.length) * TICK / 1000 / SECONDS)))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Space plays, comma and full stop are a step back and on."""
        if event.key() == Qt.Key.Key_Space:
            self.toggle()
        elif event.text() in (",", "."):
            self.go(self.step + (1 if event.text() == "." else -1))
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """The page was closed: what is on the way is for nobody."""
        if not event.spontaneous():
            self._closed = True
            self._clock.stop()
        super().hideEvent(event)


def _told(race: Callable[[], Race]) -> Callable[[], Race | str]:
    """A race, or the sentence that says why there is none."""

    def run() -> Race | str:
        try:
            return race()
        except LearnscopeError as error:
            return refused(error).sentence

    return run
