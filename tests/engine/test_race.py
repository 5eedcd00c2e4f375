"""Surfaces against differences and their known minima; races against what optimisers do there, and against a run."""

from __future__ import annotations

import numpy as np
import pytest

from engine.landscape.vectors import vector_of
from engine.machines.supervised import Supervised
from engine.optimisers import Optimiser
from engine.optimisers.adam import Adam
from engine.optimisers.descent import SGD
from engine.optimisers.line_search import LBFGS, ConjugateGradient
from engine.race import SURFACES, Surface, race_of, race_on
from engine.schedules import Constant
from tests.engine.nets import numbers, same, spiral, with_training

EACH = pytest.mark.parametrize("surface", SURFACES.values(), ids=list(SURFACES))


def silent(_what: str, _done: int, _of: int) -> None:
    """Nobody looks at the progress."""


@EACH
def test_the_slope_is_that_of_the_value(surface: Surface) -> None:
    d, random = surface.domain, np.random.default_rng(0)
    for x, y in zip(random.uniform(d.left, d.right, 20), random.uniform(d.bottom, d.top, 20), strict=True):
        h = 1e-6
        across = (surface.value(x + h, y) - surface.value(x - h, y)) / (2 * h)
        up = (surface.value(x, y + h) - surface.value(x, y - h)) / (2 * h)
        assert surface.slope(x, y) == pytest.approx((across, up), rel=1e-4, abs=1e-4)


@EACH
def test_nothing_is_lower_than_the_known_minima(surface: Surface) -> None:
    d = surface.domain
    assert d.holds(*surface.start)
    values = [surface.value(*place) for place in surface.minima]
    assert values == pytest.approx([min(values)] * len(values), abs=1e-9)
    x, y = np.meshgrid(np.linspace(d.left, d.right, 301), np.linspace(d.bottom, d.top, 301))
    assert surface.value(x, y).min() >= min(values) - 1e-9
    for place in surface.minima:
        assert d.holds(*place)
        assert surface.slope(*place) == pytest.approx((0, 0), abs=1e-7)


def test_the_known_values() -> None:
    assert SURFACES["rosenbrock"].value(-1.2, 1.0) == pytest.approx(24.2)
    assert SURFACES["beale"].value(0.0, 0.0) == pytest.approx(1.5**2 + 2.25**2 + 2.625**2)
    assert SURFACES["saddle"].value(0.0, np.sqrt(2)) == pytest.approx(-1.0)
    assert SURFACES["cliff"].value(-1.5, 0.0) == pytest.approx(0.225 + 2.0)


def test_descent_down_a_bowl_and_a_ravine() -> None:
    (track,) = race_on(SURFACES["ravine"], (-2.0, 1.0), (SGD(rate=0.05),), 30).tracks
    k = np.arange(31)
    assert np.allclose(track.places[:, 0], -2 * 0.95**k)
    assert np.allclose(track.places[:, 1], (1 - 0.05 * 25) ** k)
    assert np.allclose(track.losses, (track.places[:, 0] ** 2 + 25 * track.places[:, 1] ** 2) / 2)


def test_who_goes_too_fast_is_out_and_the_others_go_on() -> None:
    race = race_on(SURFACES["bowl"], (-2.0, 1.0), (SGD(rate=3.0), SGD(rate=0.5)), 100)
    lost, arrived = race.tracks
    assert lost.out
    assert len(lost.losses) < 30
    assert np.isfinite(lost.places).all()
    assert not arrived.out
    assert arrived.losses[-1] < 1e-20
    assert race.floor == pytest.approx(0, abs=1e-20)


@pytest.mark.parametrize("optimiser", [LBFGS(), ConjugateGradient()], ids=lambda o: o.key)
def test_line_searches_find_the_end_of_the_bent_valley(optimiser: Optimiser) -> None:
    surface = SURFACES["rosenbrock"]
    (track,) = race_on(surface, surface.start, (optimiser,), 300).tracks
    assert track.losses[-1] < 1e-8
    assert track.places[-1] == pytest.approx((1, 1), abs=1e-3)


def test_every_optimiser_races() -> None:
    every = tuple(entry.kind() for entry in Optimiser.registry)
    race = race_on(SURFACES["himmelblau"], SURFACES["himmelblau"].start, every, 40)
    for optimiser, track in zip(every, race.tracks, strict=True):
        assert track.optimiser == optimiser
        assert track.losses.min() < track.losses[0]


def test_a_network_is_raced_as_its_run_goes() -> None:
    experiment = with_training(spiral(4, 3), regularisers=(), schedule=Constant())
    machine = Supervised(experiment)
    machine.advance("batch", 9, 60)
    before, state = numbers(machine), machine.state()
    race = race_of(experiment, state.numbers, (Adam(rate=0.01), SGD(rate=0.3)), 25, silent, lambda: False)
    assert same(before, numbers(machine))
    alone = Supervised(with_training(experiment, optimiser=Adam(rate=0.01), batch=0))
    alone.assign(tuple(n for n in state.numbers if "#" not in n.name))
    start = vector_of(alone._running).astype(np.float64)
    cost = alone._learner.cost(experiment.training.penalty)
    assert race.tracks[0].losses[0] == pytest.approx((alone.scores()[0].loss or 0) + cost, rel=1e-5)
    alone.advance("batch", 25, 60)
    cost = alone._learner.cost(experiment.training.penalty)
    assert race.tracks[0].losses[-1] == pytest.approx((alone.scores()[0].loss or 0) + cost, rel=1e-4)
    assert not np.array_equal(start, vector_of(alone._running))
    assert race.tracks[0].places[0] == pytest.approx(race.tracks[1].places[0])
    assert sum(race.shares) > 0.5
    assert race.heights.shape == (33, 33)
    assert all(race.domain.holds(*place) for track in race.tracks for place in track.places.tolist())
