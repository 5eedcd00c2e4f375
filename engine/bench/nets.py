"""The networks that are measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engine.activations import Activation
from engine.activations.classic import Tanh
from engine.activations.rectifiers import ReLU
from engine.activations.shares import Softmax
from engine.datasets.points import Points
from engine.experiment import Data, Experiment, Model, Training
from engine.layers import Layer
from engine.layers.chance import Dropout
from engine.layers.dense import Dense
from engine.layers.joining import Add
from engine.layers.normalising import BatchNorm
from engine.layers.output import Output
from engine.losses import Loss
from engine.losses.distance import SquaredError
from engine.losses.entropy import CategoricalCrossEntropy
from engine.optimisers import Optimiser
from engine.optimisers.adam import Adam
from engine.optimisers.descent import SGD, Momentum
from engine.plan import Prepared


class Net(NamedTuple):
    """A network to be measured."""

    name: str
    sizes: tuple[int, ...]
    hidden: Activation
    output: Activation
    loss: Loss
    optimiser: Optimiser
    batch: int
    samples: int


TINY: Final = Net("2-8-8-1 tanh, batch 10, SGD", (2, 8, 8, 1), Tanh(), Tanh(), SquaredError(), SGD(rate=0.03), 10, 250)
SMALL: Final = Net(
    "2-32-32-32-2 ReLU softmax, batch 32, Adam", (2, 32, 32, 32, 2), ReLU(), Softmax(), CategoricalCrossEntropy(),
    Adam(rate=0.001), 32, 500,
)  # fmt: skip
LARGE: Final = Net(
    "784-128-10 ReLU softmax, batch 64, Adam", (784, 128, 10), ReLU(), Softmax(), CategoricalCrossEntropy(),
    Adam(rate=0.001), 64, 6400,
)  # fmt: skip
DEEP: Final = Net(
    "2-64x8-3 ReLU softmax, batch 32, Adam", (2, *[64] * 8, 3), ReLU(), Softmax(), CategoricalCrossEntropy(),
    Adam(rate=0.001), 32, 500,
)  # fmt: skip


def taught(net: Net, optimiser: Optimiser, word: str) -> Net:
    """The same network with another optimiser."""
    return net._replace(name=f"{net.name.rpartition(', ')[0]}, {word}", optimiser=optimiser)


MOMENTUM: Final = Momentum(rate=0.01)
NETS: Final = (
    TINY,
    SMALL,
    LARGE,
    taught(TINY, MOMENTUM, "momentum"),
    taught(TINY, Adam(rate=0.001), "Adam"),
    taught(SMALL, MOMENTUM, "momentum"),
    taught(LARGE, MOMENTUM, "momentum"),
    DEEP,
)
"""Those that are measured against NumPy; the first three are the yardsticks of every version."""


def experiment(net: Net) -> Experiment:
    """The experiment of a network; its samples are made by `samples`."""
    units = net.sizes[1:]
    hidden = [Dense(id=f"h{k + 1}", units=n, activation=net.hidden) for k, n in enumerate(units[:-1])]
    output = Output(id="out", units=units[-1], activation=net.output)
    names = tuple(f"x{k + 1}" for k in range(net.sizes[0]))
    return Experiment(
        data=Data(source=Points(), features=names, share=100.0),
        model=Model(layers=(*hidden, output)),
        training=Training(loss=net.loss, optimiser=net.optimiser, batch=net.batch),
    )


def samples(net: Net, source: Experiment) -> Prepared:
    """Normal inputs with random classes: how long a step takes does not depend on what is learned."""
    random = np.random.default_rng(0)
    x: NDArray[np.float64] = random.normal(size=(net.samples, net.sizes[0]))
    kinds = random.integers(0, max(2, net.sizes[-1]), net.samples)
    y = np.asarray(np.eye(net.sizes[-1])[kinds] if net.sizes[-1] > 1 else 2.0 * kinds[:, None] - 1, np.float64)
    empty = source.data.source.samples(0)
    return Prepared(empty, x, y, {}, np.arange(net.samples), net.samples)


def dropped(plain: Experiment) -> Experiment:
    """The same network with dropout behind each hidden layer."""
    return _followed(plain, lambda id_: Dropout(id=f"{id_} dropout", share=0.2))


def normalised(plain: Experiment) -> Experiment:
    """The same network with batch norm behind each hidden layer."""
    return _followed(plain, lambda id_: BatchNorm(id=f"{id_} norm"))


def _followed(plain: Experiment, make: Callable[[str], Layer]) -> Experiment:
    hidden = [each for layer in plain.model.hidden_layers for each in (layer, make(layer.id))]
    return with_layers(plain, (*hidden, plain.model.output))


def residual(plain: Experiment) -> Experiment:
    """The same network with each hidden layer but the first added to what it reads."""
    first, *others = plain.model.hidden_layers
    layers = [first]
    for layer in others:
        layers += [layer, Add(id=f"{layer.id} sum", inputs=(layers[-1].id, layer.id))]
    return with_layers(plain, (*layers, plain.model.output))


def with_layers(plain: Experiment, layers: tuple[Layer, ...]) -> Experiment:
    """The same experiment with other layers."""
    return replace(plain, model=replace(plain.model, layers=layers))


def flops(net: Net) -> int:
    """Floating-point operations of the matrix products of a step: forward, gradients, and deltas but the first."""
    products = [2 * net.batch * a * b for a, b in zip(net.sizes, net.sizes[1:], strict=False)]
    return 3 * sum(products) - products[0]
