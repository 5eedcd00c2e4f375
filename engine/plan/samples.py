"""The samples of an experiment as the plan wants them: inputs and targets, training samples first."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine import features
from engine.datasets import Samples
from engine.experiment import Experiment, Head, heads, outputs, plane, task

Values = NDArray[np.floating[Any]]


class Prepared(NamedTuple):
    """Inputs x [sample, feature] and targets y [sample, output]; the first `train` of `source` [sample] are learned.

    `others` are targets of their own of auxiliary outputs, by the layer's id.
    """

    samples: Samples
    x: Values
    y: Values
    others: dict[str, Values]
    source: NDArray[np.intp]
    train: int


def prepare(experiment: Experiment, samples: Samples | None = None) -> Prepared:
    """Draw (or take) the samples, split them, and compute inputs and targets."""
    samples = samples or experiment.data.source.samples(experiment.seeds.data)
    chosen = samples.train(experiment.data.share / 100)
    source = np.concatenate([np.flatnonzero(chosen), np.flatnonzero(~chosen)])
    x = inputs(experiment, samples.x[source])
    train = int(chosen.sum())
    others = {h.layer.id: values(experiment, h.layer.goal, samples.x[source], train) for h in own_goals(experiment)}
    return Prepared(samples, x, targets(experiment, samples.y[source]), others, source, train)


def own_goals(experiment: Experiment) -> tuple[Head, ...]:
    """The outputs that predict another value than the answer."""
    return tuple(h for h in heads(experiment) if h.layer.goal)


def values(experiment: Experiment, goal: str, x: Values, train: int) -> Values:
    """What a sample is worth in another respect, [sample, 1], with mean 0 and spread 1 over the training samples."""
    data = experiment.data
    found = features.compute((goal,), data.source.columns, plane(data), x)
    seen = found[:train] if train else found
    spread = float(seen.std()) if seen.size else 0.0
    return (found - (seen.mean() if seen.size else 0.0)) / (spread or 1.0)


def same_samples(a: Experiment, b: Experiment) -> bool:
    """Whether two experiments draw the same samples; then only the split, inputs and targets can differ."""
    return a.data.source == b.data.source and a.seeds.data == b.seeds.data


def same_prepared(a: Experiment, b: Experiment) -> bool:
    """Whether two experiments prepare exactly the same numbers."""
    pairs = ((e.data.features, e.data.share, e.data.plane, e.training.loss, heads(e)) for e in (a, b))
    return same_samples(a, b) and next(pairs) == next(pairs)


def inputs(experiment: Experiment, x: Values) -> Values:
    """What the network sees of rows of columns, or of pictures."""
    data = experiment.data
    if data.source.axes is not None:
        return x
    return features.compute(data.features, data.source.columns, plane(data), x)


def targets(experiment: Experiment, y: Values) -> Values:
    """One target a sample for two classes or a value, one an output for several; 0 without a teacher."""
    kind, output = task(experiment), experiment.model.output
    if kind == "unsupervised":
        return np.zeros((len(y), output.units))
    if kind == "regression":
        return y[:, None]
    low, high = experiment.training.loss.targets(output.activation)
    positive: NDArray[Any] = y[:, None] == (np.arange(outputs(experiment)) if kind == "classes" else 1)
    return np.where(positive, high, low)


def class_weights(experiment: Experiment, prepared: Prepared) -> Values:
    """The numbers b of `engine.losses.base.weigh_samples`, in which weights of classes are applied to targets."""
    loss, output = experiment.training.loss, experiment.model.output
    low, high = loss.targets(output.activation)
    classes = max(outputs(experiment), 2)
    learned = prepared.samples.y[prepared.source[: prepared.train]]
    counts = np.bincount(learned.astype(np.intp), minlength=classes)
    weights = np.prod([r.class_weights(counts) for r in experiment.training.regularisers], axis=0) / (high - low)
    if outputs(experiment) == 1:  # one output speaks for the second class
        return np.array([high * weights[0] - low * weights[1], weights[1] - weights[0]])
    return np.concatenate([[-low * weights.sum()], weights])
