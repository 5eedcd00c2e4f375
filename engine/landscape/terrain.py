"""The loss at other weights than those of a run: a second plan of the same network, so that the run never notices."""

from __future__ import annotations

from typing import Any, Final, final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engine.experiment import Experiment
from engine.kernels.library import Library
from engine.landscape.vectors import Form, Vector, vector_of
from engine.layers import Layer
from engine.layers.output import Auxiliary
from engine.penalties import NoPenalty, Penalty
from engine.plan import Plan
from engine.plan import procedure as p
from engine.plan.learned import Learner
from engine.plan.samples import Prepared
from engine.ties import Own

SAMPLES: Final = 512
"""Most training samples that the loss is taken of, spread evenly over all."""


def spread(prepared: Prepared) -> Prepared:
    """At most 512 of the training samples, spread evenly, and no others."""
    rows = np.unique(np.linspace(0, prepared.train - 1, min(prepared.train, SAMPLES)).astype(np.intp))
    others = {k: v[rows] for k, v in prepared.others.items()}
    x, y, source = prepared.x[rows], prepared.y[rows], prepared.source[rows]
    return prepared._replace(x=x, y=y, source=source, train=len(rows), others=others)


def parts(experiment: Experiment) -> tuple[str, ...]:
    """What learning makes small besides the loss of the answer."""
    layers, penalty = experiment.model.layers, experiment.training.penalty
    found = {
        "auxiliary losses": any(isinstance(x, Auxiliary) and x.share for x in layers),
        "penalty": penalty.strength > 0,
        "ties": any(_is_drawn(x) for x in layers),
    }
    return tuple(name for name, there in found.items() if there)


def data_only(experiment: Experiment) -> Experiment:
    """The experiment with nothing to make small but the loss of the answer; it learns the same numbers."""

    def alone(layer: Layer) -> Layer:
        layer = replace(layer, weights=Own()) if _is_drawn(layer) else layer
        return replace(layer, strength=0.0) if isinstance(layer, Auxiliary) else layer

    model = replace(experiment.model, layers=tuple(map(alone, experiment.model.layers)))
    return replace(experiment, model=model, training=replace(experiment.training, penalty=NoPenalty()))


def _is_drawn(layer: Layer) -> bool:
    return any(tie.pull for tie in layer.ties())


@final
class Terrain:
    """What learning makes small, as a function of all learned numbers: mean loss plus the cost of penalty and ties.

    The loss is that of all outputs, as the network gives it when it is looked at: nothing is dropped out, means that
    layers keep are those of the run. Of the regularisers only those count that weigh the loss; others change a step.
    """

    def __init__(self, experiment: Experiment, prepared: Prepared, library: Library) -> None:
        fewer = spread(prepared)
        self.samples, self.total = fewer.train, prepared.train
        # the gradient is that of the loss alone, whatever is done to it before a step
        weighing = tuple(r for r in experiment.training.regularisers if r.weighs_classes)
        training = replace(experiment.training, batch=0, regularisers=weighing)
        self.plan = Plan(replace(experiment, training=training), fewer, library)
        self.form = Form(self.plan)
        self._learner = Learner(self.plan)
        self._place = vector_of(self.plan)
        self._penalty: Penalty = experiment.training.penalty
        self._tied = any(not bond.hard for bond in self.plan.lowered.bonds)
        weights = [name for name, q in self.form.parameters.items() if q.is_weight] if self._penalty.strength else []
        self._weights = [self._learner.array(name) for name in weights]

    def keep(self, learner: Learner) -> None:
        """Take over what the layers of a run keep besides what they learn."""
        for name in self.plan.lowered.numbers.kept:
            self._learner.give([learner.labelled(name)] if name in learner.names() else [])

    def loss(self, weights: NDArray[Any]) -> float:
        """The value at weights [number]; infinite where it is no number."""
        self._place[:] = weights
        found = self.plan.objective(self.samples) / self.samples
        if self._tied:
            found += self._learner.cost(self._penalty)
        else:  # the same, looked up once
            found += sum(self._penalty.cost(values) for values in self._weights)
        return found if np.isfinite(found) else float("inf")

    def gradient(self, weights: NDArray[Any]) -> Vector:
        """Its slope at weights [number], 0 for frozen ones, from a step whose result is thrown away."""
        floats = self.plan.f[: self.plan.lowered.x.at].copy()
        self._place[:] = weights
        for counter in (*p.POSITION, p.SHUFFLED, p.ROWS):
            self.plan.set(counter, 0)
        self.plan.steps(1, 1 << 40)
        found = self.plan.view(self.plan.lowered.numbers.gradient)[0].astype(np.float64)
        self.plan.f[: self.plan.lowered.x.at] = floats
        return self.form.direction({name: self.form.array(found, name) for name in self.form.parameters})
