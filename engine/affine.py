"""Layers of weighted sums, and how a run of linear ones is one: (x W₁ + b₁) W₂ + b₂ = x (W₁ W₂) + (b₁ W₂ + b₂).

With vectors as columns, as books write it: W = W₂ W₁ and b = W₂ b₁ + b₂.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.layers import Layer, Neurons
from engine.summing import WEIGHTED

Sums = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Weights [input, unit] and bias [unit] of a layer."""


def weighs(layer: Layer) -> bool:
    """Whether it is weighted sums and a function of each, with weights of its own and nothing that acts by chance."""
    return layer.summing is WEIGHTED and not layer.ties()


def is_straight(layer: Layer) -> bool:
    """Whether it is such sums alone."""
    return weighs(layer) and isinstance(layer, Neurons) and layer.activation.identity


def product(layers: Sequence[tuple[NDArray[Any], NDArray[Any]]]) -> Sums:
    """The one layer that does what these do, first to last, in float64."""
    weight, bias = (np.array(numbers, np.float64) for numbers in layers[0])
    for following, shift in layers[1:]:
        weight, bias = weight @ following, bias @ following + shift
    return weight, bias
