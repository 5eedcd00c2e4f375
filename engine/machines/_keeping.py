"""What a run keeps: which counters are its state, whether a state given back fits, and where numbers were lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from msgspec.structs import replace

from engine.arrays import Array
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.machines.base import PHASE, State, Stop
from engine.optimisers.descent import SGD
from engine.plan import Plan, same_samples
from engine.plan import procedure as p
from engine.plan.learned import GRADIENT, Learner
from engine.schedules import Constant

COUNTERS: Final = {
    "offset": p.OFFSET,
    "seen": p.SEEN,
    "epoch": p.EPOCH,
    "step": p.STEP,
    "updates": p.UPDATES,
    "samples": p.SAMPLES,
}
MOST: Final = 1 << 60


def refuse_unfit(state: State, plan: Plan, learner: Learner) -> None:
    """Raise unless a state has exactly the arrays, labels and counters of this experiment, all finite."""
    given = {n.name: n for n in state.numbers}
    if set(given) != set(learner.names(gradients=state.counters.get("seen", 0) > 0)):
        raise LearnscopeError("the saved run belongs to another network; its arrays are not those of this one")
    for name, numbers in given.items():
        shape = tuple(len(labels) for labels in learner.labels(name))
        values: Any = numbers.values.values
        if numbers.axes != learner.labels(name) or values.shape != shape or not np.isfinite(values).all():
            raise LearnscopeError(f"the saved numbers of {name} do not fit this network")
    if not (_counters_fit(state.counters, plan) and _history_fits(state.arrays)):
        raise LearnscopeError("the saved run does not fit this experiment: its position or its curve makes no sense")


def optimiser_starts_afresh(before: Experiment, now: Experiment) -> bool:
    """Whether an edit ends an optimiser's past: it is another one, or the losses that it compares are others."""
    if before.training.optimiser.key != now.training.optimiser.key:
        return True
    return now.training.optimiser.needs_loss and _what_counts(before) != _what_counts(now)


def _what_counts(experiment: Experiment) -> Experiment:
    """The experiment without what changes no loss: words, and how far steps go."""
    training = replace(experiment.training, optimiser=SGD(), schedule=Constant())
    return replace(experiment, name="", notes="", training=training)


def _counters_fit(counters: Mapping[str, int], plan: Plan) -> bool:
    if set(counters) - {PHASE} != {*COUNTERS, "stride"} or not all(0 <= value < MOST for value in counters.values()):
        return False
    train = plan.prepared.train
    whole = min(plan.counter(p.BATCH), train - counters["offset"])
    begun = counters["offset"] + counters["seen"] > 0
    return counters["stride"] > 0 and (not begun or (counters["offset"] < train and counters["seen"] < whole))


def _history_fits(arrays: Mapping[str, Array]) -> bool:
    table = arrays["history"].values if set(arrays) == {"history"} else None
    return table is not None and table.dtype == np.float64 and table.ndim == 2 and table.shape[1] == 6


def diverged(plan: Plan, learner: Learner) -> Stop:
    """Name the first layer whose gradient left the finite numbers."""
    layer = plan.lowered.nodes[-1].layer.id
    limit = plan.lowered.limit
    for name in learner.names(gradients=True):
        if name.endswith(f"#{GRADIENT}") and not (np.abs(learner.array(name)) < limit).all():
            layer = name.split(".")[0]
            break
    return Stop(
        "diverged",
        f"The numbers of layer “{layer}” left the finite range at step {plan.counter(p.STEP) + 1}; the run stands "
        "before it. Choose a smaller rate and reset, or set the weights anew.",
    )


def take_position(plan: Plan, old: Plan, experiment: Experiment, before: Experiment) -> None:
    """Go on where the old plan stood; other samples or another order begin a new epoch, another batch size a batch."""
    for counter in p.POSITION:
        plan.set(counter, old.counter(counter))
    afresh = optimiser_starts_afresh(before, experiment)
    if afresh:
        plan.set(p.UPDATES, 0)
    if plan.counter(p.BATCH) != old.counter(p.BATCH) or (afresh and experiment.training.optimiser.needs_loss):
        plan.set(p.SEEN, 0)
    was, is_ = ((e.data.share, e.seeds.training, e.training.order) for e in (before, experiment))
    if was != is_ or not same_samples(before, experiment):
        begun = plan.counter(p.OFFSET) + plan.counter(p.SEEN) > 0
        plan.set(p.EPOCH, plan.counter(p.EPOCH) + begun)
        plan.set(p.OFFSET, 0)
        plan.set(p.SEEN, 0)
