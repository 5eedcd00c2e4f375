"""A supervised run: exact, repeatable, resumable; edits keep what they should; it stops when told, and at the last
finite state."""

from __future__ import annotations

import time

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.activations import ReLU, Tanh
from engine.arrays import Array, Labelled
from engine.datasets.points import Points
from engine.errors import LearnscopeError
from engine.layers.dense import Dense
from engine.machines import Position, Until, Want, build
from engine.machines.supervised import Supervised
from engine.optimisers import SGD, Adam, Momentum
from engine.penalties import L1, L2
from engine.records import Curve, ImageGrid, Matrices, Sample, Surface, Unit
from tests.engine.nets import by_name, numbers, same, spiral, with_layers, with_training

OPTIMISERS = (SGD(rate=0.1), Momentum(rate=0.01), Adam(rate=0.01))


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda o: o.key)
def test_reset_repeats_the_run_bit_for_bit(optimiser: SGD) -> None:
    machine = Supervised(spiral(optimiser=optimiser))
    start = numbers(machine)
    machine.advance("batch", 137, 60)
    there = numbers(machine)
    machine.reset()
    assert machine.position == Position()
    assert same(numbers(machine), start)
    machine.advance("batch", 137, 60)
    assert same(numbers(machine), there)
    assert not same(there, start)


def test_one_call_or_many_give_the_same_bits() -> None:
    together, apart = Supervised(spiral()), Supervised(spiral())
    together.advance("batch", 60, 60)
    for _ in range(60):
        apart.advance("batch", 1, 60)
    assert same(numbers(together), numbers(apart))


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda o: o.key)
def test_stepping_sample_by_sample_gives_the_same_bits_as_whole_batches(optimiser: SGD) -> None:
    experiment = spiral(5, 9, optimiser=optimiser, batch=7)
    batches, samples = Supervised(experiment), Supervised(experiment)
    batches.advance("epoch", 2, 60)
    seen = batches.position.samples
    assert samples.advance("sample", seen, 60) == seen
    assert samples.position == batches.position
    assert same(numbers(samples), numbers(batches))


def test_a_batch_in_pieces_gives_the_same_bits_as_in_one() -> None:
    experiment = spiral(batch=0)
    whole, pieces = Supervised(experiment), Supervised(experiment)
    whole.advance("batch", 1, 60)
    for rows in (1, 2, 50, 100, 512):
        pieces._running.steps(1, 1, rows)
    assert same(numbers(whole), numbers(pieces))


def test_batches_above_512_are_accumulated_in_pieces() -> None:
    base = spiral(batch=0)
    experiment = replace(base, data=replace(base.data, share=100.0, source=replace(base.data.source, count=1500)))
    machine = Supervised(experiment)
    assert machine._running.lowered.piece == 512
    machine.advance("batch", 3, 60)
    assert machine.position == Position(epoch=3, step=3, sample=0, samples=4500)


def test_an_epoch_shows_every_training_sample_once_in_an_order_of_its_own() -> None:
    machine = Supervised(spiral(batch=7))
    orders = []
    for _ in range(2):
        rows = []
        for _ in range(machine._running.prepared.train):
            machine.advance("sample", 1, 60)
            record = machine.snapshot(frozenset({Want("sample")})).get("sample")
            assert isinstance(record, Sample)
            rows.append(record.row)
        assert sorted(rows) == sorted(machine._running.prepared.source[: len(rows)])
        orders.append(rows)
    assert orders[0] != orders[1]
    assert machine.position.epoch == 2


def test_the_last_batch_of_an_epoch_is_what_is_left() -> None:
    machine = Supervised(spiral(batch=100))  # 250 samples: 100, 100, 50
    assert machine.advance("epoch", 1, 60) == 1
    assert machine.position == Position(epoch=1, step=3, sample=0, samples=250)


@pytest.mark.parametrize("unit", ["batch", "sample"])
def test_a_state_taken_in_the_middle_goes_on_with_the_same_bits(unit: str) -> None:
    experiment = spiral(batch=10)
    machine = Supervised(experiment)
    machine.advance("epoch", 1, 60)
    machine.advance(unit, 3, 60)  # type: ignore[arg-type]
    state = machine.state()
    machine.advance("sample", 333, 60)
    other = Supervised(experiment)
    other.advance("batch", 5, 60)
    other.restore(state)
    assert other.state() == state
    other.advance("sample", 333, 60)
    assert other.state() == machine.state()


