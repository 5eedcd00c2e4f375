"""Early stopping with patience: the best weights are kept, and put back, whatever the calls of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import examples
from engine.machines.base import Until
from engine.machines.supervised import Supervised
from engine.records import Curve
from tests.engine.nets import numbers, reason, same, spiral, with_training

RULES = Until(plateau=8, keep_best=True)


def overfitting() -> Supervised:
    """A run whose test loss rises before long."""
    machine = Supervised(examples.load("overfitting"))
    machine.until(RULES)
    return machine


def learned(machine: Supervised) -> dict[str, Any]:
    """The weights and biases, without optimiser state."""
    return {k: v for k, v in numbers(machine).items() if "#" not in k}


def test_the_best_weights_are_put_back_when_the_patience_is_over() -> None:
    machine = overfitting()
    machine.advance("epoch", 2000, 120)
    assert reason(machine) == "plateau"
    table = machine._history.table()[:-1]
    best = table[np.nanargmin(table[:, 4])]
    assert best[1] == pytest.approx(machine.position.epoch - RULES.plateau, abs=1)  # type: ignore[operator] # it is set
    assert machine.scores()[1].loss == best[4]
    assert machine.stop is not None
    assert machine.stop.sentence == (
        f"The test loss has not improved for 8 epochs; the weights are those of epoch {round(best[1], 2):g} again, "
        "the best."
    )
    # a run that stops at that step has these weights
    again = Supervised(examples.load("overfitting"))
    again.advance("batch", int(best[0]), 120)
    assert same(learned(machine), learned(again))


def test_the_curve_ends_with_the_score_of_the_weights_put_back() -> None:
    machine = overfitting()
    machine.advance("epoch", 2000, 120)
    curve = machine._history.curve("loss")
    assert isinstance(curve, Curve)
    assert curve.lines[1].y[-1] == np.nanmin(curve.lines[1].y)


def test_what_is_kept_does_not_depend_on_the_calls() -> None:
    together, apart = overfitting(), overfitting()
    together.advance("epoch", 2000, 120)
    for k in range(100_000):
        apart.advance(("sample", "batch", "epoch")[k % 3], 1 + k % 7, 60)
        if k % 50 == 0:
            apart.until(RULES)  # pressed pause and play
        if apart.stop is not None:
            break
    assert apart.position == together.position
    assert same(numbers(apart), numbers(together))


def test_what_stood_there_can_be_put_back_again() -> None:
    machine, other = overfitting(), Supervised(examples.load("overfitting"))
    machine.advance("epoch", 2000, 120)
    assert machine.stop is not None
    stop = machine.stop
    other.advance("batch", machine.position.step, 120)
    machine.assign(stop.before)
    assert same(numbers(machine), numbers(other))
    machine.assign(stop.numbers)
    assert not same(learned(machine), learned(other))


def test_a_run_goes_on_after_the_best_weights_were_put_back() -> None:
    machine = overfitting()
    machine.advance("epoch", 2000, 120)
    stopped = machine.position.epoch
    machine.until(RULES)
    assert machine.stop is None
    machine.advance("epoch", 2000, 120)
    assert reason(machine) == "plateau"
    assert machine.position.epoch >= stopped + 8, "it has its patience again"


def test_without_being_asked_nothing_is_put_back() -> None:
    machine = Supervised(examples.load("overfitting"))
    machine.until(Until(plateau=8))
    machine.advance("epoch", 2000, 120)
    assert machine.stop is not None
    assert not machine.stop.numbers
    assert machine.scores()[1].loss != machine._history.table()[:, 4].min()


def test_an_edit_or_a_reset_forgets_what_was_best() -> None:
    for act in ("reset", "change"):
        machine = overfitting()
        machine.advance("epoch", 3, 60)
        assert machine._stopping._best is not None
        if act == "reset":
            machine.reset()
        else:
            machine.change(with_training(machine.experiment, batch=7))
        kept = machine._stopping._best
        assert kept is None or np.array_equal(kept[2][0].values.values, learned(machine)[kept[2][0].name])


def test_the_other_rules_hold_as_well() -> None:
    machine = Supervised(spiral())
    machine.until(Until(epoch=2, plateau=500, keep_best=True))
    machine.advance("epoch", 10, 60)
    assert reason(machine) == "epoch"
    machine.until(Until(loss=100.0, plateau=500, keep_best=True))
    assert reason(machine) == "loss"


def test_the_pocket_of_a_perceptron_holds_the_weights_with_the_fewest_errors() -> None:
    # Of four points that no line separates, three can be answered right; the criterion falls to 0 nowhere near there.
    machine = Supervised(examples.load("xor-impossible"))
    machine.until(RULES)
    machine.advance("epoch", 200, 120)
    assert reason(machine) == "plateau"
    assert machine.stop is not None
    assert machine.stop.sentence.startswith("The number of training samples answered wrong has not improved for 8 ")
    assert machine.scores()[0].accuracy == 0.75


def test_patience_that_begins_late_in_a_long_run_is_counted_as_finely_as_early() -> None:
    # After so many steps the points of a curve lie many epochs apart, always at the same place of the rule's cycle.
    machine = Supervised(examples.load("xor-impossible"))
    machine.advance("epoch", 300_000, 120)
    assert machine._history.stride > 4 * RULES.plateau  # type: ignore[operator] # it is set
    began = machine.position.epoch
    machine.until(RULES)
    machine.advance("epoch", 200, 120)
    assert reason(machine) == "plateau"
    assert machine.position.epoch == pytest.approx(began + RULES.plateau, abs=1)  # type: ignore[operator] # it is set
    assert len(machine._history.points) <= 512
