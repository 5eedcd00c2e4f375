"""When a run stops by itself, and the best numbers it had, where they are to be kept."""

from __future__ import annotations

from typing import final

import numpy as np
from msgspec.structs import replace

from engine.arrays import Labelled
from engine.machines._history import History, judged_name
from engine.machines.base import Stop, Until
from engine.plan import Plan
from engine.plan import procedure as p
from engine.plan.learned import Learner
from engine.plan.numbers import AVERAGE


@final
class Stopping:
    """The stop rules of a run.

    With `keep_best` it remembers what the network had learned at the point of the curve with the lowest test loss
    (training loss without test samples), since the rule was set; patience is counted from there. A loss that says
    little of how good a network is (`by_errors`) gives way to the share of wrong answers: the pocket algorithm
    (Gallant 1990). Points stand at step numbers, so what is kept does not depend on how a run is cut into calls.
    """

    def __init__(self) -> None:
        self.rules = Until()
        self._best: tuple[float, float, tuple[Labelled, ...]] | None = None

    def set(self, rules: Until, after: Stop | None) -> bool:
        """Take other rules; tell whether patience begins anew.

        What was best is forgotten where it was not kept, or was put back at the stop before.
        """
        again = after is not None and after.reason == "plateau"
        if not (rules.keep_best and self.rules.keep_best) or again:
            self.forget()
        before, self.rules = self.rules, rules
        return rules.plateau is not None and (rules != before or again)

    def forget(self) -> None:
        """Nothing was best yet: what is learned changed, or is judged otherwise, from now on."""
        self._best = None

    def check(self, plan: Plan, learner: Learner, history: History) -> Stop | None:
        """The first rule that holds now."""
        at_point = bool(history.points) and history.points[-1][0] == plan.counter(p.STEP)
        by_errors = plan.experiment.training.loss.by_errors
        if at_point and self._keeps:
            self._look(learner, history, by_errors)
        epoch, now = self.rules.epoch, plan.counter(p.EPOCH)
        if epoch is not None and now >= epoch:
            return Stop("epoch", f"The run {'reached' if now == epoch else 'is past'} epoch {epoch}.")
        if not at_point:
            return None
        if not self._keeps:
            return history.stop(self.rules, by_errors=by_errors)
        stop = history.stop(replace(self.rules, plateau=None), by_errors=by_errors)
        return stop or self._put_back(learner, history, by_errors)

    @property
    def _keeps(self) -> bool:
        return self.rules.keep_best and self.rules.plateau is not None

    def _look(self, learner: Learner, history: History, by_errors: bool) -> None:
        epoch, quality, _ = history.judged(by_errors=by_errors)
        if not np.isnan(quality) and (self._best is None or quality < self._best[1]):
            layers = {node.layer.id for node in learner.plan.lowered.nodes}
            names = (n for n in learner.names() if n.partition("#")[2] in ("", AVERAGE) and n.split(".")[0] in layers)
            self._best = epoch, quality, tuple(learner.labelled(n) for n in names)

    def _put_back(self, learner: Learner, history: History, by_errors: bool) -> Stop | None:
        """Put the best numbers back when the patience is over; the optimiser's state stays as it is."""
        now, _, role = history.judged(by_errors=by_errors)
        if self._best is None or now - self._best[0] < (self.rules.plateau or 0):
            return None
        epoch, _, numbers = self._best
        before = learner.at(numbers)
        learner.give(numbers)
        return Stop(
            "plateau",
            f"{judged_name(role, by_errors=by_errors)} not improved for {self.rules.plateau} epochs; "
            f"the weights are those of epoch {round(epoch, 2):.12g} again, the best.",
            numbers,
            before,
        )
