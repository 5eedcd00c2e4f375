"""Network: learning in phases. Layers are held fast, grown one behind the other, or taken over from a saved run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.actions import Entry
from app.choosers import ask_source
from app.documents import EXPERIMENTS
from app.messages import Message
from app.selection import Target
from engine import files, holding, transfer
from engine.experiment import Experiment

if TYPE_CHECKING:
    from app.window import Window


class Phases:
    """What begins another phase of learning; each is one named undo step."""

    def __init__(self, window: Window) -> None:
        self._window, self._context = window, window.context
        self._session, self._selection = window.context.session, window.context.selection

    def chosen(self) -> str:
        """The layer that is selected, or whose neuron is, if it has numbers that learn; else empty."""
        id_ = self._selection.target.layer
        return id_ if holding.can_hold(self._session.experiment, id_) else ""

    def hold(self) -> None:
        """Hold the selected layer fast; one that is held learns again."""
        id_ = self.chosen()
        held = not holding.is_held(self._session.experiment, id_)
        self._do("Hold layer fast" if held else "Let layer learn", lambda e: holding.hold_layers(e, (id_,), held))

    def learn_all(self) -> None:
        """Let every number learn."""
        self._do("Let all learn", holding.learn_all)

    def grow(self) -> None:
        """Hold the hidden layers fast and put a new one behind them."""
        before = {x.id for x in self._session.experiment.model.layers}
        if self._do("Freeze and grow", transfer.grow):
            fresh = [x.id for x in self._session.experiment.model.layers if x.id not in before]
            self._selection.select(Target(*fresh[:1]))

    def ask(self) -> None:
        """Ask for a file and take its hidden layers over."""
        ask_source(self._window, self._context.settings, "Take layers over", EXPERIMENTS, self.take)

    def take(self, path: Path) -> None:
        """Take the hidden layers of a file over, and say what was done."""

        def edit(experiment: Experiment) -> Experiment:
            return transfer.taken_over(experiment, files.load(path), path.name)

        if self._do("Take layers over", edit):
            self._selection.clear()
            self._session.tell(
                Message(
                    f"The hidden layers of “{path.name}” are here and held fast; only the output learns, until you "
                    "choose Network, Freeze, Let all learn."
                )
            )

    def some_held(self) -> bool:
        """Whether any number is held fast."""
        return holding.frozen_count(self._session.experiment) > 0

    def _do(self, text: str, edit: Callable[[Experiment], Experiment]) -> bool:
        return self._session.attempt(text, edit)


def entries(window: Window) -> tuple[Entry, ...]:
    """The entries that the Network menu has of these."""
    phases = Phases(window)
    return (
        Entry("network.hold", "Hold layer fast, or let it learn", "Network/Freeze", phases.hold, ("Shift+H",), "",
              "All numbers of the selected layer", group="phases", enabled=lambda: bool(phases.chosen())),
        Entry("network.learn-all", "Let all learn", "Network/Freeze", phases.learn_all, (), "",
              "Fine-tuning: nothing is held fast any more", enabled=phases.some_held),
        Entry("network.grow", "Freeze and grow", "Network/Freeze", phases.grow, (), "",
              "Greedy layer-wise training: hold the hidden layers fast and put a new one behind them"),
        Entry("network.take", "Take layers from a file …", "Network/Freeze", phases.ask, (), "",
              "Transfer: the hidden layers of a saved run, with all they learned, held fast"),
    )  # fmt: skip
