"""Output layer: a dense layer whose width follows the task."""

from __future__ import annotations

from engine.layers.dense import Neurons
from engine.registry import register


@register("Output")
class Output(Neurons, tag="output", frozen=True):
    """The answer: one neuron for two classes or a value, k neurons for k classes. a = f(x W + b)."""
