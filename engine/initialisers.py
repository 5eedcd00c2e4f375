"""Initial weights, from simple to complex. Biases start at one value, 0 unless said otherwise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.fields import number
from engine.registry import Kind, Registry, register


def inputs(shape: tuple[int, ...]) -> int:
    """How many inputs an output reads: all axes but the last."""
    return math.prod(shape[:-1])


class Initialiser(Kind, frozen=True):
    """Draws starting weights of shape [inputs ..., outputs] from a stream of their own."""

    registry: ClassVar[Registry[Initialiser]] = Registry("initialiser")

    bias: Annotated[float, number("bias", "value at which every bias starts", low=-10, high=10)] = 0.0

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Draw weights for `shape` = [inputs ..., outputs]; an output reads the product of all axes but the last."""
        raise NotImplementedError


@register("Uniform")
class Uniform(Initialiser, tag="uniform", frozen=True):
    """U(-h, h) with h = ½ and biases 0.1: the start of TensorFlow Playground."""

    half: Annotated[float, number("half width", "weights lie between -h and +h", above=0, high=10)] = 0.5
    bias: Annotated[float, number("bias", "value at which every bias starts", low=-10, high=10)] = 0.1

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return stream.uniform(-self.half, self.half, shape)


@register("Zeros")
class Zeros(Initialiser, tag="zeros", frozen=True):
    """All weights 0: every neuron of a layer stays like its neighbours for ever."""

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return np.zeros(shape)


@register("Xavier")
class Xavier(Initialiser, tag="xavier", frozen=True):
    """U(-h, h) with h = √(6 / (inputs + outputs)), for tanh and sigmoid (Glorot, Bengio 2010)."""

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        half = math.sqrt(6 / (inputs(shape) + shape[-1]))
        return stream.uniform(-half, half, shape)


@register("He")
class He(Initialiser, tag="he", frozen=True):
    """N(0, 2 / inputs), for ReLU and its relatives (He, Zhang, Ren, Sun 2015)."""

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return stream.normal(0.0, math.sqrt(2 / inputs(shape)), shape)


if TYPE_CHECKING:
    AnyInitialiser = Initialiser
else:
    AnyInitialiser = Initialiser.registry.union()
