"""Live edits of a running network: what each keeps, what it gives back on undo, how new parts start."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from engine.activations import ReLU, Tanh
from engine.arrays import Array, Labelled
from engine.errors import LearnscopeError
from engine.layers.dense import Dense
from engine.machines import Position
from engine.machines.supervised import Supervised
from engine.optimisers import SGD, Adam, Momentum
from engine.penalties import L1, L2
from tests.engine.nets import by_name, numbers, same, spiral, with_layers, with_training
from tests.engine.test_supervised import OPTIMISERS


def test_settings_change_without_touching_a_number() -> None:
    machine = Supervised(spiral())
    machine.advance("batch", 40, 60)
    before = numbers(machine)
    experiment = machine.experiment
    others = (replace(layer, activation=ReLU()) for layer in experiment.model.hidden_layers)
    for edit in (
        with_training(experiment, optimiser=Adam(rate=0.5)),
        with_training(experiment, batch=30),
        with_training(experiment, penalty=L2(rate=0.1)),
        with_training(experiment, penalty=L1(rate=0.1)),
        with_layers(experiment, *others, experiment.model.output),
    ):
        assert machine.change(edit) == ()
        assert same(numbers(machine), before)
        assert machine.position.step == 40


def test_a_removed_neuron_is_given_back_by_undo_with_its_optimiser_state() -> None:
    experiment = spiral(4, 3)
    machine = Supervised(experiment)
    machine.advance("batch", 40, 60)
    before = numbers(machine)
    layer = experiment.model.layers[0]
    smaller = replace(layer, units=3, unit_ids=(0, 1, 3))
    destroyed = machine.change(with_layers(experiment, smaller, *experiment.model.layers[1:]))
    assert {n.name for n in destroyed} == {
        name + slot for name in ("h1.weight", "h1.bias", "h2.weight") for slot in ("", "#mean", "#variance")
    }
    assert by_name(destroyed, "h1.weight")[0].axes == (("input/x1", "input/x2"), ("h1/2",))
    assert np.array_equal(numbers(machine)["h1.weight"], before["h1.weight"][:, [0, 1, 3]])
    assert np.array_equal(numbers(machine)["h2.weight#mean"], before["h2.weight#mean"][[0, 1, 3]])
    machine.change(experiment, destroyed)
    assert same(numbers(machine), before)


def test_undo_leaves_what_was_learned_since() -> None:
    experiment = spiral(4, 3)
    machine = Supervised(experiment)
    machine.advance("batch", 40, 60)
    before = numbers(machine)
    layer = replace(experiment.model.layers[0], units=3)
    destroyed = machine.change(with_layers(experiment, layer, *experiment.model.layers[1:]))
    machine.advance("batch", 40, 60)
    since = numbers(machine)
    machine.change(experiment, destroyed)
    now = numbers(machine)
    assert np.array_equal(now["h1.weight"][:, :3], since["h1.weight"])
    assert np.array_equal(now["h1.weight"][:, 3], before["h1.weight"][:, 3])


def test_a_new_neuron_does_not_change_the_output_and_both_its_sides_learn() -> None:
    experiment = spiral(4, 3, optimiser=SGD(rate=0.1))
    machine = Supervised(experiment)
    machine.advance("batch", 40, 60)
    before = machine.scores()
    wider = replace(experiment.model.layers[0], units=5)
    assert machine.change(with_layers(experiment, wider, *experiment.model.layers[1:])) == ()
    assert machine.scores()[0].loss == pytest.approx(before[0].loss, rel=1e-6)
    start = numbers(machine)
    assert np.all(start["h2.weight"][4] == 0)
    assert np.all(start["h1.weight"][:, 4] != 0)
    machine.advance("batch", 2, 60)
    learned = numbers(machine)
    assert np.all(learned["h2.weight"][4] != 0)
    assert np.all(learned["h1.weight"][:, 4] != start["h1.weight"][:, 4])


@pytest.mark.parametrize("activation", [Tanh(), ReLU()], ids=lambda a: a.key)
@pytest.mark.parametrize("place", [1, 2])
def test_a_new_layer_hardly_changes_the_output(activation: Tanh, place: int) -> None:
    experiment = spiral(6, 6, optimiser=Adam(rate=0.01), activation=activation)
    machine = Supervised(experiment)
    machine.advance("epoch", 60, 60)
    before = machine.scores()[0]
    layers = list(experiment.model.layers)
    layers.insert(place, Dense(id="new", units=6, activation=activation))
    destroyed = machine.change(with_layers(experiment, *layers))
    after = machine.scores()[0]
    assert before.loss is not None
    assert after.loss == pytest.approx(before.loss, abs=0.12)
    machine.change(experiment, destroyed)
    assert machine.scores()[0].loss == pytest.approx(before.loss, rel=1e-6)


def test_changing_the_optimiser_and_back_gives_its_state_back() -> None:
    experiment = spiral(optimiser=Adam(rate=0.01))
    machine = Supervised(experiment)
    machine.advance("batch", 30, 60)
    before = machine.state()
    destroyed = machine.change(with_training(experiment, optimiser=SGD(rate=0.1)))
    machine.change(experiment, destroyed)
    assert machine.state() == before


def test_moving_a_point_keeps_the_weights_and_begins_a_new_epoch() -> None:
    experiment = spiral()
    machine = Supervised(experiment)
    machine.advance("batch", 30, 60)
    before, position = numbers(machine), machine.position
    source = replace(experiment.data.source, noise=20.0)
    machine.change(replace(experiment, data=replace(experiment.data, source=source)))
    assert same(numbers(machine), before)
    assert machine.position == Position(position.epoch + 1, position.step, 0, position.samples)


def test_setting_a_number_returns_what_stood_there() -> None:
    machine = Supervised(spiral(4, 3, optimiser=Momentum(rate=0.01)))
    machine.advance("batch", 30, 60)
    before = numbers(machine)
    place = Labelled("h1.weight", (("input/x2",), ("h1/1",)), Array(np.array([[2.5]])))
    patch = machine.assign((place,))
    assert numbers(machine)["h1.weight"][1, 1] == 2.5
    assert {n.name for n in patch} == {"h1.weight", "h1.weight#velocity"}
    machine.assign(patch)
    assert same(numbers(machine), before)


def test_a_number_that_is_not_finite_is_refused() -> None:
    machine = Supervised(spiral())
    with pytest.raises(LearnscopeError, match="finite"):
        machine.assign((Labelled("h1.bias", (("h1/0",),), Array(np.array([np.inf]))),))


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda o: o.key)
def test_frozen_numbers_stay_and_others_learn(optimiser: SGD) -> None:
    base = spiral(4, 3, optimiser=optimiser, penalty=L2(rate=0.01))
    machine = Supervised(base)
    machine.advance("batch", 20, 60)
    before = numbers(machine)
    frozen = (("h1.weight", "input/x1", "h1/2"), ("out.bias", "out/0"))
    machine.change(replace(base, model=replace(base.model, frozen=frozen)))
    machine.advance("batch", 50, 60)
    after = numbers(machine)
    changed = after["h1.weight"] != before["h1.weight"]
    assert not changed[0, 2]
    assert changed.sum() == changed.size - 1
    assert after["out.bias"] == before["out.bias"]
