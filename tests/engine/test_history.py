"""The curve's grid depends on steps alone, thins as it grows, and stays within bounds."""

from __future__ import annotations

import numpy as np
import pytest

from engine.machines import Score, Until
from engine.machines._history import MOST, History, first_stride
from engine.machines.supervised import Supervised
from tests.engine.nets import spiral


def test_the_grid_thins_to_multiples_of_a_power_of_two() -> None:
    history = History(1)
    step = 0
    while step < 20 * MOST:
        history.add(step, step / 10, Score(1.0), Score())
        step = history.next_step(step)
    steps = history.columns()["step"]
    assert MOST / 2 <= len(steps) <= MOST
    assert np.array_equal(steps, np.arange(len(steps)) * history.stride)


@pytest.mark.parametrize(
    ("rows", "batch", "stride"), [(500, 10, 1), (0, 10, 1), (4, 4, 1), (60_000, 64, 1024), (1_000_000, 1_000_000, 1)]
)
def test_the_first_stride_follows_the_cost_of_an_evaluation(rows: int, batch: int, stride: int) -> None:
    assert first_stride(rows, batch) == stride


def test_the_curve_is_the_same_however_the_run_was_cut() -> None:
    together, apart = Supervised(spiral()), Supervised(spiral())
    together.advance("batch", 700, 60)
    for _ in range(100):
        apart.advance("sample", 70, 60)
    assert np.array_equal(together._history.table(), apart._history.table(), equal_nan=True)
    assert len(together._history.points) > 300


def test_rules_look_at_the_last_point() -> None:
    history = History(1)
    assert history.stop(Until(loss=1.0)) is None
    for epoch, loss in enumerate((1.0, 0.5, 0.6, 0.7)):
        history.add(epoch, float(epoch), Score(loss, 0.5), Score(loss, 0.9))
    assert history.stop(Until(loss=0.6)) is None
    found = [history.stop(r) for r in (Until(loss=0.7), Until(accuracy=0.9), Until(plateau=2))]
    assert [s.reason for s in found if s] == ["loss", "accuracy", "plateau"]
    assert history.stop(Until(plateau=3)) is None


def test_without_test_samples_rules_look_at_training() -> None:
    history = History(1)
    history.add(0, 0.0, Score(1.0, 0.95), Score())
    assert history.stop(Until(accuracy=0.9)) is not None
    assert [line.role for line in history.curve("loss").lines] == ["train"]
