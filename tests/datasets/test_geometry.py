"""The formulas of the sets, restated from the facts page and worked out from what they promise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest

from engine.datasets.logic import OUTPUTS, Gate, Gates, XorPoints
from engine.datasets.playground import Circle, Gauss, Spiral, Xor
from engine.datasets.regression import MultiGauss, NoisyPlane, Plane, Sine
from engine.datasets.shapes import Blobs, Checkerboard, Moons, Rings, Spirals


def test_circle_is_a_disc_in_a_ring() -> None:
    s = Circle().samples(0)
    r = np.hypot(*s.x.T)
    assert len(s) == 500
    assert (s.y == 1).sum() == 250
    assert r[s.y == 1].max() < 2.5
    assert 3.5 <= r[s.y == 0].min() < r[s.y == 0].max() <= 5
    assert r.max() > 4.9


def test_noise_flips_labels_of_the_circle_and_moves_nothing() -> None:
    still, noisy = Circle(noise=0).samples(0), Circle(noise=50).samples(0)
    assert np.array_equal(still.x, noisy.x)
    flipped = still.y != noisy.y
    assert 0.02 < flipped.mean() < 0.5
    # A displacement is at most 2.5 along each axis: a point further from the border than 2.5 √2 keeps its label.
    far = np.abs(np.hypot(*still.x.T) - 2.5) > 2.5 * math.sqrt(2)
    assert not (flipped & far).any()


def test_xor_has_a_gap_along_the_axes() -> None:
    s = Xor().samples(0)
    assert 0.3 <= np.abs(s.x).min() < np.abs(s.x).max() <= 5.3
    assert np.array_equal(s.y, (s.x[:, 0] * s.x[:, 1] > 0).astype(float))
    noisy = Xor(noise=25).samples(0)
    assert np.array_equal(s.x, noisy.x)
    flipped = s.y != noisy.y
    assert flipped.any()
    assert (np.abs(s.x[flipped]).min(axis=1) <= 1.25).all()


@pytest.mark.parametrize(("noise", "variance"), [(0, 0.5), (25, 2.25), (50, 4.0)])
def test_gauss_spreads_with_noise(noise: float, variance: float) -> None:
    s = Gauss(count=20_000, noise=noise).samples(0)
    for label, centre in ((1, 2.0), (0, -2.0)):
        cloud = s.x[s.y == label]
        assert cloud.mean(axis=0) == pytest.approx([centre, centre], abs=0.1)
        assert cloud.var(axis=0) == pytest.approx([variance, variance], rel=0.05)


def test_spiral_follows_its_formula_point_by_point() -> None:
    s = Spiral(count=6).samples(0)
    expected = []
    for shift, label in ((0.0, 1), (math.pi, 0)):
        for i in range(3):
            r, t = i / 3 * 5, 1.75 * i / 3 * 2 * math.pi + shift
            expected.append((r * math.sin(t), r * math.cos(t), label))
    assert np.allclose(np.column_stack([s.x, s.y]), expected, atol=1e-12)


def test_spiral_noise_is_uniform_and_small() -> None:
    still, noisy = Spiral(noise=0).samples(0), Spiral(noise=30).samples(0)
    moved = np.abs(still.x - noisy.x)
    assert 0.29 < moved.max() <= 0.3
    assert np.array_equal(still.y, noisy.y)


def test_plane() -> None:
    s = Plane().samples(0)
    assert len(s) == 1200
    assert np.allclose(s.y, (s.x[:, 0] + s.x[:, 1]) / 10)
    assert np.abs(s.x).max() <= 6
    noisy = Plane(noise=50).samples(0)
    assert np.array_equal(s.x, noisy.x)
    assert 0.4 < np.abs(s.y - noisy.y).max() <= 0.6


def test_multi_gauss_by_a_loop() -> None:
    s = MultiGauss(count=400).samples(0)
    bumps = [(-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1)]
    for (x, y), value in zip(s.x, s.y, strict=True):
        label = 0.0
        for cx, cy, sign in bumps:
            new = sign * min(max(1 - math.dist((x, y), (cx, cy)) / 2, 0), 1)
            label = new if abs(new) > abs(label) else label
        assert value == pytest.approx(label, abs=1e-12)
    assert s.y.max() > 0.7
    assert s.y.min() < -0.7


def test_moons_lie_on_two_half_circles() -> None:
    s = Moons(noise=0).samples(0)
    upper, lower = s.x[s.y == 0] / 3 + (0.5, 0.25), 0.5 - s.x[s.y == 1] / 3
    assert np.allclose(np.hypot(*upper.T), 1)
    assert (upper[:, 1] >= 0).all()
    assert np.allclose(np.hypot(lower[:, 0], lower[:, 1] - 0.25), 1)
    noisy = Moons(noise=20, count=5000).samples(0).x - Moons(noise=0, count=5000).samples(0).x
    assert noisy.std() == pytest.approx(0.6, rel=0.05)


@pytest.mark.parametrize("rings", [2, 3, 9])
def test_rings_lie_inside_each_other(rings: int) -> None:
    s = Rings(rings=rings, noise=0).samples(0)
    assert s.classes == tuple(str(k + 1) for k in range(rings))
    r = np.hypot(*s.x.T) * rings / 5
    assert (np.abs(r - s.y - 1) <= 0.15 + 1e-9).all()


@pytest.mark.parametrize("arms", [2, 3, 9])
def test_arms_of_spirals_are_turned_copies(arms: int) -> None:
    s = Spirals(arms=arms, turns=0.75).samples(0)
    r, t = np.hypot(*s.x.T), np.arctan2(s.x[:, 0], s.x[:, 1])
    turn = (t / (2 * np.pi) - 0.75 * r / 5 - s.y / arms) % 1
    assert np.minimum(turn, 1 - turn).max() < 1e-9
    assert r.min() >= 0.2 - 1e-9


@pytest.mark.parametrize("squares", [2, 3, 8])
def test_checkerboard(squares: int) -> None:
    s = Checkerboard(squares=squares).samples(0)
    for (x, y), label in zip(s.x, s.y, strict=True):
        assert label == (int((x + 5) * squares / 10) + int((y + 5) * squares / 10)) % 2


def test_noise_of_the_checkerboard_flips_labels_near_edges() -> None:
    still, noisy = Checkerboard().samples(0), Checkerboard(noise=20).samples(0)
    assert np.array_equal(still.x, noisy.x)
    flipped = still.y != noisy.y
    # Squares are 2.5 wide, so a point moves by at most 0.5.
    to_edge = np.abs((still.x + 5 + 1.25) % 2.5 - 1.25).min(axis=1)
    assert flipped.any()
    assert to_edge[flipped].max() <= 0.5


def test_blobs_stand_around_a_circle() -> None:
    s = Blobs(classes=5, count=20_000, noise=0).samples(0)
    for k in range(5):
        cloud = s.x[s.y == k]
        centre = (3.5 * math.sin(2 * math.pi * k / 5), 3.5 * math.cos(2 * math.pi * k / 5))
        assert cloud.mean(axis=0) == pytest.approx(centre, abs=0.05)
        assert cloud.std(axis=0) == pytest.approx([0.5, 0.5], rel=0.05)


def test_classes_are_of_equal_size() -> None:
    for source in (Rings(count=100), Spirals(count=100), Blobs(count=100), Moons(count=101)):
        sizes = np.bincount(source.samples(0).y.astype(int))
        assert sizes.max() - sizes.min() <= 1


def test_noisy_plane_and_sine() -> None:
    s = NoisyPlane(count=20_000, noise=10, a=0.1, b=-0.2, c=0.3).samples(0)
    rest = s.y - (0.1 * s.x[:, 0] - 0.2 * s.x[:, 1] + 0.3)
    assert rest.mean() == pytest.approx(0, abs=0.005)
    assert rest.std() == pytest.approx(0.1, rel=0.05)
    wave = Sine(noise=0, frequency=2.0).samples(0)
    assert wave.columns == ("x1",)
    assert np.allclose(wave.y, np.sin(2 * wave.x[:, 0]))


def test_gates_by_their_meaning() -> None:
    meaning: dict[str, Callable[[bool, bool], bool]] = {
        "and": lambda a, b: a and b,
        "or": lambda a, b: a or b,
        "xor": lambda a, b: a != b,
        "nand": lambda a, b: not (a and b),
        "nor": lambda a, b: not (a or b),
        "xnor": lambda a, b: a == b,
        "x1": lambda a, b: a,
        "x2": lambda a, b: b,
        "not x1": lambda a, b: not a,
        "not x2": lambda a, b: not b,
        "x1 and not x2": lambda a, b: a and not b,
        "x2 and not x1": lambda a, b: b and not a,
        "x1 or not x2": lambda a, b: a or not b,
        "x2 or not x1": lambda a, b: b or not a,
        "false": lambda a, b: False,
        "true": lambda a, b: True,
    }
    assert set(meaning) == set(get_args(Gates)) == set(OUTPUTS)
    assert len(set(OUTPUTS.values())) == 16
    for gate, function in meaning.items():
        s = Gate(gate=gate).samples(0)  # type: ignore[arg-type]
        assert s.classes == ("0", "1")
        assert {tuple(p) for p in s.x} == {(0, 0), (0, 1), (1, 0), (1, 1)}
        for (a, b), label in zip(s.x, s.y, strict=True):
            assert label == bool(function(bool(a), bool(b))), (gate, a, b)


def test_a_truth_table_trains_whole_at_every_share() -> None:
    assert XorPoints().samples(0).train(0.1).all()
    many = XorPoints(count=204, noise=50, levels="bipolar").samples(0)
    assert many.train(0.1)[:4].all()
    assert abs(many.train(0.5).sum() - 102) <= 4
    assert np.array_equal(np.sign(many.x).prod(axis=1) < 0, many.y == 1)
    assert np.abs(many.x).max() <= 2
