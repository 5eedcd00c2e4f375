"""Live edits of a running network: what each keeps, what it gives back on undo, how new parts start."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import edits, examples
from engine.activations import Activation
from engine.activations.classic import BipolarStep, Linear, Step, Tanh, ThreeLevelStep
from engine.activations.learned import ParametricReLU
from engine.activations.rectifiers import ReLU
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.datasets import editing
from engine.datasets.points import Points
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.layers import Layer
from engine.layers.convolution import Convolution
from engine.layers.convolution_1d import Convolution1D
from engine.layers.dense import Dense
from engine.layers.depthwise import Depthwise
from engine.layers.dropping_maps import SpatialDropout
from engine.layers.function import Function
from engine.layers.local import Local
from engine.layers.normalising import BatchNorm
from engine.layers.pooling import Pooling
from engine.layers.reforming import Flatten
from engine.layers.transposed import Transposed
from engine.losses.distance import SquaredError
from engine.machines import Position, Until
from engine.machines.supervised import Supervised
from engine.optimisers.adam import Adam
from engine.optimisers.descent import SGD, Momentum
from engine.penalties import L1, L2
from engine.records import Surface, Want
from tests.engine.nets import by_name, digits, numbers, same, spiral, with_layers, with_training
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


@pytest.mark.parametrize(
    ("between", "reader"),
    [
        ((BatchNorm(id="n1"), Function(id="f1", activation=ParametricReLU())), Convolution(id="c2", units=3)),
        ((Depthwise(id="d1", activation=Tanh()),), Local(id="c2", units=2)),
        ((Pooling(id="p1"),), Transposed(id="c2", units=3)),
        ((SpatialDropout(id="s1"),), Convolution1D(id="c2", units=3)),
    ],
    ids=lambda case: getattr(case, "key", "after"),
)
def test_a_new_channel_does_not_change_the_output(between: tuple[Layer, ...], reader: Layer) -> None:
    experiment = digits(Convolution(id="c1", units=3), *between, reader, Flatten(id="flat"))
    machine = Supervised(experiment)
    machine.advance("batch", 5, 60)
    before = machine.scores()
    first, *others = experiment.model.layers
    assert machine.change(with_layers(experiment, replace(first, units=4), *others)) == ()
    assert machine.scores()[0].loss == pytest.approx(before[0].loss, rel=1e-6)
    start = numbers(machine)
    assert np.all(start["c2.weight"][:, :, 3] == 0)
    assert np.all(start["c2.weight"][:, :, :3] != 0)
    assert np.all(start["c1.weight"][..., 3] != 0)
    machine.advance("batch", 2, 60)
    assert np.any(numbers(machine)["c2.weight"][:, :, 3] != 0)


STAIRS = (Step, BipolarStep, ThreeLevelStep)
"""Nothing passes through them smoothly."""
HIDDEN = [e.kind() for e in Activation.registry if e.kind.hidden and e.kind not in STAIRS]


@pytest.mark.parametrize("activation", HIDDEN, ids=lambda a: a.key)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_new_layer_hardly_changes_the_output(activation: Activation, place: int) -> None:
    experiment = spiral(6, 6, optimiser=Adam(rate=0.01), activation=activation)
    machine = Supervised(experiment)
    machine.advance("epoch", 60, 60)
    before = machine.scores()[0].loss
    destroyed = machine.change(edits.add_layer(experiment, place))
    assert machine.scores()[0].loss == pytest.approx(before, abs=0.01)
    machine.change(experiment, destroyed)
    assert machine.scores()[0].loss == pytest.approx(before, rel=1e-6)


def test_a_narrow_new_layer_passes_on_what_the_next_one_needs() -> None:
    experiment = spiral(6, 3, optimiser=Adam(rate=0.01), activation=ReLU())
    machine = Supervised(experiment)
    machine.advance("epoch", 60, 60)
    before = machine.scores()[0].loss
    machine.change(edits.add_layer(experiment, 1, Dense(id="new", units=3, activation=ReLU())))
    assert machine.scores()[0].loss == pytest.approx(before, abs=0.01)


def test_a_layer_that_goes_leaves_the_sums_behind_it_as_they_were() -> None:
    experiment = spiral(6, 6, optimiser=Adam(rate=0.01), activation=Linear())
    machine = Supervised(experiment)
    machine.advance("epoch", 20, 60)
    before = machine.scores()[0].loss
    machine.change(edits.remove_layer(experiment, "h2"))
    assert machine.scores()[0].loss == pytest.approx(before, abs=1e-4)


def decisions(machine: Supervised) -> NDArray[np.intp]:
    """The chosen class at each place of the plane."""
    surface = machine.snapshot(frozenset({Want("surface", 48)})).get("surface")
    assert isinstance(surface, Surface)
    found: NDArray[np.intp] = surface.values.argmax(axis=-1)
    return found


@pytest.mark.parametrize("name", ["circle", "moons", "playground", "rings"])
def test_a_new_class_keeps_the_boundary(name: str) -> None:
    experiment = squared(examples.load("circle")) if name == "playground" else examples.load(name)
    machine = Supervised(experiment)
    machine.advance("epoch", 40, 60)
    points = editing.from_samples(experiment.data.source.samples(experiment.seeds.data))
    assert isinstance(points, Points)
    drawn = adapt(replace(experiment, data=replace(experiment.data, source=points)))[0]
    machine.change(drawn)
    before = decisions(machine)
    wider = adapt(replace(drawn, data=replace(drawn.data, source=editing.new_class(points))))[0]
    destroyed = machine.change(wider)
    assert wider.model.output.units == len(drawn.data.source.class_names) + 1
    assert np.array_equal(decisions(machine), before)
    machine.change(drawn, destroyed)
    assert np.array_equal(decisions(machine), before)


def squared(experiment: Experiment) -> Experiment:
    """The same with the loss and output of TensorFlow Playground."""
    output = replace(experiment.model.output, activation=Tanh())
    model = replace(experiment.model, layers=(*experiment.model.hidden_layers, output))
    training = replace(experiment.training, loss=SquaredError())
    return adapt(replace(experiment, model=model, training=training))[0]


def test_the_curve_of_a_run_whose_data_grow_is_taken_less_often() -> None:
    experiment = spiral()
    machine = Supervised(experiment)
    machine.advance("batch", 50, 60)
    many = replace(experiment.data.source, count=100_000)
    large = replace(experiment, data=replace(experiment.data, source=many))
    machine.change(large)
    assert machine.state().counters["stride"] == Supervised(large).state().counters["stride"] > 1


def test_an_edit_does_not_hide_that_the_run_is_at_its_end() -> None:
    machine = Supervised(spiral())
    machine.until(Until(epoch=2))
    machine.advance("epoch", 5, 60)
    machine.change(with_training(machine.experiment, penalty=L2(rate=0.1)))
    assert machine.stop is not None
    assert machine.advance("batch", 4, 60) == 0


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
