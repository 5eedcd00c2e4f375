"""k-fold cross-validation: every sample is tested once, with the seeds of the experiment."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.crossvalidation import Spread, dealt, folds, spread
from engine.errors import LearnscopeError
from engine.machines.supervised import Supervised
from engine.optimisers.descent import SGD
from tests.engine.nets import spiral, with_training


def test_every_sample_is_tested_once() -> None:
    base = spiral()
    samples = base.data.source.samples(base.seeds.data)
    for k in (2, 3, 7, len(samples)):
        tests = [dealt(samples, j, k).keys == 1 for j in range(k)]
        assert np.array_equal(np.sum(tests, axis=0), np.ones(len(samples)))
        sizes = [int(t.sum()) for t in tests]
        assert max(sizes) - min(sizes) <= 1


def test_folds_of_a_half_are_the_two_halves_of_the_experiment() -> None:
    """With k = 2, the second fold learns from the samples that a share of 50 % learns from."""
    base = spiral()
    machine = Supervised(replace(base, data=replace(base.data, share=50.0)))
    machine.advance("epoch", 5, 60)
    _, second = folds(base, 2, 5)
    assert (second.train, second.test) == machine.scores()
    assert second.learned == second.tested


def test_folds_are_the_same_each_time_and_know_nothing_of_the_share() -> None:
    base = examples.load("rings")
    first = list(folds(base, 3, 4))
    again = list(folds(replace(base, data=replace(base.data, share=20.0)), 3, 4))
    assert first == again
    assert len({fold.test.loss for fold in first}) == 3


def test_a_fold_that_diverges_says_so() -> None:
    wild = with_training(examples.load("plane"), optimiser=SGD(rate=10.0))
    assert all(fold.diverged for fold in folds(wild, 2, 50))


def test_spread_by_hand() -> None:
    # mean of 1, 2 and 6 is 3; deviations -2, -1, 3: √((4 + 1 + 9) / 2) = √7
    assert spread([1.0, 2.0, 6.0]) == pytest.approx(Spread(3.0, math.sqrt(7)))
    assert spread([None, None]) is None


@pytest.mark.parametrize("k", [0, 1, 100_000])
def test_a_number_of_folds_that_cannot_be_is_refused(k: int) -> None:
    with pytest.raises(LearnscopeError, match=f"can't be dealt to {k} folds; choose from 2 to"):
        next(folds(spiral(), k, 1))
