"""Parts of a landscape, measured a slice of time at a picture, coarse to fine."""

from __future__ import annotations

import math
import time
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from engine.experiment import Experiment
from engine.landscape import Path, Plane
from engine.landscape.planes import affordable, gradient_plane, path_plane, random_plane
from engine.landscape.terrain import Terrain, data_only
from engine.landscape.vectors import Vector
from engine.producers.base import Look
from engine.records import Domain

DIRECTIONS: Final = ("path", "gradient", "random")
DATA_ONLY: Final = "data only"
"""What is asked for where heights are to be the loss of the answer, without what learning makes small besides."""
SIDES: Final = (9, 17, 33)
"""Places along each side, coarse to fine: every second of the finer grid is one of the coarser."""
BUDGET: Final = 0.006
"""Seconds of a picture that go to the grid."""
AWAY: Final = 0.5
"""How far the run may leave the plane, as a share of half the frame, before another is taken."""
ROOM: Final = 1.35
"""The frame around a path, as a multiple of its extent."""
INNER: Final = 0.7
"""How far from its middle the present weights may stand in a new frame, as a share of half of it."""
FEWEST: Final = 4
"""Points of a path from which on its components are looked at."""


@final
class Part:
    """A rectangle `frame` of a plane, and the loss at as many of its places as are known."""

    def __init__(self, plane: Plane, frame: Domain) -> None:
        self.plane, self.frame = plane, frame
        self.level = 0
        self._values = np.full((SIDES[-1], SIDES[-1]), np.nan)
        self._seen: dict[int, tuple[NDArray[np.float32], tuple[float, float]]] = {}

    @property
    def finished(self) -> bool:
        """Whether all of it is known."""
        return self.level == len(SIDES)

    def grid(self) -> NDArray[np.float64]:
        """The finest grid that is complete, row 0 at the top; empty where none is."""
        return self._of_level(self.level - 1).copy() if self.level else np.zeros((0, 0))

    def _of_level(self, level: int) -> NDArray[np.float64]:
        step = (SIDES[-1] - 1) // (SIDES[level] - 1)
        return self._values[::step, ::step]

    def measure(self, terrain: Terrain, until: float) -> None:
        """Evaluate the next places, level by level, until a time; at least one."""
        last, f = SIDES[-1] - 1, self.frame
        while not self.finished:
            step = last // (SIDES[self.level] - 1)
            for row, column in (np.argwhere(np.isnan(self._of_level(self.level))) * step).tolist():
                a = f.left + (f.right - f.left) * column / last
                b = f.top - (f.top - f.bottom) * row / last
                self._values[row, column] = terrain.loss(self.plane.at(a, b))
                if time.perf_counter() > until:
                    break
            if np.isnan(self._of_level(self.level)).any():
                return
            self.level += 1

    def left_by(self, weights: Vector) -> bool:
        """Whether weights are no longer to be seen here: outside the frame, or far from the plane."""
        place, f = self.plane.of(weights[None])[0], self.frame
        if not f.holds(float(place[0]), float(place[1])):
            return bool(np.isfinite(place).all())
        across, up = (float(np.linalg.norm(d)) for d in (self.plane.across, self.plane.up))
        return self.plane.away(weights, place) > AWAY / 2 * max((f.right - f.left) * across, (f.top - f.bottom) * up)

    def line(self, path: Path) -> NDArray[np.float64]:
        """The path on the plane; each of its points is looked at once."""
        new = [x for x in path.points if id(x) not in self._seen]
        if new:
            places = self.plane.of(np.array(new, np.float64)).tolist()
            self._seen |= {id(x): (x, (a, b)) for x, (a, b) in zip(new, places, strict=True)}
        if len(self._seen) > len(path.points):  # it was thinned
            self._seen = {id(x): self._seen[id(x)] for x in path.points}
        line = np.array([self._seen[id(x)][1] for x in path.points], np.float64).reshape(-1, 2)
        return np.insert(line, np.flatnonzero(path.breaks), np.nan, axis=0) if any(path.breaks) else line


