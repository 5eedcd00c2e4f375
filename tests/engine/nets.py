"""Small experiments that the engine's tests share."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import examples
from engine.activations import Activation
from engine.activations.classic import Sigmoid, Tanh
from engine.activations.rectifiers import ReLU
from engine.activations.shares import Softmax
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.datasets.digits import Digits
from engine.datasets.figures import Figures
from engine.datasets.own_pictures import OwnPictures
from engine.experiment import Data, Experiment, Model, Training
from engine.layers import Layer
from engine.layers.convolution import Convolution
from engine.layers.dense import Dense
from engine.layers.output import Output
from engine.layers.pooling import Pooling
from engine.layers.reforming import Flatten
from engine.losses.entropy import CategoricalCrossEntropy
from engine.machines.supervised import Supervised
from engine.optimisers import Optimiser
from engine.optimisers.adam import Adam


def spiral(
    *units: int,
    optimiser: Optimiser | None = None,
    batch: int = 10,
    activation: Activation | None = None,
    **training: Any,
) -> Experiment:
    """The bundled spiral with these hidden layers."""
    base = examples.load("spiral")
    hidden = tuple(
        Dense(id=f"h{k + 1}", units=n, activation=activation or Tanh()) for k, n in enumerate(units or (4, 3))
    )
    output = replace(base.model.output, activation=Sigmoid())
    settings = {"optimiser": optimiser or base.training.optimiser, "batch": batch, **training}
    model = replace(base.model, layers=(*hidden, output))
    return replace(base, model=model, training=replace(base.training, **settings))


def pictured(*filters: int, side: int = 8) -> Experiment:
    """Layers of so many filters on 24 pictures of three classes, drawn at random."""
    random = np.random.default_rng(1)
    source = OwnPictures(
        pixels=Array(random.integers(0, 256, (24, side, side, 1), np.uint8)),
        labels=Array((np.arange(24) % 3).astype(np.uint8)),
        keys=Array((np.arange(24) + 0.5) / 24),
        names=("a", "b", "c"),
    )
    base = examples.load("spiral")
    layers = tuple(Convolution(id=f"c{k + 1}", units=n, activation=Tanh()) for k, n in enumerate(filters))
    made = replace(
        base, data=Data(source=source, features=()), model=replace(base.model, layers=(*layers, base.model.output))
    )
    return adapt(made)[0]


def figures(side: int = 12) -> Experiment:
    """Small pictures of three classes and a hidden layer of four neurons."""
    base = spiral(4)
    return adapt(replace(base, data=replace(base.data, source=Figures(count=240, classes=3, side=side))))[0]


def with_layers(experiment: Experiment, *layers: Any) -> Experiment:
    """The experiment with other layers."""
    return replace(experiment, model=replace(experiment.model, layers=layers))


def with_training(experiment: Experiment, **settings: Any) -> Experiment:
    """The experiment with other training settings."""
    return replace(experiment, training=replace(experiment.training, **settings))


def numbers(machine: Supervised) -> dict[str, NDArray[Any]]:
    """All learned numbers, optimiser state included."""
    return {n.name: n.values.values for n in machine.state().numbers}


def same(a: dict[str, NDArray[Any]], b: dict[str, NDArray[Any]]) -> bool:
    """Whether two sets of numbers are equal bit for bit."""
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def reason(machine: Supervised) -> str | None:
    """Why a run stopped by itself."""
    return machine.stop.reason if machine.stop else None


def by_name(numbers: tuple[Labelled, ...], name: str) -> list[Labelled]:
    """The arrays of one name."""
    return [n for n in numbers if n.name == name]


def digits(*layers: Layer) -> Experiment:
    """The bundled digits with these layers before the output; a small convolutional net where none are given."""
    hidden = layers or (
        Convolution(id="c1", units=3, padding="same", activation=ReLU()),
        Pooling(id="p1"),
        Convolution(id="c2", units=4, activation=Tanh()),
        Flatten(id="flat"),
    )
    data = Data(source=Digits(), features=(), share=20.0)
    output = Output(id="out", units=10, activation=Softmax())
    training = Training(loss=CategoricalCrossEntropy(), optimiser=Adam(rate=0.01), batch=16)
    return Experiment(name="Digits", data=data, model=Model(layers=(*hidden, output)), training=training)
