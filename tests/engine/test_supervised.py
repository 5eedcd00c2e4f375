"""A supervised run: exact, repeatable, resumable; it stops when told, and at the last finite state; its records are
true."""

from __future__ import annotations

import time

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.activations import Activation
from engine.activations.classic import Step, Tanh
from engine.activations.rectifiers import ReLU
from engine.arrays import Array, Labelled
from engine.datasets.points import Points
from engine.errors import LearnscopeError
from engine.experiment import nodes
from engine.machines import Position, Until, build
from engine.machines.supervised import Supervised
from engine.optimisers.adam import Adam
from engine.optimisers.descent import SGD, Momentum
from engine.penalties import L2, NoPenalty
from engine.producers.pictures import Pictures
from engine.records import Curve, Domain, ImageGrid, Matrices, Sample, Surface, Unit, Want
from tests.engine.nets import numbers, reason, same, spiral, with_training

OPTIMISERS = (SGD(rate=0.1), Momentum(rate=0.01), Adam(rate=0.01))


def curve_of(machine: Supervised, what: str) -> Curve:
    """The curve as a view gets it."""
    record = machine.snapshot(frozenset({Want(what)})).records[Want(what)]
    assert isinstance(record, Curve)
    return record


def points_of(machine: Supervised) -> list[int]:
    """The steps of its points, from the state of the run."""
    return [int(row[0]) for row in machine.state().arrays["history"].values]


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


def test_the_curve_holds_the_scores_of_its_steps_however_the_run_is_cut() -> None:
    together, apart = Supervised(spiral()), Supervised(spiral())
    steps = 3000  # more than the curve has points: its grid widens on the way
    together.advance("batch", steps, 60)
    seen = {0: apart.scores()}
    for step in range(1, steps + 1):
        apart.advance("batch", 1, 60)
        seen[step] = apart.scores()
    for what in ("loss", "accuracy"):
        curve = curve_of(together, what)
        assert 256 <= len(curve.x) <= 513
        assert np.array_equal(curve.x, curve_of(apart, what).x)
        for line, role in zip(curve.lines, (0, 1), strict=True):
            told = [getattr(seen[step][role], what) for step in points_of(together)]
            assert np.array_equal(line.y, told)


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


# stopping ------------------------------------------------------------------------------------------------------------


def test_divergence_stops_at_the_last_finite_state_and_names_layer_and_step() -> None:
    machine = Supervised(with_training(examples.load("plane"), optimiser=SGD(rate=100.0)))
    machine.advance("batch", 10_000, 60)
    assert machine.stop is not None
    assert reason(machine) == "diverged"
    assert f"step {machine.position.step + 1}" in machine.stop.sentence
    assert "layer “" in machine.stop.sentence
    assert all(np.isfinite(values).all() for values in numbers(machine).values())
    assert machine.advance("batch", 1, 60) == 0
    # the state is exactly that of a run that was told to stop there
    other = Supervised(machine.experiment)
    other.advance("batch", machine.position.step, 60)
    assert reason(other) is None
    assert same(numbers(other), numbers(machine))
    machine.reset()
    assert reason(machine) is None


def test_a_hidden_not_a_number_is_seen() -> None:
    machine = Supervised(spiral(4, 3, activation=ReLU()))
    machine._learner.array("h1.weight")[0, 0] = np.nan
    machine.advance("batch", 1, 60)
    assert reason(machine) == "diverged"


def test_run_until_an_epoch_stops_exactly_there_and_goes_on_when_the_rule_is_gone() -> None:
    machine = Supervised(spiral())
    machine.until(Until(epoch=3))
    machine.advance("batch", 10**6, 60)
    assert machine.position.epoch == 3
    assert machine.position.step == 75
    assert reason(machine) == "epoch"
    machine.until(Until())
    assert reason(machine) is None
    assert machine.advance("batch", 1, 60) == 1


def test_run_until_a_loss_or_an_accuracy() -> None:
    for rules, wanted in ((Until(loss=0.5), "loss"), (Until(accuracy=0.8), "accuracy")):
        machine = Supervised(spiral(8, 8))
        machine.until(rules)
        machine.advance("batch", 10**6, 60)
        assert reason(machine) == wanted


def test_run_until_a_plateau() -> None:
    machine = Supervised(spiral(2, optimiser=SGD(rate=1e-9)))
    machine.until(Until(plateau=5))
    machine.advance("batch", 10**6, 60)
    assert reason(machine) == "plateau"
    assert machine.position.epoch < 30


def test_without_training_samples_nothing_runs() -> None:
    base = spiral()
    machine = Supervised(replace(base, data=replace(base.data, source=Points())))
    assert machine.advance("batch", 10) == 0
    assert machine.scores()[0].loss is None
    snapshot = machine.snapshot(frozenset({Want("surface", 16), Want("maps", 8), Want("loss")}))
    assert snapshot.get("surface") is not None


def test_points_drawn_before_the_first_step_begin_the_curve() -> None:
    drawn = spiral()
    machine = Supervised(replace(drawn, data=replace(drawn.data, source=Points())))
    machine.change(drawn)
    machine.advance("batch", 2000, 60)
    fresh = Supervised(drawn)
    first, other = curve_of(machine, "loss"), curve_of(fresh, "loss")
    assert first.x[0] == other.x[0] == 0
    assert [line.y[0] for line in first.lines] == [line.y[0] for line in other.lines]


