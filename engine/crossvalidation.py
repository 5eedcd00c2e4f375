"""k-fold cross-validation: every sample is tested once, by a network that never learned from it (Stone 1974)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from engine.datasets import Samples
from engine.errors import ExperimentError, LearnscopeError
from engine.experiment import Experiment
from engine.machines import MachineKind, Score, Until
from engine.machines.base import Progress
from engine.machines.supervised import Supervised
from engine.plan import prepare

LEAST = 2
"""Fewest folds."""


class Fold(NamedTuple):
    """How the network of one fold did: trained on all other samples, tested on its own, whether it diverged."""

    learned: int
    tested: int
    train: Score
    test: Score
    diverged: bool


class Spread(NamedTuple):
    """Mean and standard deviation (over k - 1) of a score over the folds."""

    mean: float
    deviation: float


def folds(experiment: Experiment, k: int, epochs: int, progress: Progress | None = None) -> Iterator[Fold]:
    """Train k networks one after the other, each from the start and with the seeds of the experiment.

    The samples are dealt to the folds by the keys that also divide training from test: fold j tests the j-th k-th of
    them. The share of the experiment plays no part.
    """
    if MachineKind.registry[experiment.machine].kind.machine is not Supervised:
        raise ExperimentError(f"folds need supervised learning, and this is “{experiment.machine}”", "machine")
    samples = experiment.data.source.samples(experiment.seeds.data)
    if not LEAST <= k <= len(samples):
        raise LearnscopeError(
            f"{len(samples)} samples can't be dealt to {k} folds; choose from {LEAST} to {len(samples)}"
        )
    halved = replace(experiment, data=replace(experiment.data, share=50.0))
    for j in range(k):
        prepared = prepare(halved, dealt(samples, j, k))
        machine = Supervised(halved, progress, prepared=prepared)
        machine.until(Until(epoch=epochs))
        while machine.stop is None:
            machine.advance("epoch", epochs, 1.0)
        learned = prepared.train
        yield Fold(learned, len(samples) - learned, *machine.scores(), machine.stop.reason == "diverged")


def dealt(samples: Samples, j: int, k: int) -> Samples:
    """The samples with the j-th of k folds as test: its keys are 1, those of all others 0."""
    order = np.argsort(samples.keys, kind="stable")
    keys = np.zeros(len(samples))
    keys[order[j * len(samples) // k : (j + 1) * len(samples) // k]] = 1
    return replace(samples, keys=keys)


def spread(values: Sequence[float | None]) -> Spread | None:
    """Mean and deviation of a score; None where it has no meaning."""
    known = [v for v in values if v is not None]
    if len(known) < len(values) or len(known) < LEAST:
        return None
    return Spread(float(np.mean(known)), float(np.std(known, ddof=1)))
