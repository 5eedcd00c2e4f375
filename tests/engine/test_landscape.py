"""The loss around the present weights, against plain NumPy; and that nobody who looks disturbs a run."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine.activations.classic import Linear, Sigmoid, Tanh
from engine.landscape import Form, Path
from engine.landscape.planes import gradient_plane, path_plane, random_plane
from engine.landscape.terrain import Terrain, data_only, parts
from engine.landscape.vectors import vector_of
from engine.layers.dense import Dense
from engine.layers.output import Auxiliary
from engine.machines.supervised import Supervised
from engine.optimisers.adam import Adam
from engine.penalties import L2
from engine.producers._survey import DATA_ONLY
from engine.producers.landscape import Landscape
from engine.records import Want
from engine.ties import Drawn, Turned
from tests.engine.nets import numbers, same, spiral, with_layers


def look(machine: Supervised, directions: str = "random", radius: str = "1", *request: str) -> Landscape:
    want = Want("landscape", target=(directions, radius, *request))
    record = machine.snapshot(frozenset({want})).records[want]
    assert isinstance(record, Landscape)
    return record


def whole(machine: Supervised, directions: str = "random", radius: str = "1", *request: str) -> Landscape:
    """The record when there is nothing left to measure."""
    for _ in range(2000):
        record = look(machine, directions, radius, *request)
        if not record.unfinished:
            return record
    raise AssertionError("the landscape is never finished")


def terrain_of(machine: Supervised) -> tuple[Terrain, NDArray[np.float64]]:
    plan = machine._running
    return Terrain(machine.experiment, plan.prepared, plan.library), vector_of(plan).astype(np.float64)


def by_numpy(machine: Supervised, form: Form, weights: NDArray[np.float64]) -> float:
    """Mean binary cross entropy of a tanh, tanh, sigmoid network, and λ/2 ‖W‖² of its weights."""
    prepared = machine._running.prepared

    def part(name: str) -> NDArray[np.float64]:
        return form.array(weights, name)

    a = prepared.x[: prepared.train]
    for layer in ("h1", "h2"):
        a = np.tanh(a @ part(f"{layer}.weight") + part(f"{layer}.bias"))
    out = 1 / (1 + np.exp(-(a @ part("out.weight") + part("out.bias"))))
    assert machine.experiment.training.loss.key == "binary-cross-entropy"
    right = np.where(prepared.y[: prepared.train] > 0.5, out, 1 - out)
    rate = machine.experiment.training.penalty.strength
    cost = rate / 2 * sum(np.square(part(f"{k}.weight")).sum() for k in ("h1", "h2", "out"))
    return float(-np.log(right).mean() + cost)


def test_every_place_of_the_grid_has_the_loss_that_numpy_finds() -> None:
    machine = Supervised(spiral(4, 3, penalty=L2(rate=0.01)))
    machine.advance("epoch", 2, 60)
    for directions in ("random", "gradient"):
        record = whole(machine, directions, "0.5")
        assert record.values.shape == (33, 33)
        f, n = record.frame, 32
        for row, column in ((0, 0), (0, 32), (16, 16), (7, 25)):
            a, b = f.left + (f.right - f.left) * column / n, f.top - (f.top - f.bottom) * row / n
            expected = by_numpy(machine, record.form, record.plane.at(a, b))
            assert record.values[row, column] == pytest.approx(expected, rel=1e-4)
        assert record.values[16, 16] == pytest.approx(record.loss)
        assert record.away == pytest.approx(0)
        assert not record.values.flags.writeable
        assert not record.path.flags.writeable


def test_the_gradient_is_the_slope_of_the_loss() -> None:
    machine = Supervised(spiral(4, 3, penalty=L2(rate=0.01), optimiser=Adam()))
    terrain, weights = terrain_of(machine)
    gradient = terrain.gradient(weights)
    plane = gradient_plane(terrain.form, weights, gradient, 0)
    for direction, slope in ((plane.across, -np.linalg.norm(gradient)), (plane.up, 0.0)):
        measured = (terrain.loss(weights + 1e-2 * direction) - terrain.loss(weights - 1e-2 * direction)) / 2e-2
        assert measured == pytest.approx(slope, abs=2e-4)
    assert plane.across @ plane.up == pytest.approx(0, abs=1e-12)
    assert np.array_equal(terrain.gradient(weights), gradient), "asking again gives the same"


def test_a_random_direction_is_as_long_as_the_weights_of_each_neuron_and_always_the_same() -> None:
    machine = Supervised(spiral(4, 3))
    terrain, weights = terrain_of(machine)
    plane, again = (random_plane(terrain.form, weights, 5) for _ in range(2))
    other = random_plane(terrain.form, weights, 6)
    for name in ("h1.weight", "h2.weight", "out.weight"):
        lengths = np.linalg.norm(terrain.form.array(weights, name), axis=0)
        for direction in (plane.across, plane.up):
            assert np.allclose(np.linalg.norm(terrain.form.array(direction, name), axis=0), lengths)
    assert not terrain.form.array(plane.across, "h1.bias").any()
    assert np.array_equal(plane.up, again.up)
    assert not np.array_equal(plane.up, other.up)
    assert not np.allclose(plane.up, plane.across)


def test_what_is_frozen_or_tied_moves_as_it_may() -> None:
    base = spiral(4, 4)
    layers = Dense(id="h1", units=3), Dense(id="h2", units=3), Dense(id="h3", units=3, weights=Turned(of="h2"))
    experiment = with_layers(base, *layers, base.model.output)
    machine = Supervised(experiment)
    held = ("h1.weight", machine._learner.labels("h1.weight")[0][0], "h1/0")
    machine.change(replace(experiment, model=replace(experiment.model, frozen=(held,))))
    terrain, weights = terrain_of(machine)
    for direction in (random_plane(terrain.form, weights, 0).across, terrain.gradient(weights)):
        first, owner, follower = (terrain.form.array(direction, f"{k}.weight") for k in ("h1", "h2", "h3"))
        assert first[0, 0] == 0
        assert first[1:].all()
        assert owner.all()
        assert np.array_equal(follower, owner.T)
    assert "h3.weight" not in {n.name for n in terrain.form.labelled(weights)}


def test_the_components_of_a_path_are_its_singular_vectors() -> None:
    points = np.random.default_rng(0).normal(size=(20, 7)) * [5, 3, 1, 1, 0.5, 0.1, 0]
    plane = path_plane(points[-1], points)
    assert plane is not None
    x = points - points.mean(axis=0)
    _, values, rows = np.linalg.svd(x, full_matrices=False)
    for k, direction in enumerate((plane.across, plane.up)):
        assert abs(direction @ rows[k]) == pytest.approx(1)
        assert plane.shares[k] == pytest.approx(values[k] ** 2 / (values**2).sum())
        assert (points[-1] - points[0]) @ direction >= 0
    assert plane.at(*plane.of(points[-1:])[0]) == pytest.approx(points[-1])
    assert path_plane(points[0], points[:1].repeat(5, axis=0)) is None


def test_the_path_is_that_of_the_points_of_the_curve() -> None:
    machine, alone = Supervised(spiral(4, 3)), Supervised(spiral(4, 3))
    look(machine, "path")
    machine.advance("batch", 40, 60)
    record = whole(machine, "path")
    assert record.plane.kind == "path"
    assert sum(record.plane.shares) > 0.5
    steps = machine._look.path.steps
    assert steps[0] == 0
    assert len(steps) > 10
    for step, weights in zip(steps, machine._look.path.points, strict=True):
        alone.advance("batch", step - alone.position.step, 60)
        assert np.array_equal(weights, vector_of(alone._running))
    assert record.away == pytest.approx(0, abs=1e-4)
    assert np.allclose(record.path[-1], record.here, atol=1e-4)
    assert all(record.frame.holds(*place) for place in record.path.tolist())


def test_nobody_who_looks_disturbs_the_run() -> None:
    experiment = spiral(4, 3, optimiser=Adam(), penalty=L2(rate=0.001))
    machine, alone = Supervised(experiment), Supervised(experiment)
    for directions in ("random", "gradient", "path", "path", "gradient"):
        look(machine, directions)
        machine.advance("sample", 37, 60)
        whole(machine, directions, "0.1", "again")
        machine.advance("batch", 11, 60)
        alone.advance("sample", 37, 60)
        alone.advance("batch", 11, 60)
    assert same(numbers(machine), numbers(alone))
    assert machine.position == alone.position
    assert np.array_equal(machine._history.table(), alone._history.table(), equal_nan=True)


def test_weights_put_somewhere_have_the_loss_of_that_place() -> None:
    machine = Supervised(spiral(4, 3))
    record = whole(machine)
    machine.advance("batch", 5, 60)
    machine.assign(record.form.labelled(record.plane.at(0.5, -0.25)))
    again = look(machine)
    assert again.here == pytest.approx((0.5, -0.25), abs=1e-5)
    assert again.loss == pytest.approx(record.values[20, 24], rel=1e-5)
    assert np.isnan(again.path).any(), "the path is broken where it was not the run that moved"


def test_a_survey_goes_on_through_edits_that_leave_the_loss_as_it_is() -> None:
    machine = Supervised(spiral(4, 3))
    record = whole(machine)
    machine.advance("batch", 8, 60)
    training = machine.experiment.training
    faster = replace(training, optimiser=replace(training.optimiser, rate=0.001))
    machine.change(replace(machine.experiment, training=faster))
    again = look(machine)
    assert again.plane is record.plane
    assert not again.unfinished
    assert len(again.path) > 1
    machine.change(replace(machine.experiment, training=replace(faster, penalty=L2(rate=1.0))))
    assert look(machine).plane is not record.plane
    machine.change(spiral(5, 3))
    assert len(look(machine).path) == 1
    machine.reset()
    assert len(look(machine).path) == 1


def test_a_run_that_leaves_the_frame_is_followed() -> None:
    machine = Supervised(spiral(4, 3))
    record = whole(machine, "gradient", "0.001")
    machine.advance("epoch", 3, 60)
    moved = whole(machine, "gradient", "0.001")
    assert moved.plane is not record.plane
    assert moved.here == pytest.approx((0, 0), abs=1e-6)


def test_a_long_path_is_thinned_and_keeps_its_start() -> None:
    path = Path()
    path.follow(0, np.zeros(3))
    assert not len(path), "nobody looks"
    path.watched = True
    for step in range(3000):
        path.follow(step, np.full(3, step))
    assert 128 <= len(path) <= 512
    assert path.steps[0] == 0
    assert all(s % path.stride == 0 for s in path.steps)
    assert all(point[0] == step for step, point in zip(path.steps, path.points, strict=True))
    path.watched = False
    path.follow(3000, np.zeros(3))
    path.watched = True
    path.follow(5000, np.ones(3))
    assert path.breaks[-1]
    assert path.steps[-1] == 5000
    path.follow(0, np.ones(3))
    assert path.steps == [0]
    assert path.matrix().shape == (1, 3)


def several() -> Supervised:
    """Two auxiliary outputs, one with a target of its own, a soft tie and a penalty: all that can be made small."""
    base = spiral(5, penalty=L2(rate=0.05), optimiser=Adam())
    same_answer = Auxiliary(id="aux", units=1, inputs=("h1",), activation=Sigmoid(), strength=0.4)
    value = Auxiliary(id="value", units=1, inputs=("h1",), activation=Linear(), target="x1*x2", strength=2.0)
    drawn = Dense(id="h2", units=5, inputs=("h1",), activation=Tanh())
    behind = Dense(id="h3", units=5, inputs=("h2",), activation=Tanh(), weights=Drawn(of="h2", strength=0.3))
    layers = (*base.model.hidden_layers, same_answer, value, drawn, behind, base.model.output)
    machine = Supervised(with_layers(base, *layers))
    machine.advance("epoch", 2, 60)
    return machine


def test_heights_are_all_that_learning_makes_small() -> None:
    machine = several()
    assert parts(machine.experiment) == ("auxiliary losses", "penalty", "ties")
    terrain, weights = terrain_of(machine)
    gradient = terrain.gradient(weights)
    length = float(np.linalg.norm(gradient))
    ahead = gradient / length
    measured = (terrain.loss(weights + 1e-2 * ahead) - terrain.loss(weights - 1e-2 * ahead)) / 2e-2
    assert measured == pytest.approx(length, rel=2e-3)
    plan = machine._running
    answer = plan.score(0, plan.prepared.train)[0] / plan.prepared.train
    said = plan.activations(0, plan.prepared.train)
    wanted = {"aux": plan.prepared.y, "value": plan.prepared.others["value"]}
    aux, value = (np.asarray(said[k], np.float64)[:, 0] for k in ("aux", "value"))
    t, v = (np.asarray(wanted[k][: plan.prepared.train], np.float64).ravel() for k in ("aux", "value"))
    beside = 0.4 * -np.log(np.where(t > 0.5, aux, 1 - aux)).mean() + 2.0 * 0.5 * np.square(value - v).mean()
    cost = machine.snapshot(frozenset()).penalty
    assert terrain.loss(weights) == pytest.approx(answer + beside + cost, rel=1e-4)


def test_heights_can_be_the_loss_of_the_data_alone() -> None:
    machine = several()
    plan = machine._running
    record, alone = whole(machine, "random", "0.5", ""), whole(machine, "random", "0.5", "", DATA_ONLY)
    assert alone.loss == pytest.approx(plan.score(0, plan.prepared.train)[0] / plan.prepared.train, rel=1e-5)
    assert alone.loss < record.loss
    assert parts(data_only(machine.experiment)) == ()
