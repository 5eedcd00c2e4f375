"""What a layer makes of the plane, against the same worked out by plain NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import examples
from engine.machines.supervised import Supervised
from engine.producers.representation import COMPONENTS, TARGET, Representation, components, separability
from engine.records import ImageGrid, Want
from tests.engine.nets import spiral


def look(machine: Supervised, *target: str) -> Representation:
    want = Want("representation", target=target)
    record = machine.snapshot(frozenset({want})).records[want]
    assert isinstance(record, Representation)
    return record


def forward(machine: Supervised, layer: str) -> NDArray[np.float64]:
    prepared = machine._running.prepared
    return machine._running.activations(0, prepared.train)[layer].astype(np.float64)


def test_two_units_are_shown_as_they_are() -> None:
    machine = Supervised(spiral(4, 3))
    machine.advance("epoch", 3, 60)
    record = look(machine, "h1", "h1/2", "h1/0")
    assert np.allclose(record.points, forward(machine, "h1")[:, [2, 0]])
    assert record.axes == ("h1/2", "h1/0")
    maps = machine.snapshot(frozenset({Want("maps", 33)})).get("maps")
    assert isinstance(maps, ImageGrid)
    tiles = [tile.unit for tile in maps.tiles]
    for axis, unit in enumerate(record.axes):
        assert np.allclose(record.grid[:, :, axis], maps.images[tiles.index(unit)], atol=1e-6)
    prepared = machine._running.prepared
    assert np.array_equal(record.y, prepared.samples.y[prepared.source[: prepared.train]])
    assert record.layers == ("input", "h1", "h2", "out")
    assert not any(a.flags.writeable for a in (record.points, record.grid, record.y))


def test_components_are_the_singular_vectors_and_keep_their_side() -> None:
    machine = Supervised(spiral(6, 3))
    record, seen = look(machine, "h1"), forward(machine, "h1")
    x = seen - seen.mean(axis=0)
    _, values, rows = np.linalg.svd(x, full_matrices=False)
    for axis in (0, 1):
        assert np.allclose(np.abs(record.points[:, axis]), np.abs(x @ rows[axis]), atol=1e-5)
        assert record.spread[axis] == pytest.approx(values[axis] ** 2 / (values**2).sum(), rel=1e-5)
        inputs = machine._running.prepared.x[: len(x), 0]
        assert np.corrcoef(record.points[:, axis], inputs)[0, 1] >= 0
    assert record.axes == (COMPONENTS,)


def test_more_units_than_samples_have_the_same_components() -> None:
    x = np.random.default_rng(0).normal(size=(30, 50)) * np.linspace(3, 1, 50)
    middle, directions, spread = components(x)
    _, values, rows = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    assert np.allclose(middle, x.mean(axis=0))
    assert np.allclose(np.abs(directions.T @ rows[:2].T), np.eye(2), atol=1e-8)
    assert spread == pytest.approx(tuple(values[:2] ** 2 / (values**2).sum()))


def test_what_says_one_thing_has_no_components() -> None:
    _, directions, spread = components(np.ones((5, 3)))
    assert np.array_equal(directions, np.eye(3, 2))
    assert all(math.isnan(s) for s in spread)
    assert all(math.isnan(s) for s in components(np.zeros((0, 3)))[2])


def test_a_straight_line_tells_blobs_apart_and_a_circle_half() -> None:
    random = np.random.default_rng(1)
    y = (np.arange(200) % 2).astype(np.float64)
    blobs = random.normal(size=(200, 2)) * 0.1 + y[:, None]
    assert separability(blobs, y, 2) == 1.0
    angle = random.uniform(0, 2 * np.pi, 200)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (1 + 2 * y[:, None])
    around = separability(ring, y, 2)
    assert 0.4 < around < 0.7
    assert separability(np.column_stack([ring, (ring**2).sum(axis=1)]), y, 2) == 1.0


def test_separability_is_that_of_least_squares() -> None:
    random = np.random.default_rng(2)
    x, y = random.normal(size=(150, 4)), random.integers(0, 3, 150).astype(np.float64)
    design = np.column_stack([x, np.ones(150)])
    answer = design @ np.linalg.lstsq(design, np.eye(3)[y.astype(int)], rcond=None)[0]
    assert separability(x, y, 3) == (answer.argmax(axis=1) == y).mean()
    assert math.isnan(separability(random.normal(size=(20, 15)), y[:20], 3)), "so many units could tell anything apart"
    twice = np.column_stack([x, x])
    assert separability(twice, y, 3) == separability(x, y, 3)


def test_of_a_value_the_variance_is_told() -> None:
    x = np.random.default_rng(3).normal(size=(100, 2))
    assert separability(x, x @ [1.0, -2.0], 0) == pytest.approx(1.0)
    assert abs(separability(x, np.square(x[:, 0] * x[:, 1]), 0)) < 0.3
    assert math.isnan(separability(x, np.ones(100), 0))


def test_a_layer_of_one_unit_stands_beside_its_target() -> None:
    machine = Supervised(spiral(4))
    record = look(machine, "out")
    assert record.axes == ("out/0", TARGET)
    assert np.array_equal(record.points[:, 1], record.y)
    assert np.isnan(record.grid[..., 1]).all()


def test_without_a_name_the_last_hidden_layer_is_shown_and_without_samples_nothing() -> None:
    base = examples.load("three-spirals")
    machine = Supervised(replace(base, data=replace(base.data, share=0.0)))
    record = look(machine)
    assert record.layer == base.model.layers[-2].id
    assert len(record.points) == 0
    assert math.isnan(record.separable)
