"""A race: every optimiser goes the same number of steps from the same start, by its own compiled kernel."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engine.arrays import Labelled
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.gradcheck import double_library
from engine.kernels.library import Library, Progress
from engine.landscape.planes import affordable, path_plane
from engine.landscape.terrain import Terrain, spread
from engine.landscape.vectors import vector_of
from engine.optimisers import Optimiser
from engine.plan import Plan, prepare
from engine.plan import procedure as p
from engine.plan.alone import Alone
from engine.plan.learned import Learner
from engine.race.surfaces import Surface
from engine.records import Domain, readonly
from engine.schedules import Constant

MOST: Final = 3000
"""Steps of the longest race."""
FAR: Final = 1e6
"""Who is so far from the middle is out."""
FINE: Final = 81
"""Places along each side of a known surface."""
COARSE: Final = 33
"""The same of the loss of a network."""
MEMORY: Final = 128 << 20
"""Bytes that the weights along all paths may take; a large network races fewer steps."""
ROOM: Final = 1.3

Values = NDArray[np.float64]
Cancelled = Callable[[], bool]


class Track(NamedTuple):
    """Where an optimiser was: places [step, 2], the start first, and losses [step]; shorter than others if `out`."""

    optimiser: Optimiser
    places: Values
    losses: Values
    out: bool


class Race(NamedTuple):
    """Tracks over a surface: heights [row, column] over `domain`, row 0 at the top; `minima` as far as known.

    `shares` are those of the variance of all paths along the axes, where these are principal components.
    """

    heights: Values
    domain: Domain
    tracks: tuple[Track, ...]
    minima: tuple[tuple[float, float], ...] = ()
    shares: tuple[float, ...] = ()

    @property
    def floor(self) -> float:
        """The lowest loss that is known of: that of the minima, or what anybody reached."""
        lowest = [float(t.losses.min()) for t in self.tracks] + [float(self.heights.min())] * bool(self.minima)
        return min(lowest, default=0.0)


def race_on(surface: Surface, start: tuple[float, float], optimisers: tuple[Optimiser, ...], steps: int) -> Race:
    """Race on a known surface, in float64."""
    d = surface.domain
    x, y = np.meshgrid(np.linspace(d.left, d.right, FINE), np.linspace(d.top, d.bottom, FINE))
    tracks = tuple(_descend(surface, start, optimiser, min(steps, MOST)) for optimiser in optimisers)
    return Race(readonly(np.asarray(surface.value(x, y), np.float64)), d, tracks, surface.minima)


def _descend(surface: Surface, start: tuple[float, float], optimiser: Optimiser, steps: int) -> Track:
    run = Alone(optimiser, np.array(start), double_library())
    places, losses = [start], [float(surface.value(*start))]
    for _ in range(steps):
        x, y = places[-1]
        going = run.step(np.array(surface.slope(x, y)), losses[-1])
        x, y = float(run.w[0]), float(run.w[1])
        if not going or not max(abs(x), abs(y)) < FAR:
            return _track(optimiser, places, losses, out=True)
        places.append((x, y))
        losses.append(float(surface.value(x, y)))
    return _track(optimiser, places, losses, out=False)


def _track(optimiser: Optimiser, places: Any, losses: list[float], out: bool) -> Track:
    return Track(optimiser, readonly(np.array(places, np.float64)), readonly(np.array(losses)), out)


@cache
def _library() -> Library:
    """Kernels of the thread that races: a library belongs to one."""
    return Library(np.float32)


def race_of(
    experiment: Experiment, given: tuple[Labelled, ...], optimisers: tuple[Optimiser, ...], steps: int,
    progress: Progress, cancelled: Cancelled,
) -> Race:  # fmt: skip
    """Race down the loss of a network, from given numbers, on (at most 512 of) its training samples at once.

    Without regularisation and schedule, so that only the optimisers differ. Seen along the two principal components of
    all paths together.
    """
    prepared = prepare(experiment)
    if not prepared.train:
        raise LearnscopeError("a race needs training samples and there are none; draw points")
    terrain = Terrain(experiment, prepared, _library())
    fewer = spread(prepared)
    steps = max(2, min(steps, MOST, MEMORY // (4 * terrain.form.count * max(len(optimisers), 1))))
    runs = []
    for k, optimiser in enumerate(optimisers):
        progress("Racing", k, len(optimisers) + 1)
        training = replace(experiment.training, batch=0, regularisers=(), schedule=Constant(), optimiser=optimiser)
        plan = Plan(replace(experiment, training=training), fewer, _library())
        learner = Learner(plan)
        learner.start()
        learner.give(n for n in given if "#" not in n.name)
        terrain.keep(learner)
        runs.append(_learn(plan, terrain, steps, cancelled))
    progress("Racing", len(optimisers), len(optimisers) + 1)
    return _seen(terrain, optimisers, runs, cancelled)


def _learn(plan: Plan, terrain: Terrain, steps: int, cancelled: Cancelled) -> tuple[NDArray[np.float32], Values, bool]:
    weights, losses = [vector_of(plan).astype(np.float32)], [terrain.loss(vector_of(plan))]
    for step in range(steps):
        if cancelled():
            raise LearnscopeError("the race was given up")
        code = plan.steps(step + 1, 1 << 40)
        found = vector_of(plan).astype(np.float32)
        if code == p.DIVERGED or not np.abs(found).max() < FAR:
            return np.array(weights), np.array(losses), True
        weights.append(found)
        losses.append(terrain.loss(found))
    return np.array(weights), np.array(losses), False


def _seen(terrain: Terrain, optimisers: tuple[Optimiser, ...], runs: list[Any], cancelled: Cancelled) -> Race:
    """All paths on their plane, and the loss around them."""
    share = max(affordable(terrain.form.count) * 4 // max(len(runs), 1), 4)
    some = [w[np.unique(np.linspace(0, len(w) - 1, min(len(w), share)).astype(int))] for w, _, _ in runs]
    plane = path_plane(runs[0][0][0].astype(np.float64), np.concatenate(some).astype(np.float64)) if runs else None
    if plane is None:
        raise LearnscopeError("nobody left the start: the loss has no slope here; train or reset the network first")
    places = [plane.of(w.astype(np.float64)) for w, _, _ in runs]
    all_places = np.concatenate(places)
    middle = (all_places.max(axis=0) + all_places.min(axis=0)) / 2
    half = (all_places.max(axis=0) - all_places.min(axis=0)) / 2 * ROOM
    half = np.maximum(half, half.max() / 3)
    (left, bottom), (right, top) = (middle - half).tolist(), (middle + half).tolist()
    heights = np.zeros((COARSE, COARSE))
    for row, b in enumerate(np.linspace(top, bottom, COARSE)):
        if cancelled():
            raise LearnscopeError("the race was given up")
        heights[row] = [terrain.loss(plane.at(a, b)) for a in np.linspace(left, right, COARSE)]
    tracks = tuple(
        Track(optimiser, readonly(place), readonly(losses), out)
        for optimiser, place, (_, losses, out) in zip(optimisers, places, runs, strict=True)
    )
    return Race(readonly(heights), Domain(left, right, bottom, top), tracks, (), plane.shares)
