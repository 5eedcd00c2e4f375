"""Threshold units whose numbers are given, and the network made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from engine.activations.classic import Step
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.experiment import Data, Experiment, Training, check, input_shape
from engine.layers.dense import Dense
from engine.layers.output import Output
from engine.losses.rules import Perceptron
from engine.optimisers.descent import SGD


class Unit(NamedTuple):
    """A unit that fires where w · x ≥ threshold (McCulloch, Pitts 1943)."""

    weights: tuple[float, ...]
    threshold: float

    def written(self, names: Sequence[str]) -> str:
        """Where it fires, as an inequality: 2 x₁ − x₂ ≥ 0.5."""
        found = ""
        for weight, name in zip(self.weights, names, strict=True):
            if weight:
                sign = (" − " if found else "−") if weight < 0 else " + " if found else ""
                found += sign + (name if abs(weight) == 1 else f"{abs(weight):g} {name}")
        return f"{found or 0} ≥ {self.threshold:g}".replace("-", "−")


def every(count: int) -> Unit:
    """AND: the unit that fires where all inputs are 1."""
    return Unit((1.0,) * count, count - 0.5)


def some(count: int) -> Unit:
    """OR: the unit that fires where an input is 1."""
    return at_least(1, count)


def at_least(wanted: int, count: int) -> Unit:
    """The unit that fires where so many inputs are 1: weights of 1 and the threshold m - ½."""
    return Unit((1.0,) * count, wanted - 0.5)


def network(
    experiment: Experiment, data: Data, hidden: Sequence[Unit], output: Unit, names: tuple[str, str]
) -> Experiment:
    """The experiment with a layer of these units, if any, and this output, which are its start; the perceptron's rule.

    Layers have ids that nobody in the experiment has, so a run that goes on starts from these numbers too.
    """
    taken = {layer.id for layer in experiment.model.layers}
    first, last = (_fresh(name, taken) for name in names)
    inputs = input_shape(data)[0].labels
    layers: list[Any] = []
    start: list[Labelled] = []
    if hidden:
        layers.append(Dense(id=first, units=len(hidden), activation=Step()))
        start += _numbers(first, inputs, hidden)
        inputs = layers[0].shape((input_shape(data),))[0].labels
    layers.append(Output(id=last, units=1, activation=Step()))
    start += _numbers(last, inputs, (output,))
    model = replace(experiment.model, layers=tuple(layers), start=tuple(start), frozen=())
    training = Training(loss=Perceptron(), optimiser=SGD(rate=0.1), batch=1, order="given")
    return check(adapt(replace(experiment, data=data, model=model, training=training))[0])


def _fresh(name: str, taken: set[str]) -> str:
    names = (name, *(f"{name}-{k}" for k in range(2, len(taken) + 3)))
    return next(x for x in names if x not in taken)


def _numbers(layer: str, inputs: tuple[str, ...], units: Sequence[Unit]) -> tuple[Labelled, Labelled]:
    """Weights, and biases, which are the thresholds on the other side: w · x - threshold ≥ 0."""
    labels = tuple(f"{layer}/{k}" for k in range(len(units)))
    weight = np.array([u.weights for u in units], np.float64).T.reshape(len(inputs), len(units))
    bias = np.array([0.0 - u.threshold for u in units])
    return Labelled(f"{layer}.weight", (inputs, labels), Array(weight)), Labelled(
        f"{layer}.bias", (labels,), Array(bias)
    )
