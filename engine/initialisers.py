"""Initial weights, from simple to complex. Biases start at one value, 0 unless said otherwise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.fields import count, number
from engine.registry import Kind, Registry, register

Gain = Annotated[float, number("gain", "factor of all weights", above=0, high=100, log=True)]


class Fan(NamedTuple):
    """How many numbers a sum reads, and how many sums a slope comes back from: inputs and outputs of the formulas.

    The first axes of an array, `rows` numbers together, do not tell sums apart. A sum reads all of them, unless another
    number is given: in a transposed convolution it reads only the taps that meet a place.
    """

    inputs: int
    outputs: int
    given: int = 0

    @property
    def rows(self) -> int:
        """How many numbers the first axes have."""
        return self.given or self.inputs


class Initialiser(Kind, frozen=True):
    """Draws starting weights from a stream of their own."""

    registry: ClassVar[Registry[Initialiser]] = Registry("initialiser")

    bias: Annotated[float, number("bias", "value at which every bias starts", low=-10, high=10)] = 0.0

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...], fan: Fan) -> NDArray[np.float64]:
        """Draw weights for `shape` = [inputs ..., sums ...].

        The first axes, `fan.rows` numbers together, are what sums read; the others tell the sums apart.
        """
        raise NotImplementedError


@register("Uniform")
class Uniform(Initialiser, tag="uniform", frozen=True):
    """U(-h, h) with h = ½ and biases 0.1: the start of TensorFlow Playground."""

    half: Annotated[float, number("half width", "weights lie between -h and +h", above=0, high=10)] = 0.5
    bias: Annotated[float, number("bias", "value at which every bias starts", low=-10, high=10)] = 0.1

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...], fan: Fan) -> NDArray[np.float64]:
        return stream.uniform(-self.half, self.half, shape)


@register("Normal")
class Normal(Initialiser, tag="normal", frozen=True):
    """N(0, s²), the same for every layer, however many inputs its neurons have."""

    deviation: Annotated[float, number("s", "standard deviation of the weights", above=0, high=10)] = 0.1

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...], fan: Fan) -> NDArray[np.float64]:
        return stream.normal(0.0, self.deviation, shape)


@register("Zeros")
class Zeros(Initialiser, tag="zeros", frozen=True):
    """All weights 0: every neuron of a layer stays like its neighbours for ever."""

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...], fan: Fan) -> NDArray[np.float64]:
        return np.zeros(shape)


@register("Constant")
class Constant(Initialiser, tag="constant", frozen=True):
    """All weights one number: slopes flow, but neurons of a layer learn the same and never break the symmetry."""

    value: Annotated[float, number("value", "where every weight starts", low=-10, high=10)] = 0.5

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...], fan: Fan) -> NDArray[np.float64]:
        return np.full(shape, self.value)


@register("Xavier")
class Xavier(Initialiser, tag="xavier", frozen=True):
    """U(-h, h) with h = g √(6 / (inputs + outputs)), for tanh and sigmoid (Glorot, Bengio 2010)."""

    gain: Gain = 1.0

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...], fan: Fan) -> NDArray[np.float64]:
        half = self.gain * math.sqrt(6 / (fan.inputs + fan.outputs))
        return stream.uniform(-half, half, shape)


@register("LeCun")
class LeCun(Initialiser, tag="lecun", frozen=True):
    """N(0, g² / inputs): sums as wide as the inputs (LeCun, Bottou, Orr, Müller 1998)."""

    gain: Gain = 1.0

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...], fan: Fan) -> NDArray[np.float64]:
        return stream.normal(0.0, self.gain * math.sqrt(1 / fan.inputs), shape)


@register("He")
class He(Initialiser, tag="he", frozen=True):
    """N(0, 2 g² / inputs), for ReLU and its relatives (He, Zhang, Ren, Sun 2015)."""

    gain: Gain = 1.0

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...], fan: Fan) -> NDArray[np.float64]:
        return stream.normal(0.0, self.gain * math.sqrt(2 / fan.inputs), shape)


@register("Orthogonal")
class Orthogonal(Initialiser, tag="orthogonal", frozen=True):
    """g times a random matrix whose rows, or columns, stand at right angles (Saxe, McClelland, Ganguli 2014).

    It has a row for each number that is read and a column for each sum.
    """

    gain: Gain = 1.0

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...], fan: Fan) -> NDArray[np.float64]:
        rows, columns = fan.rows, math.prod(shape) // fan.rows
        q, r = np.linalg.qr(stream.normal(size=(max(rows, columns), min(rows, columns))))
        # The signs of R's diagonal make Q uniform over all rotations (Mezzadri 2007).
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        drawn: NDArray[np.float64] = self.gain * (q if rows >= columns else q.T).reshape(shape)
        return drawn


@register("Sparse")
class Sparse(Initialiser, tag="sparse", frozen=True):
    """Every sum reads k of its inputs at first, with weights N(0, s²); all others are 0 (Martens 2010)."""

    links: Annotated[int, count("k", "inputs of a neuron that are not 0", low=1, high=4096)] = 2
    deviation: Annotated[float, number("s", "standard deviation of those weights", above=0, high=10)] = 1.0

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...], fan: Fan) -> NDArray[np.float64]:
        rows, columns = fan.rows, math.prod(shape) // fan.rows
        drawn = np.zeros((rows, columns))
        for column in range(columns):
            chosen = stream.permutation(rows)[: self.links]
            drawn[chosen, column] = stream.normal(0.0, self.deviation, len(chosen))
        return drawn.reshape(shape)


if TYPE_CHECKING:
    AnyInitialiser = Initialiser
else:
    AnyInitialiser = Initialiser.registry.union()
