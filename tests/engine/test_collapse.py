"""Linear layers in a row become one: the same answers, everything back by undo, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples, holding
from engine.activations.classic import Linear, Tanh
from engine.adapt import adapt
from engine.design.collapse import collapsed, runs
from engine.errors import ExperimentError
from engine.experiment import Experiment, nodes
from engine.layers import Layer
from engine.layers.chance import Dropout
from engine.layers.dense import Dense
from engine.layers.dropconnect import DropConnect
from engine.layers.joining import Add
from engine.layers.madaline import Madaline
from engine.machines.supervised import Supervised
from engine.optimisers.adam import Adam
from engine.ties import Turned
from tests.engine.nets import numbers, same, spiral, with_layers

PLACES = np.random.default_rng(0).uniform(-6, 6, (40, 2))


def straight(name: str, units: int, **more: object) -> Dense:
    return Dense(id=name, units=units, activation=Linear(), **more)  # type: ignore[arg-type]


def net(*hidden: Layer) -> Experiment:
    base = spiral(optimiser=Adam(rate=0.01))
    return with_layers(base, *hidden, base.model.output)


LINES = net(straight("a", 5), straight("b", 1), straight("c", 4))
ISLANDS = net(straight("a", 5), Dense(id="t", units=3, activation=Tanh()), straight("c", 4))


@pytest.mark.parametrize(
    ("experiment", "expected", "layer"),
    [(LINES, ["out"], ""), (ISLANDS, ["t", "out"], ""), (ISLANDS, ["t", "c", "out"], "a")],
    ids=["all", "both runs", "one run"],
)
def test_one_layer_answers_as_the_run_did_and_undo_brings_all_back(
    experiment: Experiment, expected: list[str], layer: str
) -> None:
    machine = Supervised(experiment)
    machine.advance("batch", 60, 60)
    before, answers = numbers(machine), machine.answers(PLACES)
    destroyed = machine.change(collapsed(experiment, layer))
    assert [x.id for x in machine.experiment.model.layers] == expected
    assert machine.answers(PLACES) == pytest.approx(answers, abs=2e-6)
    machine.change(experiment, destroyed)
    assert same(numbers(machine), before)


def test_the_slides_have_the_same_line() -> None:
    """Session 1, lines 380 to 396: 2·0.5 - 1·0.5, 2·(-0.1) - 1·0.2, 2·0.3 - 1·0.2 + 0.5."""
    machine = Supervised(examples.load("linear-layers"))
    machine.change(collapsed(machine.experiment))
    for _ in range(2):
        held = numbers(machine)
        assert held["out.weight"][:, 0] == pytest.approx([0.5, -0.4])
        assert held["out.bias"] == pytest.approx([0.9])
        machine.advance("epoch", 3, 60)
        machine.reset()  # the given start is the product of the given starts


def test_a_start_that_is_drawn_is_drawn_for_the_one_layer() -> None:
    base = examples.load("linear-layers")
    some = replace(base, model=replace(base.model, start=base.model.start[:3]))
    assert collapsed(some).model.start == ()


@pytest.mark.parametrize(
    "experiment",
    [
        net(Dense(id="a", activation=Tanh())),
        net(straight("a", 3), Dropout(id="d")),
        net(DropConnect(id="a", activation=Linear())),
        net(straight("a", 2), straight("b", 2, inputs=("input",)), Add(id="s", inputs=("a", "b"))),
        net(straight("a", 2), Dense(id="b", units=2, activation=Tanh()), Add(id="s", inputs=("a", "b"))),
        net(straight("a", 2), straight("b", 2, weights=Turned(of="a"))),
        holding.hold_layers(net(straight("a", 2)), ["a"], True),
        adapt(with_layers(spiral(), straight("a", 2), Madaline(id="out", units=1)))[0],
    ],
    ids=["bent", "dropout", "dropconnect", "branches", "read twice", "tied", "held", "votes"],
)
def test_what_is_not_one_layer_stays(experiment: Experiment) -> None:
    nodes(experiment)
    ids = {x.id for x in experiment.model.layers[:2]}
    assert not [run for run in runs(experiment) if ids <= set(run)]
    with pytest.raises(ExperimentError, match="no two linear layers"):
        collapsed(experiment, "a")
