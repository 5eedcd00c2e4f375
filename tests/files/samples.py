"""Two documents to save: a plain experiment, and one with own points, given weights and a run."""

from __future__ import annotations

import numpy as np

from engine.activations.classic import Sigmoid
from engine.activations.rectifiers import ReLU
from engine.arrays import Array, Labelled
from engine.datasets.playground import Spiral
from engine.datasets.points import Points
from engine.experiment import Data, Experiment, Model, Training
from engine.files import Document
from engine.layers.dense import Dense
from engine.layers.output import Output
from engine.losses.entropy import BinaryCrossEntropy
from engine.machines.base import State
from engine.optimisers.adam import Adam

_RNG = np.random.default_rng(7)
_OUTPUT = Output(id="out", units=1, activation=Sigmoid())

PLAIN = Document(
    Experiment(
        name="two arms",
        data=Data(source=Spiral(count=300, noise=12.5)),
        model=Model(layers=(Dense(id="h1", units=8, activation=ReLU()), _OUTPUT)),
        training=Training(loss=BinaryCrossEntropy(), optimiser=Adam()),
    )
)

_WEIGHT = Labelled(
    "h1.weight",
    (("input/x1", "input/x2"), ("h1/0", "h1/1", "h1/2")),
    Array(_RNG.normal(size=(2, 3)).astype(np.float32)),
)

BUSY = Document(
    Experiment(
        name="drawn by hand: ½ circle",
        notes="line one\nline two",
        data=Data(
            source=Points(
                xy=Array(_RNG.normal(size=(40, 2))),
                labels=Array((_RNG.random(40) < 0.5).astype(float)),
                keys=Array(_RNG.random(40)),
                names=("blue", "orange"),
            ),
            held={"x2": -0.5},
        ),
        model=Model(
            layers=(Dense(id="h1", units=3), _OUTPUT),
            start=(_WEIGHT,),
            frozen=(("h1.weight", "input/x1", "h1/2"), ("out.bias", "out/0")),
        ),
        training=Training(loss=BinaryCrossEntropy(), optimiser=Adam(rate=0.003), batch=1),
    ),
    State(
        numbers=(_WEIGHT, Labelled("h1.weight#mean", _WEIGHT.axes, Array(_RNG.normal(size=(2, 3)).astype(np.float32)))),
        counters={"epoch": 3, "step": 1234567890123, "shuffle": -(2**63)},
        arrays={
            "order": Array(_RNG.permutation(20)),
            "history.loss": Array(_RNG.random((7, 2))),
            "done": Array(np.array([True, False])),
            "raw": Array(_RNG.integers(0, 256, 33).astype(np.uint8)),
        },
    ),
)
