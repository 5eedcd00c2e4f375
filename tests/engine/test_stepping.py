"""Steps back give the bits that were, however far, with what can be kept."""

from __future__ import annotations

import hashlib

import pytest
from msgspec.structs import replace

from engine import files
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.machines import Until
from engine.machines.base import Machine
from engine.machines.supervised import Supervised
from engine.stepping import BYTES, MOST, Phase, Stepper, Unit
from tests.engine.nets import digits, spiral

FAR = 10_000


def bits(machine: Machine) -> str:
    """The run as it stands: numbers, counters and curve."""
    state = machine.state()
    found = hashlib.sha256(repr(sorted(state.counters.items())).encode())
    for values in (*(n.values for n in state.numbers), *state.arrays.values()):
        found.update(values.values.tobytes())
    return found.hexdigest()


def stopped(machine: Machine) -> bool:
    """Whether a rule ended the run."""
    return machine.stop is not None


def stepper(experiment: Experiment | None = None) -> Stepper:
    """A machine with its past."""
    return Stepper(Supervised(experiment or spiral()))


def test_ten_thousand_steps_back_are_exact_and_bounded() -> None:
    run, were = stepper(), {}
    for k in range(FAR):
        if k % 25 == 0 or k >= FAR - 200:
            were[k] = bits(run.machine)
        run.advance("batch", 1, 1.0)
    for _ in range(200):
        run.back("batch")
        assert bits(run.machine) == were[run.machine.position.step]
    while run.machine.position.step:
        run.back("epoch")
        assert bits(run.machine) == were[run.machine.position.step]
    assert run.machine.position.step == 0
    assert len(run._kept) <= MOST
    assert sum(k.size for k in run._kept) <= BYTES


def test_after_going_back_the_run_is_the_same_again() -> None:
    run, straight = stepper(), Supervised(spiral())
    run.advance("batch", 700, 60)
    for _ in range(30):
        run.back("batch")
    run.advance("batch", 30, 60)
    straight.advance("batch", 700, 60)
    assert bits(run.machine) == bits(straight)


@pytest.mark.parametrize("unit", ["sample", "batch", "epoch"])
def test_one_back_stands_where_the_one_before_began(unit: Unit) -> None:
    run = stepper()
    run.advance("sample", 1234, 60)
    begun = bits(run.machine)
    run.back(unit)
    first = run.machine.position
    run.back(unit)
    second = run.machine.position
    if unit == "sample":
        assert (first.samples, second.samples) == (1233, 1232)
    elif unit == "batch":
        assert (first.samples, second.samples) == (1230, 1220)
    else:
        assert (first.samples, second.samples) == (1000, 750)
    run.advance("sample", 1234 - second.samples, 60)
    assert bits(run.machine) == begun


def test_the_past_ends_where_the_run_began_or_was_changed() -> None:
    run = stepper()
    with pytest.raises(LearnscopeError, match="start of the run"):
        run.back("sample")
    run.advance("batch", 3, 60)
    run.begin()
    with pytest.raises(LearnscopeError, match="opened or changed here"):
        run.back("batch")
    run.advance("batch", 1, 60)
    run.back("batch")
    assert run.machine.position.step == 3


def test_rules_that_end_a_run_do_not_end_the_way_back() -> None:
    run = stepper()
    run.rules = Until(epoch=3)
    run.machine.until(run.rules)
    run.advance("batch", 10_000, 60)
    assert stopped(run.machine)
    at = run.machine.position.step
    run.back("batch")
    assert not stopped(run.machine)
    assert run.machine.position.step == at - 1
    run.advance("batch", 1, 60)
    assert stopped(run.machine)


def test_a_rule_that_held_on_the_way_ends_no_way_back() -> None:
    run = stepper()
    run.advance("batch", 300, 60)
    loss = run.machine.scores()[0].loss
    assert loss is not None
    run.rules = Until(loss=2 * loss)  # it held for long
    run.back("batch")
    assert run.machine.position.step == 299
    run.machine.until(Until())
    run.advance("batch", 1, 60)
    run.rules = Until(epoch=1000)
    run.back("batch")
    run.back("batch")
    assert run.machine.position.step == 298
    assert run.machine._stopping.rules == run.rules, "they hold again, though nothing had to be repeated"  # type: ignore[attr-defined]


def test_phases_lead_through_a_sample_and_back() -> None:
    experiment = spiral()
    run = stepper(replace(experiment, training=replace(experiment.training, batch=2)))
    layers = [layer.id for layer in experiment.model.layers]
    kinds = [Phase("sample"), *(Phase("forward", k) for k in layers), Phase("loss")]
    kinds += [Phase("backward", k) for k in reversed(layers)]
    assert run.phases == tuple(kinds), "the first of two samples moves nothing"
    start = bits(run.machine)
    for k in range(len(kinds)):
        assert (run.phase, run.machine.position.samples) == (k, 0)
        run.step_phase()
    assert (run.phase, run.machine.position.samples) == (0, 1)
    assert run.phases == (*kinds, Phase("update"))
    run.step_phase()
    run.back("phase")
    run.back("phase")
    assert (run.phase, run.machine.position.samples) == (len(kinds) - 1, 0)
    run.back("sample")
    assert (run.phase, run.machine.position.samples) == (0, 0)
    assert bits(run.machine) == start


def test_pictures_go_back_too() -> None:
    run = stepper(digits())
    run.advance("batch", 20, 60)
    then = bits(run.machine)
    run.advance("batch", 1, 60)
    run.back("batch")
    assert bits(run.machine) == then


def test_a_run_saved_in_the_middle_of_a_sample_goes_on_there() -> None:
    before = stepper()
    before.advance("sample", 3, 60)
    for _ in range(4):
        before.step_phase()
    document = files.loads(files.dumps(before.machine.experiment, before.state()))
    assert document.state is not None
    after = stepper(document.experiment)
    after.restore(document.state)
    assert (after.phase, after.machine.position) == (4, before.machine.position)
    for stepping in (before, after):
        while stepping.phase:
            stepping.step_phase()
        stepping.advance("sample", 30, 60)
    assert bits(after.machine) == bits(before.machine)


def test_between_samples_a_state_has_no_phase_and_one_that_is_too_large_is_refused() -> None:
    run = stepper()
    state = run.state()
    assert "phase" not in state.counters
    wrong = replace(state, counters={**state.counters, "phase": 99})
    with pytest.raises(LearnscopeError, match="phase 99"):
        run.restore(wrong)
