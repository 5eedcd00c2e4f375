"""The curve of pictures is made in slices between the steps: the same bits however they fall."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from engine.experiment import Experiment
from engine.machines import Until
from engine.machines.supervised import Supervised
from engine.records import Want
from tests.engine.nets import digits

MOMENT = 1e-9
"""Seconds that are over after one slice, or one piece of a batch."""
STRIDE = 32
STEPS = 3 * STRIDE


def pictures() -> Experiment:
    """Batches of which a point of the curve is due every 32."""
    experiment = digits()
    return replace(experiment, training=replace(experiment.training, batch=64))


def same(one: Supervised, other: Supervised) -> bool:
    """Whether two runs stand at the same place with the same numbers and the same curve."""
    a, b = one.state(), other.state()
    numbers = all(np.array_equal(m.values.values, n.values.values) for m, n in zip(a.numbers, b.numbers, strict=True))
    return numbers and a.counters == b.counters and curve(one) == curve(other)


def curve(machine: Supervised) -> list[tuple[float, ...]]:
    """The points of the curve."""
    return machine._history.points


def in_moments(machine: Supervised, steps: int) -> None:
    """Run to a step in calls that are as short as can be, looking in between."""
    calls = 0
    while machine.position.step < steps:
        machine.advance("batch", steps - machine.position.step, MOMENT)
        calls += 1
        if calls % 5 == 0:
            machine.snapshot(frozenset({Want("pictures")}), hurried=calls % 10 == 0)


def to_a_slice(machine: Supervised, step: int = STRIDE) -> None:
    """Run until the point of the curve at a step is due and some of its samples are scored, not all."""
    while machine._scoring._step < step or machine._scoring._done < 4:
        machine.advance("batch", 1 << 40, MOMENT)
    assert machine.position.step == step
    assert curve(machine)[-1][0] < step
    assert machine._scoring._done < len(machine._scoring._slices)


def test_a_run_in_moments_has_the_bits_of_a_run_in_one_go() -> None:
    whole, cut = Supervised(pictures()), Supervised(pictures())
    assert whole.advance("batch", STEPS, 60) == STEPS
    in_moments(cut, STEPS)
    assert [point[0] for point in curve(whole)] == [0, STRIDE, 2 * STRIDE, STEPS]
    assert same(whole, cut)


def test_no_call_waits_for_a_whole_pass() -> None:
    machine = Supervised(pictures())
    to_a_slice(machine)
    done = machine._scoring._done
    machine.advance("batch", 1 << 40, MOMENT)
    assert machine._scoring._done == done + 1


def test_a_point_has_the_scores_of_a_standing_run() -> None:
    machine = Supervised(pictures())
    to_a_slice(machine)
    standing = machine.snapshot(frozenset())
    assert standing.scored_at == standing.position.step == STRIDE
    assert curve(machine)[-1][0] == 0, "looking adds nothing to the curve"
    machine.advance("batch", 1 << 40, MOMENT)
    step, _, *scores = curve(machine)[-1]
    assert (step, scores) == (STRIDE, [s for part in machine.scores() for s in (part.loss, part.accuracy)])
    assert (standing.train, standing.test) == machine.scores()


def test_a_run_saved_while_a_point_is_due_goes_on_with_the_same_bits() -> None:
    whole, saved, opened = (Supervised(pictures()) for _ in range(3))
    to_a_slice(saved)
    opened.restore(saved.state())
    for machine in (saved, opened):
        in_moments(machine, STEPS)
    whole.advance("batch", STEPS, 60)
    assert same(whole, saved)
    assert same(whole, opened)


def test_an_edit_while_a_point_is_due_is_what_the_point_shows() -> None:
    stopped, cut = Supervised(pictures()), Supervised(pictures())
    stopped.advance("batch", STRIDE, 60)
    to_a_slice(cut)
    for machine in (stopped, cut):
        before = machine.experiment
        layers = tuple(layer for layer in before.model.layers if layer.id != "c2")
        machine.change(replace(before, model=replace(before.model, layers=layers)))
        machine.advance("batch", STEPS, 60)
    assert len(curve(cut)) == len(curve(stopped)) > 3
    assert same(stopped, cut)


def test_numbers_set_while_a_point_is_due_are_what_the_point_shows() -> None:
    machine = Supervised(pictures())
    to_a_slice(machine)
    weights = next(n for n in machine.state().numbers if n.name == "out.bias")
    machine.assign((replace(weights, values=type(weights.values)(weights.values.values + 1)),))
    scores = [s for part in machine.scores() for s in (part.loss, part.accuracy)]
    assert list(curve(machine)[-1]) == [STRIDE, 5 + 128 / 359, *scores]


@pytest.mark.parametrize(
    "rules", [Until(loss=0.5), Until(accuracy=0.8), Until(epoch=16), Until(plateau=3, keep_best=True)]
)
def test_rules_stop_at_the_same_point_however_a_run_is_cut(rules: Until) -> None:
    whole, cut = Supervised(pictures()), Supervised(pictures())
    for machine in (whole, cut):
        machine.until(rules)
    whole.advance("batch", 40 * STRIDE, 120)
    in_moments(cut, whole.position.step)
    while cut.stop is None:
        cut.advance("batch", 1 << 40, MOMENT)
    assert whole.stop is not None
    assert whole.stop.reason == cut.stop.reason
    assert whole.stop.sentence == cut.stop.sentence
    assert same(whole, cut)


def test_a_run_that_ends_on_a_point_has_it() -> None:
    machine = Supervised(pictures())
    assert machine.advance("batch", STRIDE, MOMENT) < STRIDE
    while machine.position.step < STRIDE:
        machine.advance("batch", STRIDE - machine.position.step, MOMENT)
    assert curve(machine)[-1][0] == STRIDE


def test_somebody_who_watches_gets_newer_scores_between_two_points() -> None:
    machine = Supervised(pictures())
    machine.advance("batch", 3, 60)
    machine._scoring._until = 0.0  # it is long ago
    shown = machine.snapshot(frozenset(), hurried=True)
    assert (shown.position.step, shown.scored_at) == (3, 0)
    while machine._scoring.wanted:
        machine.advance("batch", 1 << 40, MOMENT)
    assert machine.position.step == 3, "the numbers stand still while they are scored"
    shown = machine.snapshot(frozenset(), hurried=True)
    assert shown.scored_at == 3
    assert len(curve(machine)) == 1
