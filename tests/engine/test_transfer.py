"""Learning in phases: layers held fast, grown one by one, and taken over from another run."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples, transfer
from engine.activations.classic import Tanh
from engine.datasets.shapes import Moons
from engine.errors import ExperimentError
from engine.experiment import Experiment, check
from engine.files import Document
from engine.layers.dense import Dense
from engine.layers.normalising import BatchNorm
from engine.machines.supervised import Supervised
from engine.optimisers.adam import Adam
from engine.ties import Shared
from tests.engine.nets import spiral, with_layers


def learned(experiment: Experiment, epochs: int = 20) -> tuple[Supervised, Document]:
    machine = Supervised(experiment)
    machine.advance("epoch", epochs, 120.0)
    return machine, Document(experiment, machine.state())


def test_a_layer_that_is_held_does_not_move_and_learns_again_when_let_go() -> None:
    held = check(transfer.hold_layers(spiral(5, 4, optimiser=Adam()), ("h1",), True))
    assert transfer.is_held(held, "h1")
    assert not transfer.is_held(held, "h2")
    machine = Supervised(held)
    start = {n: machine._learner.array(n).copy() for n in ("h1.weight", "h1.bias", "h2.weight")}
    machine.advance("epoch", 5, 60.0)
    assert np.array_equal(machine._learner.array("h1.weight"), start["h1.weight"])
    assert np.array_equal(machine._learner.array("h1.bias"), start["h1.bias"])
    assert not np.array_equal(machine._learner.array("h2.weight"), start["h2.weight"])
    machine.change(transfer.learn_all(held))
    machine.advance("epoch", 5, 60.0)
    assert not np.array_equal(machine._learner.array("h1.weight"), start["h1.weight"])
    assert transfer.hold_layers(held, ("h1",), False).model.frozen == ()


def test_growing_adds_a_layer_that_learns_alone() -> None:
    base = spiral(6, optimiser=Adam(), activation=Tanh())
    machine, _ = learned(base, 30)
    before = machine.scores()[0].loss
    old = machine._learner.array("h1.weight").copy()
    grown = check(transfer.grow(base))
    assert [x.id for x in grown.model.hidden_layers] == ["h1", "h2"]
    machine.change(grown)
    after = machine.scores()[0].loss
    assert before is not None
    assert after == pytest.approx(before, abs=0.02), "the new layer passes on what it reads"
    fresh = machine._learner.array("h2.weight").copy()
    machine.advance("epoch", 60, 120.0)
    assert np.array_equal(machine._learner.array("h1.weight"), old)
    assert not np.array_equal(machine._learner.array("h2.weight"), fresh)
    found = machine.scores()[0].loss
    assert found is not None
    assert found < before


def test_layers_that_are_taken_over_say_the_same_and_only_the_output_learns() -> None:
    base = spiral(7, optimiser=Adam())
    source = with_layers(
        base, base.model.layers[0], BatchNorm(id="n1"), Dense(id="h2", units=7, activation=Tanh()),
        Dense(id="h3", units=7, weights=Shared(of="h2")), base.model.output,
    )  # fmt: skip
    teacher, document = learned(source)
    moons = examples.load("moons")
    other = replace(moons, data=replace(moons.data, source=Moons(count=80)))
    made = transfer.taken_over(other, document, "rings.learn")
    ids = [x.id for x in made.model.hidden_layers]
    assert not {x.id for x in other.model.layers} & set(ids)
    pupil = Supervised(other)
    pupil.advance("epoch", 3, 60.0)
    pupil.change(made)
    places = np.random.default_rng(0).normal(size=(20, 2))
    said = []
    for machine, layer in ((teacher, "h3"), (pupil, ids[-1])):
        machine._running.set_grid(places)
        said.append(machine._running.maps(every_layer=True)[layer])
    assert np.array_equal(said[0], said[1])
    held = pupil._learner.array(f"{ids[0]}.weight").copy()
    free = pupil._learner.array("out.weight").copy()
    pupil.advance("epoch", 10, 60.0)
    assert np.array_equal(pupil._learner.array(f"{ids[0]}.weight"), held)
    assert not np.array_equal(pupil._learner.array("out.weight"), free)
    pupil.reset()
    assert np.array_equal(pupil._learner.array(f"{ids[0]}.weight"), held), "they start where they were learned to"


def test_what_does_not_fit_is_refused() -> None:
    _, document = learned(spiral(3), 1)
    other = spiral(4)
    with pytest.raises(ExperimentError, match="saved without its run"):
        transfer.taken_over(other, Document(document.experiment), "a.learn")
    fewer = replace(other, data=replace(other.data, features=("x1",)))
    with pytest.raises(ExperimentError, match=r"the layers of “a\.learn” read x₁, x₂, but this network reads x₁;"):
        transfer.taken_over(fewer, document, "a.learn")
    bare = with_layers(other, other.model.output)
    with pytest.raises(ExperimentError, match="has no hidden layers"):
        transfer.taken_over(other, Document(bare, document.state), "a.learn")