@final
class Survey:
    """A terrain, the part of it that is shown, and the one that comes next, shown as soon as it is known coarsely."""

    def __init__(self, look: Look, asked: tuple[str, ...]) -> None:
        experiment = _asked_about(look.experiment, asked)
        self.terrain: Final = Terrain(experiment, look.plan.prepared, look.plan.library)
        self._loss = _loss_of(experiment)
        self._asked: tuple[str, ...] | None = None
        self._path: Path | None = None
        self._shown: Part | None = None
        self._coming: Part | None = None

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to measure."""
        return self._coming is None and self._shown is not None and self._shown.finished

    def fits(self, look: Look, asked: tuple[str, ...]) -> bool:
        """Whether this is still what is asked for of the experiment, as a function of the same numbers."""
        return look.form == self.terrain.form and _loss_of(_asked_about(look.experiment, asked)) == self._loss

    def go_on(self, look: Look, asked: tuple[str, ...], weights: Vector) -> Part:
        """Measure for a slice of time, and return the part to be shown."""
        until = time.perf_counter() + BUDGET
        directions, radius = read(asked)
        if asked != self._asked or look.path is not self._path:
            self._asked, self._path = asked, look.path
            self._coming = self._choose(look, directions, radius, weights)
        elif self._coming is None and self._left(look.path, weights, directions):
            self._coming = self._choose(look, directions, radius, weights)
        now = self._coming or self._shown
        assert now is not None
        now.measure(self.terrain, until)
        if self._coming is not None and (self._coming.level or self._shown is None):
            self._shown, self._coming = self._coming, None
        assert self._shown is not None
        return self._shown

    def _left(self, path: Path, weights: Vector, directions: str) -> bool:
        """Whether the run has gone elsewhere, or what was asked for can be shown by now."""
        if self._shown is None:
            return True
        if directions == "path" and self._shown.plane.kind != "path" and len(path) >= FEWEST:
            return True
        return self._shown.left_by(weights)

    def _choose(self, look: Look, directions: str, radius: float, weights: Vector) -> Part:
        """A plane through the present weights, and a frame on it."""
        form, seed = self.terrain.form, look.experiment.seeds.weights
        self.terrain.keep(look.learner)
        if directions == "path" and len(look.path) >= FEWEST:
            points = look.path.matrix(affordable(form.count))
            plane = path_plane(weights, points)
            if plane is not None:
                return Part(plane, _around(plane.of(np.concatenate([points, weights[None]])), radius * ROOM))
        if directions == "random":
            plane = random_plane(form, weights, seed)
        else:
            plane = gradient_plane(form, weights, self.terrain.gradient(weights), seed)
        reach = radius * (1.0 if plane.kind == "random" else float(np.linalg.norm(weights)) or 1.0)
        return Part(plane, Domain(-reach, reach, -reach, reach))


def read(asked: tuple[str, ...]) -> tuple[str, float]:
    """Directions and radius of a want; what makes no sense becomes the usual."""
    directions, radius, *_ = (*asked, "", "")
    try:
        reach = float(radius)
    except ValueError:
        reach = 1.0
    usual = directions if directions in DIRECTIONS else DIRECTIONS[0]
    return usual, reach if 1e-3 <= reach <= 1e3 and math.isfinite(reach) else 1.0


def _around(places: NDArray[np.float64], room: float) -> Domain:
    """A rectangle around places [point, 2], or a part of it that holds the last; no side is much the longer one."""
    low, high = places.min(axis=0), places.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2 * room
    half = np.maximum(half, max(float(half.max()) / 3, 1e-6))
    middle = np.clip(middle, places[-1] - INNER * half, places[-1] + INNER * half)
    return Domain(*(float(v) for k in (0, 1) for v in (middle[k] - half[k], middle[k] + half[k])))


def _asked_about(experiment: Experiment, asked: tuple[str, ...]) -> Experiment:
    """The experiment, or what is left of it where the data loss alone is asked for."""
    return data_only(experiment) if DATA_ONLY in asked else experiment


def _loss_of(experiment: Experiment) -> tuple[object, ...]:
    """All that the loss as a function of the weights depends on."""
    training = experiment.training
    weighing = tuple(r for r in training.regularisers if r.weighs_classes)
    return experiment.data, experiment.model, training.loss, training.penalty, weighing, experiment.seeds