def test_a_state_that_does_not_fit_is_refused_and_changes_nothing() -> None:
    machine = Supervised(spiral(4, 3))
    machine.advance("batch", 3, 60)
    before = machine.state()
    good = machine.state()
    other = Supervised(spiral(4, 4)).state()
    bad_counter = replace(good, counters={**good.counters, "offset": 10**9})
    bad_number = replace(good, numbers=(replace(good.numbers[0], values=Array(np.full((2, 4), np.nan))),
                                        *good.numbers[1:]))  # fmt: skip
    bad_history = replace(good, arrays={"history": Array(np.zeros((2, 5)))})
    missing = replace(good, counters={"step": 1})
    for state in (other, bad_counter, bad_number, bad_history, missing):
        with pytest.raises(LearnscopeError):
            machine.restore(state)
    assert machine.state() == before


# live edits ----------------------------------------------------------------------------------------------------------


def test_settings_change_without_touching_a_number() -> None:
    machine = Supervised(spiral())
    machine.advance("batch", 40, 60)
    before = numbers(machine)
    for edit in (
        with_training(machine.experiment, optimiser=Adam(rate=0.5)),
        with_training(machine.experiment, batch=30),
        with_training(machine.experiment, penalty=L2(rate=0.1)),
        with_training(machine.experiment, penalty=L1(rate=0.1)),
        with_layers(machine.experiment, *(replace(x, activation=ReLU()) for x in machine.experiment.model.hidden_layers),
                    machine.experiment.model.output),
    ):  # fmt: skip
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
    source = replace(experiment.data.source, noise=20.0)  # type: ignore[call-arg]
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


# stopping ------------------------------------------------------------------------------------------------------------


def test_divergence_stops_at_the_last_finite_state_and_names_layer_and_step() -> None:
    machine = Supervised(with_training(examples.load("plane"), optimiser=SGD(rate=100.0)))
    machine.advance("batch", 10_000, 60)
    assert machine.stop is not None
    assert machine.stop.reason == "diverged"
    assert f"step {machine.position.step + 1}" in machine.stop.sentence
    assert "layer “" in machine.stop.sentence
    assert all(np.isfinite(values).all() for values in numbers(machine).values())
    assert machine.advance("batch", 1, 60) == 0
    # the state is exactly that of a run that was told to stop there
    other = Supervised(machine.experiment)
    other.advance("batch", machine.position.step, 60)
    assert other.stop is None
    assert same(numbers(other), numbers(machine))
    machine.reset()
    assert machine.stop is None


def test_a_hidden_not_a_number_is_seen() -> None:
    machine = Supervised(spiral(4, 3, activation=ReLU()))
    machine._learner.array("h1.weight")[0, 0] = np.nan
    machine.advance("batch", 1, 60)
    assert machine.stop is not None
    assert machine.stop.reason == "diverged"


def test_run_until_an_epoch_stops_exactly_there_and_goes_on_when_the_rule_is_gone() -> None:
    machine = Supervised(spiral())
    machine.until(Until(epoch=3))
    machine.advance("batch", 10**6, 60)
    assert machine.position.epoch == 3
    assert machine.position.step == 75
    assert machine.stop is not None
    assert machine.stop.reason == "epoch"
    machine.until(Until())
    assert machine.stop is None
    assert machine.advance("batch", 1, 60) == 1


def test_run_until_a_loss_or_an_accuracy() -> None:
    for rules, reason in ((Until(loss=0.5), "loss"), (Until(accuracy=0.8), "accuracy")):
        machine = Supervised(spiral(8, 8))
        machine.until(rules)
        machine.advance("batch", 10**6, 60)
        assert machine.stop is not None
        assert machine.stop.reason == reason


def test_run_until_a_plateau() -> None:
    machine = Supervised(spiral(2, optimiser=SGD(rate=1e-9)))
    machine.until(Until(plateau=5))
    machine.advance("batch", 10**6, 60)
    assert machine.stop is not None
    assert machine.stop.reason == "plateau"
    assert machine.position.epoch < 30