def test_a_weight_set_between_two_steps_changes_the_point_of_the_curve() -> None:
    machine = Supervised(spiral())
    (begun,) = (line.y[0] for line in curve_of(machine, "loss").lines if line.role == "train")
    machine.assign((Labelled("h1.bias", (("h1/0",),), Array(np.array([3.0]))),))
    (now,) = (line.y[0] for line in curve_of(machine, "loss").lines if line.role == "train")
    assert now == machine.scores()[0].loss != begun


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
    first = nodes(experiment)[0]
    seen = Want("pictures" if experiment.data.source.axes else "surface", 20)
    wants = frozenset(
        {seen, Want("maps", 10), Want("weights"), Want("loss"), Want("accuracy"), Want("sample"),
         Want("unit", 0, (first.layer.id, first.units.labels[0]))}
    )  # fmt: skip
    snapshot = machine.snapshot(wants)
    assert set(snapshot.records) == wants
    answer, maps, weights, loss, unit, sample = (
        snapshot.get(n) for n in (seen.name, "maps", "weights", "loss", "unit", "sample")
    )
    assert isinstance(maps, ImageGrid)
    assert isinstance(weights, Matrices)
    assert isinstance(loss, Curve)
    assert isinstance(unit, Unit)
    assert isinstance(sample, Sample)
    if isinstance(answer, Surface):
        shares = answer.values
        assert shares.shape[2] == max(len(answer.classes), 1)
        assert not shares.flags.writeable
    else:
        assert isinstance(answer, Pictures)
        assert answer.glass
        shares = answer.glass.shares[None, None]
    assert shares.shape[2] == 1 or np.allclose(shares.sum(axis=2), 1, atol=1e-5)
    assert np.isfinite(maps.images).all()
    assert len(maps.tiles) == len(maps.images) == len(maps.low) == len(maps.high)
    assert len(loss.lines) >= 1
    for array in (maps.images, maps.low, loss.x, unit.weights, sample.output):
        assert not array.flags.writeable


def test_the_map_of_the_output_is_the_surface() -> None:
    machine = Supervised(spiral(4, 3))
    machine.advance("batch", 100, 60)
    snapshot = machine.snapshot(frozenset({Want("surface", 24), Want("maps", 24)}))
    surface, maps = snapshot.get("surface"), snapshot.get("maps")
    assert isinstance(surface, Surface)
    assert isinstance(maps, ImageGrid)
    assert np.array_equal(surface.values[:, :, 1], maps.images[-1])
    assert (maps.low[-1], maps.high[-1]) == (0, 1), "the boundary of the classes has the middle colour"


def test_a_part_of_the_plane_is_computed_anew() -> None:
    machine = Supervised(spiral())
    machine.advance("epoch", 3, 60)
    whole = Want("surface", size=65)
    coarse = machine.snapshot(frozenset({whole})).records[whole]
    assert isinstance(coarse, Surface)
    left, right, bottom, top = coarse.domain
    part = Want("surface", size=33, area=Domain(left, (left + right) / 2, (bottom + top) / 2, top))
    snapshot = machine.snapshot(frozenset({whole, part}))
    fine = snapshot.records[part]
    assert isinstance(fine, Surface)
    assert fine.domain == part.area
    assert np.allclose(fine.values, coarse.values[:33, :33], atol=1e-6)
    assert snapshot.get("surface") is snapshot.records[whole]


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


def test_the_loss_of_a_sample_is_its_own_within_a_batch() -> None:
    machine = Supervised(spiral(4, 3, batch=10))
    machine.advance("batch", 3, 60)
    record = machine.snapshot(frozenset({Want("sample")})).get("sample")
    assert isinstance(record, Sample)
    o, t = float(record.output[0]), record.target
    assert record.loss == pytest.approx(-t * np.log(o) - (1 - t) * np.log(1 - o), abs=1e-5)


@pytest.mark.parametrize(
    ("activation", "found"),
    [(ReLU(), [False, False, True, True]), (Tanh(), [False, True, True, False]), (Step(), [False, False, True, True])],
    ids=lambda a: getattr(a, "key", ""),
)
def test_a_neuron_is_active_by_the_rule_of_its_function(activation: Activation, found: list[bool]) -> None:
    outputs = {"relu": [-0.0, 0.0, 0.1, 9.0], "tanh": [-0.99, -0.5, 0.9, 0.999], "step": [0.0, 0.0, 1.0, 1.0]}
    assert list(activation.active(np.array(outputs[activation.key]))) == found


def test_the_share_of_samples_a_neuron_is_active_on() -> None:
    machine = Supervised(spiral(4, 3))
    machine.assign((Labelled("h1.bias", (("h1/0", "h1/1"),), Array(np.array([9.0, 0.0]))),))
    machine.assign((Labelled("h1.weight", (("input/x1", "input/x2"), ("h1/0", "h1/1")), Array(np.zeros((2, 2)))),))
    for unit, share in (("h1/0", 0.0), ("h1/1", 1.0)):
        want = Want("unit", target=("h1", unit))
        record = machine.snapshot(frozenset({want})).records[want]
        assert isinstance(record, Unit)
        assert (record.active, record.activity) == (share, "unsaturated")


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


def test_the_penalty_is_told_apart_from_the_loss() -> None:
    machine = Supervised(spiral(penalty=L2(rate=0.01)))
    machine.advance("epoch", 2, 60)
    weights = [v for name, v in numbers(machine).items() if name.endswith(".weight")]
    wanted = 0.005 * sum(float(np.square(w.astype(np.float64)).sum()) for w in weights)
    assert machine.snapshot(frozenset()).penalty == pytest.approx(wanted, rel=1e-5)
    free = machine.change(with_training(machine.experiment, penalty=NoPenalty()))
    assert machine.snapshot(frozenset()).penalty == 0
    assert free == ()
