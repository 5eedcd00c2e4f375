"""What the doctor says of rules without a teacher."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from engine import examples, paths
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.experiment import Experiment
from engine.layers.prototypes import PrototypeOutput
from tests.engine.test_doctor import after, cured, findings


def learning(rule: str) -> Experiment:
    """Two clouds of points, a rule, and plain descent of the output alone."""
    base = paths.assign(paths.assign(examples.load("gauss"), "training.loss", rule), "training.optimiser", "sgd")
    return adapt(replace(base, model=replace(base.model, layers=base.model.layers[-1:])))[0]


def test_hebb_is_told_that_nothing_bounds_it_and_oja_does() -> None:
    machine = after(learning("hebb"), 60)
    found = findings(machine)
    assert set(found) == {"unbounded-weights"}
    oja = cured(machine, found["unbounded-weights"])
    oja.advance("epoch", 30, 60)
    assert oja.experiment.training.loss.key == "oja"
    assert findings(oja) == {}


def test_a_prototype_that_never_wins_is_told() -> None:
    base = learning("competitive")
    output = PrototypeOutput(id="out", units=2, activation=base.model.output.activation)
    places = Array(np.array([[0.0, 90.0], [0.0, 90.0]]))
    far = (Labelled("out.weight", (("input/x1", "input/x2"), ("out/0", "out/1")), places),)
    machine = after(replace(base, model=replace(base.model, layers=(output,), start=far)), 3)
    found = findings(machine)
    assert set(found) == {"idle-prototypes"}
    assert found["idle-prototypes"].facts[0].value == 1
    near = replace(base, model=replace(base.model, layers=(output,)))
    assert findings(after(near, 3)) == {}