def test_without_training_samples_nothing_runs() -> None:
    base = spiral()
    machine = Supervised(replace(base, data=replace(base.data, source=Points())))
    assert machine.advance("batch", 10) == 0
    assert machine.scores()[0].loss is None
    snapshot = machine.snapshot(frozenset({Want("surface", 16), Want("maps", 8), Want("loss")}))
    assert snapshot.get("surface") is not None


def test_the_time_limit_holds_for_large_batches() -> None:
    machine = Supervised(spiral(64, 64, batch=0))
    machine.advance("batch", 10, 60)
    started = time.perf_counter()
    machine.advance("batch", 10**9, 0.05)
    assert time.perf_counter() - started < 1.0


# records -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", examples.names())
def test_every_bundled_experiment_gives_every_record(name: str) -> None:
    experiment = examples.load(name)
    machine = build(experiment)
    machine.advance("batch", 20, 60)
    machine.advance("sample", 1, 60)
    first = experiment.model.layers[0].id
    wants = frozenset(
        {Want("surface", 20), Want("maps", 10), Want("weights"), Want("loss"), Want("accuracy"), Want("sample"),
         Want("unit", 0, (first, f"{first}/0"))}
    )  # fmt: skip
    snapshot = machine.snapshot(wants)
    assert set(snapshot.records) == wants
    surface, maps, weights, loss, unit, sample = (
        snapshot.get(n) for n in ("surface", "maps", "weights", "loss", "unit", "sample")
    )
    assert isinstance(surface, Surface)
    assert isinstance(maps, ImageGrid)
    assert isinstance(weights, Matrices)
    assert isinstance(loss, Curve)
    assert isinstance(unit, Unit)
    assert isinstance(sample, Sample)
    assert surface.values.shape[2] == max(len(surface.classes), 1)
    if surface.classes:
        assert np.allclose(surface.values.sum(axis=2), 1, atol=1e-5)
    assert np.isfinite(maps.images).all()
    assert len(maps.tiles) == len(maps.images) == len(maps.low) == len(maps.high)
    assert len(loss.lines) >= 1
    for array in (surface.values, maps.images, maps.low, loss.x, unit.weights, sample.output):
        assert not array.flags.writeable


def test_the_map_of_the_output_is_the_surface() -> None:
    machine = Supervised(spiral(4, 3))
    machine.advance("batch", 100, 60)
    snapshot = machine.snapshot(frozenset({Want("surface", 24), Want("maps", 24)}))
    surface, maps = snapshot.get("surface"), snapshot.get("maps")
    assert isinstance(surface, Surface)
    assert isinstance(maps, ImageGrid)
    assert np.array_equal(surface.values[:, :, 1], maps.images[-1])


def test_a_sample_shows_what_the_network_computed_for_it() -> None:
    machine = Supervised(spiral(4, 3))
    weights = numbers(machine)
    machine.advance("sample", 1, 60)
    record = machine.snapshot(frozenset({Want("sample")})).get("sample")
    assert isinstance(record, Sample)
    h1 = np.tanh(record.inputs @ weights["h1.weight"] + weights["h1.bias"])
    h2 = np.tanh(h1 @ weights["h2.weight"] + weights["h2.bias"])
    z = h2 @ weights["out.weight"] + weights["out.bias"]
    assert np.allclose(record.activations["h1"], h1, atol=1e-6)
    assert np.allclose(record.output, 1 / (1 + np.exp(-z)), atol=1e-6)
    assert record.loss == pytest.approx(float((np.log1p(np.exp(z)) - record.target * z)[0]), abs=1e-6)


def test_looking_does_not_disturb_the_run() -> None:
    seen, unseen = Supervised(spiral(batch=10)), Supervised(spiral(batch=10))
    for _ in range(30):
        seen.advance("sample", 7, 60)
        unseen.advance("sample", 7, 60)
        seen.snapshot(
            frozenset({Want("surface", 16), Want("maps", 8), Want("sample"), Want("unit", 0, ("h1", "h1/0"))})
        )
    assert same(numbers(seen), numbers(unseen))
    assert seen.state() == unseen.state()
