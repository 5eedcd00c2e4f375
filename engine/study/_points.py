"""What trials add up to: for each place on the axis the mean and the spread of the errors, and what the error is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, get_args

import numpy as np

from engine.experiment import Experiment, task
from engine.plan.samples import targets
from engine.study._lab import Trial, Values, test_places

Measure = Literal["loss", "error"]
Role = Literal["train", "test"]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
ROLES: Final[tuple[Role, ...]] = get_args(Role)
LEAST: Final = 2
"""Fewest repetitions that have a spread."""


class Spread(NamedTuple):
    """Mean and standard deviation (over n - 1) of a number; no deviation of a single one."""

    mean: float
    deviation: float | None = None


class Parts(NamedTuple):
    """What the expected squared error is of. Without `noise`, that is part of the squared bias."""

    bias: float
    variance: float
    noise: float | None = None

    @property
    def total(self) -> float:
        """The expected squared error of an answer that is seen for the first time."""
        return self.bias + self.variance + (self.noise or 0.0)


class Point(NamedTuple):
    """A place on the axis: how many networks were trained for it, how many of them diverged, and how the others did."""

    value: float
    runs: int
    diverged: int
    scores: dict[tuple[Role, Measure], Spread]
    parts: Parts | None

    def mean(self, role: Role, measure: Measure) -> float | None:
        """The mean of a score; None where it has no meaning."""
        found = self.scores.get((role, measure))
        return None if found is None else found.mean


class Truth(NamedTuple):
    """What networks should answer at the places of a study [place, output], and the noise of what they learn from.

    Where no formula gives the mean of the answers, `wanted` are those of the test samples, and the noise is not known.
    """

    wanted: Values
    noise: float | None


def truth_of(experiment: Experiment) -> Truth:
    """What networks should answer at the test samples of an experiment."""
    samples = experiment.data.source.samples(experiment.seeds.data)
    places = test_places(samples.train(experiment.data.share / 100))
    observed = targets(experiment, samples.y[places])
    expected = experiment.data.source.expected(samples.x[places]) if task(experiment) == "regression" else None
    if expected is None:
        return Truth(observed, None)
    wanted = targets(experiment, expected)
    return Truth(wanted, float(np.square(observed - wanted).sum(axis=1).mean()) if len(wanted) else 0.0)


def decompose(answers: Values, truth: Truth) -> Parts:
    """Bias and variance of the answers [repetition, place, output] of R networks (Geman, Bienenstock, Doursat 1992).

    E (ŷ - y)² = (E ŷ - f)² + E (ŷ - E ŷ)² + E (y - f)²  =  bias² + variance + noise, with the answer ŷ of a network,
    the observed answer y and its mean f; each is summed over outputs and averaged over places.

    With m the mean of the R answers, the variance is Σ (ŷ - m)² / (R - 1), and the squared bias (m - f)² less the
    variance / R of m itself. Both have no bias of their own, add up to the mean of (ŷ - f)² exactly, and the squared
    bias may so come out a little below 0.
    """
    count = len(answers)
    mean = answers.mean(axis=0)
    variance = float(np.square(answers - mean).sum(axis=2).mean()) * count / (count - 1)
    bias = float(np.square(mean - truth.wanted).sum(axis=1).mean()) - variance / count
    return Parts(bias, variance, truth.noise)


def gathered(trials: Sequence[Trial], truth: Truth) -> tuple[Point, ...]:
    """The points of all trials so far, along the axis."""
    values = sorted({t.value for t in trials})
    return tuple(_point(v, [t for t in trials if t.value == v], truth) for v in values)


def _point(value: float, trials: list[Trial], truth: Truth) -> Point:
    good = [t for t in trials if not t.diverged]
    scores = {
        (role, measure): found
        for role in ROLES
        for measure in MEASURES
        if (found := spread([getattr(getattr(t, role), measure) for t in good])) is not None
    }
    compared = len(good) >= LEAST and len(good[0].answers) > 0
    parts = decompose(np.stack([t.answers for t in good]), truth) if compared else None
    return Point(value, len(trials), len(trials) - len(good), scores, parts)


def spread(values: Sequence[float | None]) -> Spread | None:
    """Mean and deviation of a score; None where it has no meaning."""
    known = [v for v in values if v is not None]
    if not known or len(known) < len(values):
        return None
    return Spread(float(np.mean(known)), float(np.std(known, ddof=1)) if len(known) >= LEAST else None)


def pooled(points: Sequence[Point]) -> dict[tuple[Role, Measure], Spread]:
    """Mean and deviation over the points, where these are draws of one number, as folds are."""
    good = [p for p in points if p.scores]
    keys = good[0].scores if good else {}
    found = {key: spread([p.scores[key].mean for p in good]) for key in keys}
    return {key: value for key, value in found.items() if value is not None}


def best(points: Sequence[Point], measure: Measure) -> Point | None:
    """The point with the lowest mean on test samples."""
    known = [(mean, p) for p in points if (mean := p.mean("test", measure)) is not None]
    return min(known, key=lambda pair: pair[0])[1] if known else None


def table(points: Sequence[Point], axis: str) -> list[list[str | float | None]]:
    """All numbers: a row of names, then one for each point."""
    pairs = [(r, m) for m in MEASURES for r in ROLES]
    names = [f"{r} {m}{what}" for r, m in pairs for what in ("", " deviation")]
    rows: list[list[str | float | None]] = [[axis, "networks", "diverged", *names, "bias²", "variance", "noise"]]
    for p in points:
        scores = [part for pair in pairs for part in p.scores.get(pair, (None, None))]
        rows.append([p.value, p.runs, p.diverged, *scores, *(p.parts or (None, None, None))])
    return rows


def csv_of(points: Sequence[Point], axis: str) -> str:
    """The table as CSV, numbers to their last digit; a cell without a number is empty."""
    return "".join(",".join(map(_cell, row)) + "\n" for row in table(points, axis))


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    return f"{int(value)}" if isinstance(value, float) and value.is_integer() else f"{value}"
