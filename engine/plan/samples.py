"""The samples of an experiment as the plan wants them: inputs and targets, training samples first."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine import features
from engine.datasets import Samples
from engine.experiment import Experiment, outputs, plane, task

Values = NDArray[np.float64]


class Prepared(NamedTuple):
    """Inputs x [sample, feature] and targets y [sample, output]; the first `train` of `source` [sample] are learned."""

    samples: Samples
    x: Values
    y: Values
    source: NDArray[np.intp]
    train: int


def prepare(experiment: Experiment, samples: Samples | None = None) -> Prepared:
    """Draw (or take) the samples, split them, and compute inputs and targets."""
    samples = samples or experiment.data.source.samples(experiment.seeds.data)
    chosen = samples.train(experiment.data.share / 100)
    source = np.concatenate([np.flatnonzero(chosen), np.flatnonzero(~chosen)])
    x = inputs(experiment, samples.x[source])
    return Prepared(samples, x, targets(experiment, samples.y[source]), source, int(chosen.sum()))


def same_samples(a: Experiment, b: Experiment) -> bool:
    """Whether two experiments draw the same samples; then only the split, inputs and targets can differ."""
    return a.data.source == b.data.source and a.seeds.data == b.seeds.data


def same_prepared(a: Experiment, b: Experiment) -> bool:
    """Whether two experiments prepare exactly the same numbers."""
    pairs = ((e.data.features, e.data.share, e.data.plane, e.training.loss, e.model.output) for e in (a, b))
    return same_samples(a, b) and next(pairs) == next(pairs)


def inputs(experiment: Experiment, x: Values) -> Values:
    """What the network sees of rows of columns."""
    data = experiment.data
    return features.compute(data.features, data.source.columns, plane(data), x)


def targets(experiment: Experiment, y: Values) -> Values:
    """One target a sample for two classes or a value, one an output for several classes."""
    kind, output = task(experiment), experiment.model.output
    if kind == "regression":
        return y[:, None]
    low, high = experiment.training.loss.targets(output.activation)
    positive: NDArray[Any] = y[:, None] == (np.arange(outputs(experiment)) if kind == "classes" else 1)
    return np.where(positive, high, low)
